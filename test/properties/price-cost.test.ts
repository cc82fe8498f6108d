/** Laws of the arithmetic of prices, against a slow reference that looks at one unit after the other. */
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf, type PriceTerms } from "../../src/billing/price-cost.ts";
import type { PriceTier } from "../../src/model/stripe-object.ts";

/** Amounts as whole billionths of a minor unit, so that the reference needs nothing but integers. */
const scale = 1_000_000_000n;
const amount = fc.bigInt({ min: 0n, max: 5_000n * scale });

type Step = { readonly width: number; readonly unit: bigint; readonly flat: bigint | null };
const step = fc.record({
  width: fc.integer({ min: 1, max: 12 }),
  unit: amount,
  flat: fc.option(amount),
});
const steps = fc.array(step, { minLength: 1, maxLength: 5 });

function written(value: bigint): string {
  const digits = value.toString().padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** The last unit of each tier but the last, which has no end. */
function endsOf(parts: readonly Step[]): readonly number[] {
  let end = 0;
  return parts.slice(0, -1).map(({ width }) => (end += width));
}

function priceOf(parts: readonly Step[], tiersMode: "volume" | "graduated"): PriceTerms {
  const ends = endsOf(parts);
  const tiers = parts.map(({ unit, flat }, index): PriceTier => {
    const flatAmount = flat === null ? null : written(flat);
    return { upTo: ends[index] ?? null, unitAmount: written(unit), flatAmount };
  });
  return { billingScheme: "tiered", tiersMode, tiers, unitAmount: null, transformQuantity: null, currency: "eur" };
}

/** In which tier the n-th unit is, counted from one; the unit before the first is in the first. */
function placeOf(ends: readonly number[], unit: number): number {
  let place = 0;
  for (const end of ends) if (unit > end) place += 1;
  return place;
}

/** Every unit is priced by its own tier; whenever one is the first of its tier, that tier's flat amount comes along. */
function graduatedUnitByUnit(parts: readonly Step[], units: number): bigint {
  const ends = endsOf(parts);
  const entered = new Set([0]);
  let sum = parts[0]?.flat ?? 0n;
  for (let unit = 1; unit <= units; unit += 1) {
    const place = placeOf(ends, unit);
    if (!entered.has(place)) sum += parts[place]?.flat ?? 0n;
    entered.add(place);
    sum += parts[place]?.unit ?? 0n;
  }
  return sum;
}

/** The last unit decides for all of them. */
function volumeUnitByUnit(parts: readonly Step[], units: number): bigint {
  const last = parts[placeOf(endsOf(parts), units)];
  let sum = last?.flat ?? 0n;
  for (let unit = 1; unit <= units; unit += 1) sum += last?.unit ?? 0n;
  return sum;
}

function scaledCost(price: PriceTerms, units: number): bigint {
  const cost = costOf(price, units);
  if (!(cost instanceof Decimal)) throw new Error(cost.unknown);
  return BigInt(cost.times(scale.toString()).toFixed());
}

/** None, one, every edge with its neighbours, and some units beyond. */
function tellingUnits(parts: readonly Step[]): readonly number[] {
  const edges = endsOf(parts).flatMap((end) => [end - 1, end, end + 1]);
  return [...new Set([0, 1, ...edges, (edges.at(-1) ?? 0) + 17])];
}

describe("the cost of tiers", () => {
  it("is right at every edge when each tier prices its own units", () => {
    fc.assert(
      fc.property(steps, (parts) => {
        for (const units of tellingUnits(parts))
          expect(scaledCost(priceOf(parts, "graduated"), units)).toBe(graduatedUnitByUnit(parts, units));
      }),
      { numRuns: 500 },
    );
  });

  it("is right at every edge when one tier prices all units", () => {
    fc.assert(
      fc.property(steps, (parts) => {
        for (const units of tellingUnits(parts))
          expect(scaledCost(priceOf(parts, "volume"), units)).toBe(volumeUnitByUnit(parts, units));
      }),
      { numRuns: 500 },
    );
  });

  it("is the same for one tier, whatever its mode, and as for a price per unit", () => {
    fc.assert(
      fc.property(amount, fc.nat({ max: 1000 }), (unit, units) => {
        const parts = [{ width: 1, unit, flat: null }];
        const perUnit = {
          ...priceOf(parts, "volume"),
          billingScheme: "per_unit",
          unitAmount: written(unit),
          tiers: null,
        };
        const costs = [priceOf(parts, "volume"), priceOf(parts, "graduated"), perUnit].map((price) =>
          scaledCost(price, units),
        );
        expect(new Set(costs).size).toBe(1);
      }),
    );
  });

  it("never falls as units are added when each tier prices its own", () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 60 }), (parts, units) => {
        const price = priceOf(parts, "graduated");
        expect(scaledCost(price, units + 1) >= scaledCost(price, units)).toBe(true);
      }),
    );
  });
});
