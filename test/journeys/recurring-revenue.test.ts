/** What customers bring in: discounts of every kind, tiers and packages, as the contact shows it. */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributeExplanation } from "../../contract/explain.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { idOf } from "../support/expected-value.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { attributesOf, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

describe("recurring revenue", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let stripe: Stripe;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox(), createHome()]);
    stripe = stripeOf(sandbox);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function payer(userId: string): Promise<string> {
    const { id } = await stripe.customers.create({
      email: `${userId}@example.com`,
      metadata: { user_id: userId },
      payment_method: "pm_card_visa",
    });
    const { data } = await stripe.paymentMethods.list({ customer: id });
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: data[0]?.id ?? "" } });
    return id;
  }

  async function price(parts: Partial<Stripe.PriceCreateParams>): Promise<Stripe.Price> {
    const { id: product } = await stripe.products.create({ name: "Team" });
    return stripe.prices.create({ product, currency: "eur", recurring: { interval: "month" }, ...parts });
  }

  /** What the explanation says that the contact should show. */
  async function explained(customer: string, attribute: string): Promise<unknown> {
    const response = await fetch(new URL(`/api/explain?customer=${customer}&attribute=${attribute}`, dunlin.url));
    const { desired } = attributeExplanation.parse(await response.json());
    return desired?.value;
  }

  /** The contact shows what Stripe says, worked out anew. */
  async function shown(customerId: string, userId: string): Promise<Record<string, unknown>> {
    await dunlin.settled();
    await expectContactsRight(sandbox, { only: [customerId] });
    expect(await listDeadLetters(home.pool)).toEqual([]);
    const { mrr, arr, next_invoice_amount } = attributesOf(sandbox, userId);
    expect(await explained(customerId, "mrr")).toBe(mrr);
    return { mrr, arr, next_invoice_amount };
  }

  it.each<[string, Stripe.CouponCreateParams, object]>([
    ["half off for ever", { percent_off: 50, duration: "forever" }, { mrr: 50, next_invoice_amount: 50 }],
    [
      "7.50 off for ever",
      { amount_off: 750, currency: "eur", duration: "forever" },
      { mrr: 92.5, next_invoice_amount: 92.5 },
    ],
    [
      "a third off for six months",
      { percent_off: 33.3, duration: "repeating", duration_in_months: 6 },
      { mrr: 100, next_invoice_amount: 66.7 },
    ],
    ["10 off once", { amount_off: 1000, currency: "eur", duration: "once" }, { mrr: 100, next_invoice_amount: null }],
  ])("counts %s: of the subscription, of its item and of the customer", async (_what, terms, expected) => {
    const coupon = await stripe.coupons.create(terms);
    const { id: priceId } = await price({ unit_amount: 10_000 });
    for (const level of ["subscription", "item", "customer"]) {
      const userId = `${level}-${coupon.id}`;
      const customer = await payer(userId);
      const discounts = [{ coupon: coupon.id }];
      if (level === "customer") await stripe.rawRequest("POST", `/v1/customers/${customer}`, { coupon: coupon.id });
      await stripe.subscriptions.create({
        customer,
        items: [{ price: priceId, ...(level === "item" ? { discounts } : {}) }],
        ...(level === "subscription" ? { discounts } : {}),
      });
      expect(await shown(customer, userId), level).toMatchObject(expected);
    }
  });

  it("counts a discount that comes later, goes on without its coupon, and is taken away", async () => {
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: "forever" });
    const customer = await payer("later");
    const { id: priceId } = await price({ unit_amount: 10_000 });
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price: priceId }] });
    expect(await shown(customer, "later")).toMatchObject({ mrr: 100 });

    await stripe.subscriptions.update(id, { discounts: [{ coupon: coupon.id }] });
    expect(await shown(customer, "later")).toMatchObject({ mrr: 75, arr: 900 });
    await stripe.coupons.del(coupon.id);
    await stripe.subscriptions.update(id, { metadata: { note: "the coupon is gone" } });
    expect(await shown(customer, "later")).toMatchObject({ mrr: 75 });
    await stripe.subscriptions.update(id, { discounts: "" });
    expect(await shown(customer, "later")).toMatchObject({ mrr: 100 });
  });

  it("counts the customer's discount beside one of the subscription's that is only for a time", async () => {
    const [lasting, short] = [
      await stripe.coupons.create({ percent_off: 10, duration: "forever" }),
      await stripe.coupons.create({ percent_off: 50, duration: "repeating", duration_in_months: 3 }),
    ];
    const customer = await payer("both");
    await stripe.rawRequest("POST", `/v1/customers/${customer}`, { coupon: lasting.id });
    const { id: priceId } = await price({ unit_amount: 10_000 });
    await stripe.subscriptions.create({ customer, items: [{ price: priceId }], discounts: [{ coupon: short.id }] });
    expect(await shown(customer, "both")).toMatchObject({ mrr: 90, next_invoice_amount: 50 });
  });

  it("counts a discount for one product on that product alone", async () => {
    const [seats, storage] = [await price({ unit_amount: 10_000 }), await price({ unit_amount: 2000 })];
    const products = [idOf(storage.product) ?? ""];
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: "forever", applies_to: { products } });
    const customer = await payer("one-product");
    await stripe.subscriptions.create({
      customer,
      items: [{ price: seats.id }, { price: storage.id }],
      discounts: [{ coupon: coupon.id }],
    });

    expect(await shown(customer, "one-product")).toMatchObject({ mrr: 110, next_invoice_amount: 110 });
  });

  it("counts seats in tiers and packages by their quantity, on both sides of an edge", async () => {
    const graduated = await price({
      billing_scheme: "tiered",
      tiers_mode: "graduated",
      tiers: [
        { up_to: 5, unit_amount: 700 },
        { up_to: "inf", unit_amount: 500, flat_amount: 1000 },
      ],
    });
    const packages = await price({ unit_amount: 900, transform_quantity: { divide_by: 5, round: "up" } });
    const customer = await payer("tiers");
    const { id, items } = await stripe.subscriptions.create({
      customer,
      items: [
        { price: graduated.id, quantity: 5 },
        { price: packages.id, quantity: 10 },
      ],
    });
    expect(await shown(customer, "tiers")).toMatchObject({ mrr: 53, next_invoice_amount: 53 });

    const [first, second] = items.data.map((item) => item.id);
    if (!first || !second) throw new Error("The subscription has two items.");
    await stripe.subscriptions.update(id, {
      items: [
        { id: first, quantity: 6 },
        { id: second, quantity: 11 },
      ],
      proration_behavior: "none",
    });
    expect(await shown(customer, "tiers")).toMatchObject({ mrr: 77, arr: 924 });
  });

  it("counts what is paid where a price has several currencies, and hears when that changes", async () => {
    const seats = await price({
      currency: "usd",
      unit_amount: 2000,
      currency_options: { eur: { unit_amount: 1800 }, gbp: { unit_amount: 1600 } },
    });
    const storage = await price({
      currency: "usd",
      billing_scheme: "tiered",
      tiers_mode: "graduated",
      tiers: [{ up_to: "inf", unit_amount: 700 }],
      currency_options: {
        eur: {
          tiers: [
            { up_to: 5, unit_amount: 600 },
            { up_to: "inf", unit_amount: 500 },
          ],
        },
      },
    });
    const customers = [await payer("abroad"), await payer("abroad-too")];
    for (const customer of customers) {
      const items = [
        { price: seats.id, quantity: 2 },
        { price: storage.id, quantity: 6 },
      ];
      await stripe.subscriptions.create({ customer, currency: "eur", items });
    }
    const [first = "", second = ""] = customers;
    expect(await shown(first, "abroad")).toMatchObject({ mrr: 71, arr: 852, next_invoice_amount: 71 });
    expect(await shown(second, "abroad-too")).toMatchObject({ mrr: 71 });
    expect(attributesOf(sandbox, "abroad")).toMatchObject({
      plan_price: 18,
      plan_currency: "EUR",
      mrr_currency: "EUR",
    });
    const reads = (): number =>
      sandbox.requests.since(0).filter(({ path }) => path === `/v1/prices/${seats.id}`).length;
    // Once for both of them; what a test asks itself is no read of this kind.
    expect(reads()).toBe(1);

    await stripe.prices.update(seats.id, { currency_options: { eur: { unit_amount: 1900 } } });
    expect(await shown(first, "abroad")).toMatchObject({ mrr: 73, next_invoice_amount: 73 });
    expect(await shown(second, "abroad-too")).toMatchObject({ mrr: 73 });
  });
});
