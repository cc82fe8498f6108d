/** Rates and remaining times. */
import { describe, expect, it } from "vitest";
import { etaS, RateMeter } from "./rate-meter.ts";

describe("RateMeter", () => {
  it("knows no rate before the second sample", () => {
    const meter = new RateMeter();
    meter.add(5, 0);
    expect(meter.perS()).toBeNull();
  });

  it("forgets what was more than half a minute ago", () => {
    const meter = new RateMeter();
    for (let s = 0; s <= 100; s += 1) meter.add(s < 60 ? s * 1000 : 60_000 + (s - 60) * 10, s * 1000);
    expect(meter.perS()).toBeCloseTo(10, 5);
  });
});

describe("etaS", () => {
  it.each([
    [0, null, 0],
    [0, 0, 0],
    [10, 4, 3],
    [10, 0, null],
    [10, null, null],
    [null, 5, null],
  ])("%s left at %s a second: %s", (remaining, perS, expected) => {
    expect(etaS(remaining, perS)).toBe(expected);
  });
});
