/** The last events beside the last writes, and the button that stops them from moving. */
import { Button } from "@mantine/core";
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useState, type FocusEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { EventRow } from "./event-row.tsx";
import { Feed } from "./feed.tsx";
import classes from "./feeds.module.css";
import { useHold } from "./use-hold.ts";
import { WriteRow } from "./write-row.tsx";

const rowsShown = 8;

/** Both lists. They hold still on demand, and by themselves while the mouse or the keyboard is in them. */
export function Feeds({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t } = useTranslation();
  const [pressed, setPressed] = useState(false);
  const [inUse, setInUse] = useState(false);
  const shown = useHold(pulse, pressed || inUse);
  const now = pulse.now;
  const Icon = pressed ? IconPlayerPlayFilled : IconPlayerPauseFilled;

  const reading = {
    // A finger leaves no pointer behind that could end the hold again.
    onPointerEnter: (event: PointerEvent) => setInUse(event.pointerType === "mouse"),
    onPointerLeave: () => setInUse(false),
    onFocus: () => setInUse(true),
    onBlur: (event: FocusEvent) => setInUse(event.currentTarget.contains(event.relatedTarget)),
  };

  return (
    <section aria-labelledby="feeds-title">
      <div className={classes["bar"]}>
        <h2 id="feeds-title" className={classes["title"]}>
          {t("feed.title")}
        </h2>
        <span className={classes["held"]}>{inUse && !pressed && t("feed.held")}</span>
        <Button
          variant="default"
          size="compact-sm"
          radius="xl"
          aria-pressed={pressed}
          leftSection={<Icon size={14} aria-hidden />}
          onClick={() => setPressed(!pressed)}
        >
          {t(pressed ? "feed.resume" : "feed.hold")}
        </Button>
      </div>
      <div className={classes["feeds"]} {...reading}>
        <Feed
          title={t("feed.events")}
          empty={t("feed.eventsEmpty")}
          rows={shown.lastEvents.slice(0, rowsShown)}
          row={(event) => <EventRow event={event} now={now} />}
        />
        <Feed
          title={t("feed.writes")}
          empty={t("feed.writesEmpty")}
          rows={shown.lastWrites.slice(0, rowsShown)}
          row={(write) => <WriteRow write={write} now={now} />}
        />
      </div>
    </section>
  );
}
