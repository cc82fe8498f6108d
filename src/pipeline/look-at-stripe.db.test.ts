/** The second stage: doubts are settled by a look at Stripe, seldom, and never by an older state. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anEvent, aStripe, aSyncContext, bodyOf, mint, until, type FakeStripe } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { findCopies } from "../billing/store.ts";
import { countWaitingEvents } from "../events/store.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy, StripeKind } from "../model/stripe-object.ts";
import type { StripeJson } from "../stripe/client.ts";
import { StripeForbidden, StripeRejected, StripeUnauthorized, StripeUnavailable } from "../stripe/failure.ts";
import { copiesOfPage, keepRead } from "./load-customer.ts";
import { StripeLooker } from "./look-at-stripe.ts";
import { EventReceiver } from "./receive-event.ts";

let database: TestDatabase;
let account: string;
/** What Stripe has at present. */
let present: Map<string, StripeJson>;
/** Thrown instead of the next answers. */
let troubles: Error[];
let stripe: FakeStripe;
let blocked: unknown[];
let products: string[];
let looker: StripeLooker | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  account = mint("account");
  present = new Map();
  troubles = [];
  blocked = [];
  products = [];
  stripe = aStripe(
    (id) => {
      const trouble = troubles.shift();
      if (trouble) throw trouble;
      return { object: present.get(id) ?? null, answeredS: 500 };
    },
    (_path, { charge }) =>
      [...present.values()].filter((object) => object["object"] === "refund" && object["charge"] === charge),
  );
});
afterEach(() => looker?.stop());
afterAll(() => database.drop());

const context = (): ReturnType<typeof aSyncContext> =>
  aSyncContext({ account, pool: database.pool, stripe: stripe.client, nowMs: () => Date.now() });

async function receive(...events: readonly StripeEvent[]): Promise<void> {
  const receiver = new EventReceiver({ account, pool: database.pool, settleMs: 0, onCommitted: () => undefined });
  for (const event of events) await receiver.receive({ event, body: bodyOf(event), came: "webhook" });
}

/** Looks until no event waits any more. */
async function look(): Promise<void> {
  looker = new StripeLooker({
    context: context(),
    settleMs: 0,
    onBlocked: async (error) => void blocked.push(error),
    onQueued: () => undefined,
    onResolved: () => undefined,
    onProducts: (ids) => products.push(...ids),
  });
  looker.start();
  await until(async () => (await countWaitingEvents(database.pool, account)).waiting === 0);
}

async function copyOf(id: string): Promise<ObjectCopy | undefined> {
  return (await findCopies(database.pool, account, [id]))[0];
}

async function eventRow(id: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    "select state, customer_id, error_code, changes from stripe_events where account = $1 and id = $2",
    [account, id],
  );
  return rows[0];
}

/** Stripe is read, as the backfill does. */
function readFromStripe(kind: StripeKind, object: StripeJson, answeredS: number): Promise<unknown> {
  return keepRead(context(), copiesOfPage(kind, [object], { answeredS }));
}

const customer = (name: string): StripeJson => ({ id: "cus_1", object: "customer", name });
const told = (name: string, createdS: number, parts: Partial<StripeEvent> = {}): StripeEvent =>
  anEvent({ object: customer(name), createdS, ...parts });

describe("a doubt", () => {
  it("is settled by what Stripe has now, and the customer is queued", async () => {
    present.set("cus_1", customer("Now"));
    const [one, other] = [told("A", 100), told("B", 100)];
    await receive(one, other);
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ origin: "fetch", asOfS: 100, facts: { name: "Now" } });
    expect(await eventRow(other.id)).toMatchObject({ state: "applied", customer_id: "cus_1" });
    expect((await database.pool.query("select version from sync_jobs where account = $1", [account])).rows).toEqual([
      { version: 2 },
    ]);
    expect(stripe.reads()).toEqual(["/v1/customers/cus_1"]);
  });

  it("leaves no work behind when Stripe has what we have", async () => {
    present.set("cus_1", customer("A"));
    const other = told("B", 100);
    await receive(told("A", 100), other);
    await look();

    expect(await eventRow(other.id)).toMatchObject({ state: "unchanged", changes: null });
    expect((await database.pool.query("select version from sync_jobs where account = $1", [account])).rows).toEqual([
      { version: 1 },
    ]);
  });

  it("about a payload of an older shape is settled by reading the object in ours", async () => {
    present.set("sub_1", { id: "sub_1", object: "subscription", customer: "cus_1", status: "active" });
    await receive(
      anEvent({
        type: "customer.subscription.updated",
        object: { id: "sub_1", customer: "cus_1", plan: {} },
        apiVersion: "2020-08-27",
      }),
    );
    await look();

    expect(await copyOf("sub_1")).toMatchObject({ customerId: "cus_1", facts: { status: "active" } });
  });

  it("about somebody whom Stripe has deleted meanwhile ends with the last we know, marked as deleted", async () => {
    await receive(told("A", 100), told("B", 100));
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ deleted: true });
  });

  it("from before a deletion that an event told leaves the object as that event showed it", async () => {
    await readFromStripe("customer", customer("Read"), 100);
    await receive(told("Before", 100), { ...told("Last", 101), type: "customer.deleted" });
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ deleted: true, origin: "event", facts: { name: "Last" } });
    expect(stripe.reads()).toEqual([]);
  });

  it("costs one read even when it is raised a dozen times about one object", async () => {
    present.set("cus_1", customer("Now"));
    await receive(...Array.from({ length: 13 }, (_, index) => told(`name ${index}`, 100)));
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ facts: { name: "Now" } });
    expect(stripe.reads().length).toBeLessThanOrEqual(2);
  });
});

describe("what was read", () => {
  it("is not undone by events from before it, in whatever order they still come", async () => {
    present.set("cus_1", customer("Final"));
    await readFromStripe("customer", customer("Final"), 400);
    await receive(told("Final", 370));
    await receive(told("First", 350));
    await look();
    await looker?.stop();
    await receive(told("Second", 360));
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ facts: { name: "Final" } });
  });

  it("is followed by events from after it, without a look", async () => {
    await readFromStripe("customer", customer("Read"), 400);
    await receive(told("Later", 401));

    expect(await copyOf("cus_1")).toMatchObject({ origin: "event", facts: { name: "Later" } });
    expect(stripe.reads()).toEqual([]);
  });

  it("does not replace what an event of the same or a later second told", async () => {
    await receive(told("Event", 400));
    await readFromStripe("customer", customer("Read"), 400);

    expect(await copyOf("cus_1")).toMatchObject({ facts: { name: "Event" } });
  });
});

describe("events that name no customer", () => {
  const charge = {
    id: "ch_1",
    object: "charge",
    customer: "cus_1",
    status: "succeeded",
    currency: "eur",
    amount: 1000,
    amount_captured: 1000,
    amount_refunded: 0,
  };

  it("bring the charge of a dispute along, and with it the customer", async () => {
    const dispute = {
      id: "dp_1",
      object: "dispute",
      charge: "ch_1",
      amount: 1000,
      currency: "eur",
      status: "needs_response",
    };
    present.set("ch_1", charge).set("dp_1", dispute);
    await receive(anEvent({ type: "charge.dispute.created", object: dispute }));
    await look();

    expect(await copyOf("dp_1")).toMatchObject({ customerId: "cus_1" });
    expect(await copyOf("ch_1")).toMatchObject({ customerId: "cus_1", facts: { capturedMinor: 1000 } });
    expect((await database.pool.query("select customer_id from sync_jobs where account = $1", [account])).rows).toEqual(
      [{ customer_id: "cus_1" }],
    );
  });

  it("bring the charge and its other refunds along when a refund failed", async () => {
    const refund = {
      id: "re_1",
      object: "refund",
      charge: "ch_1",
      customer: "cus_1",
      amount: 250,
      currency: "eur",
      status: "failed",
    };
    present
      .set("ch_1", charge)
      .set("re_1", refund)
      .set("re_2", { ...refund, id: "re_2", status: "succeeded" });
    await receive(anEvent({ type: "charge.refunded", object: { ...charge, amount_refunded: 250 }, createdS: 100 }));
    await receive(anEvent({ type: "refund.failed", object: refund, createdS: 200 }));
    await look();

    expect(await copyOf("ch_1")).toMatchObject({ asOfS: 200, facts: { refundedMinor: 0 } });
    expect(await copyOf("re_1")).toMatchObject({ facts: { status: "failed" } });
    expect(await copyOf("re_2")).toMatchObject({ customerId: "cus_1", facts: { status: "succeeded" } });
  });
});

describe("a product", () => {
  it("that was renamed by way of a look reaches its subscribers too", async () => {
    await receive(anEvent({ type: "product.created", object: { id: "prod_1", name: "Pro" }, createdS: 90 }));
    present.set("prod_1", { id: "prod_1", object: "product", name: "Pro Plus" });
    await receive(
      anEvent({
        type: "product.updated",
        object: { id: "prod_1", name: "?" },
        apiVersion: "2020-08-27",
        createdS: 100,
      }),
    );
    await look();
    const { rows } = await database.pool.query(
      "select key from graphile_worker._private_jobs where key = 'fan-out:prod_1'",
    );

    expect(await copyOf("prod_1")).toMatchObject({ facts: { name: "Pro Plus" } });
    expect(rows).toHaveLength(1);
    await until(() => products.includes("prod_1"));
  });
});

describe("a price of several currencies", () => {
  const price = (eur: number): StripeJson => ({
    id: "price_1",
    object: "price",
    currency: "usd",
    product: "prod_1",
    unit_amount: 2000,
    currency_options: { usd: { unit_amount: 2000 }, eur: { unit_amount: eur } },
  });

  it("is read again when it was updated, and a new amount reaches the product's subscribers", async () => {
    const { currency_options: _unseen, ...shown } = price(0);
    await readFromStripe("price", price(1800), 90);
    present.set("price_1", price(1900));
    await receive(anEvent({ type: "price.updated", object: shown, createdS: 100 }));
    await look();
    const { rows } = await database.pool.query(
      "select key from graphile_worker._private_jobs where key = 'fan-out:prod_1'",
    );

    expect(await copyOf("price_1")).toMatchObject({ facts: { currencyOptions: { eur: { unitAmount: "1900" } } } });
    expect(stripe.reads()).toEqual(["/v1/prices/price_1"]);
    expect(rows).toHaveLength(1);
  });
});

describe("when Stripe does not answer", () => {
  const old = told("Old shape", 100, { apiVersion: "2020-08-27" });

  it("the event waits and is looked at again", async () => {
    present.set("cus_1", customer("Now"));
    troubles = [new StripeUnavailable()];
    await receive({ ...old, id: "evt_retry" });
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ facts: { name: "Now" } });
    expect(blocked).toEqual([]);
  });

  it("because of the key, the connection is told, and the event is kept", async () => {
    present.set("cus_1", customer("Now"));
    troubles = [new StripeUnauthorized()];
    await receive({ ...old, id: "evt_blocked" });
    await look();

    expect(blocked).toHaveLength(1);
    expect(await eventRow("evt_blocked")).toMatchObject({ state: "applied" });
  });

  it("because it never will, the event is a dead letter that says why", async () => {
    troubles = [new StripeRejected("no such parameter")];
    await receive({ ...old, id: "evt_dead" });
    await look();

    expect(await eventRow("evt_dead")).toMatchObject({ state: "dead", error_code: "STRIPE_REJECTED" });
    expect(await countWaitingEvents(database.pool, account)).toEqual({ waiting: 0, dead: 1 });
  });
});

describe("what Stripe tells only to who asks", () => {
  const of = (type: string, object: StripeJson): StripeEvent => anEvent({ type, object, createdS: 100 });
  const subscription = (discounts: readonly unknown[]): StripeJson => ({
    id: "sub_1",
    object: "subscription",
    customer: "cus_1",
    status: "active",
    discounts,
  });

  it("is asked once for a discount that is new, and known from then on", async () => {
    present.set("sub_1", subscription([{ id: "di_1", object: "discount", end: null, source: { coupon: "ten" } }]));
    await receive(of("customer.subscription.created", subscription(["di_1"])));
    await look();
    await receive(anEvent({ ...of("customer.subscription.updated", subscription(["di_1"])), createdS: 200 }));

    expect(await copyOf("sub_1")).toMatchObject({
      asOfS: 200,
      origin: "event",
      facts: { discounts: [{ id: "di_1", couponId: "ten" }] },
    });
    expect(stripe.reads()).toEqual(["/v1/subscriptions/sub_1"]);
  });

  it("is asked of the customer whose own discount changed", async () => {
    const discount = { id: "di_1", object: "discount", customer: "cus_1", source: { coupon: "ten" }, end: 900 };
    present.set("cus_1", { ...customer("Jane"), discount });
    await receive(of("customer.discount.created", discount));
    await look();

    expect(await copyOf("cus_1")).toMatchObject({ facts: { discount: { couponId: "ten", endS: 900 } } });
  });

  it("is asked of the customer's credits, whatever happens to a grant", async () => {
    const left = { type: "monetary", monetary: { currency: "eur", value: 300 } };
    present.set("credit_balance_summary", { customer: "cus_1", balances: [{ available_balance: left }] });
    present.set("credgr_1", { id: "credgr_1", customer: "cus_1" });
    await receive(
      of("billing.credit_balance_transaction.created", { id: "cbtxn_1", credit_grant: "credgr_1" }),
      of("billing.credit_grant.updated", { id: "credgr_1", customer: "cus_1" }),
    );
    await look();

    expect(await copyOf("credit_balance:cus_1")).toMatchObject({
      customerId: "cus_1",
      facts: { available: [{ amountMinor: 300, currency: "eur" }] },
    });
  });

  it("finds the customer of a mandate by its bank account", async () => {
    present.set("mandate_1", { id: "mandate_1", status: "inactive", payment_method: "pm_1" });
    present.set("pm_1", { id: "pm_1", customer: "cus_1" });
    await receive(of("mandate.updated", { id: "mandate_1", status: "inactive", payment_method: "pm_1" }));
    await look();

    expect(await copyOf("mandate_1")).toMatchObject({ customerId: "cus_1", facts: { status: "inactive" } });
  });

  it("is done without when the key may not read it, and nothing else waits for that", async () => {
    troubles.push(new StripeForbidden(null));
    const event = of("billing.credit_grant.created", { id: "credgr_1", customer: "cus_1" });
    await receive(event);
    await look();

    expect(await eventRow(event.id)).toMatchObject({ state: "unchanged", error_code: null });
    expect(blocked).toEqual([]);
  });
});
