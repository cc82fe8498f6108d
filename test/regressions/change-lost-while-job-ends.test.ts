/** A change that was committed in the very moment in which its job was ended waited until the lease ran out. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { commitBatch } from "../../src/billing/store.ts";
import { claimSyncJobs, finishSyncJobs } from "../../src/queue/sync-jobs.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { eventually } from "../support/wait.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const change = { account: "main", events: [], copies: [], renamed: [], settleMs: 0, settleMaxMs: 0 };
const jobs = [{ customerId: "cus_1", lane: "urgent", events: 1 }] as const;

async function waitsForLock(): Promise<boolean> {
  const text =
    "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and query like '%sync_jobs%'";
  return (await database.pool.query<{ count: number }>(text)).rows[0]?.count === 1;
}

it("is free at once, and due", async () => {
  const { pool } = database;
  await commitBatch(pool, { ...change, jobs });
  const claimed = await claimSyncJobs(pool, { limit: 1, worker: "w1", leaseMs: 60_000, lanes: { from: 0, to: 2 } });
  const other = await pool.connect();
  await other.query("begin");
  await commitBatch(other, { ...change, jobs });
  const ended = finishSyncJobs(pool, "w1", claimed);
  await eventually(waitsForLock, { withinMs: 5_000 });
  await other.query("commit");
  other.release();
  await ended;

  const again = await claimSyncJobs(pool, { limit: 1, worker: "w2", leaseMs: 60_000, lanes: { from: 0, to: 2 } });
  expect(again.map(({ customerId, version }) => ({ customerId, version }))).toEqual([
    { customerId: "cus_1", version: 2 },
  ]);
});
