import { describe, expect, it } from "vitest";
import { calmScale, roundUp } from "./calm-scale.ts";

describe("roundUp", () => {
  it.each([
    [0, 5],
    [5, 5],
    [6, 6],
    [11, 15],
    [50, 50],
    [12, 15],
    [51, 60],
    [81, 100],
    [2_001, 3_000],
  ])("holds %d under %d", (peak, top) => {
    expect(roundUp(peak)).toBe(top);
  });
});

describe("calmScale", () => {
  it("grows at once", () => {
    expect(calmScale(10, 12)).toBe(15);
  });

  it("stays where it is while a third of the height is used", () => {
    expect(calmScale(50, 17)).toBe(50);
  });

  it("shrinks when most of it stands empty", () => {
    expect(calmScale(50, 8)).toBe(8);
  });

  it("comes to rest: a second look changes nothing", () => {
    for (let previous = 5; previous <= 5_000; previous += 7) {
      for (const peak of [0, 1, 4, 9, 33, 180, 4_000]) {
        const once = calmScale(previous, peak);
        expect(calmScale(once, peak)).toBe(once);
      }
    }
  });
});
