/** Work of hours meets pauses and restarts: it waits, goes on at once, and nothing is read that was known. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { listCustomerIds } from "../../src/billing/store.ts";
import { queueCustomers } from "../../src/queue/sync-jobs.ts";
import { openRun } from "../../src/upkeep/backfill/run-rows.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 15_000 };

let sandbox: Sandbox;
let home: Home;
let dunlin: Dunlin;

beforeEach(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 40 }), createHome()]);
  dunlin = await startDunlin({ sandbox, home });
  await dunlin.settled();
});

afterEach(async () => {
  await dunlin.stop();
  await sandbox.close();
  await home.remove();
});

async function ask(method: string, path: string, body?: object): Promise<void> {
  const json = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${dunlin.url}/api/${path}`, { method, ...json });
  expect(answer.ok, await answer.text()).toBe(true);
}

/** As after a life of failures. */
async function wearOut(key: string): Promise<void> {
  await home.pool.query("update graphile_worker._private_jobs set attempts = 9 where key = $1", [key]);
}

async function isUnderWay(key: string): Promise<void> {
  const { rows } = await home.pool.query("select from graphile_worker.jobs where key = $1 and locked_at is not null", [
    key,
  ]);
  expect(rows).toHaveLength(1);
}

it("a backfill that meets a pause waits, and goes on when somebody resumes", async () => {
  await ask("PUT", "pauses/stripe:main", { reason: "A test." });
  await eventually(() => expect(dunlin.app.backfill?.state).toBe("done"), patience);
  await ask("POST", "backfill", { again: true });
  await wearOut("backfill:main");
  await eventually(() => isUnderWay("backfill:main"), patience);
  expect(dunlin.app.backfill?.historyLoaded).toBe(true);
  await ask("DELETE", "pauses/stripe:main");

  await eventually(async () => {
    const { rows } = await home.pool.query("select phase from backfills order by id desc limit 1");
    expect(rows).toEqual([{ phase: "done" }]);
  }, patience);
  await dunlin.settled();
  await expectContactsRight(sandbox);
  expect(dunlin.logged().filter(({ msg }) => msg?.includes("slow job"))).toEqual([]);
}, 60_000);

it("long work that sleeps after failures wakes when a vendor opens", async () => {
  await ask("PUT", "pauses/intercom", { reason: "A test." });
  await openRun(home.pool, { account: "main", kind: "dry", nowMs: Date.now() });
  await home.pool.query(
    "select graphile_worker.add_job('backfill', '{\"account\": \"main\"}', job_key => 'backfill:main', run_at => now() + interval '2 hours')",
  );
  await wearOut("backfill:main");
  await eventually(async () => {
    const answer = await fetch(`${dunlin.url}/ready`);
    expect(answer.status).toBe(503);
  }, patience);
  await ask("DELETE", "pauses/intercom");

  await eventually(async () => {
    const { rows } = await home.pool.query("select phase from backfills where kind = 'dry'");
    expect(rows).toEqual([{ phase: "done" }]);
  }, patience);
}, 60_000);

it("a restart reads no history again that was loaded before", async () => {
  await dunlin.stop();
  const customerIds = await listCustomerIds(home.pool, "main", { after: "", limit: 1_000 });
  await queueCustomers(home.pool, { account: "main", customerIds, lane: "backfill" });
  const before = sandbox.requests.lastSeq;
  dunlin = await startDunlin({ sandbox, home, port: dunlin.port });
  await dunlin.settled();

  const reads = sandbox.requests
    .since(before)
    .filter(({ vendor, path }) => vendor === "stripe" && /subscriptions|charges/.test(path))
    .map(({ method, path }) => `${method} ${path}`);
  expect(reads).toEqual([]);
}, 60_000);
