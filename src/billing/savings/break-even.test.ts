/** From which usage or quantity another plan costs less: exact at edges. */
import { describe, expect, it } from "vitest";
import { aQuestion, metered, perUnit, tiers, type Scene } from "../../../test/support/savings-scene.ts";
import { computeSavings } from "./compare.ts";

function breakEven(scene: Scene) {
  return computeSavings(aQuestion(scene)).candidates[0]?.breakEven ?? null;
}

const usage = (a: object, b: object, prices: Scene["prices"] = {}): Scene => ({
  prices: { baseA: perUnit("4900"), baseB: perUnit("9900"), a: metered(a), b: metered(b), ...prices },
  plans: [
    { id: "a", prices: ["baseA", "a"] },
    { id: "b", prices: ["baseB", "b"] },
  ],
  items: [{ priceId: "baseA" }, { priceId: "a", metered: true, quantity: null }],
});

const quantity = (a: object, b: object): Scene => ({
  prices: { a, b },
  plans: [
    { id: "a", prices: ["a"] },
    { id: "b", prices: ["b"] },
  ],
  items: [{ priceId: "a", quantity: 3 }],
});

describe("break-even", () => {
  it("is the first unit from which the other plan costs less", () => {
    // 4900 + u against 9900: at 5,000 both cost the same.
    expect(breakEven(usage({ unitAmount: "1" }, { unitAmount: "0" }))).toEqual({
      of: "usage",
      name: "mtr_1",
      cheaper: [{ from: 5001, to: null }],
      searchedTo: 1_000_000_000,
    });
  });

  it("is nowhere, or everywhere", () => {
    expect(breakEven(usage({ unitAmount: "1" }, { unitAmount: "1" }))?.cheaper).toEqual([]);
    expect(breakEven(usage({ unitAmount: "1" }, { unitAmount: "1" }, { baseB: perUnit("100") }))?.cheaper).toEqual([
      { from: 0, to: null },
    ]);
  });

  it("sees the drop at the edge of a volume tier", () => {
    const volume = tiers("volume", [
      [100, "100"],
      [null, "50"],
    ]);
    // 100 units at 100 cost 10000, 101 at 50 only 5050.
    expect(breakEven(quantity(perUnit("80"), volume))?.cheaper).toEqual([{ from: 101, to: null }]);
    expect(breakEven(quantity(volume, perUnit("80")))?.cheaper).toEqual([{ from: 1, to: 100 }]);
  });

  it("sees the flat amount of a tier that is entered", () => {
    const graduated = tiers("graduated", [
      [10, "10"],
      [null, "10", "1000"],
    ]);
    expect(breakEven(quantity(perUnit("20"), graduated))?.cheaper).toEqual([
      { from: 1, to: 10 },
      { from: 101, to: null },
    ]);
  });

  it("sees every package", () => {
    const packs = { unitAmount: "100", transformQuantity: { divideBy: 10, roundUp: true } };
    const found = breakEven(quantity(perUnit("12"), packs));
    // 100 for each ten that are begun, against 12 for each one.
    expect(found?.cheaper.slice(0, 3)).toEqual([
      { from: 9, to: 10 },
      { from: 17, to: 20 },
      { from: 26, to: 30 },
    ]);
    expect(found?.searchedTo).toBe(5_000);
  });

  it("sees where an amount off no longer covers the invoice", () => {
    const coupon = { percentOff: null, amountOffMinor: 500, currency: "eur" };
    // max(0, 100 q − 500) against max(0, 40 q + 100 − 500).
    const flat = tiers("volume", [[null, "40", "100"]]);
    expect(breakEven({ ...quantity(perUnit("100"), flat), coupon })?.cheaper).toEqual([{ from: 6, to: null }]);
  });

  it("is not told with an amount off some of the products, which bends the costs", () => {
    const coupon = { percentOff: null, amountOffMinor: 13_401, currency: "eur" };
    // 1192 + max(0, 22 u − 13401) against max(0, 3230 − 13401) + 9 u: the other costs less up to 132, and again from 940.
    const scene = usage(
      { unitAmount: "22" },
      { unitAmount: "9", productId: "prod_2" },
      {
        baseA: perUnit("1192", { productId: "prod_2" }),
        baseB: perUnit("3230"),
      },
    );
    expect(breakEven({ ...scene, coupon: { ...coupon, products: ["prod_1"] } })).toBeNull();
    expect(breakEven({ ...scene, coupon: { ...coupon, products: ["prod_1", "prod_2"] } })).not.toBeNull();
  });

  it("is not told when two things vary", () => {
    const scene = usage({ unitAmount: "1" }, { unitAmount: "0", meterId: "mtr_2" });
    const plans = [
      { id: "a", prices: ["baseA", "a"] },
      { id: "b", prices: ["baseB", "b"], includes: ["mtr_1"] },
    ];
    expect(breakEven({ ...scene, plans })).toBeNull();
  });
});
