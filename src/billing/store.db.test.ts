/** The one statement that takes a batch: events, copies and jobs, all or nothing, whoever else is at work. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aCopy, mint, until } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { isSerializationFailure } from "../db/failure.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { extractFacts } from "./extract.ts";
import {
  commitBatch,
  countCustomers,
  findCopies,
  listCustomerCopies,
  listCustomerIds,
  listCustomerLabels,
  listSubscribers,
  type Batch,
  type DecidedEvent,
  type JobRequest,
} from "./store.ts";

let database: TestDatabase;
let account: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  account = mint("account");
});
afterAll(() => database.drop());

function aDecided(parts: Partial<DecidedEvent> = {}): DecidedEvent {
  return {
    id: mint("evt"),
    type: "customer.updated",
    createdS: 1_790_000_000,
    objectId: "cus_1",
    customerId: "cus_1",
    state: "applied",
    changes: [],
    came: "webhook",
    body: Buffer.from("{}"),
    ...parts,
  };
}

const job = (parts: Partial<JobRequest> = {}): JobRequest => ({
  customerId: "cus_1",
  lane: "urgent",
  events: 1,
  ...parts,
});

function commit(parts: Partial<Batch>): Promise<ReadonlySet<string>> {
  return commitBatch(database.pool, {
    account,
    events: [],
    copies: [],
    renamed: [],
    jobs: [],
    settleMs: 400,
    settleMaxMs: 900,
    ...parts,
  });
}

/** A copy that is not stored yet. */
const fresh = (copy: ObjectCopy): ObjectCopy => ({ ...copy, rev: 0 });

async function find(id: string): Promise<ObjectCopy | undefined> {
  return (await findCopies(database.pool, account, [id]))[0];
}

type JobRow = {
  readonly lane: number;
  readonly state: string;
  readonly version: number;
  readonly events: number;
  readonly attempt: number;
  readonly inMs: number;
};

/** The job of a customer, with the milliseconds until it is due. */
async function jobOf(customerId = "cus_1"): Promise<JobRow | undefined> {
  const text = `select lane, state, version, events, attempt, (extract(epoch from due_at - now()) * 1000)::int as "inMs"
    from sync_jobs where account = $1 and customer_id = $2`;
  return (await database.pool.query<JobRow>(text, [account, customerId])).rows[0];
}

const count = async (table: string): Promise<number> =>
  Number(
    (await database.pool.query<{ n: number }>(`select count(*)::int as n from ${table} where account = $1`, [account]))
      .rows[0]?.n,
  );

describe("a batch", () => {
  it("stores events, copies and jobs together, and answers which events were new", async () => {
    const events = [
      aDecided({ body: Buffer.from([0, 255, 10]) }),
      aDecided({ state: "waiting" }),
      aDecided({ state: "skipped", objectId: null, customerId: null }),
    ];
    const stored = await commit({ events, copies: [fresh(aCopy("customer"))], jobs: [job()] });

    expect(stored).toEqual(new Set(events.map(({ id }) => id)));
    expect(await find("cus_1")).toEqual({ ...aCopy("customer"), rev: 1 });
    expect(await jobOf()).toMatchObject({ lane: 0, state: "pending", version: 1, events: 1 });
    const { rows } = await database.pool.query(
      "select id, state, body, due_at is not null as due from stripe_events where account = $1",
      [account],
    );
    expect(rows).toHaveLength(3);
    expect(rows).toContainEqual({ id: events[0]?.id, state: "applied", body: Buffer.from([0, 255, 10]), due: false });
    expect(rows).toContainEqual(expect.objectContaining({ id: events[1]?.id, due: true }));
  });

  it("may be empty", async () => {
    expect(await commit({})).toEqual(new Set());
  });

  it("stores an event once, however often it comes", async () => {
    const event = aDecided();

    expect(await commit({ events: [event] })).toEqual(new Set([event.id]));
    expect(await commit({ events: [event, aDecided()] })).not.toContain(event.id);
    expect(await count("stripe_events")).toBe(2);
  });

  it("keeps the accounts apart", async () => {
    const event = aDecided();
    await commit({ events: [event], copies: [fresh(aCopy("customer"))] });
    account = mint("account");

    expect(await commit({ events: [event], copies: [fresh(aCopy("customer"))] })).toEqual(new Set([event.id]));
    expect((await find("cus_1"))?.rev).toBe(1);
  });

  it("keeps every kind of copy as it was, and every text", async () => {
    const copies = [
      aCopy("customer", { name: 'Zoë " \\ \u0000 😀 \uD800', metadata: { "odd key": "a,b{}" } }),
      aCopy("subscription"),
      aCopy("invoice"),
      aCopy("payment_intent"),
      aCopy("charge"),
      aCopy("refund"),
      aCopy("dispute"),
      aCopy("payment_method", {}, { secondEvents: ["evt_a", "evt_b"] }),
      aCopy("product", {}, { deleted: true, origin: "read", eventId: null }),
    ];
    await commit({ copies: copies.map(fresh) });
    const found = await findCopies(
      database.pool,
      account,
      copies.map(({ id }) => id),
    );

    expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(copies.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  });
});

describe("a copy that somebody else has changed", () => {
  it.each([
    ["is there already", 0],
    ["was read before the last change", 1],
    ["was never that far", 3],
  ])("is refused with everything that came with it, when it %s", async (_when, rev) => {
    await commit({ copies: [fresh(aCopy("customer"))] });
    await commit({ copies: [{ ...aCopy("customer", { name: "Second" }), rev: 1 }] });
    const event = aDecided();
    const refused = commit({
      events: [event],
      copies: [fresh(aCopy("charge")), { ...aCopy("customer", { name: "Late" }), rev }],
      jobs: [job()],
    });

    await expect(refused).rejects.toSatisfy(isSerializationFailure);
    expect(await find("cus_1")).toMatchObject({ rev: 2, facts: { name: "Second" } });
    expect([await find("charge_1"), await count("stripe_events"), await count("sync_jobs")]).toEqual([undefined, 0, 0]);
  });

  it("lets one of two win who decided at once, and no change is lost when the loser decides again", async () => {
    await commit({ copies: [fresh(aCopy("customer", { balanceMinor: 0 }))] });
    let lost = 0;
    const addOne = async (): Promise<void> => {
      for (;;) {
        const stored = await find("cus_1");
        if (stored?.kind !== "customer") throw new Error("The customer is gone.");
        try {
          await commit({
            events: [aDecided()],
            copies: [{ ...stored, facts: { ...stored.facts, balanceMinor: stored.facts.balanceMinor + 1 } }],
          });
          return;
        } catch (error) {
          if (!isSerializationFailure(error)) throw error;
          lost += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, addOne));

    expect(await find("cus_1")).toMatchObject({ rev: 13, facts: { balanceMinor: 12 } });
    expect(await count("stripe_events")).toBe(12);
    expect(lost).toBeGreaterThan(0);
  });

  it("never makes two batches wait for each other in a circle, whatever the order of their rows", async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `cus_${index}`);
    const work = async (order: readonly string[]): Promise<string> => {
      try {
        await commit({
          copies: order.map((id) => fresh(aCopy("customer", {}, { id, customerId: id }))),
          jobs: order.map((customerId) => job({ customerId })),
        });
        return "fine";
      } catch (error) {
        return error instanceof Error && "code" in error ? String(error.code) : "?";
      }
    };
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) => work(index % 2 === 0 ? ids : ids.toReversed())),
    );

    expect(outcomes.filter((outcome) => outcome === "fine")).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(["fine", "40001"]));
  });
});

describe("jobs", () => {
  it("are due at once when urgent, and after the settle time when calm", async () => {
    await commit({
      jobs: [job(), job({ customerId: "cus_2", lane: "calm" }), job({ customerId: "cus_3", lane: "backfill" })],
    });

    expect((await jobOf("cus_1"))?.inMs).toBeLessThanOrEqual(0);
    expect((await jobOf("cus_2"))?.inMs).toBeGreaterThan(200);
    expect((await jobOf("cus_2"))?.inMs).toBeLessThanOrEqual(400);
    expect((await jobOf("cus_3"))?.inMs).toBeLessThanOrEqual(0);
  });

  it("are one per customer, with the events behind it added up", async () => {
    await commit({ jobs: [job({ lane: "calm", events: 2 })] });
    await commit({ jobs: [job({ lane: "calm", events: 3 })] });

    expect(await jobOf()).toMatchObject({ version: 2, events: 5 });
    expect(await count("sync_jobs")).toBe(1);
  });

  it("become urgent with the first urgent change, and stay so", async () => {
    await commit({ jobs: [job({ lane: "calm" })] });
    await commit({ jobs: [job({ lane: "urgent" })] });
    const hurried = await jobOf();
    await commit({ jobs: [job({ lane: "calm" })] });

    expect(hurried).toMatchObject({ lane: 0 });
    expect(hurried?.inMs).toBeLessThanOrEqual(0);
    expect(await jobOf()).toMatchObject({ lane: 0 });
    expect((await jobOf())?.inMs).toBeLessThanOrEqual(0);
  });

  it("wait a little longer with every calm change, but not for ever", async () => {
    await commit({ jobs: [job({ lane: "calm" })], settleMs: 10_000, settleMaxMs: 15_000 });
    await database.pool.query(
      "update sync_jobs set queued_at = queued_at - interval '4 s', due_at = due_at - interval '4 s' where account = $1",
      [account],
    );
    await commit({ jobs: [job({ lane: "calm" })], settleMs: 10_000, settleMaxMs: 15_000 });
    const once = await jobOf();
    await database.pool.query(
      "update sync_jobs set queued_at = queued_at - interval '5 s', due_at = due_at - interval '5 s' where account = $1",
      [account],
    );
    await commit({ jobs: [job({ lane: "calm" })], settleMs: 10_000, settleMaxMs: 15_000 });
    const twice = await jobOf();

    expect(once?.inMs).toBeGreaterThan(9_000);
    expect(twice?.inMs).toBeGreaterThan(5_000);
    expect(twice?.inMs).toBeLessThanOrEqual(6_000);
  });

  it("overtake a backfill that waits", async () => {
    await commit({ jobs: [job({ lane: "backfill" })] });
    await commit({ jobs: [job({ lane: "calm" })] });

    expect(await jobOf()).toMatchObject({ lane: 1 });
  });

  it("that are dead come back to life with the next change, with all their attempts", async () => {
    await commit({ jobs: [job({ lane: "calm" })] });
    await database.pool.query(
      "update sync_jobs set state = 'dead', attempt = 60, due_at = now() + interval '1 h' where account = $1",
      [account],
    );
    await commit({ jobs: [job({ lane: "calm" })] });

    expect(await jobOf()).toMatchObject({ state: "pending", attempt: 0 });
    expect((await jobOf())?.inMs).toBeLessThanOrEqual(400);
  });

  it("that wait for their next attempt are not hurried by another change", async () => {
    await commit({ jobs: [job()] });
    await database.pool.query("update sync_jobs set attempt = 3, due_at = now() + interval '20 s' where account = $1", [
      account,
    ]);
    await commit({ jobs: [job()] });

    expect((await jobOf())?.inMs).toBeGreaterThan(15_000);
  });
});

describe("reading copies", () => {
  it("brings a customer's copies, without those that the profile does not need", async () => {
    const nowS = Math.floor(Date.now() / 1000);
    await commit({
      copies: [
        aCopy("customer"),
        aCopy("subscription"),
        aCopy("charge"),
        aCopy("invoice", extractFacts("invoice", { status: "open", amount_remaining: 500 }), { id: "in_open" }),
        aCopy("invoice", extractFacts("invoice", { status: "paid" }), { id: "in_paid", asOfS: nowS - 3 * 86_400 }),
        aCopy("invoice", extractFacts("invoice", { status: "void" }), { id: "in_last", asOfS: nowS }),
        aCopy("invoice", extractFacts("invoice", { status: "paid" }), { id: "in_read", asOfS: nowS, origin: "read" }),
        aCopy("invoice", extractFacts("invoice", { status: "open" }), { id: "in_gone", deleted: true }),
        aCopy("payment_intent"),
        aCopy("customer", {}, { id: "cus_2", customerId: "cus_2" }),
      ].map(fresh),
    });
    const copies = await listCustomerCopies(database.pool, account, ["cus_1", "cus_9"]);

    expect(
      copies
        .get("cus_1")
        ?.map(({ id }) => id)
        .toSorted(),
    ).toEqual(["charge_1", "cus_1", "in_last", "in_open", "subscription_1"]);
    expect(copies.get("cus_9")).toEqual([]);
  });

  it("goes through customers page by page, without deleted ones", async () => {
    const ids = ["cus_a", "cus_b", "cus_c", "cus_d"];
    await commit({
      copies: ids.map((id) => fresh(aCopy("customer", {}, { id, customerId: id, deleted: id === "cus_c" }))),
    });
    const first = await listCustomerIds(database.pool, account, { after: "", limit: 2 });

    expect(first).toEqual(["cus_a", "cus_b"]);
    expect(await listCustomerIds(database.pool, account, { after: "cus_b", limit: 2 })).toEqual(["cus_d"]);
    await until(async () => (await countCustomers(database.pool, account)) === 3, 1_000);
  });

  it("finds who subscribes to a product, and nobody else", async () => {
    const of = (customerId: string, productId: string): ObjectCopy => {
      const copy = aCopy("subscription", {}, { id: `sub_${customerId}`, customerId });
      return fresh({
        ...copy,
        facts: { ...copy.facts, items: copy.facts.items.map((item) => ({ ...item, productId })) },
      });
    };
    await commit({
      copies: [of("cus_a", "prod_1"), of("cus_b", "prod_11"), of("cus_c", "prod_1"), of("cus_d", "prod_%")],
    });

    expect(await listSubscribers(database.pool, account, { productId: "prod_1", after: "", limit: 10 })).toEqual([
      "cus_a",
      "cus_c",
    ]);
    expect(await listSubscribers(database.pool, account, { productId: "prod_1", after: "cus_a", limit: 10 })).toEqual([
      "cus_c",
    ]);
    expect(await listSubscribers(database.pool, account, { productId: "prod_%", after: "", limit: 10 })).toEqual([
      "cus_d",
    ]);
  });

  it("names customers for people", async () => {
    const copies = [
      aCopy("customer", { name: null }, { id: "cus_a" }),
      aCopy("customer", { name: null, email: null }, { id: "cus_b" }),
      aCopy("customer", {}, { id: "cus_c" }),
    ];
    await commit({ copies: copies.map(fresh) });

    expect(await listCustomerLabels(database.pool, account, ["cus_a", "cus_b", "cus_c", "cus_d"])).toEqual(
      new Map([
        ["cus_a", "jane@example.com"],
        ["cus_c", "Jane"],
      ]),
    );
  });
});
