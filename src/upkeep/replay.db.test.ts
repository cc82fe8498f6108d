/** Dead letters of every kind are listed, explained and sent through again, each exactly once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import type { Replayed } from "../../contract/dead.ts";
import { planEffects } from "../effects/store.ts";
import { runMigrations } from "graphile-worker";
import { countDead, getDead, listDead } from "./dead-letters.ts";
import { replay } from "./replay.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await runMigrations({ pgPool: database.pool });
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query("truncate stripe_events, sync_jobs, effects, companies cascade");
  await database.pool.query("delete from graphile_worker._private_jobs");
});

const everything = { limit: 100 };

async function aDeadJob(customerId: string, code = "INTERCOM_REJECTED"): Promise<void> {
  await database.pool.query(
    `insert into sync_jobs (account, customer_id, lane, state, attempt, due_at, error_code, error_message)
     values ('main', $1, 1, 'dead', 3, now(), $2, 'Intercom refused it.')`,
    [customerId, code],
  );
}

async function anEventRow(
  id: string,
  state: string,
  parts: { code?: string; body?: string; changes?: string } = {},
): Promise<void> {
  await database.pool.query(
    `insert into stripe_events (account, id, type, created_s, customer_id, state, attempt, error_code, error_message, body, changes)
     values ('main', $1, 'charge.failed', 1790000000, 'cus_1', $2, 40, $3, 'Stripe refused it.', $4, $5)`,
    [id, state, parts.code ?? null, Buffer.from(parts.body ?? "{}"), parts.changes ?? null],
  );
}

async function aFailedEffect(): Promise<string> {
  const effect = { kind: "note", text: "Hello" } as const;
  const [planned] = await planEffects(database.pool, [
    { account: "main", customerId: "cus_1", key: "test:1", lane: "calm", effect },
  ]);
  await database.pool.query(
    "update effects set state = 'failed', error_code = 'INTERCOM_REJECTED', error_message = 'No.'",
  );
  return planned?.id ?? "";
}

async function aDeadCompany(key: string): Promise<void> {
  await database.pool.query(
    `insert into companies (key, lane, dead, attempt, error_code, error_message)
     values ($1, 1, true, 7, 'COMPANY_TOO_LARGE', 'Too many share it.')`,
    [key],
  );
}

async function aFailedSlowJob(): Promise<void> {
  await database.pool.query(
    "select graphile_worker.add_job('backfill', json_build_object('account', 'main'), max_attempts => 1)",
  );
  await database.pool.query("update graphile_worker._private_jobs set attempts = 1, last_error = 'It broke.'");
}

async function statesOf(table: "sync_jobs" | "stripe_events" | "effects"): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ state: string }>(`select state from ${table} order by 1`);
  return rows.map(({ state }) => state);
}

function idsOf({ queued }: Replayed): readonly string[] {
  return queued.map(({ id }) => id).toSorted();
}

describe("dead letters", () => {
  it("of every kind stand in one list, with what to do", async () => {
    await aDeadJob("cus_1");
    await anEventRow("evt_1", "dead", { code: "STRIPE_REJECTED" });
    const effectId = await aFailedEffect();
    await aFailedSlowJob();
    await aDeadCompany("acme.example");
    const { letters, counts } = await listDead(database.pool, everything);
    expect(letters.map(({ id, kind, code }) => [id, kind, code])).toEqual([
      ["cus_1", "sync", "INTERCOM_REJECTED"],
      ["company_acme.example", "company", "COMPANY_TOO_LARGE"],
      ["evt_1", "event", "STRIPE_REJECTED"],
      [effectId, "effect", "INTERCOM_REJECTED"],
      [expect.stringMatching(/^job_\d+$/), "job", "JOB_FAILED"],
    ]);
    expect(letters.every(({ remedy }) => remedy !== "")).toBe(true);
    expect(counts).toHaveLength(5);
    expect(await countDead(database.pool)).toEqual({ sync: 1, company: 1, event: 1, effect: 1, job: 1 });
  });

  it("are listed by code and kind", async () => {
    await aDeadJob("cus_1");
    await aDeadJob("cus_2", "BUG");
    await aFailedEffect();
    const ids = async (query: object): Promise<readonly string[]> =>
      (await listDead(database.pool, { ...everything, ...query })).letters.map(({ id }) => id);
    expect(await ids({ code: "BUG" })).toEqual(["cus_2"]);
    expect(await ids({ kind: "sync" })).toEqual(["cus_1", "cus_2"]);
    expect(await ids({ kind: "event" })).toEqual([]);
  });

  it("are shown one by one, and a wrong id is told", async () => {
    await aDeadJob("cus_1");
    expect(await getDead(database.pool, "cus_1")).toMatchObject({ attempts: 3, message: "Intercom refused it." });
    await aDeadCompany("Bob's bakery");
    expect(await getDead(database.pool, "company_Bob's bakery")).toMatchObject({
      what: "write the company Bob's bakery",
      replay: `dunlin replay dead 'company_Bob'\\''s bakery'`,
    });
    await expect(getDead(database.pool, "cus_9")).rejects.toMatchObject({ code: "DEAD_LETTER_NOT_FOUND" });
  });

  it("cannot fill the answer: the counts tell of those that are left out", async () => {
    for (let n = 1; n <= 5; n += 1) await aDeadJob(`cus_${n}`);
    const { letters, counts } = await listDead(database.pool, { limit: 2 });
    expect(letters).toHaveLength(2);
    expect(counts).toEqual([{ kind: "sync", code: "INTERCOM_REJECTED", count: 5 }]);
  });
});

describe("replaying dead letters", () => {
  it("of all kinds makes each of them due again", async () => {
    await aDeadJob("cus_1");
    await anEventRow("evt_1", "dead");
    await aFailedEffect();
    await aFailedSlowJob();
    await aDeadCompany("acme");
    const done = await replay(database.pool, { dead: { all: true } });
    expect(done.queued.map(({ kind }) => kind)).toEqual(["sync", "company", "event", "effect", "job"]);
    const { rows } = await database.pool.query("select dead, doubted, attempt, due_at <= now() as due from companies");
    expect(rows).toEqual([{ dead: false, doubted: true, attempt: 0, due: true }]);
    expect(done.refused).toEqual([]);
    expect(await statesOf("sync_jobs")).toEqual(["pending"]);
    expect(await statesOf("stripe_events")).toEqual(["waiting"]);
    expect(await statesOf("effects")).toEqual(["planned"]);
    expect(await listDead(database.pool, everything)).toEqual({ letters: [], counts: [] });
  });

  it("takes only those of the code that was asked for", async () => {
    await aDeadJob("cus_1");
    await aDeadJob("cus_2", "BUG");
    expect(idsOf(await replay(database.pool, { dead: { all: true, code: "BUG" } }))).toEqual(["cus_2"]);
    expect(await statesOf("sync_jobs")).toEqual(["dead", "pending"]);
  });

  it("by id says which of them are none", async () => {
    await aDeadJob("cus_1");
    const done = await replay(database.pool, { dead: { ids: ["cus_1", "cus_2"] } });
    expect(idsOf(done)).toEqual(["cus_1"]);
    expect(done.refused.map(({ id }) => id)).toEqual(["cus_2"]);
  });

  it("a second time finds nothing to do", async () => {
    await aDeadJob("cus_1");
    await replay(database.pool, { dead: { all: true } });
    expect(await replay(database.pool, { dead: { all: true } })).toEqual({ queued: [], refused: [] });
  });

  it("begins counting attempts anew and leaves a pending job alone", async () => {
    await aDeadJob("cus_1");
    await database.pool.query(
      "insert into sync_jobs (account, customer_id, lane, attempt, due_at) values ('main', 'cus_2', 1, 2, now() + interval '1 hour')",
    );
    await replay(database.pool, { dead: { all: true } });
    const { rows } = await database.pool.query(
      "select customer_id, attempt, error_code, due_at <= now() as due from sync_jobs order by 1",
    );
    expect(rows).toEqual([
      { customer_id: "cus_1", attempt: 0, error_code: null, due: true },
      { customer_id: "cus_2", attempt: 2, error_code: null, due: false },
    ]);
  });
});

describe("replaying events", () => {
  it("makes stored events wait for a look, whatever became of them", async () => {
    await anEventRow("evt_1", "applied");
    await anEventRow("evt_2", "skipped");
    expect(idsOf(await replay(database.pool, { events: ["evt_1", "evt_2"] }))).toEqual(["evt_1", "evt_2"]);
    expect(await statesOf("stripe_events")).toEqual(["waiting", "waiting"]);
  });

  it("says why an event cannot be replayed", async () => {
    await anEventRow("evt_waits", "waiting");
    await anEventRow("evt_thin", "applied", { body: "" });
    const { queued, refused } = await replay(database.pool, { events: ["evt_waits", "evt_thin", "evt_unknown"] });
    expect(queued).toEqual([]);
    expect(refused.map(({ reason }) => reason)).toEqual([
      "It waits already.",
      expect.stringContaining("removed because of its age"),
      expect.stringContaining("No event evt_unknown is stored"),
    ]);
  });
});

describe("replaying customers", () => {
  it("refuses customers of an account that nobody has connected", async () => {
    const done = await replay(database.pool, { customers: ["cus_1"], account: "nope" });
    expect(done).toEqual({
      queued: [],
      refused: [{ id: "cus_1", reason: "There is no Stripe account named “nope”." }],
    });
  });

  it("leaves one slow job for each, however often it is asked for", async () => {
    await replay(database.pool, { customers: ["cus_1", "cus_2"] });
    await replay(database.pool, { customers: ["cus_1"], account: "main" });
    const { rows } = await database.pool.query(
      "select task_identifier as task, key from graphile_worker.jobs order by key",
    );
    expect(rows).toEqual([
      { task: "replay-customer", key: "replay-customer:main:cus_1" },
      { task: "replay-customer", key: "replay-customer:main:cus_2" },
    ]);
  });
});
