/** Discounts of customers, subscriptions and items, and the coupons behind them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type Stripe from "stripe";
import { monthlyPrice, openBench, payingCustomer, type Bench } from "./testing.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

function idOf(reference: string | { readonly id: string } | null): string {
  if (reference === null) throw new Error("There is nothing.");
  return typeof reference === "string" ? reference : reference.id;
}

async function firstInvoice(subscription: Stripe.Subscription): Promise<Stripe.Invoice> {
  return bench.stripe.invoices.retrieve(idOf(subscription.latest_invoice));
}

describe("a coupon", () => {
  it("shows its products only to who asks for them", async () => {
    const price = await monthlyPrice(bench.stripe);
    const coupon = await bench.stripe.coupons.create({
      percent_off: 10,
      duration: "forever",
      applies_to: { products: [idOf(price.product)] },
    });
    const asked = await bench.stripe.coupons.retrieve(coupon.id, { expand: ["applies_to"] });

    expect(coupon).not.toHaveProperty("applies_to");
    expect(asked.applies_to).toEqual({ products: [price.product] });
  });

  it("goes on as a discount after it was deleted, and is seen there", async () => {
    const [price, customer] = [await monthlyPrice(bench.stripe), await payingCustomer(bench.stripe)];
    const coupon = await bench.stripe.coupons.create({ percent_off: 50, duration: "forever" });
    const { id } = await bench.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      discounts: [{ coupon: coupon.id }],
    });
    await bench.stripe.coupons.del(coupon.id);

    await expect(bench.stripe.coupons.retrieve(coupon.id)).rejects.toThrow("No such coupon");
    const { data } = await bench.stripe.subscriptions.list({
      customer: customer.id,
      expand: ["data.discounts.source.coupon", "data.items.data.discounts"],
    });
    expect(data.find((one) => one.id === id)?.discounts).toMatchObject([{ source: { coupon: { percent_off: 50 } } }]);
  });
});

describe("an invoice", () => {
  it("is lowered by items' discounts first, then by the subscription's, on the products that are meant", async () => {
    const [seats, storage] = [await monthlyPrice(bench.stripe, 10_000), await monthlyPrice(bench.stripe, 2000)];
    const customer = await payingCustomer(bench.stripe);
    const half = await bench.stripe.coupons.create({ percent_off: 50, duration: "forever" });
    const off = await bench.stripe.coupons.create({
      amount_off: 500,
      currency: "eur",
      duration: "forever",
      applies_to: { products: [idOf(storage.product)] },
    });
    const subscription = await bench.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: seats.id, discounts: [{ coupon: half.id }] }, { price: storage.id }],
      discounts: [{ coupon: off.id }],
    });
    const invoice = await firstInvoice(subscription);

    expect([invoice.subtotal, invoice.total]).toEqual([12_000, 6500]);
    expect(invoice.total_discount_amounts?.map(({ amount }) => amount)).toEqual([5000, 500]);
    expect(subscription.items.data[0]?.discounts).toHaveLength(1);
  });

  it("has the customer's discount until it is taken away", async () => {
    const [price, customer] = [await monthlyPrice(bench.stripe, 1000), await payingCustomer(bench.stripe)];
    const { received } = await bench.receive(["customer.discount.deleted"]);
    const coupon = await bench.stripe.coupons.create({ percent_off: 20, duration: "forever" });
    await bench.stripe.rawRequest("POST", `/v1/customers/${customer.id}`, { coupon: coupon.id });
    const order = { customer: customer.id, items: [{ price: price.id }] };
    const first = await firstInvoice(await bench.stripe.subscriptions.create(order));
    await bench.stripe.customers.deleteDiscount(customer.id);
    const second = await firstInvoice(await bench.stripe.subscriptions.create(order));

    expect([first.total, second.total]).toEqual([800, 1000]);
    await expect.poll(() => received.map(({ event }) => event.type)).toEqual(["customer.discount.deleted"]);
  });
});
