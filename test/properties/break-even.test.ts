/** Laws of break-even: whatever the two plans, every unit is on the right side of it. */
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeSavings } from "../../src/billing/savings/compare.ts";
import { costOf } from "../../src/billing/price-cost.ts";
import type { PriceFacts } from "../../src/model/stripe-object.ts";
import { aCopy } from "../support/builders.ts";
import { aQuestion } from "../support/savings-scene.ts";

const amount = fc.integer({ min: 0, max: 400 }).map(String);
const width = fc.integer({ min: 1, max: 15 });

const tier = fc.record({ width, unit: amount, flat: fc.option(amount) });
const tiered = fc.record({
  mode: fc.constantFrom("volume", "graduated"),
  steps: fc.array(tier, { minLength: 1, maxLength: 4 }),
});
const tieredPrice = tiered.map(({ mode, steps }): Partial<PriceFacts> => {
  let end = 0;
  const tiers = steps.map((step, index) => {
    end += step.width;
    return { upTo: index === steps.length - 1 ? null : end, unitAmount: step.unit, flatAmount: step.flat };
  });
  return { billingScheme: "tiered", tiersMode: mode, tiers, unitAmount: null };
});
const packagePrice = fc
  .record({ unit: amount, size: width, roundUp: fc.boolean() })
  .map(({ unit, size, roundUp }): Partial<PriceFacts> => ({
    unitAmount: unit,
    transformQuantity: { divideBy: size, roundUp },
  }));
const price = fc.oneof(tieredPrice, packagePrice);

const coupon = fc.option(
  fc.oneof(
    fc.record({ percentOff: fc.constantFrom("10", "33.3") }),
    fc.record({
      percentOff: fc.constant(null),
      amountOffMinor: fc.integer({ min: 1, max: 3000 }),
      currency: fc.constant("eur"),
    }),
  ),
  { nil: undefined },
);

/** What one quantity costs after the coupon, reckoned by itself. */
function paid(
  facts: Partial<PriceFacts>,
  off: { percentOff: string | null; amountOffMinor?: number } | undefined,
  units: number,
) {
  const cost = costOf(aCopy("price", facts).facts, units);
  if (!(cost instanceof Decimal)) throw new Error(cost.unknown);
  if (off === undefined) return cost;
  if (off.percentOff !== null) return cost.times(new Decimal(100).minus(off.percentOff)).div(100);
  return Decimal.max(0, cost.minus(off.amountOffMinor ?? 0));
}

describe("break-even", () => {
  it("says of every quantity whether the other plan costs less", () => {
    fc.assert(
      fc.property(price, price, coupon, (present, other, off) => {
        const scene = {
          prices: { present, other },
          plans: [
            { id: "present", prices: ["present"] },
            { id: "other", prices: ["other"] },
          ],
          items: [{ priceId: "present", quantity: 3 }],
        };
        const found = computeSavings(aQuestion(off === undefined ? scene : { ...scene, coupon: off })).candidates[0]
          ?.breakEven;
        for (let units = 1; units <= 80; units += 1) {
          const isCheaper = paid(other, off, units).lt(paid(present, off, units));
          const isIn = found?.cheaper.some(({ from, to }) => from <= units && (to === null || units <= to));
          expect([units, isIn]).toEqual([units, isCheaper]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("has ranges that neither touch nor overlap", () => {
    fc.assert(
      fc.property(price, price, (present, other) => {
        const plans = [
          { id: "present", prices: ["present"] },
          { id: "other", prices: ["other"] },
        ];
        const scene = { prices: { present, other }, plans, items: [{ priceId: "present", quantity: 3 }] };
        const cheaper = computeSavings(aQuestion(scene)).candidates[0]?.breakEven?.cheaper ?? [];
        for (const [index, { from, to }] of cheaper.entries()) {
          expect(to === null || to >= from).toBe(true);
          const before = cheaper[index - 1];
          if (before) expect(before.to !== null && before.to < from - 1).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
