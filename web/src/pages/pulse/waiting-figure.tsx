/** The figure of what waits: how many customers, how long, and what stands in the way. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { Figure } from "./figure.tsx";
import classes from "./figures.module.css";
import { waitingCustomers } from "./headline.ts";

/** Backlog, events that ask Stripe first, and dead letters. */
export function WaitingFigure({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { queue, lag } = pulse;
  const waiting = waitingCustomers(pulse);
  return (
    <Figure label={t("figure.waiting")} value={format.number(waiting)}>
      {waiting > 0 ? t("figure.waitingNote", { age: format.duration(lag.backlogAgeMs) }) : t("figure.waitingNone")}
      {queue.eventsWaiting > 0 && (
        <span className={classes["line"]}>{t("figure.waitingStripe", { n: format.number(queue.eventsWaiting) })}</span>
      )}
      {queue.dead > 0 && (
        <span className={classes["line"]} data-tone="brick">
          {t("figure.waitingDead", { count: queue.dead })}
        </span>
      )}
    </Figure>
  );
}
