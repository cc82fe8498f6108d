import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_S, eventTypes, monthlyPrice, openBench, payingCustomer } from "./testing.ts";
import type { Bench } from "./testing.ts";

let bench: Bench;
let stripe: Stripe;
let customer: Stripe.Customer;
let charge: Stripe.Charge;

beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe;
  const price = await monthlyPrice(stripe);
  customer = await payingCustomer(stripe);
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
  const [made] = (await stripe.charges.list({ customer: customer.id })).data;
  if (made === undefined) throw new Error("Nothing was charged.");
  charge = made;
});
afterEach(() => bench.close());

describe("refunds", () => {
  it("come in parts, never more than was paid", async () => {
    const first = await stripe.refunds.create({ charge: charge.id, amount: 1000 });
    expect(first).toMatchObject({ amount: 1000, status: "succeeded", customer: customer.id });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 1000, refunded: false });
    await expect(stripe.refunds.create({ charge: charge.id, amount: 4000 })).rejects.toMatchObject({ statusCode: 400 });
    await stripe.refunds.create({ charge: charge.id });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 4900, refunded: true });
    await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({
      code: "charge_already_refunded",
    });
  });

  it("can fail later", async () => {
    const { id } = await stripe.refunds.create({ charge: charge.id });
    bench.sandbox.stripe.scenarios.refundFails(customer.id);
    expect(await stripe.refunds.retrieve(id)).toMatchObject({ status: "failed", failure_reason: "declined" });
    expect(await eventTypes(stripe)).toEqual(
      expect.arrayContaining(["refund.created", "charge.refunded", "refund.failed"]),
    );
  });

  it("go through credit notes too", async () => {
    const [invoice] = (await stripe.invoices.list({ customer: customer.id })).data;
    const note = await stripe.creditNotes.create({
      invoice: invoice?.id ?? "",
      amount: 900,
      refund_amount: 400,
      credit_amount: 500,
    });
    expect(note).toMatchObject({ type: "post_payment", post_payment_amount: 900, refunds: [{ amount_refunded: 400 }] });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ balance: -500 });
    expect(await stripe.invoices.retrieve(invoice?.id ?? "")).toMatchObject({
      amount_paid: 4900,
      post_payment_credit_notes_amount: 900,
    });
  });
});

describe("an early fraud warning", () => {
  it("names the charge, and no customer", async () => {
    bench.sandbox.stripe.scenarios.fraudWarning(customer.id);
    const [event] = (await stripe.events.list({ type: "radar.early_fraud_warning.created" })).data;
    expect(event?.data.object).toMatchObject({ charge: charge.id, actionable: true, fraud_type: expect.any(String) });
    expect(event?.data.object).not.toHaveProperty("customer");
  });
});

describe("disputes", () => {
  it("take the money and give it back when won", async () => {
    const { scenarios } = bench.sandbox.stripe;
    const { id } = scenarios.dispute(customer.id);
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ disputed: true });
    await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({ code: "charge_disputed" });
    scenarios.closeDispute(customer.id, "won");
    expect(await stripe.disputes.retrieve(id)).toMatchObject({ status: "won" });
    expect(await eventTypes(stripe)).toEqual(
      expect.arrayContaining([
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
      ]),
    );
  });

  it("are lost when nobody answers", async () => {
    const { id } = bench.sandbox.stripe.scenarios.dispute(customer.id);
    await bench.sandbox.clock.advance(15 * DAY_S);
    expect(await stripe.disputes.retrieve(id)).toMatchObject({ status: "lost" });
  });
});

describe("credit", () => {
  it("pays the next invoice first", async () => {
    const { scenarios } = bench.sandbox.stripe;
    scenarios.addCredit(customer.id, 1900);
    expect(scenarios.renew(customer.id)).toMatchObject({
      status: "paid",
      total: 4900,
      amount_due: 3000,
      starting_balance: -1900,
      ending_balance: 0,
    });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ balance: 0 });
  });
});
