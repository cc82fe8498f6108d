/** Calendar arithmetic in UTC, without a clock. */

/** The last second of a month (1–12), as unix seconds. */
export function lastSecondOfMonth(year: number, month: number): number {
  return Date.UTC(year, month, 1) / 1000 - 1;
}
