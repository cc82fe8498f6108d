/** Thresholds that usage passes: each case, and what holds for readings in any order. */
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crossingsBetween, type Level } from "./crossings.ts";

const thresholds = [80, 90, 100];

function level(percent: number | null, periodStartS = 1): Level {
  return { periodStartS, percent: percent === null ? null : new Decimal(percent) };
}

function told(before: Level | undefined, after: Level): readonly string[] {
  return crossingsBetween(before, after, thresholds).map(({ threshold, direction }) => `${direction} ${threshold}`);
}

describe("crossings", () => {
  it.each<[string, Level | undefined, Level, readonly string[]]>([
    ["below all", undefined, level(79.99), []],
    ["reaches one exactly", level(79.99), level(80), ["rising 80"]],
    ["stays at it", level(80), level(80), []],
    ["passes all at once", level(10), level(130), ["rising 80", "rising 90", "rising 100"]],
    ["falls below two", level(100), level(85), ["falling 100", "falling 90"]],
    ["begins above", undefined, level(95), ["rising 80", "rising 90"]],
    ["a new period begins at nothing", level(120, 1), level(5, 2), []],
    ["a new period begins above", level(120, 1), level(85, 2), ["rising 80"]],
    ["a limit appears", level(null), level(85), ["rising 80"]],
    ["a limit disappears", level(120), level(null), []],
  ])("%s", (_name, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  it("take thresholds in any order, each once", () => {
    expect(crossingsBetween(level(0), level(100), [100, 50, 100])).toEqual([
      { threshold: 50, direction: "rising" },
      { threshold: 100, direction: "rising" },
    ]);
  });
});

type Reading = { readonly atS: number; readonly percent: number };

/** What is kept after these readings came in this order: the newest stays, each crossing is kept once. */
function keptAfter(readings: readonly Reading[]): ReadonlySet<string> {
  const kept = new Set<string>();
  let known: Reading | undefined;
  for (const reading of readings) {
    if (known && reading.atS <= known.atS) continue;
    for (const one of told(known && level(known.percent), level(reading.percent))) kept.add(one);
    known = reading;
  }
  return kept;
}

const percents = fc.array(fc.integer({ min: 0, max: 140 }), { minLength: 1, maxLength: 12 });
const shuffled = (list: readonly Reading[]) => fc.shuffledSubarray([...list], { minLength: list.length });

describe("the crossings of a period", () => {
  it("are the same in any order of readings, as long as usage only grows", () => {
    const growing = percents.map((list) => list.toSorted((a, b) => a - b).map((percent, atS) => ({ percent, atS })));
    fc.assert(
      fc.property(
        growing.chain((list) => fc.tuple(fc.constant(list), shuffled(list))),
        ([sorted, order]) => {
          expect(keptAfter(order)).toEqual(keptAfter(sorted));
        },
      ),
    );
  });

  it("are some of those of the sorted order when usage also shrinks, and all that the newest still stands above", () => {
    const readings = percents.map((list) => list.map((percent, atS) => ({ percent, atS })));
    fc.assert(
      fc.property(
        readings.chain((list) => fc.tuple(fc.constant(list), shuffled(list))),
        ([sorted, order]) => {
          const kept = keptAfter(order);
          const all = keptAfter(sorted);
          expect([...kept].filter((one) => !all.has(one))).toEqual([]);
          const newest = sorted.at(-1)?.percent ?? 0;
          for (const threshold of thresholds.filter((one) => newest >= one))
            expect(kept).toContain(`rising ${threshold}`);
        },
      ),
    );
  });
});
