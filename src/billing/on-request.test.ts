/** What was read once stays known. */
import { describe, expect, it } from "vitest";
import { aCopy, anEvent, anOption } from "../../test/support/builders.ts";
import { useOf } from "../events/catalogue.ts";
import type { ObjectCopy, PriceFacts } from "../model/stripe-object.ts";
import { foldEvents, type Folded } from "./apply.ts";
import { extractFacts } from "./extract.ts";
import { lacksDetails, withKnownDetails } from "./on-request.ts";
import { renamedProducts } from "./renamed.ts";

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
  tax_behavior: "exclusive",
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
      taxBehavior: "exclusive",
    });
  });

  it("say that tiers are unknown when they are not shown, which is not the same as none", () => {
    expect(extractFacts("price", raw).tiers).toBeNull();
    expect(extractFacts("price", { ...raw, tiers: [] }).tiers).toEqual([]);
  });
});

describe("withKnownDetails", () => {
  it("keeps the tiers that were read before", () => {
    const shown = withKnownDetails(aCopy("price", tiered), aCopy("price", { ...tiered, tiers }));
    expect(shown).toEqual(aCopy("price", { ...tiered, tiers }));
  });

  it("leaves every other copy as it is", () => {
    for (const copy of [aCopy("price"), aCopy("product"), aCopy("price", { ...tiered, tiers })])
      expect(withKnownDetails(copy, aCopy("price", { ...tiered, tiers: [] }))).toBe(copy);
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
    expect(copies.some(lacksDetails)).toBe(false);
  });
});

describe("the other currencies of a price", () => {
  const [eur, gbp] = [anOption("1800"), anOption("1600")];
  const flat = { ...raw, billing_scheme: "per_unit", currency: "usd", unit_amount: 2000, unit_amount_decimal: "2000" };
  const shown = {
    custom_unit_amount: null,
    tax_behavior: "unspecified",
    unit_amount: 1800,
    unit_amount_decimal: "1800",
  };
  const known = (currencyOptions: PriceFacts["currencyOptions"]): ObjectCopy =>
    aCopy("price", { currency: "usd", ...(currencyOptions && { currencyOptions }) }, { asOfS: 100 });
  const fold = (type: string, stored?: ObjectCopy): Folded => {
    const event = anEvent({ type, createdS: 200, object: { ...flat, nickname: "New" } });
    return foldEvents([{ event, use: useOf(type) }], { find: () => stored, findSnapshot: () => undefined });
  };

  it("are known only when Stripe was asked, and without the price's own", () => {
    const usd = { ...shown, unit_amount: 2000, unit_amount_decimal: "2000" };
    const options = { usd, eur: shown };
    expect(extractFacts("price", flat)).not.toHaveProperty("currencyOptions");
    expect(extractFacts("price", { ...flat, currency_options: { usd } }).currencyOptions).toEqual({});
    expect(extractFacts("price", { ...flat, currency_options: options }).currencyOptions).toEqual({ eur });
    const up = [{ up_to: null, unit_amount: 650, unit_amount_decimal: "650", flat_amount: null }];
    const tieredOption = { ...shown, unit_amount: null, unit_amount_decimal: null, tiers: up };
    expect(extractFacts("price", { ...raw, currency_options: { usd: tieredOption } }).currencyOptions).toEqual({
      usd: anOption(null, { tiers: [{ upTo: null, unitAmount: "650", flatAmount: null }] }),
    });
  });

  it("stay known under copies that do not show them, and give way to those that do", () => {
    const copy = aCopy("price", { currency: "usd" });
    expect(withKnownDetails(copy, known({ eur }))).toMatchObject({ facts: { currencyOptions: { eur } } });
    expect(withKnownDetails(copy, known({}))).toMatchObject({ facts: { currencyOptions: {} } });
    const newer = known({ gbp });
    expect(withKnownDetails(newer, known({ eur }))).toBe(newer);
  });

  it("are asked for again when the price was updated, since an event does not show them", () => {
    const { outcomes, copies } = fold("price.updated", known({ eur }));
    expect([outcomes[0]?.state, copies]).toEqual(["waiting", []]);
    expect(fold("price.deleted", known({ eur })).copies[0]).toMatchObject({ deleted: true });
  });

  it("cost no call for a price that has none or was never asked for; but it may have some from then on", () => {
    for (const stored of [known({}), known(undefined), undefined]) {
      const { outcomes, copies } = fold("price.updated", stored);
      expect(outcomes[0]?.state).toBe("applied");
      expect(copies[0]?.facts).not.toHaveProperty("currencyOptions");
    }
  });

  it("make its product one that shows otherwise once their amounts have changed", () => {
    const [before, after] = [known({ eur }), known({ eur: gbp })];
    expect(renamedProducts([after], () => before)).toEqual(["prod_1"]);
    expect(renamedProducts([before], () => before)).toEqual([]);
    expect(renamedProducts([after], () => known(undefined))).toEqual([]);
    expect(renamedProducts([after], () => undefined)).toEqual([]);
  });
});

describe("the discounts of a subscription", () => {
  const subscription = (
    discounts: readonly unknown[],
    ofItem: readonly unknown[] = [],
  ): Readonly<Record<string, unknown>> => ({
    id: "sub_1",
    object: "subscription",
    customer: "cus_1",
    status: "active",
    discounts,
    items: { data: [{ id: "si_1", price: { id: "price_1" }, discounts: ofItem }] },
  });
  const read = (id: string, coupon: unknown, end: number | null = null): object => ({
    id,
    object: "discount",
    end,
    source: { type: "coupon", coupon },
  });
  const told = aCopy(
    "subscription",
    extractFacts("subscription", subscription([read("di_1", "ten", 500)], [read("di_2", { id: "five" })])),
    { id: "sub_1", asOfS: 100 },
  );
  const fold = (object: Readonly<Record<string, unknown>>, createdS: number, stored?: ObjectCopy): Folded =>
    foldEvents(
      [
        {
          event: anEvent({ type: "customer.subscription.updated", object, createdS }),
          use: useOf("customer.subscription.updated"),
        },
      ],
      {
        find: () => stored,
        findSnapshot: () => undefined,
      },
    );

  it("are read with their coupons and ends", () => {
    expect(told.facts.discounts).toEqual([{ id: "di_1", endS: 500, couponId: "ten" }]);
    expect(told.facts.items[0]?.discounts).toEqual([{ id: "di_2", endS: null, couponId: "five" }]);
    expect(lacksDetails(told)).toBe(false);
  });

  it("wait for a look at Stripe when an event shows one that is new", () => {
    expect(fold(subscription(["di_1"]), 200).outcomes[0]?.state).toBe("waiting");
    expect(fold(subscription(["di_1", "di_3"], ["di_2"]), 200, told).outcomes[0]?.state).toBe("waiting");
    expect(fold(subscription([], ["di_3"]), 200, told).outcomes[0]?.state).toBe("waiting");
  });

  it("stay known under later events, wherever they stand, and go when they are taken away", () => {
    const moved = fold(subscription(["di_2"], ["di_1"]), 200, told);
    expect(moved.outcomes[0]?.state).toBe("applied");
    expect(moved.copies[0]).toMatchObject({ facts: { discounts: [{ couponId: "five" }] } });
    expect(fold(subscription([]), 200, told).copies[0]).toMatchObject({ facts: { discounts: [] } });
    expect(fold(subscription(["di_1"], ["di_2"]), 200, told).outcomes[0]?.state).toBe("unchanged");
  });
});

describe("a coupon", () => {
  const raw = { id: "ten", object: "coupon", percent_off: 10, duration: "forever" };

  it("is for all products only when Stripe was asked", () => {
    expect(extractFacts("coupon", raw).products).toBeNull();
    expect(extractFacts("coupon", { ...raw, applies_to: null }).products).toEqual([]);
    expect(extractFacts("coupon", { ...raw, applies_to: { products: ["b", "a"] } }).products).toEqual(["a", "b"]);
  });

  it("keeps what was read, and is kept beside a product of the same id", () => {
    const shown = aCopy("coupon", { products: null });
    expect(withKnownDetails(shown, aCopy("coupon", { products: ["a"] }))).toMatchObject({ facts: { products: ["a"] } });
    const event = anEvent({ type: "coupon.created", object: raw });
    const { copies } = foldEvents([{ event, use: useOf(event.type) }], {
      find: () => undefined,
      findSnapshot: () => undefined,
    });
    expect(copies[0]).toMatchObject({ id: "coupon:ten", customerId: null });
  });
});
