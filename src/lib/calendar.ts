/** Calendar arithmetic in UTC, without a clock. */

/** The last second of a month (1–12), as unix seconds. */
export function lastSecondOfMonth(year: number, month: number): number {
  return Date.UTC(year, month, 1) / 1000 - 1;
}

/** The first second of a day (UTC), written yyyy-mm-dd; NaN when there is no such day. */
export function startOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** The second of a day or an instant in ISO 8601; NaN when there is no such. */
export function secondOfIso(text: string): number {
  return Math.floor(Date.parse(text) / 1000);
}

/** The day (UTC) of an instant, as yyyy-mm-dd. */
export function dayOf(atS: number): string {
  return new Date(atS * 1000).toISOString().slice(0, 10);
}
