/** Clock time in the time zones of the world: the platform's time zone data, without a clock of its own. */
import { dayNumber, dayS } from "./day.ts";

/** What a clock on the wall shows: the day (whole days since 1970-01-01) and the second of that day. */
export type ClockTime = { readonly day: number; readonly second: number };

const formats = new Map<string, Intl.DateTimeFormat>();

/** Offsets by zone and quarter of an hour: no zone changes its clock in between. Emptied when full. */
const offsets = new Map<string, Map<number, number>>();
const quarterS = 900;
const maxQuarters = 20_000;

/** Whether the platform knows this time zone, by its IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clock shows at this instant (unix seconds). Throws a RangeError for a zone that there is not. */
export function clockTimeOf(zone: string, atS: number): ClockTime {
  const shownS = Math.floor(atS) + offsetOf(zone, atS);
  const day = Math.floor(shownS / dayS);
  return { day, second: shownS - day * dayS };
}

/**
 * The instants (unix seconds) at which the clock shows this time: mostly one, and two in the hour that is lived through
 * twice. In the hour that is left out it is the first instant after it.
 */
export function instantsOf(zone: string, { day, second }: ClockTime): readonly [number, ...number[]] {
  const shownS = day * dayS + second;
  // The clock before and after whatever change there is around that time; no zone is a day or more away from UTC.
  const [before, after] = [offsetOf(zone, shownS - dayS), offsetOf(zone, shownS + dayS)];
  const [early, late] = before > after ? [shownS - before, shownS - after] : [shownS - after, shownS - before];
  const [isEarly, isLate] = [isShown(zone, early, shownS), isShown(zone, late, shownS)];
  if (isEarly && isLate && early !== late) return [early, late];
  if (isEarly) return [early];
  return isLate ? [late] : [firstAfterGap(zone, early, late)];
}

/** The first of `instantsOf`. */
export function instantOf(zone: string, time: ClockTime): number {
  return instantsOf(zone, time)[0];
}

function isShown(zone: string, atS: number, shownS: number): boolean {
  return atS + offsetOf(zone, atS) === shownS;
}

/** The clock is put forward between the two. */
function firstAfterGap(zone: string, fromS: number, toS: number): number {
  let [before, after] = [fromS, toS];
  const offset = offsetOf(zone, before);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetOf(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

/** Seconds that the clock is ahead of UTC. */
function offsetOf(zone: string, atS: number): number {
  if (zone === "UTC") return 0;
  const quarter = Math.floor(atS / quarterS);
  let ofZone = offsets.get(zone);
  if (ofZone === undefined || ofZone.size >= maxQuarters) {
    ofZone = new Map();
    offsets.set(zone, ofZone);
  }
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const offset = readOffset(zone, quarter * quarterS);
  ofZone.set(quarter, offset);
  return offset;
}

function readOffset(zone: string, atS: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(atS * 1000)) parts[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return dayNumber(year, month, day) * dayS + hour * 3600 + minute * 60 + second - atS;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, made);
  return made;
}
