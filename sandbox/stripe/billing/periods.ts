/** Billing periods: months keep the anchor's day of the month wherever the month has it. */
import type { Recurring } from "../objects/catalogue.ts";
import type { Period } from "../objects/invoice.ts";

const DAY_S = 86_400;

type Every = Pick<Recurring, "interval" | "interval_count">;

/** The period that begins at `start`, ending on the anchor's rhythm. */
export function periodFrom(start: number, every: Every, anchor = start): Period {
  return { start, end: addInterval(start, every, anchor) };
}

function addInterval(start: number, { interval, interval_count: count }: Every, anchor: number): number {
  if (interval === "day") return start + count * DAY_S;
  if (interval === "week") return start + 7 * count * DAY_S;
  return addMonths(start, interval === "year" ? 12 * count : count, anchor);
}

function addMonths(start: number, months: number, anchor: number): number {
  const date = new Date(start * 1000);
  const anchorDay = new Date(anchor * 1000).getUTCDate();
  const month = date.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(anchorDay, lastDay);
  const midnight = Date.UTC(date.getUTCFullYear(), month, day) / 1000;
  return midnight + (start % DAY_S);
}

/** Which share of a period is left at this moment, 0 to 1. */
export function shareLeft(period: Period, moment: number): number {
  const length = period.end - period.start;
  if (length <= 0) return 0;
  return Math.min(1, Math.max(0, (period.end - moment) / length));
}
