/** The copies of a customer are completed by few reads, and by none once everything is known. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aCopy, anItem, aStripe, aSyncContext, mint, type FakeStripe } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { findCopies } from "../billing/store.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { StripeJson } from "../stripe/client.ts";
import type { SyncContext } from "./context.ts";
import { completeCopies, keepRead, ProductCache } from "./load-customer.ts";

let database: TestDatabase;
let account: string;
let present: Map<string, StripeJson>;
let stripe: FakeStripe;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  account = mint("account");
  present = new Map<string, StripeJson>([
    ["prod_1", { id: "prod_1", object: "product", name: "Pro" }],
    [
      "price_1",
      {
        id: "price_1",
        object: "price",
        billing_scheme: "tiered",
        tiers_mode: "volume",
        tiers: [{ up_to: null, unit_amount_decimal: "250" }],
      },
    ],
    ["ten", { id: "ten", object: "coupon", percent_off: 10, duration: "forever", applies_to: null }],
  ]);
  stripe = aStripe((id) => ({ object: present.get(id) ?? null, answeredS: 500 }));
});
afterAll(() => database.drop());

const context = (parts: Partial<SyncContext> = {}): SyncContext =>
  aSyncContext({ account, pool: database.pool, stripe: stripe.client, nowMs: () => 1_000_000, ...parts });

const subscriber: readonly ObjectCopy[] = [
  aCopy("customer"),
  aCopy("subscription", {
    items: [anItem({ unitAmount: null, quantity: 4 })],
    discounts: [{ id: "di_1", endS: null, couponId: "ten" }],
  }),
];

const complete = (products: ProductCache, own = context()): ReturnType<typeof completeCopies> =>
  completeCopies(own, products, { customerId: "cus_1", copies: subscriber });

describe("completing a customer's copies", () => {
  it("reads product, tiers and coupon once", async () => {
    const products = new ProductCache();
    const first = await complete(products);
    expect(first?.prices[0]?.facts.tiers).toEqual([{ upTo: null, unitAmount: "250", flatAmount: null }]);
    expect(first?.coupons[0]).toMatchObject({ id: "coupon:ten", facts: { percentOff: "10", products: [] } });
    expect([...stripe.reads()].toSorted()).toEqual(["/v1/coupons/ten", "/v1/prices/price_1", "/v1/products/prod_1"]);

    const again = await complete(new ProductCache());
    expect([again?.prices.length, again?.coupons.length, stripe.reads().length]).toEqual([1, 1, 3]);
  });

  it("reads once what a price is in another currency, and keeps it under copies that do not show it", async () => {
    const copies = [
      aCopy("customer"),
      aCopy("subscription", { items: [anItem({ currency: "usd" })], currency: "eur" }),
      aCopy("product", {}, { id: "prod_1" }),
    ];
    const priced = { id: "price_1", object: "price", currency: "usd", product: "prod_1", unit_amount: 2000 };
    present.set("price_1", { ...priced, currency_options: { usd: {}, eur: { unit_amount: 1800 } } });
    const shown = aCopy("price", { currency: "usd" }, { id: "price_1", rev: 0, asOfS: 400 });
    await keepRead(context(), [shown]);
    for (let time = 0; time < 2; time += 1) {
      const found = await completeCopies(context(), new ProductCache(), { customerId: "cus_1", copies });
      expect(found?.prices[0]?.facts.currencyOptions).toMatchObject({ eur: { unitAmount: "1800" } });
    }
    await keepRead(context(), [{ ...shown, facts: { ...shown.facts, nickname: "New" }, asOfS: 900 }]);
    expect(await findCopies(database.pool, account, ["price_1"])).toMatchObject([
      { asOfS: 900, facts: { nickname: "New", currencyOptions: { eur: { unitAmount: "1800" } } } },
    ]);
    expect(stripe.reads().filter((path) => path.includes("price"))).toEqual(["/v1/prices/price_1"]);
  });

  it("reads the next payment method when the first one turns out to be detached", async () => {
    present.set("pm_1", { id: "pm_1", object: "payment_method", type: "card", customer: null });
    present.set("pm_2", { id: "pm_2", object: "payment_method", type: "sepa_debit", customer: "cus_1" });
    const copies = [
      aCopy("customer", { defaultPaymentMethod: "pm_2" }),
      aCopy("subscription", { defaultPaymentMethod: "pm_1", items: [] }),
    ];
    const found = await completeCopies(context(), new ProductCache(), { customerId: "cus_1", copies });
    expect(found?.paymentMethods.map(({ id }) => id)).toEqual(["pm_1", "pm_2"]);
    expect(stripe.reads()).toEqual(["/v1/payment_methods/pm_1", "/v1/payment_methods/pm_2"]);
  });

  it("asks neither Stripe nor the database for what it knew a moment ago", async () => {
    const products = new ProductCache();
    await complete(products);
    await complete(products);
    const away = new Proxy(database.pool, {
      get() {
        throw new Error("The database was asked.");
      },
    });

    expect((await complete(products, context({ pool: away })))?.prices).toHaveLength(1);
    expect(stripe.reads()).toHaveLength(3);
  });

  it("keeps the terms of a coupon that Stripe has deleted since an event told of it", async () => {
    const told = aCopy("coupon", { percentOff: "10", products: null }, { id: "coupon:ten", rev: 0, origin: "read" });
    await keepRead(context(), [{ ...told, asOfS: 100 }]);
    present.delete("ten");
    const found = await complete(new ProductCache());

    expect(found?.coupons).toMatchObject([{ deleted: true, facts: { percentOff: "10" } }]);
    await complete(new ProductCache());
    expect(stripe.reads().filter((path) => path.includes("coupon"))).toHaveLength(1);
  });

  it("adds what nobody had told to a copy that is younger than the answer", async () => {
    const told = aCopy("coupon", { percentOff: "10", products: null }, { id: "coupon:ten", rev: 0, asOfS: 900 });
    await keepRead(context(), [told]);
    await complete(new ProductCache());

    expect(await findCopies(database.pool, account, ["coupon:ten"])).toMatchObject([
      { asOfS: 900, facts: { products: [] } },
    ]);
  });
});
