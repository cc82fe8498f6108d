/** Slow and scheduled jobs with several nodes on one database: each is run once, and not by a node that was away. */
import { runMigrations } from "graphile-worker";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import { aborted } from "../lib/aborted.ts";
import { AppError } from "../model/error.ts";
import {
  addSlowJob,
  addSlowJobAt,
  ensureSlowJob,
  runSlowJobs,
  type Scheduled,
  type SlowJobHandlers,
  type SlowJobs,
} from "./slow-jobs.ts";

const soon = { withinMs: 10_000, everyMs: 20 };
const log = { warn: () => undefined, error: () => undefined };
const hourMs = 3_600_000;

class VendorPaused extends AppError {
  readonly code = "VENDOR_PAUSED";
  readonly kind = "blocked";
}

describe("slow jobs", () => {
  let database: TestDatabase;
  let nodes: SlowJobs[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await runMigrations({ pgPool: database.pool });
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
    await database.pool.query(
      "delete from graphile_worker._private_jobs; delete from graphile_worker._private_known_crontabs",
    );
  });
  afterAll(() => database.drop());

  async function start(
    handlers: Partial<SlowJobHandlers>,
    {
      scheduled = [],
      lapse = new AbortController().signal,
      ending = new AbortController().signal,
    }: { scheduled?: readonly Scheduled[]; lapse?: AbortSignal; ending?: AbortSignal } = {},
  ): Promise<void> {
    const nobody = (): Promise<void> => Promise.reject(new Error("No test asks for this."));
    const all: SlowJobHandlers = {
      backfill: nobody,
      "fan-out-product": nobody,
      mapping: nobody,
      reconcile: nobody,
      "replay-customer": nobody,
      rules: nobody,
      ...handlers,
    };
    const liveness = { addWorker: () => undefined, lapse };
    nodes.push(await runSlowJobs(database.pool, all, { log, ending, liveness, scheduled, concurrency: 2 }));
  }

  it("are run by one of the nodes", async () => {
    const run: string[] = [];
    for (const node of ["a", "b", "c"])
      await start({ backfill: async ({ account }) => void run.push(`${node} ${account}`) });
    for (const account of ["main", "shop"])
      await addSlowJob(database.pool, { task: "backfill", payload: { account }, key: `backfill:${account}` });
    await eventually(() => expect(run).toHaveLength(2), soon);

    expect(new Set(run.map((entry) => entry.split(" ")[1]))).toEqual(new Set(["main", "shop"]));
  });

  it("that are scheduled are made up for once, when no node was up at their time", async () => {
    const due = new Date(Date.now() - hourMs);
    const at = { hour: due.getUTCHours(), minute: due.getUTCMinutes() };
    const scheduled: readonly Scheduled[] = [{ task: "reconcile", payload: { nightly: true }, at }];
    await database.pool.query(
      `insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
       values ('daily-reconcile', now() - interval '3 days', now() - interval '20 hours')`,
    );
    const run: unknown[] = [];
    const reconcile: SlowJobHandlers["reconcile"] = async ({ nightly }) => void run.push(nightly);
    await Promise.all([0, 1, 2].map(() => start({ reconcile }, { scheduled })));
    await eventually(() => expect(run).toEqual([true]), soon);
    await addSlowJob(database.pool, { task: "reconcile", payload: { nightly: false }, key: "after" });
    await eventually(() => expect(run).toContain(false), soon);

    expect(run).toEqual([true, false]);
  });

  it("break off on a node that must have been taken for dead", async () => {
    const lapse = new AbortController();
    const seen: string[] = [];
    await start(
      {
        backfill: async (_payload, signal) => {
          seen.push("begun");
          await aborted(signal);
          seen.push("broken off");
        },
      },
      { lapse: lapse.signal },
    );
    await addSlowJob(database.pool, { task: "backfill", payload: { account: "main" }, key: "backfill" });
    await eventually(() => expect(seen).toEqual(["begun"]), soon);
    lapse.abort();

    await eventually(() => expect(seen).toEqual(["begun", "broken off"]), soon);
  });

  const backfill = { task: "backfill", payload: { account: "main" }, key: "backfill" } as const;

  type JobRow = { readonly attempts: number; readonly waits: boolean };
  async function waiting(): Promise<readonly JobRow[]> {
    const { rows } = await database.pool.query<JobRow>(
      "select attempts, run_at > now() + interval '1 s' as waits from graphile_worker.jobs where locked_at is null",
    );
    return rows;
  }

  it("that met trouble which passes come up again within seconds, however often that was", async () => {
    await addSlowJob(database.pool, backfill);
    await database.pool.query("update graphile_worker._private_jobs set attempts = 9");
    let run = 0;
    await start({
      backfill: async () => {
        run += 1;
        throw new VendorPaused("stripe:main is paused.");
      },
    });
    await eventually(async () => expect(await waiting()).toEqual([{ attempts: 0, waits: true }]), soon);

    const { rows } = await database.pool.query(
      "select run_at < now() + interval '11 s' as soon from graphile_worker.jobs where locked_at is null",
    );
    expect(rows).toEqual([{ soon: true }]);
    expect(run).toBe(1);
  });

  it("that were asked for at once are not put off by one who wants them later", async () => {
    await addSlowJob(database.pool, backfill);
    await addSlowJobAt(database.pool, backfill, new Date(Date.now() + 60_000));
    expect(await waiting()).toEqual([{ attempts: 0, waits: false }]);

    await database.pool.query("delete from graphile_worker._private_jobs");
    await addSlowJobAt(database.pool, backfill, new Date(Date.now() + 60_000));
    expect(await waiting()).toEqual([{ attempts: 0, waits: true }]);
    await addSlowJob(database.pool, backfill);
    expect(await waiting()).toEqual([{ attempts: 0, waits: false }]);
  });

  it("that fail for another reason count it, so that a person sees them in the end", async () => {
    await start({ backfill: () => Promise.reject(new Error("A bug.")) });
    await addSlowJob(database.pool, backfill);

    await eventually(async () => expect(await waiting()).toEqual([{ attempts: 1, waits: true }]), soon);
  });

  it("that the end of a node breaks off are gone on with by another one at once", async () => {
    const ends = new AbortController();
    const seen: string[] = [];
    const work = (node: string, ending: AbortSignal): Promise<void> =>
      start(
        {
          backfill: async () => {
            seen.push(node);
            await aborted(ending);
            throw new Error("Broken off.");
          },
        },
        { ending },
      );
    await work("first", ends.signal);
    await addSlowJob(database.pool, backfill);
    await database.pool.query("update graphile_worker._private_jobs set attempts = attempts + 9");
    await eventually(() => expect(seen).toEqual(["first"]), soon);
    const later = new AbortController();
    await work("second", later.signal);
    ends.abort();
    await nodes.shift()?.stop();

    await eventually(() => expect(seen).toEqual(["first", "second"]), { withinMs: 5_000, everyMs: 20 });
    later.abort();
  });

  it("that sleep after failures are woken when they are to be done now, and those under way are left alone", async () => {
    await addSlowJob(database.pool, backfill);
    await database.pool.query(
      "update graphile_worker._private_jobs set attempts = 9, run_at = now() + interval '2 hours'",
    );
    await ensureSlowJob(database.pool, backfill);
    expect(await waiting()).toEqual([{ attempts: 0, waits: false }]);

    await database.pool.query("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'pool'");
    await ensureSlowJob(database.pool, backfill);
    expect(await waiting()).toEqual([]);
  });
});
