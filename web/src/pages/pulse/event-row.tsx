/** One of the last events: what happened in plain words, to whom, and what it changed. */
import { IconCheck, IconEqual, IconHourglass, IconPlayerSkipForward, IconUrgent } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PulseEvent } from "../../../../contract/pulse.ts";
import { Ago } from "./ago.tsx";
import { ChangeList } from "./change-list.tsx";
import { EventIcon } from "./event-icon.tsx";
import { eventWords } from "./event-words.ts";
import classes from "./feeds.module.css";

const stateIcons = {
  applied: IconCheck,
  unchanged: IconEqual,
  waiting: IconHourglass,
  skipped: IconPlayerSkipForward,
  dead: IconUrgent,
} as const;

/** The row; `now` is the server's clock. */
export function EventRow({ event, now }: { readonly event: PulseEvent; readonly now: string }): ReactNode {
  const { t, i18n } = useTranslation();
  const StateIcon = stateIcons[event.state];
  return (
    <article className={classes["row"]}>
      <EventIcon type={event.type} />
      <div className={classes["body"]}>
        <p className={classes["what"]}>
          <strong>{eventWords(i18n, event.type)}</strong>
          <span className={classes["who"]}>{event.customerLabel ?? event.customerId ?? t("feed.noCustomer")}</span>
        </p>
        <p className={classes["about"]}>
          <span className={classes["type"]} translate="no">
            {event.type}
          </span>
          <span className={classes["badge"]} data-state={event.state}>
            <StateIcon size={13} stroke={2.2} aria-hidden />
            {t(`state.${event.state}`)}
          </span>
        </p>
        <ChangeList changes={event.changes} voice="plain" />
      </div>
      <Ago at={event.receivedAt} now={now} />
    </article>
  );
}
