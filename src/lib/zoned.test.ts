/** Clock time in zones: the night in which an hour is left out, and the one in which it is lived through twice. */
import { describe, expect, it } from "vitest";
import { clockTimeOf, instantOf, instantsOf, isTimeZone } from "./zoned.ts";

const atS = (text: string): number => Date.parse(text) / 1000;
const day = (text: string): number => atS(`${text}T00:00:00Z`) / 86_400;
const clock = (text: string): number => atS(`1970-01-01T${text}Z`);

describe("a time zone", () => {
  it.each(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"])("%s is known", (zone) => {
    expect(isTimeZone(zone)).toBe(true);
  });

  it.each(["", "Berlin", "Europe/Atlantis", "Europe/Berlin; drop"])("%j is not", (zone) => {
    expect(isTimeZone(zone)).toBe(false);
  });
});

describe("the clock on the wall", () => {
  it.each([
    ["Europe/Berlin", "2026-11-22T23:30:00Z", "2026-11-23", "00:30:00"],
    ["America/New_York", "2026-11-22T03:00:05Z", "2026-11-21", "22:00:05"],
    ["Asia/Kolkata", "2026-11-22T18:31:00Z", "2026-11-23", "00:01:00"],
    ["UTC", "1969-12-31T23:59:59Z", "1969-12-31", "23:59:59"],
  ])("in %s shows at %s the %s, %s", (...[zone, instant, date, time]) => {
    expect(clockTimeOf(zone, atS(instant))).toEqual({ day: day(date), second: clock(time) });
  });

  it.each([
    ["Europe/Berlin", "2026-07-01", "09:00:00", ["2026-07-01T07:00:00Z"]],
    // The hour after two o'clock is left out …
    ["Europe/Berlin", "2026-03-29", "02:30:00", ["2026-03-29T01:00:00Z"]],
    ["Europe/Berlin", "2026-03-29", "03:00:00", ["2026-03-29T01:00:00Z"]],
    // … and comes twice.
    ["Europe/Berlin", "2026-10-25", "02:30:00", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]],
    ["America/New_York", "2026-03-08", "02:15:00", ["2026-03-08T07:00:00Z"]],
    ["America/New_York", "2026-11-01", "01:15:00", ["2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z"]],
    // Half an hour only.
    ["Australia/Lord_Howe", "2026-10-04", "02:10:00", ["2026-10-03T15:30:00Z"]],
    // Midnight is left out.
    ["Africa/Cairo", "2026-04-24", "00:00:00", ["2026-04-23T22:00:00Z"]],
  ])("in %s on %s at %s is %j", (...[zone, date, time, instants]) => {
    expect(instantsOf(zone, { day: day(date), second: clock(time) })).toEqual(instants.map(atS));
  });

  it("takes the first of two", () => {
    const time = { day: day("2026-10-25"), second: clock("02:30:00") };

    expect(instantOf("Europe/Berlin", time)).toBe(atS("2026-10-25T00:30:00Z"));
  });
});
