/** The rows of runs and ranges. */
import { runMigrations } from "graphile-worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aSyncContext } from "../../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { withLock } from "../../db/lock.ts";
import { planOf } from "./plan.ts";
import { nothingFinished } from "./ranges.ts";
import { beginRanges, hurryRanges, listOpenRanges, saveRange, sumFinished } from "./range-rows.ts";
import { findBackfill, requestBackfill, runBackfill } from "../backfill.ts";
import {
  abandonRuns,
  enterPhase,
  findLatestRun,
  forgetOldRuns,
  openRun,
  savePlan,
  saveProgress,
  wasEverLoaded,
} from "./run-rows.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await runMigrations({ pgPool: database.pool });
});
afterAll(() => database.drop());

const nowMs = 1_790_000_000_000;
const open = (account: string, kind: "real" | "dry" = "real") => openRun(database.pool, { account, kind, nowMs });

describe("runs", () => {
  it("are opened once until they are done", async () => {
    const first = await open("once");
    expect((await open("once")).id).toBe(first.id);
    expect((await open("once", "dry")).id).not.toBe(first.id);
    await enterPhase(database.pool, first.id, "done");
    expect((await open("once")).id).not.toBe(first.id);
  });

  it("stay done when another one has taken their place", async () => {
    const run = await open("replaced");
    await abandonRuns(database.pool, "replaced", "real");
    await enterPhase(database.pool, run.id, "planning");
    expect((await findLatestRun(database.pool, "replaced", "real"))?.phase).toBe("done");
    const nothing = { resources: [], census: null, planned: null, contacts: null };
    expect(await saveProgress(database.pool, run.id, nothing)).toBe(false);
  });

  it("are forgotten with their ranges, except the last few", async () => {
    for (let times = 0; times < 8; times += 1) {
      const run = await open("old");
      await beginRanges(database.pool, run.id, [{ resource: "charges", fromS: 0, toS: 9 }]);
      await enterPhase(database.pool, run.id, "done");
    }
    await forgetOldRuns(database.pool, "old");
    const { rows } = await database.pool.query("select count(*)::int as kept from backfills where account = 'old'");
    expect(rows).toEqual([{ kept: 5 }]);
  });
});

describe("a node that comes second", () => {
  it("looks again later, also before the first one has begun its run", async () => {
    const account = "second";
    const context = aSyncContext({ pool: database.pool, account, nowMs: () => nowMs });
    const hooks = { signal: new AbortController().signal, onProgress: () => undefined };
    await withLock(database.pool, `backfill:${account}`, () => runBackfill(context, hooks));
    const { rows } = await database.pool.query<{ run_at: Date }>(
      "select run_at from graphile_worker.jobs where key = $1",
      [`backfill:${account}`],
    );
    expect(rows).toEqual([{ run_at: new Date(nowMs + 15_000) }]);
    expect(await findBackfill(context)).toBeUndefined();
  });
});

describe("history", () => {
  const plan = planOf({ groups: [], nowMs, pace: { limit: 1000 }, hintOf: () => "" });

  it("stays loaded while it is loaded again", async () => {
    const { pool } = database;
    const { id } = await open("again");
    expect(await findBackfill({ pool, account: "again" })).toMatchObject({ historyLoaded: false });
    await enterPhase(pool, id, "planning");
    await savePlan(pool, id, plan);
    await enterPhase(pool, id, "done");
    await requestBackfill(pool, { account: "again", again: true });

    const state = await findBackfill({ pool, account: "again" });
    expect(state).toMatchObject({ state: "running", phase: "loading", historyLoaded: true });
  });

  it("is not loaded by a run that was given up in the middle, nor by a dry one", async () => {
    const { pool } = database;
    await open("given-up");
    await requestBackfill(pool, { account: "given-up", again: true });
    const dry = await open("given-up", "dry");
    await savePlan(pool, dry.id, plan);
    await enterPhase(pool, dry.id, "done");

    expect(await wasEverLoaded(pool, "given-up")).toBe(false);
  });

  it("is known however many dry runs there were since", async () => {
    const { pool } = database;
    const real = await open("dry-runs");
    await savePlan(pool, real.id, plan);
    await enterPhase(pool, real.id, "done");
    for (let times = 0; times < 8; times += 1) await enterPhase(pool, (await open("dry-runs", "dry")).id, "done");
    await forgetOldRuns(pool, "dry-runs");

    expect(await findBackfill({ pool, account: "dry-runs" })).toMatchObject({ state: "done", historyLoaded: true });
  });
});

describe("ranges", () => {
  it("begin once, and are divided in the statement that saves them", async () => {
    const { pool } = database;
    const { id: run } = await open("ranges");
    const whole = [{ resource: "charges", fromS: 0, toS: 2_000_000_000 }];
    await beginRanges(pool, run, whole);
    await beginRanges(pool, run, whole);
    const [range, ...others] = await listOpenRanges(pool, run);
    expect(others).toEqual([]);
    if (!range) throw new Error("There is no range.");

    const newer = { ...range, fromS: 1_500_000_001, toS: 1_900_000_000, cursor: "ch_9", objects: 100, pages: 1 };
    const half = await saveRange(pool, newer, { resource: "charges", fromS: 0, toS: 1_500_000_000 });
    expect(half).toMatchObject({ fromS: 0, toS: 1_500_000_000, topS: 1_500_000_000, cursor: null, pages: 0 });
    expect(await listOpenRanges(pool, run)).toEqual([newer, half]);

    await saveRange(pool, { ...newer, done: true }, null);
    expect(await listOpenRanges(pool, run)).toEqual([half]);
    const finished = { ...nothingFinished, ranges: 1, objects: 100, seconds: 2_000_000_000 - 1_500_000_001 };
    expect((await sumFinished(pool, run)).get("charges")).toEqual(finished);
  });

  it("keep their failure, and can be hurried", async () => {
    const { pool } = database;
    const { id: run } = await open("failed");
    await beginRanges(pool, run, [{ resource: "charges", fromS: 0, toS: 9 }]);
    const [range] = await listOpenRanges(pool, run);
    if (!range) throw new Error("There is no range.");
    const failed = { ...range, attempt: 3, dueAtMs: Date.now() + 3_600_000, error: { code: "X", message: "no" } };
    await saveRange(pool, failed, null);
    expect(await listOpenRanges(pool, run)).toEqual([failed]);
    await hurryRanges(pool, run);
    expect((await listOpenRanges(pool, run))[0]?.dueAtMs).toBeLessThanOrEqual(Date.now());
  });
});
