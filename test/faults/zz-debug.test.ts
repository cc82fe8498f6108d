import { it } from "vitest";
import { createHome } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess } from "../support/process.ts";
import { openSandbox } from "../support/sandbox.ts";
import { findDifferences } from "../support/contacts-check.ts";
import { setTimeout as delay } from "node:timers/promises";

it("debug", async () => {
  const [sandbox, home, port] = await Promise.all([openSandbox({ customers: 6 }), createHome(), freePort()]);
  const start = (crash?: { readonly point: string; readonly passes: number }) =>
    startDunlinProcess({ sandboxUrl: sandbox.url, dataDir: home.dataDir, port, env: { DATABASE_URL: home.databaseUrl, DUNLIN_LOG_LEVEL: "debug" }, ...(crash ? { crash } : {}) });
  const d = await start({ point: "after-intercom-before-record", passes: 2 });
  await d.ended(15_000);
  const dump = async (label: string) => {
    const q = async (s: string) => (await home.pool.query(s)).rows;
    console.log(label, JSON.stringify(await q("select customer_id, lane, state, version, claimed_version, attempt, leased_by, leased_until, now() as now from sync_jobs"), null, 1), JSON.stringify(await q("select id, task_identifier, key, locked_at, locked_by, run_at, attempts, last_error from graphile_worker.jobs")), JSON.stringify(await q("select name, value from settings")));
  };
  await dump("after crash");
  const e = await start();
  await delay(8000);
  await dump("8s later");
  console.log((await findDifferences(sandbox)).length, e.output());
  await e.kill(); await sandbox.close(); await home.remove();
}, 100000);
