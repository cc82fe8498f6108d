import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { monthlyPrice, openBench, payingCustomer } from "./testing.ts";
import type { Bench } from "./testing.ts";

let bench: Bench;
let stripe: Stripe;

beforeAll(async () => {
  bench = await openBench();
  stripe = bench.stripe;
});
afterAll(() => bench.close());

async function refusal(work: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Stripe.errors.StripeError)) throw new Error("Stripe did not refuse.");
  return error;
}

describe("customers", () => {
  it("are created, changed, found and deleted", async () => {
    const created = await stripe.customers.create({ email: "ada@example.com", metadata: { user_id: "u1", old: "x" } });
    expect(created).toMatchObject({ object: "customer", balance: 0, delinquent: false, livemode: false });

    const changed = await stripe.customers.update(created.id, { name: "Ada", metadata: { old: "", new: "y" } });
    expect(changed).toMatchObject({ name: "Ada", metadata: { user_id: "u1", new: "y" } });
    expect(changed.metadata).not.toHaveProperty("old");

    const found = await stripe.customers.list({ email: "ada@example.com" });
    expect(found.data.map(({ id }) => id)).toEqual([created.id]);

    expect(await stripe.customers.del(created.id)).toEqual({ id: created.id, object: "customer", deleted: true });
    expect(await stripe.customers.retrieve(created.id)).toMatchObject({ deleted: true });
  });

  it("keep a balance with its transactions", async () => {
    const { id } = await stripe.customers.create({});
    const transaction = await stripe.customers.createBalanceTransaction(id, { amount: -500, currency: "eur" });
    expect(transaction).toMatchObject({ amount: -500, ending_balance: -500, type: "adjustment" });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -500, currency: "eur" });
  });
});

describe("lists", () => {
  it("page newest first in both directions", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await stripe.coupons.create({ id: name, percent_off: 10, duration: "once" });

    const first = await stripe.coupons.list({ limit: 2 });
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([["e", "d"], true]);
    const next = await stripe.coupons.list({ limit: 2, starting_after: "d" });
    expect(next.data.map(({ id }) => id)).toEqual(["c", "b"]);
    const back = await stripe.coupons.list({ limit: 2, ending_before: "b" });
    expect([back.data.map(({ id }) => id), back.has_more]).toEqual([["d", "c"], true]);

    const all = await stripe.coupons.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(all.map(({ id }) => id)).toEqual(["e", "d", "c", "b", "a"]);
  });

  it("refuse limits beyond a hundred and unknown cursors", async () => {
    expect(await refusal(stripe.customers.list({ limit: 101 }))).toMatchObject({ statusCode: 400, param: "limit" });
    expect(await refusal(stripe.customers.list({ starting_after: "cus_gone" }))).toMatchObject({
      code: "resource_missing",
    });
  });

  it("filter by creation", async () => {
    const later = Math.floor(Date.now() / 1000) + 1000;
    expect((await stripe.customers.list({ created: { gt: later } })).data).toEqual([]);
    expect((await stripe.customers.list({ created: { lte: later } })).data.length).toBeGreaterThan(0);
  });
});

describe("parameters", () => {
  it("that are unknown are named", async () => {
    const wrong = { name: "N", nickname: "x" };
    expect(await refusal(stripe.customers.create(wrong))).toMatchObject({
      statusCode: 400,
      code: "parameter_unknown",
      message: "Received unknown parameter: nickname",
    });
    const item = { price: "p", foo: "y" };
    expect(await refusal(stripe.subscriptions.create({ customer: "x", items: [item] }))).toMatchObject({
      param: "items[0][foo]",
    });
  });

  it("that are missing are named", async () => {
    expect(await refusal(stripe.rawRequest("POST", "/v1/products", {}))).toMatchObject({
      code: "parameter_missing",
      param: "name",
    });
  });
});

describe("expand", () => {
  it("reaches four levels deep, through lists and sub-objects", async () => {
    const price = await monthlyPrice(stripe);
    const customer = await payingCustomer(stripe);
    await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });

    const subscriptions = await stripe.subscriptions.list({ expand: ["data.latest_invoice", "data.customer"] });
    expect(subscriptions.data[0]).toMatchObject({
      latest_invoice: { object: "invoice" },
      customer: { id: customer.id },
    });

    const invoices = await stripe.invoices.list({ limit: 1 });
    const invoice = await stripe.invoices.retrieve(invoices.data[0]?.id ?? "", {
      expand: ["payments.data.payment.payment_intent", "parent.subscription_details.subscription"],
    });
    expect(invoice.payments?.data[0]?.payment.payment_intent).toMatchObject({
      object: "payment_intent",
      status: "succeeded",
    });
    expect(invoice.parent?.subscription_details?.subscription).toMatchObject({ object: "subscription" });
    expect(await stripe.invoices.retrieve(invoice.id ?? "")).not.toHaveProperty("payments");
  });

  it("shows tiers only on request", async () => {
    const product = await stripe.products.create({ name: "Calls" });
    const { id } = await stripe.prices.create({
      product: product.id,
      currency: "eur",
      billing_scheme: "tiered",
      tiers_mode: "graduated",
      recurring: { interval: "month" },
      tiers: [
        { up_to: 10, unit_amount_decimal: Stripe.Decimal.from("0.5") },
        { up_to: "inf", unit_amount: 2 },
      ],
    });
    expect(await stripe.prices.retrieve(id)).not.toHaveProperty("tiers");
    const expanded = await stripe.prices.retrieve(id, { expand: ["tiers"] });
    expect(expanded.tiers?.map((tier) => [tier.up_to, String(tier.unit_amount_decimal), tier.unit_amount])).toEqual([
      [10, "0.5", null],
      [null, "2", 2],
    ]);
  });

  it("shows the currencies of a price only on request, and their tiers for each by its name", async () => {
    const product = await stripe.products.create({ name: "Seats" });
    const tiered = { billing_scheme: "tiered", tiers_mode: "volume", recurring: { interval: "month" } } as const;
    const { id } = await stripe.prices.create({
      ...tiered,
      product: product.id,
      currency: "usd",
      tiers: [{ up_to: "inf", unit_amount: 2000 }],
      currency_options: { eur: { tiers: [{ up_to: "inf", unit_amount: 1800 }] } },
    });
    expect(await stripe.prices.retrieve(id)).not.toHaveProperty("currency_options");
    const asked = async (...expand: string[]) => (await stripe.prices.retrieve(id, { expand })).currency_options;
    for (const path of [[], ["currency_options.tiers"]]) {
      const options = await asked("currency_options", ...path);
      expect(Object.keys(options ?? {})).toEqual(["usd", "eur"]);
      expect(options?.["eur"]).not.toHaveProperty("tiers");
    }
    const named = await asked("currency_options", "currency_options.eur.tiers");
    expect(named?.["eur"]?.tiers).toMatchObject([{ up_to: null, unit_amount: 1800 }]);
    expect(await refusal(stripe.prices.retrieve(id, { expand: ["currency_options.gbp.tiers"] }))).toMatchObject({
      statusCode: 400,
    });
  });

  it("bills a subscription in a currency that its price has, and in no other", async () => {
    const product = await stripe.products.create({ name: "Plan" });
    const recurring = { interval: "month" } as const;
    const price = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 2000,
      recurring,
      currency_options: { eur: { unit_amount: 1800 } },
    });
    const { id: customer } = await stripe.customers.create({ payment_method: "pm_card_visa" });
    const { data } = await stripe.paymentMethods.list({ customer });
    const items = [{ price: price.id, quantity: 2 }];
    const order = { customer, items, default_payment_method: data[0]?.id ?? "" };
    const subscription = await stripe.subscriptions.create({ ...order, currency: "eur" });
    expect(subscription).toMatchObject({ currency: "eur", items: { data: [{ price: { currency: "usd" } }] } });
    const { data: invoices } = await stripe.invoices.list({ customer });
    expect(invoices).toMatchObject([{ currency: "eur", amount_paid: 3600 }]);
    expect(await refusal(stripe.subscriptions.create({ ...order, currency: "gbp" }))).toMatchObject({
      statusCode: 400,
    });
  });

  it("refuses unknown paths and paths that are too deep", async () => {
    expect(await refusal(stripe.customers.list({ expand: ["data.nothing"] }))).toMatchObject({ statusCode: 400 });
    const deep = refusal(stripe.subscriptions.list({ expand: ["data.latest_invoice.payments.data.payment"] }));
    expect((await deep).message).toContain("more than 4 levels");
  });
});

describe("idempotency keys", () => {
  it("replay the first answer and refuse other parameters", async () => {
    const first = await stripe.customers.create({ name: "Once" }, { idempotencyKey: "key-1" });
    const second = await stripe.customers.create({ name: "Once" }, { idempotencyKey: "key-1" });
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers["idempotent-replayed"]).toBe("true");
    const other = await refusal(stripe.customers.create({ name: "Twice" }, { idempotencyKey: "key-1" }));
    expect(other).toMatchObject({ type: "StripeIdempotencyError", statusCode: 400 });
  });

  it("do not keep what was refused for its parameters", async () => {
    const wrong = { name: "N", nonsense: "x" };
    await refusal(stripe.customers.create(wrong, { idempotencyKey: "key-2" }));
    expect(await stripe.customers.create({}, { idempotencyKey: "key-2" })).toMatchObject({ object: "customer" });
  });
});

describe("keys", () => {
  it("that are unknown are unauthorised", async () => {
    expect(await refusal(bench.sdk("sk_test_wrong").customers.list())).toMatchObject({ statusCode: 401 });
  });

  it("that are restricted name the missing permission", async () => {
    const reader = bench.sdk(bench.sandbox.stripe.createRestrictedKey(["rak_customer_read", "rak_charge_write"]));
    expect(await reader.customers.list()).toMatchObject({ object: "list" });
    expect(await reader.charges.list()).toMatchObject({ object: "list" });
    const error = await refusal(reader.customers.create({}));
    expect(error).toMatchObject({ type: "StripePermissionError", statusCode: 403 });
    expect(error.message).toContain("Having the 'rak_customer_write' permission would allow this request to continue.");
  });
});

describe("answers", () => {
  it("carry Stripe's headers, dated by the sandbox's clock", async () => {
    const account = await stripe.accounts.retrieveCurrent();
    expect(account).toMatchObject({ object: "account", country: "DE" });
    expect(account.lastResponse).toMatchObject({
      requestId: expect.stringMatching(/^req_/),
      apiVersion: "2026-10-28.endive",
    });
  });

  it("are 429 beyond the limit of one endpoint", async () => {
    const { limits } = bench.sandbox.stripe;
    const before = { ...limits };
    Object.assign(limits, { perEndpointPerSecond: 0 });
    const error = await refusal(stripe.customers.list());
    Object.assign(limits, before);
    expect(error).toMatchObject({ type: "StripeRateLimitError", statusCode: 429 });
    expect(error.headers?.["stripe-rate-limited-reason"]).toBe("endpoint-rate");
  });

  it("are 404 for unknown objects and addresses", async () => {
    expect(await refusal(stripe.customers.retrieve("cus_gone"))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
    });
    expect(await refusal(stripe.rawRequest("GET", "/v1/nothing"))).toMatchObject({ statusCode: 404 });
  });
});
