/** What runs of rules cost that wait for weeks, and how many a node judges and advances in a second, each with its own commit. */
import { join } from "node:path";
import { request } from "undici";
import { openEmbedded } from "../src/db/embedded.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { machineMs, pause, until } from "./support/clock.ts";
import type { Dunlin } from "./support/dunlin.ts";
import { round } from "./support/figures.ts";
import { atTheEnd, temporaryFolder } from "./support/processes.ts";
import { atLeast, atMost, note, readOptions, runBench } from "./support/report.ts";
import { setStage } from "./support/stage.ts";

const { runs, seconds, customers } = readOptions({ runs: 100_000, seconds: 20, customers: 2_000 });

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const document = {
  version: 1,
  breaker: { share: 100, atLeast: 100_000 },
  rules: [
    {
      name: "patient",
      description: "Waits for a month.",
      purpose: "To be measured.",
      mode: "live",
      on: { manual: true },
      if: 'profile.status == "active"',
      while: 'profile.status == "active"',
      steps: [{ wait: { for: "30 days" } }, { tag: "Waited" }],
    },
  ],
};

await runBench("waiting-runs", async () => {
  const dataDir = join(await temporaryFolder(), "data");
  const stage = await setStage({ customers, env: { DUNLIN_DATA_DIR: dataDir } });
  const { dunlin } = stage;
  const embedded = await openEmbedded({
    dataDir: join(dataDir, "postgres"),
    database: "dunlin",
    log: silent,
    own: false,
  });
  const pool = createPool(embedded.connection, { max: 2 });
  atTheEnd(() => pool.end());
  await saveRules(dunlin);
  const without = await idleCost(dunlin);
  note(`entering ${runs} runs that wait`);
  await enterWaiting(pool);
  const withRuns = await idleCost(dunlin);
  note(`${customers} runs are judged and advanced`);
  const advancedMs = await advanceAll(pool);
  await dunlin.stop();
  return {
    runs,
    seconds,
    customers,
    idleCpuPercent: { without, with: withRuns },
    advancedPerS: round((customers * 1_000) / advancedMs, 0),
    bars: [
      atMost(`what ${runs} waiting runs cost beside none, in per cent of a core`, 1, round(withRuns - without)),
      atLeast(
        "runs judged and advanced per second, each committed to disk",
        200,
        round((customers * 1_000) / advancedMs, 0),
      ),
    ],
  };
});

async function saveRules({ url }: Dunlin): Promise<void> {
  const { statusCode, body } = await request(`${url}/api/rules`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ document, basedOn: 0 }),
  });
  if (statusCode !== 200) throw new Error(`The rules were not saved: ${await body.text()}`);
  await body.dump();
}

/** Processor time of server and database while nothing happens, in per cent of a core. */
async function idleCost(dunlin: Dunlin): Promise<number> {
  await pause(3_000);
  const before = await dunlin.usage();
  await pause(seconds * 1_000);
  const after = await dunlin.usage();
  const used = (usage: typeof before): number => (usage?.cpuS ?? 0) + (usage?.childrenCpuS ?? 0);
  return round(((used(after) - used(before)) * 100) / seconds);
}

/** As somebody who asks for a run enters it. */
function triggerText(key: string): string {
  return JSON.stringify({ kind: "manual", key, name: "manual", objectId: null, occurredAtS: 0, facts: {} });
}

/** Customers who never come: their runs wait for a month. */
async function enterWaiting(pool: Pool): Promise<void> {
  const trigger = triggerText("k");
  const nowS = Math.floor(Date.now() / 1000);
  const untilS = nowS + 30 * 86_400;
  const state = JSON.stringify({
    at: 0,
    startedS: nowS,
    waiting: { for: "step", sinceS: nowS, untilS },
    lastWait: "none",
    messages: 0,
    lastMessageS: null,
    heardS: nowS,
    conversationId: null,
    traces: [],
    ended: null,
  });
  await pool.query(
    `insert into rule_runs (rule, version, mode, account, customer_id, trigger_key, trigger, state, once_key, arm, run, wake_at_s, matched_s, started_s)
      select 'patient', 1, 'live', 'main', 'cus_waits_' || n, 'k', $1, 'running', 'k', 'treated', $2, $3, $4, $4 from generate_series(1, $5::int) n`,
    [trigger, state, untilS, nowS - 86_400, runs],
  );
  await pool.query(
    `insert into rule_turns (account, customer_id, wake_at_s) select 'main', 'cus_waits_' || n, $1 from generate_series(1, $2::int) n`,
    [untilS, runs],
  );
  await pool.query("analyze rule_runs, rule_turns");
}

/** Every real customer begins a run; answers how long it took until all wait, in milliseconds. */
async function advanceAll(pool: Pool): Promise<number> {
  const trigger = triggerText("go");
  const nowS = Math.floor(Date.now() / 1000);
  const who = "from stripe_objects where account = 'main' and kind = 'customer'";
  await pool.query(
    `insert into rule_runs (rule, version, mode, account, customer_id, trigger_key, trigger, matched_s)
      select 'patient', 1, 'live', 'main', id, 'go', $1, $2 ${who}`,
    [trigger, nowS],
  );
  const startedMs = machineMs();
  await pool.query(`insert into rule_turns (account, customer_id, wake_at_s) select 'main', id, 0 ${who}`);
  const isDone = async (): Promise<boolean> => {
    const { rows } = await pool.query("select 1 from rule_turns where wake_at_s <= $1 limit 1", [nowS + 60]);
    return rows.length === 0;
  };
  await until("every run waits", isDone, { withinMs: 120_000, everyMs: 20 });
  const { rows } = await pool.query<{ count: string }>(
    "select count(*) as count from rule_runs where trigger_key = 'go' and state = 'running'",
  );
  if (Number(rows[0]?.count) < customers) throw new Error(`Only ${rows[0]?.count} runs wait.`);
  return machineMs() - startedMs;
}
