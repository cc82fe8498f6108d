/** Durations are read as they are written. */
import { describe, expect, it } from "vitest";
import { parseDuration } from "./durations.ts";

describe("a duration", () => {
  it.each([
    ["30 minutes", { count: 30, unit: "minute" }],
    ["1 hour", { count: 1, unit: "hour" }],
    ["2 days", { count: 2, unit: "day" }],
    ["9999 weeks", { count: 9999, unit: "week" }],
    ["5 business days", { count: 5, unit: "business day" }],
    ["1 business day", { count: 1, unit: "business day" }],
  ])("is %s", (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
  });

  it.each(["", "2", "days", "0 days", "two days", "2 months", "business days"])("is not “%s”", (text) => {
    expect(() => parseDuration(text)).toThrow("is no duration");
  });
});
