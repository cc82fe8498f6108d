/** Station billing: percentages of a limit, and where usage will be at the end of its period. */
import { Decimal } from "decimal.js";
import type { UsageFacts } from "../../model/stripe-object.ts";

type Projected = Pick<UsageFacts, "value" | "formula" | "periodStartS" | "periodEndS" | "asOfS">;

/** The part of a period that must have passed before anything is said about its end. */
const elapsedMin = 0.05;

/** How much of the limit is used, in percent, not rounded; null without a limit. */
export function percentOf(value: Decimal, limit: string | null): Decimal | null {
  return limit === null ? null : value.div(limit).times(100);
}

/**
 * The value at the end of the period if it goes on as it went up to the instant of the reading: the value divided by the
 * part of the period that had passed then. Null in the first twentieth of a period, in which an hour would decide about
 * a month. Of a meter that keeps the last report the value itself.
 */
export function projectedValueOf(facts: Projected): Decimal | null {
  const { periodStartS, periodEndS, asOfS } = facts;
  const value = Decimal.max(0, facts.value);
  if (facts.formula === "last" || asOfS >= periodEndS) return value;
  const elapsed = (asOfS - periodStartS) / (periodEndS - periodStartS);
  return elapsed < elapsedMin ? null : value.times(periodEndS - periodStartS).div(asOfS - periodStartS);
}
