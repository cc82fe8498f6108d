/** Station billing: arithmetic on the days on which banks settle. Days are numbers, see lib/day.ts. */
import { dateOf, dayNumber } from "../../lib/day.ts";
import { calendars, type CalendarName, type Holiday } from "./calendars.ts";

/** Whether banks of this calendar settle on this day. */
export function isBusinessDay(calendar: CalendarName, day: number): boolean {
  return !isWeekend(day) && !holidaysOf(calendar, dateOf(day).year).has(day);
}

/** The first business day on or after this day. */
export function businessDayFrom(calendar: CalendarName, day: number): number {
  return isBusinessDay(calendar, day) ? day : businessDayFrom(calendar, day + 1);
}

/** The n-th business day after this day, n ≥ 0; for 0 it is the first on or after it. */
export function addBusinessDays(calendar: CalendarName, day: number, count: number): number {
  if (count === 0) return businessDayFrom(calendar, day);
  return addBusinessDays(calendar, businessDayFrom(calendar, day + 1), count - 1);
}

/** The holidays of a year, as days; those on a weekend are in it unless they are moved. */
export function holidaysOf(calendar: CalendarName, year: number): ReadonlySet<number> {
  const days = new Set<number>();
  for (const holiday of calendars[calendar]) {
    const day = keptOn(holiday, year, days);
    if (day !== undefined) days.add(day);
  }
  return days;
}

/** Undefined in a year for which a day is not set yet. */
function keptOn(holiday: Holiday, year: number, taken: ReadonlySet<number>): number | undefined {
  if ("easter" in holiday) return easterSunday(year) + holiday.easter;
  if ("days" in holiday) return dayIn(holiday.days, year);
  if ("until" in holiday) return lastUntil(holiday, year);
  if ("weekday" in holiday) return nthWeekday(holiday, year);
  let day = dayNumber(year, holiday.month, holiday.day);
  if (holiday.moves === "from sunday") return dateOf(day).weekday === 0 ? day + 1 : day;
  // Boxing Day gives way to a Christmas Day that was moved.
  if (holiday.moves === "from weekend") while (isWeekend(day) || taken.has(day)) day += 1;
  return day;
}

function dayIn(days: readonly string[], year: number): number | undefined {
  const [, month, day] =
    days
      .find((text) => text.startsWith(`${year}-`))
      ?.split("-")
      .map(Number) ?? [];
  return month === undefined || day === undefined ? undefined : dayNumber(year, month, day);
}

function lastUntil({ month, weekday, until }: Extract<Holiday, { until: number }>, year: number): number {
  const day = dayNumber(year, month, until);
  return day - ((dateOf(day).weekday - weekday + 7) % 7);
}

function nthWeekday(rule: Extract<Holiday, { nth: number }>, year: number): number {
  if (rule.nth < 0) {
    const last = dayNumber(year, rule.month + 1, 0);
    return last - ((dateOf(last).weekday - rule.weekday + 7) % 7);
  }
  const first = dayNumber(year, rule.month, 1);
  return first + ((rule.weekday - dateOf(first).weekday + 7) % 7) + (rule.nth - 1) * 7;
}

/** Western Easter, by the method of Lichtenberg (a closed form of Gauss's), valid for all Gregorian years. */
export function easterSunday(year: number): number {
  const century = Math.floor(year / 100);
  const secular = 15 + Math.floor((3 * century + 3) / 4) - Math.floor((8 * century + 13) / 25);
  const sunShift = 2 - Math.floor((3 * century + 3) / 4);
  const lunar = year % 19;
  const seed = (19 * lunar + secular) % 30;
  const correction = Math.floor((seed + Math.floor(lunar / 11)) / 29);
  const fullMoon = 21 + seed - correction;
  const firstSunday = 7 - ((year + Math.floor(year / 4) + sunShift) % 7);
  const distance = 7 - ((fullMoon - firstSunday) % 7);
  return dayNumber(year, 3, fullMoon + distance);
}

function isWeekend(day: number): boolean {
  const weekday = dateOf(day).weekday;
  return weekday === 0 || weekday === 6;
}
