/** Durations by the customer's clock. */
import { describe, expect, it } from "vitest";
import { addWorkingDays, at, lasting } from "../../test/support/rules.ts";
import { addDuration, moveInstant, movedDate } from "./due.ts";
import type { Duration } from "./program.ts";

const inBerlin = { timeZone: "Europe/Berlin", addBusinessDays: addWorkingDays };

describe("a duration is over", () => {
  it.each<[string, Duration, string]>([
    ["2026-11-02T09:00:00Z", lasting(30, "minute"), "2026-11-02T09:30:00Z"],
    ["2026-11-02T09:00:00Z", lasting(2, "day"), "2026-11-04T09:00:00Z"],
    ["2026-11-02T09:00:00Z", lasting(2, "week"), "2026-11-16T09:00:00Z"],
    ["2026-11-20T09:00:00Z", lasting(1, "business day"), "2026-11-23T09:00:00Z"],
    // The clock is put forward: the day has 23 hours, and 24 hours end an hour later on the clock.
    ["2026-03-28T09:00:00Z", lasting(1, "day"), "2026-03-29T08:00:00Z"],
    ["2026-03-28T09:00:00Z", lasting(24, "hour"), "2026-03-29T09:00:00Z"],
    // At a time that is left out the next day: right behind it.
    ["2026-03-28T01:30:00Z", lasting(1, "day"), "2026-03-29T01:00:00Z"],
    ["2026-10-24T09:00:00Z", lasting(1, "day"), "2026-10-25T10:00:00Z"],
  ])("from %s after %j at %s", (from, duration, over) => {
    expect(addDuration(at(from), duration, inBerlin)).toBe(at(over));
  });
});

describe("a moved date", () => {
  const date = { field: "trial_end", before: lasting(5, "day"), after: null };

  it("lies before or after the customer's", () => {
    const dates = { trial_end: at("2026-11-30T12:00:00Z") };

    expect(movedDate(date, dates, inBerlin)).toBe(at("2026-11-25T12:00:00Z"));
    expect(
      moveInstant(at("2026-11-30T12:00:00Z"), { ...date, before: null, after: lasting(3, "business day") }, inBerlin),
    ).toBe(at("2026-12-03T12:00:00Z"));
  });

  it("goes back in business days, too", () => {
    const before = { ...date, before: lasting(1, "business day") };

    expect(moveInstant(at("2026-11-30T12:00:00Z"), before, inBerlin)).toBe(at("2026-11-27T12:00:00Z"));
  });

  it("is none without the customer's", () => {
    expect(movedDate(date, { trial_end: null }, inBerlin)).toBeNull();
    expect(movedDate(date, {}, inBerlin)).toBeNull();
  });
});
