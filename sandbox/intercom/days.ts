/** Calendar days of the workspace's time zone: searches compare dates by day, not by second. */

export type Days = {
  /** First second of the day in which the instant falls. */
  startS(unixS: number): number;
  /** First second of the following day. */
  nextStartS(unixS: number): number;
};

const dayMs = 24 * 3600 * 1000;

/** Days of one IANA time zone; days with a clock change have 23 or 25 hours. */
export function daysOf(timezone: string): Days {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  /** What a clock on the wall shows, written as if it were UTC. */
  const wallMs = (instantMs: number): number => {
    const parts = new Map(format.formatToParts(instantMs).map((part) => [part.type, Number(part.value)]));
    const get = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute"), get("second"));
  };
  /** The instant at which the wall shows midnight of that day; the second look corrects for a clock change. */
  const midnight = (wallDayMs: number): number => {
    let instant = wallDayMs;
    for (let look = 0; look < 2; look += 1) instant = wallDayMs - (wallMs(instant) - instant);
    return instant / 1000;
  };
  const wallDay = (unixS: number) => Math.floor(wallMs(unixS * 1000) / dayMs) * dayMs;
  return {
    startS: (unixS) => midnight(wallDay(unixS)),
    nextStartS: (unixS) => midnight(wallDay(unixS) + dayMs),
  };
}
