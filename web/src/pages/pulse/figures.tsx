/** The key figures since the first start, and what waits right now. */
import { IconChevronDown } from "@tabler/icons-react";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { Figure } from "./figure.tsx";
import classes from "./figures.module.css";
import { LeftOut } from "./left-out.tsx";
import { WaitingFigure } from "./waiting-figure.tsx";

/** The strip of figures, with the customers left out behind a button. */
export function Figures({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const listId = useId();
  const { totals, lag } = pulse;
  const leftOut = totals.leftOut.reduce((sum, { count }) => sum + count, 0);
  const none = t("figure.none");
  return (
    <section aria-label={t("figure.title")}>
      <dl className={classes["figures"]}>
        <Figure label={t("figure.events")} value={format.number(totals.events)}>
          {totals.skipped > 0
            ? t("figure.eventsNote", { skipped: format.number(totals.skipped) })
            : t("figure.eventsNoteNone")}
        </Figure>
        <Figure label={t("figure.writes")} value={format.number(totals.writes)}>
          {t("figure.writesNote")}
        </Figure>
        <Figure label={t("figure.saved")} value={savedShare(totals, format.share) ?? none}>
          {t("figure.savedNote", { count: totals.callsSaved })}
        </Figure>
        <Figure label={t("figure.lag")} value={lag.p50Ms === null ? none : format.duration(lag.p50Ms)}>
          {lag.p99Ms === null ? t("figure.lagNone") : t("figure.lagNote", { p99: format.duration(lag.p99Ms) })}
        </Figure>
        <Figure label={t("figure.linked")} value={format.number(totals.linked)}>
          {t("figure.linkedNote", { total: format.number(totals.customers) })}
          {leftOut > 0 && (
            <button
              type="button"
              className={classes["toggle"]}
              aria-expanded={open}
              aria-controls={listId}
              onClick={() => setOpen(!open)}
            >
              {t("figure.leftOut", { count: leftOut })}
              <IconChevronDown size={14} aria-hidden />
            </button>
          )}
        </Figure>
        <WaitingFigure pulse={pulse} />
      </dl>
      <div id={listId}>{open && leftOut > 0 && <LeftOut leftOut={totals.leftOut} />}</div>
    </section>
  );
}

/** Of the calls that one call per event would have made, the share that was not needed. */
function savedShare({ callsSaved, writes }: Pulse["totals"], share: (value: number) => string): string | null {
  const calls = callsSaved + writes;
  return calls === 0 ? null : share(callsSaved / calls);
}
