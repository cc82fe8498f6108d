/** The first stage: stored, folded and queued in one commit, whoever else is at work. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anEvent, bodyOf, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { findCopies } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import { EventReceiver, type Committed, type Receipt } from "./receive-event.ts";

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

function receiver(pool: Pool = database.pool): EventReceiver {
  return new EventReceiver({ account, pool, settleMs: 0, onCommitted: (one) => committed.push(one) });
}

function receive(at: EventReceiver, ...events: readonly StripeEvent[]): Promise<readonly Receipt[]> {
  return Promise.all(events.map((event) => at.receive({ event, body: bodyOf(event), came: "webhook" })));
}

const count = async (table: string): Promise<number> =>
  (await database.pool.query<{ n: number }>(`select count(*)::int as n from ${table} where account = $1`, [account]))
    .rows[0]?.n ?? Number.NaN;

const customer = (name: string, createdS = 100): StripeEvent =>
  anEvent({ object: { id: "cus_1", object: "customer", name }, createdS });

describe("events that arrive together", () => {
  it("are committed together, and told of once", async () => {
    const events = Array.from({ length: 20 }, (_, index) => anEvent({ object: { id: `cus_${index}` } }));
    const receipts = await receive(receiver(), ...events);

    expect(receipts.map(({ duplicate, outcome }) => [duplicate, outcome.state])).toEqual(
      events.map(() => [false, "applied"]),
    );
    expect(committed).toHaveLength(1);
    expect(committed[0]?.jobs).toHaveLength(20);
    expect([await count("stripe_events"), await count("stripe_objects"), await count("sync_jobs")]).toEqual([
      20, 20, 20,
    ]);
  });

  it("are one job when they are about one customer, in the fastest lane that any of them asks for", async () => {
    const subscription = anEvent({
      type: "customer.subscription.updated",
      object: { id: "sub_1", customer: "cus_1", status: "past_due" },
    });
    await receive(receiver(), customer("Jane"), subscription);

    expect(committed[0]?.jobs).toEqual([{ customerId: "cus_1", lane: "urgent", events: 2 }]);
  });

  it("are stored once when the same event comes twice among them", async () => {
    const event = customer("Jane");
    const receipts = await receive(receiver(), event, event, event);

    expect(receipts.filter(({ duplicate }) => duplicate)).toHaveLength(2);
    expect(await count("stripe_events")).toBe(1);
  });

  it("queue nobody when they were all known", async () => {
    const event = customer("Jane");
    await receive(receiver(), event);
    await receive(receiver(), event);

    expect(committed.at(-1)).toMatchObject({ jobs: [], waiting: 0 });
    expect((await database.pool.query("select version from sync_jobs where account = $1", [account])).rows).toEqual([
      { version: 1 },
    ]);
  });

  it("say how many of them must wait for a look at Stripe", async () => {
    await receive(
      receiver(),
      anEvent({ apiVersion: "2020-08-27" }),
      anEvent({ type: "charge.dispute.created", object: { id: "dp_1", charge: "ch_1" } }),
      anEvent(),
    );

    expect(committed[0]?.waiting).toBe(2);
  });
});

describe("two receivers at once", () => {
  it("store each event once and end with the newest copy", async () => {
    const events = Array.from({ length: 40 }, (_, index) => customer(`name ${index}`, 100 + index));
    const [left, right] = [receiver(), receiver()];
    const receipts = await Promise.all([receive(left, ...events), receive(right, ...events.toReversed())]);
    const fresh = receipts.flat().filter(({ duplicate }) => !duplicate);

    expect(fresh).toHaveLength(40);
    expect(await count("stripe_events")).toBe(40);
    expect(await findCopies(database.pool, account, ["cus_1"])).toMatchObject([
      { asOfS: 139, facts: { name: "name 39" } },
    ]);
  });

  it("decide again together when one of them changed a product meanwhile", async () => {
    const named = (name: string, createdS: number): StripeEvent =>
      anEvent({ type: "product.updated", object: { id: "prod_1", name }, createdS });
    const receivers = Array.from({ length: 4 }, () => receiver());
    await receive(receiver(), named("A", 1));
    await Promise.all(
      receivers.map((one, index) => receive(one, named(`B${index}`, 10 + index), named(`C${index}`, 20 + index))),
    );

    expect(await findCopies(database.pool, account, ["prod_1"])).toMatchObject([{ asOfS: 23, facts: { name: "C3" } }]);
  });
});

describe("a product", () => {
  const product = (name: string, createdS: number, more: Record<string, unknown> = {}): StripeEvent =>
    anEvent({ type: "product.updated", object: { id: "prod_1", object: "product", name, ...more }, createdS });

  const fanOuts = async (): Promise<number> =>
    (
      await database.pool.query<{ n: number }>(
        "select count(*)::int as n from graphile_worker._private_jobs where key = 'fan-out:prod_1'",
      )
    ).rows[0]?.n ?? Number.NaN;

  beforeEach(() => database.pool.query("delete from graphile_worker._private_jobs"));

  it("that is renamed touches all its subscribers, by a slow job of the same commit", async () => {
    await receive(receiver(), product("Pro", 100));
    await receive(receiver(), product("Pro Plus", 101));

    expect(await fanOuts()).toBe(1);
    expect(committed.at(-1)?.renamedProducts).toEqual(["prod_1"]);
  });

  it("that changes without its name touches nobody", async () => {
    await receive(receiver(), product("Pro", 100));
    await receive(receiver(), product("Pro", 101, { description: "new" }));

    expect(await fanOuts()).toBe(0);
  });

  it("that is new has no subscribers to touch", async () => {
    await receive(receiver(), product("Pro", 100));

    expect(await fanOuts()).toBe(0);
  });
});

describe("a receiver that cannot store", () => {
  it("says so to each, and stores what comes afterwards", async () => {
    const broken = await createTestDatabase();
    const one = receiver(broken.pool);
    await broken.pool.query("alter table stripe_events rename to away");

    await expect(receive(one, customer("Jane"))).rejects.toThrow("stripe_events");
    await broken.pool.query("alter table away rename to stripe_events");
    expect(await receive(one, customer("Jane"))).toMatchObject([{ duplicate: false }]);
    await broken.drop();
  });

  it("refuses more than it can hold instead of growing", async () => {
    const one = receiver();
    const deliver = async (event: StripeEvent): Promise<string> => {
      try {
        await one.receive({ event, body: bodyOf(event), came: "webhook" });
        return "stored";
      } catch (error) {
        return error instanceof Error ? error.name : "?";
      }
    };
    const flood = Array.from({ length: 5_000 }, (_, index) => anEvent({ object: { id: `cus_${index}` } }));
    const outcomes = await Promise.all(flood.map(deliver));

    expect(new Set(outcomes)).toEqual(new Set(["stored", "OVERLOADED"]));
    expect(outcomes.filter((outcome) => outcome === "stored").length).toBeGreaterThanOrEqual(4_096);
    expect(await count("stripe_events")).toBe(outcomes.filter((outcome) => outcome === "stored").length);
  });
});
