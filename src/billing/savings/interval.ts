/** Station billing: how often something is billed in a year, by the conventions of recurring revenue. */
import type { Decimal } from "decimal.js";
import { exactly } from "../price-cost.ts";

export type Interval = { readonly interval: string; readonly intervalCount: number };

const perYear: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, year: 1 };

/** How many invoices a year has; the interval is one that Stripe bills at. */
export function timesPerYear({ interval, intervalCount }: Interval): Decimal {
  return exactly(perYear[interval] ?? 0).div(intervalCount);
}

/** The interval that a price is billed at; a basket has only prices that have one. */
export function intervalOf(price: { readonly interval: string | null; readonly intervalCount: number }): Interval {
  return { interval: price.interval ?? "", intervalCount: price.intervalCount };
}

const dayS = 86_400;
/** The shortest and the longest that an interval can be, in days; a leap second or a late renewal makes no difference. */
const daysOf: Readonly<Record<string, readonly [least: number, most: number]>> = {
  day: [1, 1],
  week: [7, 7],
  month: [28, 31],
  year: [365, 366],
};

/** Whether a period is as long as its interval: a trial, or the time up to a common day of billing, is not. */
export function isWhole(
  { startS, endS }: { readonly startS: number; readonly endS: number },
  { interval, intervalCount }: Interval,
): boolean {
  const [least, most] = daysOf[interval] ?? [0, 0];
  const days = (endS - startS) / dayS;
  return days >= least * intervalCount && days <= most * intervalCount;
}

/** Whether both are billed together. */
export function isSameInterval(a: Interval, b: Interval): boolean {
  return a.interval === b.interval && a.intervalCount === b.intervalCount;
}
