/** Reading lists in ranges, against a Stripe whose lists can fail in one place. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aSyncContext, until } from "../../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { openingsOf, type Pause } from "../../connections/pause.ts";
import type { StripeClient, StripeJson, StripeQuery } from "../../stripe/client.ts";
import { StripeNotFound, StripeUnauthorized, StripeUnavailable } from "../../stripe/failure.ts";
import type { Doors } from "../until-open.ts";
import { loadStripe } from "./load-stripe.ts";
import { ProgressKeeper } from "./progress.ts";
import { beginRanges, listOpenRanges, sumFinished } from "./range-rows.ts";
import { openRun, type Run } from "./run-rows.ts";

const startedS = 1_790_000_000;
const stepS = 3_600;

let database: TestDatabase;
let accounts = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Charges, the newest first, one an hour. */
function charges(count: number): readonly StripeJson[] {
  return Array.from({ length: count }, (_, place) => ({
    id: `ch_${place}`,
    object: "charge",
    created: startedS - 10 - place * stepS,
    customer: `cus_${place % 7}`,
    amount: 100,
    currency: "eur",
    status: "succeeded",
  }));
}

type Asked = { readonly query: StripeQuery; readonly atOnce: number };

/** Answers `/v1/charges` as Stripe would; `refuse` may throw. */
function aStripeWith(list: readonly StripeJson[], refuse: (query: StripeQuery) => void = () => undefined) {
  const asked: Asked[] = [];
  let atOnce = 0;
  const client: StripeClient = {
    livemode: false,
    async get(path, query = {}) {
      atOnce += 1;
      asked.push({ query, atOnce });
      try {
        await new Promise((resolve) => setImmediate(resolve));
        refuse(query);
        return { body: pageOf(path === "/v1/charges" ? list : [], query), answeredS: startedS };
      } finally {
        atOnce -= 1;
      }
    },
    post: () => Promise.reject(new Error("No test writes to this Stripe.")),
    delete: () => Promise.reject(new Error("No test deletes in this Stripe.")),
    setShare: () => undefined,
  };
  return { client, asked };
}

function pageOf(list: readonly StripeJson[], query: StripeQuery): StripeJson {
  const after = query["starting_after"];
  const place = list.findIndex(({ id }) => id === after);
  if (after !== undefined && place < 0) throw new StripeNotFound("charge");
  const matching = list
    .slice(place + 1)
    .filter(({ created }) => Number(created) <= Number(query["created[lte]"] ?? Infinity))
    .filter(({ created }) => Number(created) >= Number(query["created[gte]"] ?? 0));
  return { object: "list", data: matching.slice(0, 100), has_more: matching.length > 100 };
}

async function begin(client: StripeClient) {
  accounts += 1;
  const context = aSyncContext({ pool: database.pool, account: `account${accounts}`, stripe: client, random: () => 0 });
  const run = await openRun(database.pool, { account: context.account, kind: "real", nowMs: startedS * 1000 });
  await beginRanges(database.pool, run.id, [{ resource: "charges", fromS: 0, toS: startedS }]);
  const load = async (signal = new AbortController().signal, doors?: Doors): Promise<void> => {
    const progress = progressOf(run);
    await loadStripe({ context, run: run.id, progress, signal, doors });
  };
  return { context, run, load };
}

function progressOf(run: Run): ProgressKeeper {
  const { pool: records } = database;
  return new ProgressKeeper({ run: run.id, records, nowMs: Date.now, before: null, onSaved: () => undefined });
}

async function countStored(account: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    "select count(*)::int as count from stripe_objects where account = $1 and kind = 'charge'",
    [account],
  );
  return rows[0]?.count ?? 0;
}

describe("loadStripe", () => {
  it("reads a long list several pages at a time, each object once", async () => {
    const { client, asked } = aStripeWith(charges(3_000));
    const { context, run, load } = await begin(client);
    await load();
    expect(await countStored(context.account)).toBe(3_000);
    expect((await sumFinished(database.pool, run.id)).get("charges")?.objects).toBe(3_000);
    expect(await listOpenRanges(database.pool, run.id)).toEqual([]);
    // How many meet at once depends on the machine; one after the other it would be 1.
    expect(Math.max(...asked.map(({ atOnce }) => atOnce))).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(2 * 30 + 20);
  });

  it("goes on without a part that fails, and reads it at a later visit", async () => {
    let fails = true;
    // A part of the list that becomes a range of its own, or several.
    const [fromS, toS] = [startedS - 1_500 * stepS, startedS - 300 * stepS];
    const { client } = aStripeWith(charges(1_000), (query) => {
      const isThere = Number(query["created[gte]"] ?? 0) >= fromS && Number(query["created[lte]"]) <= toS;
      if (fails && isThere) throw new StripeUnavailable();
    });
    const { context, run, load } = await begin(client);
    await load();
    const left = await listOpenRanges(database.pool, run.id);
    expect(left.length).toBeGreaterThan(0);
    for (const { attempt, error } of left) expect([attempt, error?.code]).toEqual([3, "STRIPE_UNAVAILABLE"]);
    expect(await countStored(context.account)).toBeGreaterThan(100);
    expect(await countStored(context.account)).toBeLessThan(1_000);

    fails = false;
    await until(() => left.every(({ dueAtMs }) => dueAtMs <= Date.now()));
    await load();
    expect(await listOpenRanges(database.pool, run.id)).toEqual([]);
    expect(await countStored(context.account)).toBe(1_000);
  });

  it("finds its way when the object at its cursor was deleted", async () => {
    const list = [...charges(700)];
    let pages = 0;
    const { client } = aStripeWith(list, () => {
      pages += 1;
      // After the first page its last object vanishes.
      if (pages === 1) setImmediate(() => list.splice(99, 1));
    });
    const { context, run, load } = await begin(client);
    await load();
    expect(await listOpenRanges(database.pool, run.id)).toEqual([]);
    expect(await countStored(context.account)).toBe(700);
  });

  it("goes on at its cursors after it was broken off", async () => {
    const ends = new AbortController();
    const { client, asked } = aStripeWith(charges(2_000), () => {
      if (asked.length >= 8) ends.abort();
    });
    const { context, run, load } = await begin(client);
    await expect(load(ends.signal)).rejects.toThrow();
    const before = (await sumFinished(database.pool, run.id)).get("charges")?.objects ?? 0;
    const open = await listOpenRanges(database.pool, run.id);
    const read = open.reduce((sum, { objects }) => sum + objects, before);
    expect(read).toBeGreaterThan(300);

    const askedBefore = asked.length;
    await load();
    expect(await countStored(context.account)).toBe(2_000);
    expect((asked.length - askedBefore) * 100).toBeLessThan(2 * (2_000 - read) + 2_000);
  });

  it("waits where it is while the account is paused, and counts no failure", async () => {
    let paused: readonly Pick<Pause, "scope">[] = [];
    const told: string[] = [];
    const { client, asked } = aStripeWith(charges(700), () => {
      if (asked.length < 3 || told.length > 0) return;
      throw new StripeUnauthorized();
    });
    const { context, run, load } = await begin(client);
    const doors: Doors = {
      openings: () => openingsOf(paused),
      onBlocked: async (_error, account) => {
        told.push(account);
        paused = [{ scope: `stripe:${context.account}` }];
        setTimeout(() => (paused = []), 100);
      },
    };
    await load(undefined, doors);

    expect(await listOpenRanges(database.pool, run.id)).toEqual([]);
    expect(await countStored(context.account)).toBe(700);
    expect(new Set(told)).toEqual(new Set([context.account]));
  });

  it("stops as a whole when the key is not accepted and nobody would wait, and keeps its place", async () => {
    const { client } = aStripeWith(charges(10), () => {
      throw new StripeUnauthorized();
    });
    const { run, load } = await begin(client);
    await expect(load()).rejects.toThrow(StripeUnauthorized);
    expect((await listOpenRanges(database.pool, run.id)).map(({ attempt }) => attempt)).toEqual([0]);
  });
});
