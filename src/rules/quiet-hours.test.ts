/** Quiet hours by the customer's clock. */
import { describe, expect, it } from "vitest";
import { at } from "../../test/support/rules.ts";
import { quietUntil } from "./quiet-hours.ts";

const nights = { from: "21:00", to: "08:00", weekends: false };
const restful = { ...nights, weekends: true };
const noon = { from: "12:00", to: "13:00", weekends: false };

function until(instant: string, quiet = nights, zone = "Europe/Berlin"): string | null {
  const endS = quietUntil(at(instant), quiet, zone);
  return endS === null ? null : new Date(endS * 1000).toISOString().slice(0, 16);
}

describe("quiet hours", () => {
  it.each([
    ["2026-11-02T19:59:59Z", null],
    ["2026-11-02T20:00:00Z", "2026-11-03T07:00"],
    ["2026-11-03T02:00:00Z", "2026-11-03T07:00"],
    ["2026-11-03T06:59:59Z", "2026-11-03T07:00"],
    ["2026-11-03T07:00:00Z", null],
  ])("over midnight: at %s until %s", (instant, end) => {
    expect(until(instant)).toBe(end);
  });

  it("within a day", () => {
    expect(until("2026-11-02T11:30:00Z", noon)).toBe("2026-11-02T12:00");
    expect(until("2026-11-02T12:00:00Z", noon)).toBeNull();
  });

  it("are those of the customer's place", () => {
    expect(until("2026-11-02T20:00:00Z", nights, "America/New_York")).toBeNull();
    expect(until("2026-11-02T20:00:00Z", nights, "Asia/Kolkata")).toBe("2026-11-03T02:30");
  });

  it("last from Friday night to Monday morning when weekends are quiet", () => {
    expect(until("2026-11-06T20:00:00Z", restful)).toBe("2026-11-09T07:00");
    expect(until("2026-11-07T12:00:00Z", restful)).toBe("2026-11-09T07:00");
    expect(until("2026-11-08T22:59:59Z", restful)).toBe("2026-11-09T07:00");
    expect(until("2026-11-07T12:00:00Z", { ...noon, weekends: true })).toBe("2026-11-08T23:00");
  });

  it("are none from a time to the same time", () => {
    expect(until("2026-11-02T08:00:00Z", { from: "08:00", to: "08:00", weekends: false })).toBeNull();
  });

  it("end at the time on the clock in the nights in which it is changed", () => {
    expect(until("2026-03-28T22:00:00Z")).toBe("2026-03-29T06:00");
    expect(until("2026-10-24T22:00:00Z")).toBe("2026-10-25T07:00");
    // Their end is left out: at once behind it.
    expect(until("2026-03-29T00:30:00Z", { ...nights, to: "02:30" })).toBe("2026-03-29T01:00");
  });

  it("come twice with the hour that comes twice", () => {
    const early = { ...nights, to: "02:30" };

    expect(until("2026-10-25T00:15:00Z", early)).toBe("2026-10-25T00:30");
    expect(until("2026-10-25T00:45:00Z", early)).toBeNull();
    expect(until("2026-10-25T01:15:00Z", early)).toBe("2026-10-25T01:30");
  });
});
