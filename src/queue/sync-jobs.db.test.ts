/** The outbox: leases, attempts, lanes, and changes that arrive while a worker is busy. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { commitBatch } from "../billing/store.ts";
import type { Lane } from "../model/lane.ts";
import { laneRank } from "../model/lane.ts";
import { listDeadSyncJobs } from "./kept-jobs.ts";
import {
  buryJob,
  claimSyncJobs,
  finishSyncJobs,
  measureQueue,
  postponeSyncJob,
  queueCustomers,
  releaseSyncJobs,
  type SyncJob,
} from "./sync-jobs.ts";

let database: TestDatabase;
const account = "main";

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.pool.query("truncate sync_jobs"));
afterAll(() => database.drop());

/** A change of these customers is stored. */
async function change(customerIds: readonly string[], lane: Lane = "urgent"): Promise<void> {
  const jobs = customerIds.map((customerId) => ({ customerId, lane, events: 1 }));
  await commitBatch(database.pool, { account, events: [], copies: [], renamed: [], jobs, settleMs: 0, settleMaxMs: 0 });
}

function claim(
  parts: { readonly worker?: string; readonly limit?: number; readonly lane?: Lane; readonly leaseMs?: number } = {},
): Promise<readonly SyncJob[]> {
  const { worker = "w1", limit = 10, lane = "backfill", leaseMs = 60_000 } = parts;
  return claimSyncJobs(database.pool, { limit, worker, leaseMs, lanes: { from: 0, to: laneRank(lane) } });
}

/** The one job there is to claim. */
async function claimOne(worker = "w1"): Promise<SyncJob> {
  const [job, ...others] = await claim({ worker });
  if (!job || others.length > 0) throw new Error(`There are ${others.length + (job ? 1 : 0)} jobs to claim.`);
  return job;
}

type Row = Record<string, unknown> & { readonly inMs: number };

async function row(customerId = "cus_1"): Promise<Row | undefined> {
  const text = `select *, (extract(epoch from due_at - now()) * 1000)::int as "inMs" from sync_jobs where customer_id = $1`;
  return (await database.pool.query<Row>(text, [customerId])).rows[0];
}

const sql = (text: string): Promise<unknown> => database.pool.query(text);
const fault = { code: "INTERCOM_UNAVAILABLE", message: "Intercom cannot be reached." };
const ids = (jobs: readonly SyncJob[]): readonly string[] => jobs.map(({ customerId }) => customerId);

describe("claiming", () => {
  it("leases a job to one worker, with its first attempt", async () => {
    await change(["cus_1"]);
    const job = await claimOne();

    expect(job).toMatchObject({ account, customerId: "cus_1", lane: "urgent", version: 1, attempt: 1, events: 1 });
    expect(await claim({ worker: "w2" })).toEqual([]);
    expect(await row()).toMatchObject({ leased_by: "w1", state: "pending" });
  });

  it("takes urgent before calm before backfill, and in each lane the oldest first", async () => {
    await change(["cus_backfill"], "backfill");
    await change(["cus_calm"], "calm");
    await change(["cus_late"]);
    await sql("update sync_jobs set due_at = now() - interval '1 s' where customer_id = 'cus_late'");
    await change(["cus_early"]);
    await sql("update sync_jobs set due_at = now() - interval '5 s' where customer_id = 'cus_early'");

    expect(ids(await claim({ limit: 1 }))).toEqual(["cus_early"]);
    expect(ids(await claim({ limit: 1 }))).toEqual(["cus_late"]);
    expect(ids(await claim({ limit: 1 }))).toEqual(["cus_calm"]);
    expect(ids(await claim({ limit: 1 }))).toEqual(["cus_backfill"]);
  });

  it("leaves slower lanes alone when asked to", async () => {
    await change(["cus_calm"], "calm");
    await change(["cus_urgent"]);

    expect(ids(await claim({ lane: "urgent" }))).toEqual(["cus_urgent"]);
    expect(ids(await claim({ lane: "calm" }))).toEqual(["cus_calm"]);
  });

  it("leaves alone what is not due, and what is dead", async () => {
    await change(["cus_later", "cus_dead"]);
    await sql("update sync_jobs set due_at = now() + interval '1 h' where customer_id = 'cus_later'");
    await sql("update sync_jobs set state = 'dead' where customer_id = 'cus_dead'");

    expect(await claim()).toEqual([]);
  });

  it("gives each job to one of many workers who ask at once", async () => {
    await change(Array.from({ length: 60 }, (_, index) => `cus_${index}`));
    const claimed = await Promise.all(
      Array.from({ length: 8 }, (_, index) => claim({ worker: `w${index}`, limit: 15 })),
    );
    const all = claimed.flatMap(ids);

    expect(new Set(all).size).toBe(all.length);
    expect(all.length + (await claim({ limit: 60 })).length).toBe(60);
  });

  it("takes a job over when its lease has run out, and the late worker cannot end it any more", async () => {
    await change(["cus_1"]);
    const [mine] = await claim({ leaseMs: -1 });
    const theirs = await claimOne("w2");
    if (!mine) throw new Error("There was no job.");
    await finishSyncJobs(database.pool, "w1", [mine]);
    await postponeSyncJob(database.pool, mine, { worker: "w1", delayMs: 0, attempt: 0, ...fault });
    await buryJob(database.pool, mine, { worker: "w1", ...fault });

    expect(theirs.attempt).toBe(2);
    expect(await row()).toMatchObject({ leased_by: "w2", state: "pending", error_code: null });
    await finishSyncJobs(database.pool, "w2", [theirs]);
    expect(await row()).toBeUndefined();
  });
});

describe("finishing", () => {
  it("removes the job", async () => {
    await change(["cus_1", "cus_2"]);
    await finishSyncJobs(database.pool, "w1", await claim());

    expect([await row("cus_1"), await row("cus_2")]).toEqual([undefined, undefined]);
  });

  it("may be told of nothing", async () => {
    await finishSyncJobs(database.pool, "w1", []);
  });

  it("keeps the job when a change arrived meanwhile, which is done next", async () => {
    await change(["cus_1"]);
    const first = await claimOne();
    await change(["cus_1"], "calm");
    expect(await claim({ worker: "w2" })).toEqual([]);
    await finishSyncJobs(database.pool, "w1", [first]);
    const second = await claimOne("w2");

    expect(second).toMatchObject({ version: 2, attempt: 1, events: 1, lane: "calm" });
    expect(second.queuedAt.getTime()).toBeGreaterThan(first.queuedAt.getTime());
    await finishSyncJobs(database.pool, "w2", [second]);
    expect(await row()).toBeUndefined();
  });

  it("keeps the job when somebody queued the customer again meanwhile", async () => {
    await change(["cus_1"]);
    const first = await claimOne();
    await queueCustomers(database.pool, { account, customerIds: ["cus_1"], lane: "backfill" });
    await finishSyncJobs(database.pool, "w1", [first]);

    expect((await claimOne()).version).toBe(2);
  });
});

describe("postponing", () => {
  it("puts the job back for later, with the error and the attempts so far", async () => {
    await change(["cus_1"]);
    await postponeSyncJob(database.pool, await claimOne(), { worker: "w1", delayMs: 5_000, attempt: 1, ...fault });

    expect(await claim()).toEqual([]);
    expect(await row()).toMatchObject({
      leased_by: null,
      attempt: 1,
      error_code: fault.code,
      error_message: fault.message,
    });
    expect((await row())?.inMs).toBeGreaterThan(4_000);
  });

  it("counts no attempt for a wait that is nobody's fault", async () => {
    await change(["cus_1"]);
    const job = await claimOne();
    await postponeSyncJob(database.pool, job, { worker: "w1", delayMs: 0, attempt: job.attempt - 1, ...fault });

    expect((await claimOne()).attempt).toBe(1);
  });

  it("keeps the events and the lane of what is still unwritten", async () => {
    await change(["cus_1"]);
    const first = await claimOne();
    await change(["cus_1"], "calm");
    await postponeSyncJob(database.pool, first, { worker: "w1", delayMs: 0, attempt: 1, ...fault });
    const again = await claimOne();

    expect(again).toMatchObject({ lane: "urgent", version: 2 });
  });

  it("adds later events to those that could not be written", async () => {
    await change(["cus_1"]);
    const job = await claimOne();
    await postponeSyncJob(database.pool, job, { worker: "w1", delayMs: 0, attempt: 0, ...fault });
    await change(["cus_1"]);

    expect(await row()).toMatchObject({ events: 2, queued_at: job.queuedAt });
  });
});

describe("dead letters", () => {
  it("wait for a person, and say why", async () => {
    await change(["cus_1"]);
    await buryJob(database.pool, await claimOne(), { worker: "w1", ...fault });

    expect(await claim()).toEqual([]);
    expect(await listDeadSyncJobs(database.pool, { customerIds: ["cus_1"] }, 10)).toMatchObject([
      { customer: { account, customerId: "cus_1" }, error: fault, attempt: 1 },
    ]);
  });

  it("are taken up again when the customer is queued", async () => {
    await change(["cus_1"]);
    await buryJob(database.pool, await claimOne(), { worker: "w1", ...fault });
    await queueCustomers(database.pool, { account, customerIds: ["cus_1"], lane: "calm" });

    expect(await claimOne()).toMatchObject({ attempt: 1, version: 2 });
  });

  it("are none when a change arrived meanwhile, which has all its attempts", async () => {
    await change(["cus_1"]);
    await sql("update sync_jobs set attempt = 59");
    const job = await claimOne();
    await change(["cus_1"]);
    await buryJob(database.pool, job, { worker: "w1", ...fault });

    expect(await claimOne()).toMatchObject({ version: 2, attempt: 1 });
  });
});

describe("queueing customers", () => {
  it("takes each once, and keeps a faster lane", async () => {
    await change(["cus_1"], "urgent");
    await queueCustomers(database.pool, { account, customerIds: ["cus_1", "cus_2", "cus_2"], lane: "backfill" });
    const jobs = await claim();

    expect(jobs.map(({ customerId, lane }) => [customerId, lane])).toEqual([
      ["cus_1", "urgent"],
      ["cus_2", "backfill"],
    ]);
  });

  it("may be told of nobody", async () => {
    await queueCustomers(database.pool, { account, customerIds: [], lane: "calm" });
  });
});

describe("releasing", () => {
  it("gives back at once what one worker holds, and nothing of others", async () => {
    await change(["cus_1"]);
    await claim({ worker: "w1" });
    await change(["cus_2"]);
    await claim({ worker: "w2" });
    await releaseSyncJobs(database.pool, "w1");

    expect(ids(await claim({ worker: "w3" }))).toEqual(["cus_1"]);
  });
});

describe("measuring", () => {
  it("counts by lane, and how long the oldest is overdue", async () => {
    expect(await measureQueue(database.pool)).toEqual({
      urgent: 0,
      calm: 0,
      backfill: 0,
      dead: 0,
      backlogAgeMs: 0,
    });
    await change(["cus_1", "cus_2"]);
    await change(["cus_3"], "calm");
    await change(["cus_4"], "backfill");
    await change(["cus_5"]);
    await sql("update sync_jobs set state = 'dead' where customer_id = 'cus_5'");
    await sql("update sync_jobs set queued_at = now() - interval '30 s' where customer_id = 'cus_3'");
    const depth = await measureQueue(database.pool);

    expect(depth).toMatchObject({ urgent: 2, calm: 1, backfill: 1, dead: 1 });
    expect(depth.backlogAgeMs).toBeGreaterThan(29_000);
  });

  it("calls nothing overdue that is due later", async () => {
    await change(["cus_1"]);
    await sql("update sync_jobs set due_at = now() + interval '10 s', queued_at = now() - interval '30 s'");

    expect((await measureQueue(database.pool)).backlogAgeMs).toBe(0);
  });
});
