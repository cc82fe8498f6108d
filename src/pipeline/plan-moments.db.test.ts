/** Moments enter the ledger with the copies they follow from: all or nothing, each once, nothing of the past. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MomentName } from "../../contract/moment.ts";
import { anEvent, aStripe, aSyncContext, bodyOf, mint, until } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { countWaitingEvents } from "../events/store.ts";
import { transaction } from "../db/transaction.ts";
import type { MomentSwitch, MomentSwitches } from "../model/moment-switch.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import { copiesOfPage, keepRead } from "./load-customer.ts";
import { StripeLooker } from "./look-at-stripe.ts";
import { saveDocument } from "../documents/store.ts";
import { MomentsInForce } from "./moments-in-force.ts";
import { momentAgeMaxS, planCrossings, type MomentSource } from "./plan-moments.ts";
import { EventReceiver, type Committed } from "./receive-event.ts";

const nowS = 1_790_000_000;
const since = nowS - 100_000;

let database: TestDatabase;
let account: string;
let committed: Committed[];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  account = mint("account");
  committed = [];
});
afterAll(() => database.drop());

function on(...names: readonly MomentName[]): MomentSwitches {
  const one = (name: MomentName): MomentSwitch => ({ eventName: `stripe_${name}`, metadata: ["plan"], sinceS: since });
  return new Map(names.map((name) => [name, one(name)]));
}

function source(switches: MomentSwitches, parts: Partial<MomentSource> = {}): MomentSource {
  const rest = { livemode: false, isHistoryLoaded: () => Promise.resolve(true), nowMs: () => nowS * 1000 };
  return { account, switches: () => switches, ...rest, ...parts };
}

function receiver(moments: MomentSource): EventReceiver {
  const onCommitted = (one: Committed): void => void committed.push(one);
  return new EventReceiver({ account, pool: database.pool, settleMs: 0, moments, onCommitted });
}

async function receive(at: EventReceiver, ...events: readonly StripeEvent[]): Promise<void> {
  await Promise.all(events.map((event) => at.receive({ event, body: bodyOf(event), came: "webhook" })));
}

type Planned = { readonly key: string; readonly customer_id: string; readonly lane: number; readonly body: string };

async function planned(): Promise<readonly Planned[]> {
  const text = "select key, customer_id, lane, body from effects where account = $1 order by key";
  return (await database.pool.query<Planned>(text, [account])).rows;
}

const keys = async (): Promise<readonly string[]> => (await planned()).map(({ key }) => key);

async function count(table: string): Promise<number> {
  const text = `select count(*)::int as n from ${table} where account = $1`;
  return (await database.pool.query<{ n: number }>(text, [account])).rows[0]?.n ?? Number.NaN;
}

const paid = (id: string, at = nowS, customer = "cus_1"): StripeEvent =>
  anEvent({
    type: "charge.succeeded",
    createdS: at,
    object: {
      id,
      object: "charge",
      customer,
      created: at,
      amount: 500,
      amount_captured: 500,
      captured: true,
      currency: "eur",
      status: "succeeded",
      payment_method_details: { type: "card" },
    },
  });

describe("a moment", () => {
  it("is planned with the copy that it follows from, for the customer it happened to", async () => {
    await receive(receiver(source(on("payment_succeeded"))), paid("ch_1"));

    expect(await planned()).toMatchObject([{ key: "moment:payment_succeeded:ch_1", customer_id: "cus_1", lane: 1 }]);
    expect(JSON.parse((await planned())[0]?.body ?? "")).toEqual({
      kind: "data_event",
      name: "stripe_payment_succeeded",
      occurredAtS: nowS,
      metadata: {},
    });
    expect(committed.map((one) => one.planned)).toEqual([1]);
  });

  it("is lost with its event, and the event with it, when the ledger cannot take it", async () => {
    const refuse =
      "alter table effects add constraint refused check (key <> 'moment:payment_succeeded:ch_refused') not valid";
    await database.pool.query(refuse);
    try {
      const attempt = receive(receiver(source(on("payment_succeeded"))), paid("ch_refused"));
      await expect(attempt).rejects.toThrow("refused");
      expect([await count("stripe_events"), await count("stripe_objects"), await count("sync_jobs")]).toEqual([
        0, 0, 0,
      ]);
    } finally {
      await database.pool.query("alter table effects drop constraint refused");
    }
    await receive(receiver(source(on("payment_succeeded"))), paid("ch_refused"));
    expect(await keys()).toEqual(["moment:payment_succeeded:ch_refused"]);
  });

  it("that is switched off plans nothing", async () => {
    await receive(receiver(source(on("payment_failed"))), paid("ch_1"));
    await receive(receiver(source(new Map())), paid("ch_2"));
    expect(await keys()).toEqual([]);
  });

  it.each([
    ["happened before it was switched on", since - 1, 0],
    ["happened as it was switched on", since, since + momentAgeMaxS],
    ["is too old by the time that it comes", nowS - momentAgeMaxS - 1, 0],
    ["comes within a day", nowS - momentAgeMaxS, nowS],
  ])("that %s is told or not by that", async (_, at, isToldAtS) => {
    const clock = isToldAtS === 0 ? nowS : isToldAtS;
    await receive(receiver(source(on("payment_succeeded"), { nowMs: () => clock * 1000 })), paid("ch_1", at));
    expect(await keys()).toHaveLength(isToldAtS === 0 ? 0 : 1);
  });

  it("is planned once when two nodes take the same events, several times each", async () => {
    const nodes = [1, 2].map(() => receiver(source(on("payment_succeeded"))));
    const events = Array.from({ length: 20 }, (_, index) => paid(`ch_${index}`, nowS, `cus_${index % 3}`));
    await Promise.all([...nodes, ...nodes].map((node) => receive(node, ...events)));
    expect(await count("effects")).toBe(20);
  });

  it("that a debit's late event dates is not lost because another event came first", async () => {
    const at = nowS - 8 * 86_400;
    const object = { ...paid("ch_1", at).object, payment_method_details: { type: "sepa_debit" } };
    const node = receiver(source(on("payment_succeeded")));
    await receive(
      node,
      anEvent({ type: "charge.updated", createdS: nowS - 1, object: { ...object, description: "x" } }),
    );
    expect(await keys()).toEqual([]);
    await receive(node, anEvent({ type: "charge.succeeded", createdS: nowS - 2, object }));
    expect(await keys()).toEqual(["moment:payment_succeeded:ch_1"]);
  });

  it("speaks of plans by their product's name", async () => {
    const context = aSyncContext({ account, pool: database.pool });
    await keepRead(context, copiesOfPage("product", [{ id: "prod_9", name: "Gold" }], { answeredS: nowS - 50 }));
    const item = { id: "si_1", price: { id: "price_9", product: "prod_9", recurring: { interval: "month" } } };
    const object = { id: "sub_1", customer: "cus_1", status: "active", created: nowS, items: { data: [item] } };
    const start = anEvent({ type: "customer.subscription.created", createdS: nowS, object });
    await receive(receiver(source(on("subscription_started"))), start);
    expect(JSON.parse((await planned())[0]?.body ?? "")).toMatchObject({ metadata: { plan: "Gold" } });
    const byPrice = source(on("subscription_started"), { planName: () => ["priceId"] });
    await receive(receiver(byPrice), anEvent({ ...start, id: mint("evt"), object: { ...object, id: "sub_2" } }));
    expect((await planned()).map(({ body }) => JSON.parse(body))).toMatchObject([
      { metadata: { plan: "Gold" } },
      { metadata: { plan: "price_9" } },
    ]);
  });
});

describe("the first payment", () => {
  it("is the one that no other payment is known beside", async () => {
    const node = receiver(source(on("first_payment")));
    await receive(node, paid("ch_2", nowS), paid("ch_1", nowS - 5), paid("ch_3", nowS, "cus_2"));
    await receive(node, paid("ch_4", nowS));
    expect(await keys()).toEqual(["moment:first_payment:cus_1", "moment:first_payment:cus_2"]);
    expect(JSON.parse((await planned())[0]?.body ?? "")).toMatchObject({ occurredAtS: nowS - 5 });
  });

  it("is not told of who has paid before", async () => {
    await receive(receiver(source(new Map())), paid("ch_1", since - 999));
    await receive(receiver(source(on("first_payment"))), paid("ch_2"));
    expect(await keys()).toEqual([]);
  });

  it("cannot be told while history is missing", async () => {
    await receive(
      receiver(source(on("first_payment"), { isHistoryLoaded: () => Promise.resolve(false) })),
      paid("ch_1"),
    );
    expect(await keys()).toEqual([]);
  });
});

describe("a look at Stripe", () => {
  it("tells what an event could not, and tells it once", async () => {
    const charge = { ...paid("ch_1").object, disputed: true };
    const dispute = {
      id: "dp_1",
      object: "dispute",
      charge: "ch_1",
      amount: 500,
      currency: "eur",
      status: "lost",
      created: nowS,
    };
    const present = new Map<string, Record<string, unknown>>([
      ["ch_1", charge],
      ["dp_1", dispute],
    ]);
    const stripe = aStripe((id) => ({ object: present.get(id) ?? null, answeredS: nowS + 3 }));
    const moments = source(on("dispute_opened", "dispute_lost", "payment_succeeded"));
    const opened = { ...dispute, status: "needs_response" };
    const events = [
      anEvent({ type: "charge.dispute.created", createdS: nowS, object: opened }),
      anEvent({ type: "charge.dispute.closed", createdS: nowS + 1, object: dispute }),
    ];
    await receive(receiver(moments), ...events);
    expect(await keys()).toEqual([]);

    let told = 0;
    const looker = new StripeLooker({
      context: aSyncContext({ account, pool: database.pool, stripe: stripe.client, nowMs: () => nowS * 1000 }),
      settleMs: 0,
      moments,
      onPlanned: () => (told += 1),
      onBlocked: () => Promise.reject(new Error("Nothing blocks this Stripe.")),
      onQueued: () => undefined,
      onResolved: () => undefined,
      onProducts: () => undefined,
    });
    looker.start();
    try {
      await until(async () => (await countWaitingEvents(database.pool, account)).waiting === 0);
    } finally {
      await looker.stop();
    }
    const expected = ["dispute_lost:dp_1", "dispute_opened:dp_1", "payment_succeeded:ch_1"];
    expect(await keys()).toEqual(expected.map((key) => `moment:${key}`));
    expect(told).toBe(1);
    await receive(receiver(moments), paid("ch_1"));
    expect(await count("effects")).toBe(3);
  });
});

describe("a crossing", () => {
  const crossing = {
    customerId: "cus_1",
    meter: "api calls",
    threshold: 80,
    direction: "rising",
    periodStartS: nowS - 10,
    periodEndS: nowS + 10,
    atS: nowS,
    value: "85",
    limit: "100",
  } as const;

  it("is entered once, and only when it is switched on", async () => {
    const off = await transaction(database.pool, (tx) => planCrossings(tx, source(on("payment_failed")), [crossing]));
    const counts = [];
    for (const threshold of [80, 80, 90]) {
      const one = { ...crossing, threshold };
      counts.push(await transaction(database.pool, (tx) => planCrossings(tx, source(on("usage_crossed")), [one])));
    }
    expect([off, ...counts]).toEqual([0, 1, 0, 1]);
  });
});

describe("the moments in force", () => {
  it("are those that the mapping switches on, each since then", async () => {
    const moments = new MomentsInForce();
    const renew = (...names: readonly string[]): Promise<void> =>
      moments.renew(database.pool, {
        prefix: "billing_",
        version: 0,
        events: Object.fromEntries(names.map((name) => [name, { on: true }])),
      });
    await renew("payment_failed");
    const first = moments.current().get("payment_failed");
    await database.pool.query("update moment_switches set since = since - interval '1 hour'");
    await renew("payment_failed", "plan_changed");

    expect([...moments.current().keys()].toSorted()).toEqual(["payment_failed", "plan_changed"]);
    expect(moments.current().get("payment_failed")).toMatchObject({
      eventName: "billing_payment_failed",
      sinceS: (first?.sinceS ?? 0) - 3600,
    });
    await renew();
    expect(moments.current().size).toBe(0);
    await renew("payment_failed");
    expect(moments.current().get("payment_failed")?.sinceS).toBeGreaterThanOrEqual(first?.sinceS ?? Infinity);
  });

  it("stay as the newest mapping says when a node comes late with an older one", async () => {
    const document = { kind: "mapping", body: {}, basedOn: 0, by: "test" } as const;
    const version = await saveDocument(database.pool, document);
    const [early, late] = [new MomentsInForce(), new MomentsInForce()];
    await early.renew(database.pool, { prefix: "stripe_", version, events: { plan_changed: { on: true } } });
    await late.renew(database.pool, { prefix: "stripe_", version: version - 1, events: {} });
    expect([...late.current().keys()]).toEqual(["plan_changed"]);
  });
});
