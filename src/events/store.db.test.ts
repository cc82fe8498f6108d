/** The inbox: what waits for a look at Stripe, and what became of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { commitBatch } from "../billing/store.ts";
import {
  claimWaiting,
  countWaitingEvents,
  findBodies,
  findStored,
  listLatestEvents,
  postponeWaiting,
  resolveWaiting,
  type WaitingEvent,
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

/** Stores events of this state. */
async function store(ids: readonly string[], state: "waiting" | "applied" = "waiting"): Promise<void> {
  const events = ids.map((id) => ({
    id,
    type: "customer.updated",
    createdS: 1,
    objectId: "cus_1",
    customerId: null,
    state,
    changes: [],
    came: "webhook" as const,
    body: Buffer.from(`body of ${id}`),
  }));
  await commitBatch(database.pool, { account, events, copies: [], renamed: [], jobs: [], settleMs: 0, settleMaxMs: 0 });
}

const claim = (limit = 10, leaseMs = 60_000): Promise<readonly WaitingEvent[]> =>
  claimWaiting(database.pool, { account, limit, leaseMs });
const idsOf = (events: readonly WaitingEvent[]): readonly string[] => events.map(({ id }) => id).toSorted();
const error = { code: "STRIPE_UNAVAILABLE", message: "Stripe cannot be reached." };

async function row(id: string): Promise<Record<string, unknown> | undefined> {
  return (
    await database.pool.query<Record<string, unknown>>("select * from stripe_events where account = $1 and id = $2", [
      account,
      id,
    ])
  ).rows[0];
}

describe("waiting events", () => {
  it("are taken once, with their bodies and the count of attempts", async () => {
    await store(["evt_a", "evt_b"]);
    const taken = await claim();

    expect(idsOf(taken)).toEqual(["evt_a", "evt_b"]);
    expect(taken).toContainEqual({ id: "evt_a", attempt: 1, body: Buffer.from("body of evt_a") });
    expect(await claim()).toEqual([]);
  });

  it("are taken by one of many who ask at once", async () => {
    await store(Array.from({ length: 30 }, (_, index) => `evt_${index}`));
    const taken = (await Promise.all(Array.from({ length: 6 }, () => claim(5)))).flatMap(idsOf);

    expect(new Set(taken).size).toBe(taken.length);
  });

  it("are taken again when the lease has run out", async () => {
    await store(["evt_a"]);
    await claim(1, -1);

    expect(await claim()).toMatchObject([{ id: "evt_a", attempt: 2 }]);
  });

  it("are only those that wait, of this account", async () => {
    await store(["evt_done"], "applied");
    await store(["evt_a"]);
    const mine = account;
    account = mint("account");
    await store(["evt_b"]);

    expect(idsOf(await claim())).toEqual(["evt_b"]);
    account = mine;
    expect(idsOf(await claim())).toEqual(["evt_a"]);
  });

  it("can be put off, with the reason", async () => {
    await store(["evt_a"]);
    await claim(1, -1);
    await postponeWaiting(database.pool, { account, id: "evt_a", delayMs: 60_000, error });

    expect(await claim()).toEqual([]);
    expect(await row("evt_a")).toMatchObject({
      state: "waiting",
      error_code: error.code,
      error_message: error.message,
      attempt: 1,
    });
  });

  it("end as applied, with what they changed and whose they were", async () => {
    await store(["evt_a"]);
    await resolveWaiting(database.pool, account, {
      id: "evt_a",
      state: "applied",
      customerId: "cus_1",
      changes: "[]",
      error: null,
    });

    expect(await row("evt_a")).toMatchObject({
      state: "applied",
      customer_id: "cus_1",
      changes: "[]",
      due_at: null,
      error_code: null,
    });
    expect(await countWaitingEvents(database.pool, account)).toEqual({ waiting: 0, dead: 0 });
  });

  it("end as dead letters that are counted", async () => {
    await store(["evt_a", "evt_b"]);
    await resolveWaiting(database.pool, account, {
      id: "evt_a",
      state: "dead",
      customerId: null,
      changes: null,
      error,
    });

    expect(await row("evt_a")).toMatchObject({ state: "dead", error_code: error.code, due_at: null });
    expect(await countWaitingEvents(database.pool, account)).toEqual({ waiting: 1, dead: 1 });
  });

  it("are not put off any more once they have ended", async () => {
    await store(["evt_a"]);
    await resolveWaiting(database.pool, account, {
      id: "evt_a",
      state: "applied",
      customerId: null,
      changes: null,
      error: null,
    });
    await postponeWaiting(database.pool, { account, id: "evt_a", delayMs: 0, error });

    expect(await row("evt_a")).toMatchObject({ state: "applied", due_at: null, error_code: null });
  });
});

describe("stored events", () => {
  it("are known by id, and their bodies come back byte for byte", async () => {
    await store(["evt_a"], "applied");

    expect(await findStored(database.pool, account, ["evt_a", "evt_z"])).toEqual(new Set(["evt_a"]));
    expect(await findBodies(database.pool, account, ["evt_a", "evt_z"])).toEqual(
      new Map([["evt_a", Buffer.from("body of evt_a")]]),
    );
    expect(await findBodies(database.pool, account, [])).toEqual(new Map());
  });

  it("are listed newest first", async () => {
    await store(["evt_a"], "applied");
    await store(["evt_b"]);
    await database.pool.query(
      "update stripe_events set received_at = now() - interval '1 min' where account = $1 and id = 'evt_a'",
      [account],
    );

    expect((await listLatestEvents(database.pool, account, 5)).map(({ id }) => id)).toEqual(["evt_b", "evt_a"]);
    expect(await listLatestEvents(database.pool, account, 1)).toHaveLength(1);
  });
});
