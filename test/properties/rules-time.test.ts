/**
 * Laws of clock time: zones, quiet hours, durations and dates against clocks that are read second by second or day by day from
 * the platform's own formatting.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockTimeOf, instantsOf } from "../../src/lib/zoned.ts";
import { addDuration } from "../../src/rules/due.ts";
import { cappedUntil } from "../../src/rules/caps.ts";
import { nextFiring, type DateTrigger } from "../../src/rules/dates.ts";
import { quietUntil } from "../../src/rules/quiet-hours.ts";
import { addWorkingDays, at, lasting } from "../support/rules.ts";

const dayS = 86_400;
const zones = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "Pacific/Auckland",
  "Pacific/Kiritimati",
);

/** Around the nights in which clocks are changed more often than by chance. */
const seconds = fc.oneof(
  fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2032-01-01T00:00:00Z") }),
  fc
    .tuple(
      fc.constantFrom("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-10-04", "2026-04-05", "2026-04-24"),
      fc.integer({ min: -2 * dayS, max: 2 * dayS }),
    )
    .map(([date, off]) => at(`${date}T00:00:00Z`) + off),
);

/** As the platform writes it, without our arithmetic. */
function shown(zone: string, atS: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(
    atS * 1000,
  );
}

const twoSeconds = fc.tuple(seconds, seconds);

const often = { numRuns: 3_000, seed: 7 };

describe("the clock on the wall", () => {
  it("shows what the platform writes", () => {
    fc.assert(
      fc.property(zones, seconds, (zone, atS) => {
        const { day, second } = clockTimeOf(zone, atS);
        const ours = new Date((day * dayS + second) * 1000).toISOString().slice(0, 19).replace("T", " ");
        expect(ours).toBe(shown(zone, atS));
      }),
      often,
    );
  });

  it("leads back to the instant that it was read at", () => {
    fc.assert(
      fc.property(zones, seconds, (zone, atS) => {
        const instants = instantsOf(zone, clockTimeOf(zone, atS));
        expect(instants).toContain(atS);
        expect([...instants].toSorted((a, b) => a - b)).toEqual(instants);
      }),
      often,
    );
  });

  it("is never later than asked for by more than the hour that is left out", () => {
    fc.assert(
      fc.property(zones, seconds, fc.integer({ min: 0, max: dayS - 1 }), (zone, near, second) => {
        const { day } = clockTimeOf(zone, near);
        const [instant] = instantsOf(zone, { day, second });
        const got = clockTimeOf(zone, instant);
        const lateS = (got.day - day) * dayS + got.second - second;
        expect(lateS).toBeGreaterThanOrEqual(0);
        expect(lateS).toBeLessThanOrEqual(3600);
        // The second before it the clock had not shown it yet.
        if (lateS > 0) expect(shown(zone, instant - 1) < shown(zone, instant)).toBe(true);
      }),
      often,
    );
  });
});

describe("quiet hours", () => {
  const clock = fc
    .tuple(fc.nat(23), fc.constantFrom("00", "15", "30", "45"))
    .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${minute}`);
  const quiets = fc.record({ from: clock, to: clock, weekends: fc.boolean() });

  /** By the words of the rule alone. */
  function isQuiet(zone: string, atS: number, quiet: { from: string; to: string; weekends: boolean }): boolean {
    const [date = "", time = ""] = shown(zone, atS).split(" ");
    if (quiet.weekends && [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay())) return true;
    const [from, to] = [`${quiet.from}:00`, `${quiet.to}:00`];
    if (from === to) return false;
    return from < to ? time >= from && time < to : time >= from || time < to;
  }

  it("hold exactly while the clock shows them, and end at the first second that is not quiet", () => {
    fc.assert(
      fc.property(zones, seconds, quiets, (zone, atS, quiet) => {
        const endS = quietUntil(atS, quiet, zone);
        expect(endS !== null).toBe(isQuiet(zone, atS, quiet));
        if (endS === null) return;
        expect(isQuiet(zone, endS, quiet)).toBe(false);
        expect(isQuiet(zone, endS - 1, quiet)).toBe(true);
        for (let step = 1; step < 12; step += 1) {
          expect(isQuiet(zone, Math.floor(atS + ((endS - atS) * step) / 12), quiet)).toBe(true);
        }
      }),
      { ...often, numRuns: 1_500 },
    );
  });
});

describe("a duration", () => {
  const durations = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom("minute", "hour", "day", "week", "business day"))
    .map(([count, unit]) => lasting(count, unit));

  it("is never over before it began, and days end at the same time on the clock", () => {
    fc.assert(
      fc.property(zones, seconds, durations, (timeZone, fromS, duration) => {
        const overS = addDuration(fromS, duration, { timeZone, addBusinessDays: addWorkingDays });
        expect(overS).toBeGreaterThan(fromS);
        if (duration.unit === "minute") expect(overS - fromS).toBe(duration.count * 60);
        if (duration.unit === "hour") expect(overS - fromS).toBe(duration.count * 3600);
        if (duration.unit !== "day" && duration.unit !== "week") return;
        const days = duration.count * (duration.unit === "week" ? 7 : 1);
        const [before, after] = [clockTimeOf(timeZone, fromS), clockTimeOf(timeZone, overS)];
        expect(after.day - before.day).toBe(days);
        expect(Math.abs(after.second - before.second)).toBeLessThanOrEqual(3600);
      }),
      often,
    );
  });
});

describe("a cap", () => {
  it("lets its number of messages pass in any stretch of its length, and no fewer", () => {
    const asks = fc.array(fc.integer({ min: 0, max: 4 * dayS }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 }), (gaps, messages, hours) => {
        const cap = { messages, per: lasting(hours, "hour") };
        const sent: { channel: "chat"; atS: number; rule: string }[] = [];
        let nowS = at("2026-11-02T09:00:00Z");
        for (const gap of gaps) {
          nowS += gap;
          const view = { nowS, channel: "chat", sent, timeZone: "UTC", addBusinessDays: addWorkingDays } as const;
          const inStretch = sent.filter(({ atS }) => atS > nowS - hours * 3600).length;
          const untilS = cappedUntil(cap, view);
          expect(untilS !== null).toBe(inStretch >= messages);
          if (untilS === null) sent.push({ channel: "chat", atS: nowS, rule: "r" });
          else expect(cappedUntil(cap, { ...view, nowS: untilS })).toBeNull();
        }
      }),
      { ...often, numRuns: 500 },
    );
  });
});

describe("a date trigger", () => {
  const triggers: fc.Arbitrary<DateTrigger> = fc.record({
    kind: fc.constant("date" as const),
    date: fc.record({
      field: fc.constant("created"),
      before: fc.option(
        fc.integer({ min: 1, max: 400 }).map((days) => lasting(days, "day")),
        { nil: null },
      ),
      after: fc.constant(null),
    }),
    yearly: fc.boolean(),
    at: fc.option(fc.constantFrom("00:00", "02:30", "09:00", "23:45"), { nil: null }),
  });

  it("fires behind the instant that is asked for, and a yearly one once in each year", () => {
    fc.assert(
      fc.property(triggers, zones, twoSeconds, (trigger, timeZone, [dateS, startS]) => {
        const facts = { dates: { created: dateS }, timeZone, country: null };
        const count = { timeZone: "UTC", addBusinessDays: addWorkingDays };
        const firings: { atS: number; key: string }[] = [];
        let nowS = startS;
        for (let ask = 0; ask < 5; ask += 1) {
          const firing = nextFiring(trigger, facts, { ...count, nowS });
          if (firing === null) break;
          expect(firing.atS).toBeGreaterThan(nowS);
          firings.push(firing);
          nowS = firing.atS;
        }
        expect(new Set(firings.map(({ key }) => key)).size).toBe(firings.length);
        if (!trigger.yearly) {
          expect(firings.length).toBeLessThanOrEqual(1);
          return;
        }
        expect(firings).toHaveLength(5);
        for (const [index, { atS }] of firings.slice(1).entries()) {
          const days = (atS - (firings[index]?.atS ?? 0)) / dayS;
          expect(days).toBeGreaterThan(363.9);
          expect(days).toBeLessThan(367.1);
        }
      }),
      { ...often, numRuns: 1_500 },
    );
  });

  it("gives the same firing whenever it is asked before it", () => {
    fc.assert(
      fc.property(triggers, zones, twoSeconds, (trigger, timeZone, [dateS, startS]) => {
        const facts = { dates: { created: dateS }, timeZone, country: null };
        const count = { timeZone: "UTC", addBusinessDays: addWorkingDays };
        const firing = nextFiring(trigger, facts, { ...count, nowS: startS });
        if (firing === null) return;
        const later = Math.floor((startS + firing.atS - 1) / 2);
        expect(nextFiring(trigger, facts, { ...count, nowS: Math.max(startS, later) })).toEqual(firing);
      }),
      { ...often, numRuns: 1_500 },
    );
  });
});
