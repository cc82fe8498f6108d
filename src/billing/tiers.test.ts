/** Tiers that were read once stay known. */
import { describe, expect, it } from "vitest";
import { aCopy, anEvent } from "../../test/support/builders.ts";
import { useOf } from "../events/catalogue.ts";
import { foldEvents } from "./apply.ts";
import { extractFacts } from "./extract.ts";
import { lacksTiers, withKnownTiers } from "./tiers.ts";

const tiers = [
  { upTo: 10, unitAmount: "500", flatAmount: null },
  { upTo: null, unitAmount: "450.5", flatAmount: "1000" },
];
const tiered = { billingScheme: "tiered", tiersMode: "graduated", unitAmount: null };

const raw = {
  id: "price_1",
  object: "price",
  active: true,
  billing_scheme: "tiered",
  currency: "eur",
  product: "prod_1",
  recurring: { interval: "month", interval_count: 3, usage_type: "metered", meter: "mtr_1" },
  tiers_mode: "graduated",
  transform_quantity: { divide_by: 100, round: "up" },
  unit_amount: null,
  unit_amount_decimal: null,
};
const rawTiers = [
  { up_to: 10, unit_amount: 500, unit_amount_decimal: "500", flat_amount: null, flat_amount_decimal: null },
  { up_to: null, unit_amount: null, unit_amount_decimal: "450.5", flat_amount: 1000, flat_amount_decimal: "1000" },
];

describe("the facts of a price", () => {
  it("hold everything that its arithmetic needs", () => {
    expect(extractFacts("price", { ...raw, tiers: rawTiers, nickname: "Usage", lookup_key: "usage" })).toEqual({
      productId: "prod_1",
      active: true,
      currency: "eur",
      unitAmount: null,
      interval: "month",
      intervalCount: 3,
      metered: true,
      meterId: "mtr_1",
      billingScheme: "tiered",
      tiersMode: "graduated",
      tiers,
      nickname: "Usage",
      lookupKey: "usage",
      transformQuantity: { divideBy: 100, roundUp: true },
    });
  });

  it("say that tiers are unknown when they are not shown, which is not the same as none", () => {
    expect(extractFacts("price", raw).tiers).toBeNull();
    expect(extractFacts("price", { ...raw, tiers: [] }).tiers).toEqual([]);
  });
});

describe("withKnownTiers", () => {
  it("keeps the tiers that were read before", () => {
    const shown = withKnownTiers(aCopy("price", tiered), aCopy("price", { ...tiered, tiers }));
    expect(shown).toEqual(aCopy("price", { ...tiered, tiers }));
  });

  it("leaves every other copy as it is", () => {
    for (const copy of [aCopy("price"), aCopy("product"), aCopy("price", { ...tiered, tiers })])
      expect(withKnownTiers(copy, aCopy("price", { ...tiered, tiers: [] }))).toBe(copy);
  });
});

describe("an event of a tiered price", () => {
  const event = anEvent({ type: "price.updated", createdS: 1_790_000_100, object: { ...raw, nickname: "New" } });
  const fold = (stored?: ReturnType<typeof aCopy<"price">>) =>
    foldEvents([{ event, use: useOf(event.type) }], { find: () => stored, findSnapshot: () => undefined });

  it("waits for a look at Stripe while the tiers are unknown", () => {
    const { outcomes, copies } = fold();
    expect([outcomes[0]?.state, copies]).toEqual(["waiting", []]);
  });

  it("is applied when they are known", () => {
    const { outcomes, copies } = fold(aCopy("price", { ...tiered, tiers }));
    expect(outcomes[0]?.state).toBe("applied");
    expect(copies[0]?.facts).toMatchObject({ nickname: "New", tiers });
    expect(copies.some(lacksTiers)).toBe(false);
  });
});
