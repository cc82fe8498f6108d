/** The page once there is data: headline, notices, flow, figures, last events and writes. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { Feeds } from "./feeds.tsx";
import { Figures } from "./figures.tsx";
import { FlowPanel } from "./flow-panel.tsx";
import { readHeadline, type Headline } from "./headline.ts";
import { headlineText } from "./headline-text.ts";
import { Notices } from "./notices.tsx";
import classes from "./pulse-view.module.css";

/** Everything that the Pulse page shows; `stale` while the server does not answer. */
export function PulseView({ pulse, stale }: { readonly pulse: Pulse; readonly stale: boolean }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const headline = readHeadline(pulse);
  return (
    <div className={classes["page"]} data-stale={stale || undefined}>
      <div className={classes["top"]}>
        <h1 className={classes["headline"]} data-tone={stale ? "still" : toneOf(headline)}>
          {headlineText(headline, t, format)}
        </h1>
        <Notices pulse={pulse} />
      </div>
      <FlowPanel pulse={pulse} />
      <Figures pulse={pulse} />
      <Feeds pulse={pulse} />
    </div>
  );
}

function toneOf({ kind }: Headline): "live" | "still" | "slow" | "stopped" {
  if (kind === "paused") return "stopped";
  if (kind === "flowing") return "live";
  return kind === "empty" || kind === "quiet" ? "still" : "slow";
}
