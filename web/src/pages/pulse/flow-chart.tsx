/** The live chart: events rise above the waterline, the writes they led to are mirrored below it. */
import { useState, type CSSProperties, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { Mark } from "../../shell/mark.tsx";
import { useCalmScale, type Scale } from "./calm-scale.ts";
import classes from "./flow-chart.module.css";
import { flowShape } from "./flow-shape.ts";
import { flowTotals } from "./headline.ts";

/** The waterline's height: writes are fewer than events, so they need less room. */
const above = 0.62;
const viewHeight = 1 / above;

/**
 * Drawn by hand as SVG: a chart library would add half of the page's weight again, and it redraws where this
 * slides. Each answer shifts the curve by one second; the style sheet turns the shift into a steady glide.
 */
export function FlowChart({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [pointed, setPointed] = useState<number | null>(null);
  const { seconds } = pulse;
  const peak = Math.max(peakOf(seconds, "events"), (peakOf(seconds, "writes") * above) / (1 - above));
  const scale = useCalmScale(peak);
  const totals = flowTotals(pulse);
  const summary = t("flow.summary", {
    events: t("count.events", { count: totals.events }),
    writes: t("count.written", { count: totals.writes }),
    peak: format.number(peakOf(seconds, "events")),
  });
  const tick = t("flow.perSecond", { n: format.number(scale.top) });

  const point = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    setPointed(Math.min(seconds.length - 1, Math.max(1, 1 + Math.round(share * (seconds.length - 2)))));
  };

  return (
    <div className={classes["chart"]}>
      <div
        className={classes["plot"]}
        style={cssOf({ "--waterline": `${above * 100}%` })}
        role="img"
        aria-label={summary}
        onPointerMove={point}
        onPointerLeave={() => setPointed(null)}
      >
        <Grid />
        {peak > 0 && <Curves seconds={seconds} scale={scale} />}
        <span className={classes["tick"]}>{tick}</span>
        {peak === 0 && (
          <span className={classes["bird"]}>
            <Mark size={76} water={false} />
          </span>
        )}
        {pointed !== null && <Pointed seconds={seconds} index={pointed} />}
      </div>
      <div className={classes["times"]} aria-hidden="true">
        <span>{t("flow.start")}</span>
        <span>{t("flow.middle")}</span>
        <span>{t("flow.end")}</span>
      </div>
    </div>
  );
}

type Seconds = Pulse["seconds"];

function peakOf(seconds: Seconds, of: "events" | "writes"): number {
  return seconds.reduce((most, second) => Math.max(most, second[of]), 0);
}

/** Lines at the top, at halves of the axis, and the waterline. */
function Grid(): ReactNode {
  return (
    <svg viewBox={`0 -1 1 ${viewHeight}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path className={classes["grid"]} d="M0,-1H1M0,-.5H1M0,.5H1" />
      <path className={classes["water"]} d="M0,0H1" />
    </svg>
  );
}

/**
 * The curves, one second wider than the plot: at first the newest second stands outside on the right, then the whole
 * glides left until the oldest has left. Moved are boxes, not shapes, because those stay sharp while they move.
 */
function Curves({ seconds, scale }: { readonly seconds: Seconds; readonly scale: Scale }): ReactNode {
  const heights = { events: -1 / scale.top, writes: 1 / scale.top };
  const last = Math.max(2, seconds.length - 1);
  const ease = { "--from": scale.top / scale.before };
  const glide = { width: `${(last / (last - 1)) * 100}%`, "--second": `${100 / last}%` };
  return (
    <div key={scale.top} className={classes["ease"]} style={cssOf(ease)}>
      <div key={seconds.at(-1)?.at} className={classes["glide"]} style={cssOf(glide)}>
        <svg viewBox={`0 -1 ${last} ${viewHeight}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
          {(["events", "writes"] as const).map((of) => {
            const { area, line } = flowShape(
              seconds.map((second) => second[of]),
              heights[of],
            );
            return (
              <g key={of} data-of={of}>
                <path className={classes["area"]} d={area} />
                <path className={classes["line"]} d={line} />
              </g>
            );
          })}
        </svg>
      </div>
    </div>
  );
}

/** React's type of styles has no custom properties, but React passes them on as they are. */
function cssOf(properties: {
  readonly [name: `--${string}`]: string | number;
  readonly width?: string;
}): CSSProperties {
  return properties;
}

function Pointed({ seconds, index }: { readonly seconds: Seconds; readonly index: number }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const second = seconds[index];
  if (!second) return null;
  const share = (index - 1) / Math.max(1, seconds.length - 2);
  const style: CSSProperties = { left: `${share * 100}%` };
  return (
    <span className={classes["pointed"]} style={style} data-side={share > 0.5 ? "left" : "right"} aria-hidden="true">
      <span className={classes["bubble"]}>
        {t("flow.point", {
          ago: format.secondsAgo(seconds.length - 1 - index),
          events: t("count.events", { count: second.events }),
          writes: t("count.written", { count: second.writes }),
        })}
      </span>
    </span>
  );
}
