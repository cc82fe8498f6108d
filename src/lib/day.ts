/** Days of the calendar as numbers (whole days since 1970-01-01, UTC), so that they can be counted. No clock. */

export const dayS = 86_400;

export type CalendarDate = {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** Sunday is 0. */
  readonly weekday: number;
};

/** The day of this date; months count from 1, and day 0 is the last of the month before. */
export function dayNumber(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / 1000 / dayS;
}

/** The day that this instant (unix seconds) is in. */
export function dayNumberOf(atS: number): number {
  return Math.floor(atS / dayS);
}

/** The date of a day. */
export function dateOf(day: number): CalendarDate {
  const date = new Date(day * dayS * 1000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, weekday: date.getUTCDay() };
}
