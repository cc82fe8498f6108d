import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_S, eventTypes, monthlyPrice, openBench, payingCustomer } from "./testing.ts";
import type { Bench } from "./testing.ts";

let bench: Bench;
let stripe: Stripe;

beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe;
});
afterEach(() => bench.close());

async function subscribe(shortcut?: string, params: Partial<Stripe.SubscriptionCreateParams> = {}) {
  const price = await monthlyPrice(stripe);
  const customer = await payingCustomer(stripe, shortcut);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    ...params,
  });
  return { price, customer, subscription };
}

const latestInvoice = async (subscription: Stripe.Subscription | string) => {
  const id = typeof subscription === "string" ? subscription : subscription.id;
  const [invoice] = (await stripe.invoices.list({ subscription: id, limit: 1 })).data;
  if (invoice === undefined) throw new Error("There is no invoice.");
  return invoice;
};

const status = async (subscription: Stripe.Subscription) =>
  (await stripe.subscriptions.retrieve(subscription.id)).status;

describe("a subscription by card", () => {
  it("is active and paid at once, with its period on the item", async () => {
    const { subscription } = await subscribe();
    expect(subscription.status).toBe("active");
    expect(subscription).not.toHaveProperty("current_period_end");
    expect(subscription.items.data[0]?.current_period_end).toBeGreaterThan(subscription.created + 27 * DAY_S);
    expect(await latestInvoice(subscription)).toMatchObject({
      status: "paid",
      amount_paid: 4900,
      billing_reason: "subscription_create",
    });
  });

  it("renews: draft at the boundary, finalised and charged an hour later", async () => {
    const { subscription } = await subscribe();
    const end = subscription.items.data[0]?.current_period_end ?? 0;
    await bench.sandbox.clock.advance(end - Math.floor(Date.now() / 1000) + 60);
    expect(await latestInvoice(subscription)).toMatchObject({
      status: "draft",
      billing_reason: "subscription_cycle",
      created: end,
    });
    await bench.sandbox.clock.advance(3600);
    expect(await latestInvoice(subscription)).toMatchObject({ status: "paid", attempt_count: 1, amount_remaining: 0 });
    const renewed = await stripe.subscriptions.retrieve(subscription.id);
    expect(renewed.items.data[0]?.current_period_start).toBe(end);
    expect(await eventTypes(stripe)).toEqual([
      "invoice.created",
      "customer.subscription.updated",
      "invoice.finalized",
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
      "charge.updated",
      "invoice_payment.paid",
      "invoice.updated",
      "invoice.paid",
      "invoice.payment_succeeded",
    ]);
  });

  it("falls behind when the card fails, is tried again and canceled in the end", async () => {
    const { subscription, customer } = await subscribe("pm_card_chargeCustomerFail", { trial_period_days: 7 });
    await bench.sandbox.clock.advance(7 * DAY_S + 2 * 3600);
    expect(await status(subscription)).toBe("past_due");
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ delinquent: true });
    const failed = await latestInvoice(subscription);
    expect(failed).toMatchObject({ status: "open", attempt_count: 1 });
    expect((failed.next_payment_attempt ?? 0) - (failed.status_transitions.finalized_at ?? 0)).toBe(3 * DAY_S);
    await bench.sandbox.clock.advance(16 * DAY_S);
    const ended = await stripe.subscriptions.retrieve(subscription.id);
    expect(ended).toMatchObject({ status: "canceled", cancellation_details: { reason: "payment_failed" } });
    expect(await latestInvoice(subscription)).toMatchObject({ attempt_count: 4, next_payment_attempt: null });
  });

  it("recovers when the card is replaced and the invoice paid", async () => {
    const { subscription, customer } = await subscribe();
    const { scenarios } = bench.sandbox.stripe;
    expect(scenarios.paymentFails(customer.id, "insufficient_funds").status).toBe("open");
    expect(await status(subscription)).toBe("past_due");
    const invoice = await latestInvoice(subscription);
    await expect(stripe.invoices.pay(invoice.id ?? "")).rejects.toMatchObject({
      statusCode: 402,
      decline_code: "insufficient_funds",
    });
    scenarios.replaceCard(customer.id);
    expect(await stripe.invoices.pay(invoice.id ?? "")).toMatchObject({ status: "paid" });
    expect(await status(subscription)).toBe("active");
  });

  it("stays incomplete when the first payment fails and is gone after 23 hours", async () => {
    const { subscription } = await subscribe("pm_card_chargeCustomerFail");
    expect(subscription.status).toBe("incomplete");
    await bench.sandbox.clock.advance(24 * 3600);
    expect(await status(subscription)).toBe("incomplete_expired");
    expect(await latestInvoice(subscription)).toMatchObject({ status: "void" });
  });
});

describe("a trial", () => {
  it("is announced three days before it ends and then becomes active", async () => {
    const { subscription } = await subscribe("pm_card_visa", { trial_period_days: 14 });
    expect(subscription.status).toBe("trialing");
    await bench.sandbox.clock.advance(11 * DAY_S + 60);
    expect(await eventTypes(stripe)).toContain("customer.subscription.trial_will_end");
    await bench.sandbox.clock.advance(3 * DAY_S + 3600);
    expect(await status(subscription)).toBe("active");
    expect(await latestInvoice(subscription)).toMatchObject({ status: "paid", amount_paid: 4900 });
  });

  it("begins at the press of a button, and ends with nobody who pays", async () => {
    await monthlyPrice(stripe);
    const { id } = await stripe.customers.create({});
    const subscription = bench.sandbox.stripe.scenarios.startTrial(id);
    expect(subscription).toMatchObject({ status: "trialing", trial_end: subscription.created + 30 * DAY_S });
    await bench.sandbox.clock.advance(30 * DAY_S + 3600);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe("canceled");
  });

  it("without a payment method pauses or cancels if told so", async () => {
    const price = await monthlyPrice(stripe);
    const customer = await stripe.customers.create({});
    const begin = (missing_payment_method: "pause" | "cancel") =>
      stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: price.id }],
        trial_period_days: 1,
        trial_settings: { end_behavior: { missing_payment_method } },
      });
    const [paused, canceled] = [await begin("pause"), await begin("cancel")];
    await bench.sandbox.clock.advance(DAY_S + 60);
    expect(await stripe.subscriptions.retrieve(paused.id)).toMatchObject({
      status: "paused",
      status_details: { paused: { subscription: { type: "trial_end_without_payment_method" } } },
    });
    expect(await status(canceled)).toBe("canceled");
  });
});

describe("a SEPA debit", () => {
  it("is processing for six business days while the subscription is active", async () => {
    const { subscription } = await subscribe("pm_sepaDebit");
    expect(subscription.status).toBe("active");
    const invoice = await latestInvoice(subscription);
    expect(invoice.status).toBe("open");
    const [payment] = (
      await stripe.invoicePayments.list({ invoice: invoice.id ?? "", expand: ["data.payment.payment_intent"] })
    ).data;
    expect(payment?.payment.payment_intent).toMatchObject({ status: "processing" });
    const [told] = (await stripe.events.list({ type: "invoice.updated" })).data;
    expect(told?.data).toMatchObject({
      object: { id: invoice.id, attempted: true },
      previous_attributes: { attempted: false },
    });
    await bench.sandbox.clock.advance(5 * DAY_S);
    expect(await latestInvoice(subscription)).toMatchObject({ status: "open" });
    await bench.sandbox.clock.advance(8 * DAY_S);
    expect(await latestInvoice(subscription)).toMatchObject({ status: "paid" });
  });

  it("that comes back keeps the bank's code and is not tried again", async () => {
    const { subscription, customer } = await subscribe("pm_sepaDebit");
    await bench.sandbox.clock.advance(14 * DAY_S);
    const invoice = bench.sandbox.stripe.scenarios.sepaReturn(customer.id, "AM04");
    expect(await status(subscription)).toBe("past_due");
    expect(invoice).toMatchObject({ status: "open", next_payment_attempt: null });
    const [charge] = (await stripe.charges.list({ customer: customer.id, limit: 1 })).data;
    expect(charge).toMatchObject({
      status: "failed",
      failure_code: "insufficient_funds",
      outcome: { network_decline_code: "AM04" },
    });
    const [intent] = (await stripe.paymentIntents.list({ customer: customer.id, limit: 1 })).data;
    expect(intent?.last_payment_error).toMatchObject({ code: "insufficient_funds", network_decline_code: "AM04" });
  });

  it("whose first payment fails voids its invoice and leaves the subscription active", async () => {
    const { subscription, customer } = await subscribe("pm_sepaDebit");
    bench.sandbox.stripe.scenarios.sepaReturn(customer.id, "MD01");
    expect(await status(subscription)).toBe("active");
    expect(await latestInvoice(subscription)).toMatchObject({ status: "void" });
    expect(await eventTypes(stripe)).toContain("mandate.updated");
  });
});

describe("a plan change", () => {
  it("leaves prorations for the next invoice, as its preview says", async () => {
    const { subscription } = await subscribe();
    const larger = await monthlyPrice(stripe, 14_900);
    await bench.sandbox.clock.advance(10 * DAY_S);
    const item = subscription.items.data[0]?.id ?? "";
    const proration_date = bench.sandbox.kernel.clock.nowS();
    const items = [{ id: item, price: larger.id }];
    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items, proration_date },
    });
    expect(preview.id).toMatch(/^upcoming_in/);
    const prorated = preview.lines.data.filter((line) => line.parent?.subscription_item_details?.proration);
    expect(prorated).toHaveLength(2);

    await stripe.subscriptions.update(subscription.id, { items, proration_date });
    const waiting = await stripe.invoiceItems.list({ pending: true });
    const amounts = (lines: readonly { amount: number }[]) => lines.map(({ amount }) => amount).sort((a, b) => a - b);
    expect(amounts(waiting.data)).toEqual(amounts(prorated));
    await bench.sandbox.clock.advance(25 * DAY_S);
    expect(await latestInvoice(subscription)).toMatchObject({ status: "paid", total: preview.total });
  });

  it("to another interval begins a new period and is invoiced at once", async () => {
    const { subscription, price } = await subscribe();
    const yearly = await stripe.prices.create({
      product: typeof price.product === "string" ? price.product : price.product.id,
      currency: "eur",
      unit_amount: 49_000,
      recurring: { interval: "year" },
    });
    const item = subscription.items.data[0]?.id ?? "";
    const changed = await stripe.subscriptions.update(subscription.id, { items: [{ id: item, price: yearly.id }] });
    const [line] = changed.items.data;
    expect((line?.current_period_end ?? 0) - (line?.current_period_start ?? 0)).toBeGreaterThan(364 * DAY_S);
    expect(await latestInvoice(changed)).toMatchObject({ billing_reason: "subscription_update", status: "paid" });
  });
});

describe("ends", () => {
  it("at the period's end when planned", async () => {
    const { subscription } = await subscribe();
    const planned = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(planned).toMatchObject({
      cancel_at_period_end: true,
      cancel_at: subscription.items.data[0]?.current_period_end,
    });
    await bench.sandbox.clock.advance(32 * DAY_S);
    expect(await status(subscription)).toBe("canceled");
    expect(await eventTypes(stripe)).toContain("customer.subscription.deleted");
  });

  it("can be taken back", async () => {
    const { subscription, customer } = await subscribe();
    const { scenarios } = bench.sandbox.stripe;
    expect(scenarios.cancelAtPeriodEnd(customer.id, { portal: true })).toMatchObject({ cancel_at_period_end: false });
    expect(scenarios.keep(customer.id)).toMatchObject({ cancel_at: null });
    await bench.sandbox.clock.advance(32 * DAY_S);
    expect(await status(subscription)).toBe("active");
  });

  it("leave canceled subscriptions out of lists unless asked for", async () => {
    const { subscription } = await subscribe();
    await stripe.subscriptions.cancel(subscription.id);
    expect((await stripe.subscriptions.list()).data).toEqual([]);
    expect((await stripe.subscriptions.list({ status: "all" })).data).toHaveLength(1);
  });
});

describe("usage", () => {
  it("is summed up, counted once per identifier and billed at the period's end", async () => {
    const meter = await stripe.billing.meters.create({
      display_name: "Calls",
      event_name: "calls",
      default_aggregation: { formula: "sum" },
    });
    const product = await stripe.products.create({ name: "Calls" });
    const price = await stripe.prices.create({
      product: product.id,
      currency: "eur",
      unit_amount: 3,
      recurring: { interval: "month", usage_type: "metered", meter: meter.id },
    });
    const customer = await payingCustomer(stripe);
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    expect(subscription.items.data[0]).not.toHaveProperty("quantity");
    const report = { event_name: "calls", payload: { stripe_customer_id: customer.id, value: "40" } };
    await stripe.billing.meterEvents.create({ ...report, identifier: "r1" });
    await expect(stripe.billing.meterEvents.create({ ...report, identifier: "r1" })).rejects.toMatchObject({
      statusCode: 400,
    });
    await stripe.billing.meterEvents.create({ ...report, identifier: "r2" });
    const now = bench.sandbox.kernel.clock.nowS();
    const start_time = now - (now % 60) - 600;
    const summaries = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer: customer.id,
      start_time,
      end_time: start_time + 1200,
    });
    expect(summaries.data.map(({ aggregated_value }) => aggregated_value)).toEqual([80]);
    await bench.sandbox.clock.advance(32 * DAY_S);
    expect(await latestInvoice(subscription)).toMatchObject({ status: "paid", total: 240 });
  });
});
