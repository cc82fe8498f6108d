/** When the billing period before one began, in UTC and without a clock. */

export type Period = { readonly startS: number; readonly endS: number };
export type Length = { readonly interval: string | null; readonly intervalCount: number };

const daysOf: Readonly<Record<string, number>> = { day: 1, week: 7 };
const monthsOf: Readonly<Record<string, number>> = { month: 1, year: 12 };

/**
 * The start of the period before `period`, of the same length. Stripe keeps the day of the month on which a subscription
 * began and takes the last day where a month is too short, so that Feb 28 may follow on Jan 28 or on Jan 31: which of them
 * it was shows in the end of the period. Null where it does not, and for an interval that is not known.
 */
export function periodStartBefore({ startS, endS }: Period, { interval, intervalCount }: Length): number | null {
  const days = daysOf[interval ?? ""];
  if (days !== undefined) return startS - days * intervalCount * 86_400;
  const months = monthsOf[interval ?? ""];
  if (months === undefined) return null;
  const [start, end] = [new Date(startS * 1000), new Date(endS * 1000)];
  const anchor = Math.max(start.getUTCDate(), end.getUTCDate());
  if (isLastOfMonth(start) && isLastOfMonth(end) && anchor < 31) return null;
  const [year, month] = [start.getUTCFullYear(), start.getUTCMonth() - months * intervalCount];
  const before = new Date(startS * 1000);
  before.setUTCFullYear(year, month, Math.min(anchor, lastDayOf(year, month)));
  return before.getTime() / 1000;
}

function isLastOfMonth(date: Date): boolean {
  return date.getUTCDate() === lastDayOf(date.getUTCFullYear(), date.getUTCMonth());
}

/** Months count from 0 here, and may lie outside of the year. */
function lastDayOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}
