/** How much of a meter is included: who states it, who counts before whom, and what cannot be read. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../../test/support/builders.ts";
import type { UsageRules } from "../../../contract/mapping.ts";
import type { PriceTier } from "../../model/stripe-object.ts";
import { limitOf, type LimitInputs } from "./limit.ts";
import { usualUsageRules } from "./usage.ts";

const item = anItem({ id: "si_meter", priceId: "price_meter", productId: "prod_meter", metered: true, quantity: null });
const plan = anItem({ id: "si_plan", priceId: "price_plan", productId: "prod_plan" });

function inputs(parts: Partial<LimitInputs> = {}): LimitInputs {
  return { meter: "documents", meterId: "mtr_1", item, items: [plan, item], products: [], prices: [], ...parts };
}

function tiered(tiers: readonly PriceTier[] | null) {
  return aCopy("price", { billingScheme: "tiered", tiersMode: "graduated", tiers }, { id: "price_meter" });
}

function product(id: string, metadata: Readonly<Record<string, string>>) {
  return aCopy("product", { name: id, metadata }, { id });
}

function rules(limits: UsageRules["limits"], limitKey = "usage_limit"): UsageRules {
  return { ...usualUsageRules, limits, limitKey };
}

const included: readonly PriceTier[] = [
  { upTo: 1000, unitAmount: "0", flatAmount: "0" },
  { upTo: null, unitAmount: "0.9", flatAmount: null },
];
const prices = [tiered(included)];

describe("the limit of a meter", () => {
  it.each(["constructor", "__proto__", "toString"])(
    "is none by a key that nobody has set, whatever it is called: %s",
    (key) => {
      const products = [product("prod_meter", {}), product("prod_plan", {})];
      expect(limitOf(inputs({ products }), rules([], key))).toBeNull();
    },
  );

  it("is what the tiers include when nobody says more", () => {
    expect(limitOf(inputs({ prices }), usualUsageRules)).toEqual({ amount: "1000", source: "tiers" });
  });

  it("is the last of several tiers that cost nothing, and a flat fee is no price of units", () => {
    const tiers = [
      { upTo: 100, unitAmount: "0", flatAmount: "500" },
      { upTo: 250, unitAmount: null, flatAmount: "900" },
      { upTo: null, unitAmount: "2", flatAmount: null },
    ];
    expect(limitOf(inputs({ prices: [tiered(tiers)] }), usualUsageRules)).toMatchObject({ amount: "250" });
  });

  it.each<[string, readonly PriceTier[]]>([
    ["the first unit costs something", [{ upTo: null, unitAmount: "1", flatAmount: null }]],
    ["nothing ever costs anything", [{ upTo: null, unitAmount: "0", flatAmount: null }]],
    [
      "a tier that costs nothing comes after one that does",
      [
        { upTo: 10, unitAmount: "1", flatAmount: null },
        { upTo: null, unitAmount: "0", flatAmount: null },
      ],
    ],
  ])("is none when %s", (_name, tiers) => {
    expect(limitOf(inputs({ prices: [tiered(tiers)] }), usualUsageRules)).toBeNull();
  });

  it("is unknown while the tiers are, and when a tier has no price", () => {
    expect(limitOf(inputs({ prices: [tiered(null)] }), usualUsageRules)).toEqual({
      unknown: "Stripe has not told the tiers of price price_meter.",
    });
    const broken = [{ upTo: 10, unitAmount: null, flatAmount: null }];
    expect(limitOf(inputs({ prices: [tiered(broken)] }), usualUsageRules)).toEqual({
      unknown: "A tier of price price_meter has no price.",
    });
  });

  it("is what a product's metadata states, before the tiers; that of the meter before that of all", () => {
    const general = product("prod_meter", { usage_limit: "2000" });
    const exact = product("prod_plan", { usage_limit_documents: " 3000.5 " });
    expect(limitOf(inputs({ prices, products: [general] }), usualUsageRules)).toEqual({
      amount: "2000",
      source: "product",
    });
    expect(limitOf(inputs({ prices, products: [general, exact] }), usualUsageRules)).toEqual({
      amount: "3000.5",
      source: "product",
    });
  });

  it("looks under the key that the mapping names", () => {
    const products = [product("prod_meter", { usage_limit: "1", allowance: "700" })];
    expect(limitOf(inputs({ prices, products }), rules([], "allowance"))).toMatchObject({ amount: "700" });
  });

  it.each(["many", "", "-5", "0", "1e3", "9999999999999999"])("is unknown when the metadata says %j", (text) => {
    const products = [product("prod_meter", { usage_limit: text })];
    expect(limitOf(inputs({ prices, products }), usualUsageRules)).toEqual({
      unknown: "The metadata usage_limit of product prod_meter is no number above 0.",
    });
  });

  it("is what the mapping states, before everything else; the most exact rule that fits", () => {
    const products = [product("prod_meter", { usage_limit: "2000" })];
    const all = { meter: "documents", limit: 10 };
    const ofProduct = { meter: "mtr_1", limit: 20, product: "prod_plan" };
    const ofPrice = { meter: "documents", limit: 30, price: "price_plan" };
    const ofOther = { meter: "documents", limit: 40, price: "price_other" };
    const other = { meter: "seats", limit: 50 };
    const decide = (...limits: UsageRules["limits"]) => limitOf(inputs({ prices, products }), rules(limits));
    expect(decide(other, ofOther, all)).toEqual({ amount: "10", source: "mapping" });
    expect(decide(all, ofProduct)).toMatchObject({ amount: "20" });
    expect(decide(ofProduct, ofPrice, all)).toMatchObject({ amount: "30" });
    expect(decide(other, ofOther)).toMatchObject({ source: "product" });
  });
});
