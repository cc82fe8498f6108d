/** The start of the period before, around ends of months. */
import { describe, expect, it } from "vitest";
import { periodStartBefore } from "./period-before.ts";

const at = (text: string): number => Date.parse(`${text}T08:30:15Z`) / 1000;
const before = (start: string, end: string, interval: string, intervalCount = 1): string | null => {
  const found = periodStartBefore({ startS: at(start), endS: at(end) }, { interval, intervalCount });
  return found === null ? null : new Date(found * 1000).toISOString();
};

describe("the period before", () => {
  it.each([
    ["2026-11-05", "2026-12-05", "month", 1, "2026-10-05"],
    ["2026-01-15", "2026-02-15", "month", 1, "2025-12-15"],
    ["2026-02-28", "2026-03-28", "month", 1, "2026-01-28"],
    ["2026-02-28", "2026-03-31", "month", 1, "2026-01-31"],
    ["2026-02-28", "2026-03-30", "month", 1, "2026-01-30"],
    ["2026-03-31", "2026-04-30", "month", 1, "2026-02-28"],
    ["2024-03-31", "2024-04-30", "month", 1, "2024-02-29"],
    ["2026-04-30", "2026-05-30", "month", 1, "2026-03-30"],
    ["2026-05-05", "2026-08-05", "month", 3, "2026-02-05"],
    ["2026-05-05", "2027-05-05", "year", 1, "2025-05-05"],
    ["2026-03-02", "2026-03-09", "week", 1, "2026-02-23"],
    ["2026-03-02", "2026-03-16", "week", 2, "2026-02-16"],
    ["2026-03-02", "2026-03-03", "day", 1, "2026-03-01"],
  ] as const)("of %s to %s (%s, %i) began on %s", (start, end, interval, count, expected) => {
    expect(before(start, end, interval, count)).toBe(`${expected}T08:30:15.000Z`);
  });

  it("is not told when both ends are last days that may stand for a later one", () => {
    expect(before("2025-11-30", "2026-02-28", "month", 3)).toBeNull();
  });

  it("is not told for an interval that is not known", () => {
    expect(before("2026-03-02", "2026-03-03", "fortnight")).toBeNull();
  });
});
