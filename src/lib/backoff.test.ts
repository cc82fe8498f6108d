/** The wait before the next attempt. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const settings = { baseMs: 400, capMs: 30_000 };

describe("backoffMs", () => {
  it.each([
    [1, 200, 400],
    [2, 400, 800],
    [3, 800, 1600],
    [7, 12_800, 25_600],
    [8, 15_000, 30_000],
    [60, 15_000, 30_000],
    [5_000, 15_000, 30_000],
  ])("attempt %d waits between %d and %d ms", (attempt, least, most) => {
    expect(backoffMs(attempt, 0, settings)).toBe(least);
    expect(backoffMs(attempt, 0.999_999, settings)).toBe(most);
  });

  it("grows with the attempts and never passes its cap", () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), random, (attempt, chance) => {
        const [now, next] = [backoffMs(attempt, chance, settings), backoffMs(attempt + 1, chance, settings)];

        expect(next).toBeGreaterThanOrEqual(now);
        expect(next).toBeLessThanOrEqual(30_000);
        expect(Number.isSafeInteger(now)).toBe(true);
      }),
    );
  });
});
