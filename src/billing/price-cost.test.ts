/** The arithmetic of prices against the tables of Stripe's documentation, and what it refuses. */
import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { PriceFacts, PriceTier } from "../model/stripe-object.ts";
import { costOf, lineCostOf } from "./price-cost.ts";

const tier = (upTo: number | null, unitAmount: string | null, flatAmount: string | null = null): PriceTier => ({
  upTo,
  unitAmount,
  flatAmount,
});

function aPrice(facts: Partial<PriceFacts>): PriceFacts {
  return aCopy("price", facts).facts;
}

function tiered(tiersMode: string, tiers: readonly PriceTier[] | null): PriceFacts {
  return aPrice({ billingScheme: "tiered", unitAmount: null, tiersMode, tiers });
}

/** The cost in minor units, or the reason against it. */
function cost(price: PriceFacts, units: number | Decimal): string {
  const found = costOf(price, units);
  return found instanceof Decimal ? found.toFixed() : found.unknown;
}

/** docs.stripe.com/subscriptions/pricing-models/tiered-pricing */
const fonts = [tier(5, "700"), tier(10, "650"), tier(null, "600")];
/** docs.stripe.com/products-prices/pricing-models, tiers with flat amounts */
const withFees = [tier(5, "500", "1000"), tier(10, "400", "2000"), tier(null, "300", "3000")];

describe("the tables of Stripe's documentation", () => {
  it.each([
    ["volume", 1, 700],
    ["volume", 5, 3500],
    ["volume", 6, 3900],
    ["volume", 20, 12_000],
    ["volume", 25, 15_000],
    ["graduated", 1, 700],
    ["graduated", 5, 3500],
    ["graduated", 6, 4150],
    ["graduated", 20, 12_750],
    ["graduated", 25, 15_750],
  ])("fonts, %s: %i cost %i", (mode, units, expected) => {
    expect(cost(tiered(mode, fonts), units)).toBe(String(expected));
  });

  it.each([
    ["volume", 12, 6600],
    ["graduated", 12, 11_100],
    ["volume", 0, 1000],
    ["graduated", 0, 1000],
    ["volume", 5, 3500],
    ["graduated", 5, 3500],
    ["volume", 6, 4400],
    ["graduated", 6, 5900],
  ])("tiers with flat amounts, %s: %i cost %i", (mode, units, expected) => {
    expect(cost(tiered(mode, withFees), units)).toBe(String(expected));
  });
});

describe("costOf", () => {
  it("multiplies decimals exactly", () => {
    expect(cost(aPrice({ unitAmount: "0.000000000001" }), 3)).toBe("0.000000000003");
    expect(cost(aPrice({ unitAmount: "0.1" }), new Decimal("0.3"))).toBe("0.03");
    expect(cost(aPrice({ unitAmount: "1.000000000001" }), 9_007_199_254)).toBe("9007199254.009007199254");
  });

  it("counts packages, started or full", () => {
    const packages = (roundUp: boolean) => aPrice({ unitAmount: "100", transformQuantity: { divideBy: 10, roundUp } });
    expect([0, 1, 10, 11].map((units) => cost(packages(true), units))).toEqual(["0", "100", "100", "200"]);
    expect([0, 9, 10, 11].map((units) => cost(packages(false), units))).toEqual(["0", "0", "100", "100"]);
    expect(cost(packages(true), new Decimal("10.5"))).toBe("200");
  });

  it("prices usage with decimals in the tier that it falls into", () => {
    expect(cost(tiered("graduated", fonts), new Decimal("5.5"))).toBe("3825");
    expect(cost(tiered("volume", fonts), new Decimal("5.5"))).toBe("3575");
  });

  it("knows tiers with a flat amount alone", () => {
    const flat = tiered("volume", [tier(10, null, "900"), tier(null, null, "1500")]);
    expect([0, 10, 11].map((units) => cost(flat, units))).toEqual(["900", "900", "1500"]);
  });

  it.each<[string, Partial<PriceFacts>, number, RegExp]>([
    ["an amount that the customer chooses", { unitAmount: null }, 1, /customer chooses/],
    ["an amount below zero", { unitAmount: "-1" }, 1, /out of range/],
    ["an amount with 13 decimals", { unitAmount: "0.0000000000001" }, 1, /out of range/],
    ["an amount beyond exact numbers", { unitAmount: "9007199254740993" }, 1, /out of range/],
    ["a cost beyond exact numbers", { unitAmount: "9007199254740991" }, 2, /out of range/],
    ["a quantity below zero", {}, -1, /out of range/],
    ["no number", {}, Number.NaN, /out of range/],
    ["a quantity without end", {}, Number.POSITIVE_INFINITY, /out of range/],
    ["packages of nothing", { transformQuantity: { divideBy: 0, roundUp: true } }, 1, /without a size/],
    ["a kind of price to come", { billingScheme: "quantum" }, 1, /quantum/],
  ])("refuses %s", (_, facts, units, reason) => {
    expect(cost(aPrice({ unitAmount: "1000", ...facts }), units)).toMatch(reason);
  });

  it.each<[string, readonly PriceTier[] | null, string, RegExp]>([
    ["unknown tiers", null, "volume", /not known/],
    ["no tiers", [], "volume", /no tier/],
    ["a kind of tiers to come", fonts, "spiral", /spiral/],
    ["a tier without a price", [tier(5, null), tier(null, "1")], "volume", /Tier 1 of a price has no price/],
    ["a tier with a broken amount", [tier(null, "1", "x")], "graduated", /out of range: x/],
    ["tiers that fall", [tier(5, "1"), tier(4, "1"), tier(null, "1")], "graduated", /Tier 2 of a price ends before/],
    ["tiers that end", [tier(5, "1")], "graduated", /exactly the last one/],
    ["tiers after the last one", [tier(null, "1"), tier(null, "1")], "graduated", /exactly the last one/],
  ])("refuses %s", (_, tiers, mode, reason) => {
    expect(cost(tiered(mode, tiers), 1)).toMatch(reason);
  });

  it("refuses tiers together with packages", () => {
    const both = { ...tiered("volume", fonts), transformQuantity: { divideBy: 10, roundUp: true } };
    expect(cost(both, 1)).toMatch(/rules out/);
  });
});

describe("lineCostOf", () => {
  const line = (facts: Partial<PriceFacts>, units: number): unknown => {
    const found = lineCostOf(aPrice(facts), units);
    return found instanceof Decimal ? found.toNumber() : found.unknown;
  };

  it("rounds half up, once", () => {
    expect([1, 2, 3].map((units) => line({ unitAmount: "0.5" }, units))).toEqual([1, 1, 2]);
  });

  it("refuses to round where the last digits must be zero", () => {
    expect(line({ unitAmount: "12300", currency: "isk" }, 1)).toBe(12_300);
    expect(line({ unitAmount: "12350", currency: "isk" }, 1)).toMatch(/not known/);
    expect(line({ unitAmount: "1230", currency: "kwd" }, 1)).toBe(1230);
    expect(line({ unitAmount: "1234", currency: "kwd" }, 1)).toMatch(/not known/);
    expect(line({ unitAmount: "12", currency: "jpy" }, 1)).toBe(12);
  });
});
