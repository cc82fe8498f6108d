import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_S, eventTypes, monthlyPrice, openBench } from "./testing.ts";
import type { Bench } from "./testing.ts";

let bench: Bench;
let stripe: Stripe;
let price: Stripe.Price;

beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe;
  price = await monthlyPrice(stripe);
});
afterEach(() => bench.close());

const buyer = { email: "mira@example.com", name: "Mira Test" };

async function open(params: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  return stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: price.id, quantity: 2 }],
    success_url: "https://shop.example/ok",
    ...params,
  });
}

describe("a checkout", () => {
  it("creates customer, subscription and payment, and tells of them in one burst out of order", async () => {
    const session = await open();
    expect(session).toMatchObject({ status: "open", payment_status: "unpaid", amount_total: 9800 });
    const { received } = await bench.receive();
    bench.sandbox.stripe.scenarios.checkout({ ...buyer, userId: "user_7", sessionId: session.id });
    await bench.sandbox.deliveries.idle();

    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ["customer", "subscription", "line_items", "invoice"],
    });
    expect(done).toMatchObject({
      status: "complete",
      payment_status: "paid",
      customer: { email: buyer.email, metadata: { user_id: "user_7" } },
      customer_details: { email: buyer.email },
      subscription: { status: "active" },
      invoice: { status: "paid", attempt_count: 0, attempted: true },
      line_items: { data: [{ quantity: 2 }] },
    });
    const types = received.map(({ event }) => event.type);
    expect(types).toEqual(
      expect.arrayContaining(["checkout.session.completed", "customer.created", "invoice.paid", "charge.succeeded"]),
    );
    const created = received.find(({ event }) => event.type === "invoice.created")?.event;
    expect(created?.data.object).toMatchObject({ status: "paid", amount_paid: 9800 });
    const causal = [
      "customer.created",
      "payment_method.attached",
      "invoice.created",
      "invoice.finalized",
      "payment_intent.created",
    ];
    expect(types.filter((type) => causal.includes(type))).not.toEqual(causal);
  });

  it("by debit completes unpaid and is paid days later", async () => {
    const session = await open();
    bench.sandbox.stripe.scenarios.checkout({ ...buyer, sessionId: session.id, method: "sepa_debit" });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: "complete",
      payment_status: "unpaid",
    });
    await bench.sandbox.clock.advance(13 * DAY_S);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: "paid" });
    expect(await eventTypes(stripe)).toContain("checkout.session.async_payment_succeeded");
  });

  it("expires after a day", async () => {
    const session = await open();
    await bench.sandbox.clock.advance(DAY_S + 60);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: "expired" });
  });

  it("starts a trial without a payment", async () => {
    const session = await open({ subscription_data: { trial_period_days: 14, metadata: { from: "ad" } } });
    bench.sandbox.stripe.scenarios.checkout({ ...buyer, sessionId: session.id });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ["subscription"] });
    expect(done).toMatchObject({
      payment_status: "no_payment_required",
      subscription: { status: "trialing", metadata: { from: "ad" } },
    });
  });
});

describe("the portal", () => {
  it("needs a configuration and then gives a link", async () => {
    const { id: customer } = await stripe.customers.create({});
    await expect(stripe.billingPortal.sessions.create({ customer })).rejects.toMatchObject({ statusCode: 400 });
    await stripe.billingPortal.configurations.create({ features: { invoice_history: { enabled: true } } });
    const session = await stripe.billingPortal.sessions.create({
      customer,
      flow_data: { type: "payment_method_update" },
    });
    expect(session).toMatchObject({
      customer,
      flow: { type: "payment_method_update" },
      url: expect.stringContaining("/p/session/"),
    });
  });
});
