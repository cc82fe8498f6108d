/** Station rules: hours in which no message leaves, by the customer's clock. */
import type { QuietHours } from "../../contract/rule.ts";
import { clockTimeOf, instantsOf, type ClockTime } from "../lib/zoned.ts";
import { dateOf } from "../lib/day.ts";

/**
 * When the quiet hours that this instant lies in are over; null when it lies in none. The clock on the customer's wall
 * counts: in the night in which an hour is lived through twice it may be quiet twice. From and to at the same time: none.
 */
export function quietUntil(atS: number, quiet: QuietHours, timeZone: string): number | null {
  let endS = atS;
  // A weekend between two nights is the longest there is: four stretches.
  for (let stretch = 0; stretch < 8; stretch += 1) {
    const end = endOfStretch(clockTimeOf(timeZone, endS), quiet);
    if (end === null) break;
    endS = firstAfter(endS, end, timeZone);
  }
  return endS === atS ? null : endS;
}

/** What the clock shows at the end of the stretch that this time lies in; null when it is not quiet. */
function endOfStretch(time: ClockTime, { from, to, weekends }: QuietHours): ClockTime | null {
  if (weekends && isWeekend(time.day)) return { day: time.day + 1, second: 0 };
  const [fromS, toS] = [secondOfClock(from), secondOfClock(to)];
  if (fromS < toS) return time.second >= fromS && time.second < toS ? { day: time.day, second: toS } : null;
  if (fromS === toS) return null;
  if (time.second >= fromS) return { day: time.day + 1, second: toS };
  return time.second < toS ? { day: time.day, second: toS } : null;
}

/** Of the instants at which the clock shows it, the first behind this one. */
function firstAfter(atS: number, time: ClockTime, timeZone: string): number {
  return instantsOf(timeZone, time).find((instant) => instant > atS) ?? atS + 1;
}

/** The second of the day that a clock time such as 08:30 is. */
export function secondOfClock(text: string): number {
  const [hours, minutes] = text.split(":").map(Number);
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60;
}

function isWeekend(day: number): boolean {
  const { weekday } = dateOf(day);
  return weekday === 0 || weekday === 6;
}
