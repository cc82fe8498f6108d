/** When a date trigger fires. */
import { describe, expect, it } from "vitest";
import { addWorkingDays, at, lasting } from "../../test/support/rules.ts";
import { nextFiring, type DateTrigger } from "./dates.ts";

function trigger(parts: Partial<Omit<DateTrigger, "kind" | "date">> & Partial<DateTrigger["date"]>): DateTrigger {
  const { yearly = false, at: time = null, ...date } = parts;
  return { kind: "date", date: { field: "trial_end", before: null, after: null, ...date }, yearly, at: time };
}

type Fires = (on: DateTrigger, date: string | null, now: string) => string | null;

function firesIn(zone: string): Fires {
  return (on, date, now) => {
    const facts = { dates: { trial_end: date === null ? null : at(date) }, timeZone: zone, country: null };
    const firing = nextFiring(on, facts, { nowS: at(now), timeZone: "UTC", addBusinessDays: addWorkingDays });
    return firing === null ? null : new Date(firing.atS * 1000).toISOString().slice(0, 19);
  };
}

const fires = firesIn("Europe/Berlin");

describe("a date trigger fires", () => {
  it("at the date, and not again", () => {
    expect(fires(trigger({}), "2026-11-30T12:00:00Z", "2026-11-30T11:59:59Z")).toBe("2026-11-30T12:00:00");
    expect(fires(trigger({}), "2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z")).toBeNull();
  });

  it("not without a date", () => {
    expect(fires(trigger({}), null, "2026-11-30T12:00:00Z")).toBeNull();
  });

  it.each([
    ["days before it", trigger({ before: lasting(5, "day") }), "2026-11-25T12:00:00"],
    ["business days after it", trigger({ after: lasting(2, "business day") }), "2026-12-02T12:00:00"],
    ["at a time on that day", trigger({ before: lasting(1, "week"), at: "08:30" }), "2026-11-23T07:30:00"],
  ])("%s", (_, on, expected) => {
    expect(fires(on, "2026-11-30T12:00:00Z", "2026-11-01T00:00:00Z")).toBe(expected);
  });

  it("on the day that it is at the customer's place", () => {
    const late = "2026-11-30T03:00:00Z";

    expect(firesIn("America/New_York")(trigger({ at: "09:00" }), late, "2026-11-01T00:00:00Z")).toBe(
      "2026-11-29T14:00:00",
    );
    expect(firesIn("Europe/Berlin")(trigger({ at: "09:00" }), late, "2026-11-01T00:00:00Z")).toBe(
      "2026-11-30T08:00:00",
    );
  });

  it.each([
    ["begins a day in UTC", "2026-11-30T00:00:00Z", "2026-11-30T14:00:00"],
    ["ends a day in UTC", "2026-11-30T23:59:59Z", "2026-11-30T14:00:00"],
  ])("on that day everywhere when the date %s", (_, date, expected) => {
    expect(firesIn("America/New_York")(trigger({ at: "09:00" }), date, "2026-11-01T00:00:00Z")).toBe(expected);
    expect(firesIn("Asia/Tokyo")(trigger({ at: "23:00" }), date, "2026-11-01T00:00:00Z")).toBe("2026-11-30T14:00:00");
  });

  it.each([
    ["right behind an hour that is left out", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00"],
    ["in the first of two hours that are the same", "2026-10-25T12:00:00Z", "2026-10-25T00:30:00"],
  ])("%s", (_, date, expected) => {
    expect(fires(trigger({ at: "02:30" }), date, "2026-01-01T00:00:00Z")).toBe(expected);
  });
});

describe("a yearly date trigger fires", () => {
  const yearly = trigger({ yearly: true, at: "09:00" });

  it.each([
    ["never at the date itself", "2026-03-10T06:00:00Z", "2027-03-10T08:00:00"],
    ["on the first anniversary", "2027-03-09T12:00:00Z", "2027-03-10T08:00:00"],
    ["a year after that", "2027-03-10T08:00:00Z", "2028-03-10T08:00:00"],
    ["after many years", "2041-06-01T00:00:00Z", "2042-03-10T08:00:00"],
  ])("%s", (_, now, expected) => {
    expect(fires(yearly, "2026-03-10T05:00:00Z", now)).toBe(expected);
  });

  it("on 28 February of a year that has no 29th", () => {
    const leap = "2024-02-29T12:00:00Z";

    expect(fires(yearly, leap, "2024-06-01T00:00:00Z")).toBe("2025-02-28T08:00:00");
    expect(fires(yearly, leap, "2027-06-01T00:00:00Z")).toBe("2028-02-29T08:00:00");
  });

  it("so long before each anniversary", () => {
    const ahead = trigger({ yearly: true, before: lasting(30, "day") });

    expect(fires(ahead, "2020-01-10T12:00:00Z", "2026-11-22T00:00:00Z")).toBe("2026-12-11T12:00:00");
    expect(fires(ahead, "2020-01-10T12:00:00Z", "2026-12-11T12:00:00Z")).toBe("2027-12-11T12:00:00");
  });
});

describe("a firing", () => {
  const keyOf = (date: string, now: string, on = trigger({})): string | undefined =>
    nextFiring(
      on,
      { dates: { trial_end: at(date) }, timeZone: null, country: null },
      { nowS: at(now), timeZone: "UTC", addBusinessDays: addWorkingDays },
    )?.key;

  it("is another one when the date was moved, and the same one whenever it is asked for", () => {
    const key = keyOf("2026-11-30T12:00:00Z", "2026-11-01T00:00:00Z");

    expect(keyOf("2026-11-30T12:00:00Z", "2026-11-02T00:00:00Z")).toBe(key);
    expect(keyOf("2026-12-14T12:00:00Z", "2026-11-01T00:00:00Z")).not.toBe(key);
  });

  it("is another one each year", () => {
    const yearly = trigger({ yearly: true });
    const keys = ["2026", "2027", "2028"].map((year) =>
      keyOf("2020-05-01T12:00:00Z", `${year}-06-01T00:00:00Z`, yearly),
    );

    expect(new Set(keys).size).toBe(3);
  });
});
