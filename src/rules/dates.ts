/**
 * Station rules: the trigger `date`. A date at the very beginning or end of a day in UTC has no time of its own (the end of a
 * month in which a card expires, a day of the metadata): it is that day on every calendar. Any other date is an instant, and
 * its day is the one on the customer's calendar.
 */
import { dateOf, dayNumber, dayS } from "../lib/day.ts";
import { clockTimeOf, instantOf } from "../lib/zoned.ts";
import { moveInstant, type DayCount } from "./due.ts";
import type { CompiledTrigger } from "./program.ts";
import { secondOfClock } from "./quiet-hours.ts";
import type { CustomerFacts } from "./run.ts";
import { timeZoneOf } from "./time-zone.ts";

export type DateTrigger = Extract<CompiledTrigger, { kind: "date" }>;

/** `key` names the field, the date's value and, where it comes again each year, which one it is: a moved date is a new firing. */
export type Firing = { readonly atS: number; readonly key: string };

const yearS = 365.2425 * dayS;

/**
 * When the trigger fires next for this customer, behind `nowS` (unix seconds); null when it does not any more. `yearly` are the
 * anniversaries, from the first one on; of a 29 February that is the 28th in the years between. `at` is the time on the
 * customer's clock, or the first instant behind it in the night in which it is left out. The count's time zone is the
 * document's.
 */
export function nextFiring(
  trigger: DateTrigger,
  facts: Pick<CustomerFacts, "dates" | "timeZone" | "country">,
  { nowS, ...count }: DayCount & { readonly nowS: number },
): Firing | null {
  const dateS = facts.dates[trigger.date.field] ?? null;
  if (dateS === null) return null;
  const firingIn = firingsOf(trigger, dateS, { ...count, timeZone: timeZoneOf(facts, count.timeZone) });
  if (!trigger.yearly) {
    const firing = firingIn(0);
    return firing.atS > nowS ? firing : null;
  }
  let years = Math.max(1, Math.floor((nowS - firingIn(0).atS) / yearS) - 1);
  while (firingIn(years).atS <= nowS) years += 1;
  return firingIn(years);
}

/** The firing so many years after the date. */
function firingsOf({ date, at, yearly }: DateTrigger, dateS: number, count: DayCount): (years: number) => Firing {
  const calendar = isWholeDay(dateS) ? "UTC" : count.timeZone;
  return (years) => {
    const anniversaryS = years === 0 ? dateS : anniversaryOf(dateS, years, calendar);
    const movedS = moveInstant(anniversaryS, date, { ...count, timeZone: calendar });
    const { day } = clockTimeOf(calendar, movedS);
    return {
      atS: at === null ? movedS : instantOf(count.timeZone, { day, second: secondOfClock(at) }),
      key: `${date.field} ${dateS}${yearly ? ` +${years}` : ""}`,
    };
  };
}

/** The first or the last second of a day in UTC: that day of the calendar wherever one is, and not an instant. */
export function isWholeDay(atS: number): boolean {
  const second = ((atS % dayS) + dayS) % dayS;
  return second === 0 || second === dayS - 1;
}

/** The same day of the month and time of day so many years later, or the last day of that month. */
function anniversaryOf(atS: number, years: number, timeZone: string): number {
  const { day, second } = clockTimeOf(timeZone, atS);
  const { year, month } = dateOf(day);
  const dayOfMonth = day - dayNumber(year, month, 1) + 1;
  const lastOfMonth = dayNumber(year + years, month + 1, 0);
  return instantOf(timeZone, { day: Math.min(dayNumber(year + years, month, dayOfMonth), lastOfMonth), second });
}
