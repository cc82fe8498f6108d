/**
 * Station usage: what a pushed report does to what is known of a meter.
 *
 * Reports that add commute, so that their order does not matter. A total replaces what is known unless it is older.
 * Once a period has begun with Stripe's summaries nothing is added to them, since nobody could say what they hold
 * already; a total may take their place, and from then on the period is the pusher's.
 */
import { Decimal } from "decimal.js";
import type { UsageEntry, UsageRefusal } from "../../contract/usage.ts";
import type { UsageFacts } from "../model/stripe-object.ts";

export type PushInputs = {
  /** The latest reading of the meter for the customer. */
  readonly known: UsageFacts | undefined;
  /** The period that the report belongs to. */
  readonly period: { readonly startS: number; readonly endS: number };
  /** When it was used. */
  readonly atS: number;
  readonly nowS: number;
  /** Of the meter at Stripe that the customer's subscription bills; null when there is none. */
  readonly meterId: string | null;
};

export type Pushed =
  | { readonly result: "counted"; readonly reading: Omit<UsageFacts, "judgedLimit"> }
  | { readonly result: "superseded" }
  | { readonly result: "refused"; readonly code: UsageRefusal; readonly reason: string };

/** Clocks differ; Stripe allows its own reporters as much. */
const aheadMaxS = 300;
const sumMax = new Decimal("1e15");

/** What this report does. */
export function decidePush(entry: UsageEntry, inputs: PushInputs): Pushed {
  const { known, period, atS } = inputs;
  const misfit = whyOutside(inputs);
  if (misfit !== null) return refused("outside_period", misfit);
  const before = known?.periodStartS === period.startS ? known : undefined;
  if (entry.add !== undefined && before?.source === "stripe") return refused("read_from_stripe", countedByStripe);
  if (entry.value !== undefined && before && atS < before.asOfS) return { result: "superseded" };
  const value = valueOf(entry, before);
  if (value.abs().gte(sumMax)) return refused("out_of_range", "The total would have more than fifteen digits.");
  return { result: "counted", reading: readingOf(entry, { ...inputs, before, value }) };
}

const countedByStripe =
  "Stripe counts this meter itself in this period, so that nothing can be added. Push a total, or use a meter of another name.";

function valueOf({ value, add }: UsageEntry, before: UsageFacts | undefined): Decimal {
  return value === undefined ? new Decimal(before?.value ?? 0).plus(add ?? 0) : new Decimal(value);
}

function whyOutside({ known, period, atS, nowS }: PushInputs): string | null {
  if (atS > nowS + aheadMaxS) return "It lies in the future.";
  if (atS < period.startS || atS >= period.endS) return "It does not lie in the period that runs.";
  if (known && period.startS < known.periodStartS) return "Its period is over: a later one has begun.";
  return null;
}

type Counted = PushInputs & { readonly before: UsageFacts | undefined; readonly value: Decimal };

function readingOf(entry: UsageEntry, { known, period, atS, nowS, meterId, before, value }: Counted) {
  return {
    meter: entry.meter,
    meterId: known?.meterId ?? meterId,
    unit: entry.unit ?? known?.unit ?? null,
    formula: "sum",
    periodStartS: period.startS,
    periodEndS: period.endS,
    value: value.toFixed(),
    asOfS: Math.max(before?.asOfS ?? 0, Math.min(atS, nowS)),
    source: "pushed",
  } as const satisfies Omit<UsageFacts, "judgedLimit">;
}

function refused(code: UsageRefusal, reason: string): Pushed {
  return { result: "refused", code, reason };
}
