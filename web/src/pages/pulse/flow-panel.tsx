/** The flow from Stripe above the waterline to Intercom below it. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { BudgetRing } from "./budget-ring.tsx";
import { ConnectionLine } from "./connection-line.tsx";
import { FlowChart } from "./flow-chart.tsx";
import classes from "./flow-panel.module.css";

/** Seconds that the rate beside each vendor is taken over. */
const rateWindow = 10;

/** The panel with both connections and the chart between them. */
export function FlowPanel({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const latest = pulse.seconds.slice(-rateWindow - 1, -1);
  const rateOf = (of: "events" | "writes"): string =>
    format.rate(latest.reduce((sum, second) => sum + second[of], 0) / Math.max(1, latest.length));
  return (
    <section className={classes["panel"]} aria-label={t("flow.title")}>
      <div className={classes["row"]}>
        <ConnectionLine vendor="stripe" connections={pulse.connections} />
        <Rate value={rateOf("events")} unit={t("flow.in")} />
      </div>
      <FlowChart pulse={pulse} />
      <div className={classes["row"]}>
        <ConnectionLine vendor="intercom" connections={pulse.connections} />
        <BudgetRing budget={pulse.budget} />
        <Rate value={rateOf("writes")} unit={t("flow.out")} />
      </div>
    </section>
  );
}

function Rate({ value, unit }: { readonly value: string; readonly unit: string }): ReactNode {
  return (
    <p className={classes["rate"]}>
      <strong>{value}</strong> {unit}
    </p>
  );
}
