/** Station rules: when a duration is over, by the customer's clock. */
import { dayS } from "../lib/day.ts";
import { clockTimeOf, instantOf } from "../lib/zoned.ts";
import type { Duration, MovedDate } from "./program.ts";
import type { CustomerFacts } from "./run.ts";

/** By what days are counted. */
export type DayCount = {
  /** The customer's. */
  readonly timeZone: string;
  /** The same time so many business days later; earlier for a negative number. */
  readonly addBusinessDays: (fromS: number, days: number) => number;
};

/**
 * The instant (unix seconds) at which a duration that begins at `fromS` is over. Minutes and hours are exact. Days and weeks
 * end at the same time of day on the customer's clock, whether or not it was changed in between. Never before `fromS`.
 */
export function addDuration(fromS: number, duration: Duration, count: DayCount): number {
  return moved(fromS, duration, { sign: 1, ...count });
}

/** The date of the customer, moved; null when they have none. Unix seconds. */
export function movedDate(date: MovedDate, dates: CustomerFacts["dates"], count: DayCount): number | null {
  const atS = dates[date.field] ?? null;
  return atS === null ? null : moveInstant(atS, date, count);
}

/** An instant moved as a date says: first back, then on. */
export function moveInstant(atS: number, { before, after }: MovedDate, count: DayCount): number {
  const earlier = before === null ? atS : moved(atS, before, { sign: -1, ...count });
  return after === null ? earlier : moved(earlier, after, { sign: 1, ...count });
}

type Step = DayCount & { readonly sign: 1 | -1 };

function moved(fromS: number, { count, unit }: Duration, { sign, timeZone, addBusinessDays }: Step): number {
  switch (unit) {
    case "minute":
      return fromS + sign * count * 60;
    case "hour":
      return fromS + sign * count * 3600;
    case "day":
      return moveDays(fromS, sign * count, timeZone);
    case "week":
      return moveDays(fromS, sign * count * 7, timeZone);
    case "business day":
      return addBusinessDays(fromS, sign * count);
  }
}

function moveDays(fromS: number, days: number, timeZone: string): number {
  if (timeZone === "UTC") return fromS + days * dayS;
  const { day, second } = clockTimeOf(timeZone, fromS);
  return instantOf(timeZone, { day: day + days, second });
}
