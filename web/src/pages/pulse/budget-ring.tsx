/** How much of Intercom's current ten-second slice is used. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import classes from "./flow-panel.module.css";

/** Above this share the next calls may have to wait for the next slice. */
const nearlyUsed = 0.95;

/** The ring with its figures; nothing before the limit is known. */
export function BudgetRing({ budget }: { readonly budget: Pulse["budget"] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (budget.limit <= 0) return null;
  const share = Math.min(1, budget.used / budget.limit);
  const text = t("budget.text", { used: format.number(budget.used), limit: format.number(budget.limit) });
  return (
    <div className={classes["budget"]}>
      <div
        role="meter"
        aria-label={t("budget.title")}
        aria-valuemin={0}
        aria-valuemax={budget.limit}
        aria-valuenow={Math.min(budget.used, budget.limit)}
        aria-valuetext={text}
      >
        <svg className={classes["ring"]} viewBox="0 0 40 40" aria-hidden="true" focusable="false">
          <circle cx="20" cy="20" r="16" />
          <circle
            cx="20"
            cy="20"
            r="16"
            pathLength="1"
            data-full={share > nearlyUsed || undefined}
            strokeDasharray={`${share} 1`}
          />
        </svg>
      </div>
      <p>
        <strong>{text}</strong>
        {t("budget.rest")}
      </p>
    </div>
  );
}
