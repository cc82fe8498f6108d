/** Why customers have no contact, and what would change that. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { findText } from "../../i18n/texts.ts";
import { readable } from "./event-words.ts";
import classes from "./figures.module.css";

/** One row per reason, the largest first. */
export function LeftOut({ leftOut }: { readonly leftOut: Pulse["totals"]["leftOut"] }): ReactNode {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return (
    <ul className={classes["leftOut"]} aria-label={t("leftOut.title")}>
      {leftOut
        .toSorted((a, b) => b.count - a.count)
        .map(({ reason, count, hint }) => (
          <li key={reason}>
            <span className={classes["count"]}>{format.number(count)}</span>
            <span className={classes["reason"]}>{findText(i18n, `leftOut.reason.${reason}`) ?? readable(reason)}</span>
            <span className={classes["hint"]}>{findText(i18n, `leftOut.hint.${reason}`) ?? hint}</span>
          </li>
        ))}
    </ul>
  );
}
