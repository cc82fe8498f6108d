/** Station billing: which usage a comparison takes: of the last complete period, or of the present one at its end. */
import { Decimal } from "decimal.js";
import type { Refusal, SavingsBasis } from "../../../contract/savings.ts";
import type { UsageFacts } from "../../model/stripe-object.ts";
import { projectedValueOf } from "../usage/projection.ts"; // oxlint-disable-line no-restricted-imports -- a folder of this station, not the station of that name
import { isWhole, type Interval } from "./interval.ts";
import { refuse } from "./refusals.ts";

/** The usage that both sides of a comparison are charged for, and the reading that it follows from. */
export type TakenUsage = { readonly reading: UsageFacts; readonly units: Decimal };

type Wanted = {
  readonly meterId: string;
  readonly readings: readonly UsageFacts[];
  readonly period: PresentPeriod;
};

/** The present period of the subscription, whose usage is counted in it. */
export type PresentPeriod = Interval & {
  readonly startS: number;
  readonly endS: number;
  /** From when on what is used is paid for: the start of the subscription, or the end of its trial. */
  readonly paidFromS: number;
};

/** Stripe makes a renewal's invoice final about an hour after the period's end; usage that comes later is not on it. */
export const settledAfterS = 3_600;

/** What prices know a meter by: Stripe's id; one that Stripe does not know has only its name. */
export function meterOf({ meterId, meter }: UsageFacts): string {
  return meterId ?? meter;
}

/** The usage of one meter on this basis; refused when it is not known, or not for good. */
export function takeUsage(basis: SavingsBasis, wanted: Wanted): TakenUsage | Refusal {
  const own = wanted.readings.filter((reading) => meterOf(reading) === wanted.meterId);
  return basis === "last" ? lastUsage(own, wanted) : projectedUsage(own, wanted);
}

function lastUsage(readings: readonly UsageFacts[], { meterId, period }: Wanted): TakenUsage | Refusal {
  // However long the period before was, it began before the present one, so this much is sure without a reading.
  if (period.startS <= period.paidFromS) return refuse("usage_no_period");
  const reading = newest(readings.filter(({ periodEndS }) => periodEndS === period.startS));
  if (!reading) return refuse("usage_unknown", { meter: meterId });
  const { periodStartS: startS, periodEndS: endS } = reading;
  if (startS < period.paidFromS || !isWhole({ startS, endS }, period)) return refuse("usage_no_period");
  if (reading.asOfS < reading.periodEndS + settledAfterS) return refuse("usage_not_settled", { meter: meterId });
  return { reading, units: chargeable(new Decimal(reading.value)) };
}

function projectedUsage(readings: readonly UsageFacts[], { meterId, period }: Wanted): TakenUsage | Refusal {
  if (period.startS < period.paidFromS || !isWhole(period, period)) return refuse("usage_short_period");
  const reading = newest(readings.filter((one) => one.periodStartS === period.startS));
  if (!reading) return refuse("usage_unknown", { meter: meterId });
  const projected = projectedValueOf(reading);
  if (projected === null) return refuse("usage_too_early", { meter: meterId });
  // What is counted in whole units ends in whole units.
  const decimals = new Decimal(reading.value).isInteger() ? 0 : 6;
  return { reading, units: chargeable(projected.toDecimalPlaces(decimals, Decimal.ROUND_HALF_UP)) };
}

function newest(readings: readonly UsageFacts[]): UsageFacts | undefined {
  return readings.toSorted((a, b) => b.asOfS - a.asOfS || a.source.localeCompare(b.source))[0];
}

/** A total below zero is billed as nothing (docs.stripe.com/billing/subscriptions/usage-based). */
function chargeable(units: Decimal): Decimal {
  return Decimal.max(0, units);
}
