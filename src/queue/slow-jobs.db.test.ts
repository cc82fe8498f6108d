/** Slow and scheduled jobs with several nodes on one database: each is run once, and not by a node that was away. */
import { runMigrations } from "graphile-worker";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import { aborted } from "../lib/aborted.ts";
import { addSlowJob, runSlowJobs, type Scheduled, type SlowJobHandlers, type SlowJobs } from "./slow-jobs.ts";

const soon = { withinMs: 10_000, everyMs: 20 };
const log = { warn: () => undefined, error: () => undefined };
const hourMs = 3_600_000;

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
    }: { scheduled?: readonly Scheduled[]; lapse?: AbortSignal } = {},
  ): Promise<void> {
    const nobody = (): Promise<void> => Promise.reject(new Error("No test asks for this."));
    const all: SlowJobHandlers = {
      backfill: nobody,
      "fan-out-product": nobody,
      reconcile: nobody,
      "replay-customer": nobody,
      ...handlers,
    };
    const liveness = { addWorker: () => undefined, lapse };
    const ending = new AbortController().signal;
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
});
