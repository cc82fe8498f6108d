/** The banks' calendars against published dates, and the laws of counting in business days. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateOf, dayNumber, dayS } from "../../lib/day.ts";
import { addBusinessDays, businessDayFrom, easterSunday, holidaysOf, isBusinessDay } from "./business-days.ts";
import { calendars, type CalendarName } from "./calendars.ts";

const textOf = (day: number): string => new Date(day * dayS * 1000).toISOString().slice(0, 10);
const dayOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 1000 / dayS;
const names: readonly CalendarName[] = ["target2", "fed", "uk", "australia", "new_zealand", "canada"];

describe("Easter", () => {
  it.each([
    "2024-03-31",
    "2025-04-20",
    "2026-04-05",
    "2027-03-28",
    "2028-04-16",
    "2029-04-01",
    "2030-04-21",
    "2031-04-13",
    "2032-03-28",
    // The years in which simpler rules go wrong.
    "1954-04-18",
    "1981-04-19",
    "2049-04-18",
    "2076-04-19",
  ])("is on %s", (text) => {
    expect(textOf(easterSunday(Number(text.slice(0, 4))))).toBe(text);
  });
});

describe("TARGET", () => {
  it.each([
    [2024, "2024-01-01 2024-03-29 2024-04-01 2024-05-01 2024-12-25 2024-12-26"],
    [2025, "2025-01-01 2025-04-18 2025-04-21 2025-05-01 2025-12-25 2025-12-26"],
    [2026, "2026-01-01 2026-04-03 2026-04-06 2026-05-01 2026-12-25 2026-12-26"],
    [2027, "2027-01-01 2027-03-26 2027-03-29 2027-05-01 2027-12-25 2027-12-26"],
    [2028, "2028-01-01 2028-04-14 2028-04-17 2028-05-01 2028-12-25 2028-12-26"],
    [2029, "2029-01-01 2029-03-30 2029-04-02 2029-05-01 2029-12-25 2029-12-26"],
    [2030, "2030-01-01 2030-04-19 2030-04-22 2030-05-01 2030-12-25 2030-12-26"],
    [2031, "2031-01-01 2031-04-11 2031-04-14 2031-05-01 2031-12-25 2031-12-26"],
    [2032, "2032-01-01 2032-03-26 2032-03-29 2032-05-01 2032-12-25 2032-12-26"],
  ])("is closed on six days in %i", (year, expected) => {
    expect([...holidaysOf("target2", year)].map(textOf).join(" ")).toBe(expected);
  });

  it("knows no moved holidays: a first of May on a Saturday is not made up for", () => {
    expect(isBusinessDay("target2", dayOf("2027-05-03"))).toBe(true);
  });
});

describe("a national calendar", () => {
  it.each<[CalendarName, string]>([
    ["fed", "2026-01-19"], // Martin Luther King
    ["fed", "2026-05-25"], // the last Monday of May
    ["fed", "2027-07-05"], // the fourth was a Sunday
    ["fed", "2026-11-26"], // Thanksgiving
    ["new_zealand", "2026-04-27"], // Anzac Day was a Saturday
    ["new_zealand", "2026-06-01"], // King's Birthday
    ["new_zealand", "2026-07-10"], // Matariki
    ["new_zealand", "2026-10-26"], // Labour Day
    ["new_zealand", "2028-01-03"], // New Year's Day was a Saturday …
    ["new_zealand", "2028-01-04"], // … and the day after a Sunday
    ["canada", "2026-05-18"], // Victoria Day
    ["canada", "2027-05-24"], // the latest on which it can be
    ["canada", "2026-07-01"], // Canada Day
    ["canada", "2026-09-30"], // Truth and Reconciliation
    ["canada", "2026-10-12"], // Thanksgiving
    ["uk", "2026-12-28"], // Boxing Day was a Saturday
    ["uk", "2027-12-27"], // Christmas Day was a Saturday …
    ["uk", "2027-12-28"], // … and Boxing Day a Sunday
    ["uk", "2022-12-27"], // Christmas Day was a Sunday
    ["uk", "2026-08-31"],
    ["australia", "2027-06-14"],
    ["australia", "2025-01-27"], // Australia Day was a Sunday
  ])("%s is closed on %s", (calendar, date) => {
    expect(isBusinessDay(calendar, dayOf(date))).toBe(false);
  });

  it.each<[CalendarName, string]>([
    ["fed", "2026-07-03"], // the fourth is a Saturday: not moved
    ["fed", "2026-04-03"], // Good Friday
    ["uk", "2026-05-01"],
    ["target2", "2026-11-26"],
  ])("%s is open on %s", (calendar, date) => {
    expect(isBusinessDay(calendar, dayOf(date))).toBe(true);
  });

  it.each(names)("%s has no holiday twice", (calendar) => {
    for (let year = 2024; year <= 2032; year += 1) {
      expect(holidaysOf(calendar, year).size).toBe(calendars[calendar].length);
    }
  });
});

describe("counting in business days", () => {
  it.each([
    ["2026-11-20", 1, "2026-11-23"], // over a weekend
    ["2026-11-21", 1, "2026-11-23"], // from a Saturday
    ["2026-11-21", 0, "2026-11-23"],
    ["2026-04-02", 1, "2026-04-07"], // over Easter
    ["2026-12-23", 2, "2026-12-28"], // over Christmas
    ["2026-12-30", 6, "2027-01-08"], // into a new year
  ])("%s and %i is %s", (from, count, expected) => {
    expect(textOf(addBusinessDays("target2", dayOf(from), count))).toBe(expected);
  });

  const someDay = fc.integer({ min: dayNumber(2024, 1, 1), max: dayNumber(2032, 12, 31) });
  const someCalendar = fc.constantFrom(...names);

  it("never ends on a day on which banks rest", () => {
    fc.assert(
      fc.property(someCalendar, someDay, fc.nat(30), (calendar, day, count) => {
        const reached = addBusinessDays(calendar, day, count);
        expect(isBusinessDay(calendar, reached)).toBe(true);
        expect([0, 6]).not.toContain(dateOf(reached).weekday);
      }),
    );
  });

  it("is the same in one step as in two", () => {
    fc.assert(
      fc.property(someCalendar, someDay, fc.nat(15), fc.nat(15), (calendar, day, first, second) => {
        const start = businessDayFrom(calendar, day);
        expect(addBusinessDays(calendar, addBusinessDays(calendar, start, first), second)).toBe(
          addBusinessDays(calendar, start, first + second),
        );
      }),
    );
  });

  it("passes exactly as many business days as it counts", () => {
    fc.assert(
      fc.property(someCalendar, someDay, fc.integer({ min: 1, max: 20 }), (calendar, day, count) => {
        const reached = addBusinessDays(calendar, day, count);
        const days = Array.from({ length: reached - day }, (_, index) => day + index + 1);
        expect(days.filter((one) => isBusinessDay(calendar, one))).toHaveLength(count);
      }),
    );
  });

  it("keeps the order of days", () => {
    fc.assert(
      fc.property(someCalendar, someDay, someDay, fc.nat(20), (calendar, a, b, count) => {
        const [early, late] = [Math.min(a, b), Math.max(a, b)];
        expect(addBusinessDays(calendar, early, count)).toBeLessThanOrEqual(addBusinessDays(calendar, late, count));
      }),
    );
  });
});
