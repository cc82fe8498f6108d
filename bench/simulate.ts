/**
 * How fast the time machine is: rules over a journal that lies in the database as bodies, from reading to result; and how fast
 * conditions are evaluated and runs advanced. Filling the database is not counted.
 */
import type { SimulationResult } from "../contract/simulation.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { presetMapping } from "../src/mapping/default-document.ts";
import type { simulate as Simulate } from "../src/pipeline/simulate/simulate.ts";
import { copyIn } from "../src/upkeep/backup/copy.ts";
import { openDatabase } from "./support/database.ts";
import { round } from "./support/figures.ts";
import { advancesPerSecond, conditionsPerSecond } from "./support/rule-speed.ts";
import { benchRules } from "./support/rules.ts";
import { temporaryFolder } from "./support/processes.ts";
import { atLeast, atMost, note, readOptions, runBench } from "./support/report.ts";
import { copyLine, eventLine, lifeOf, lifeStartS } from "./support/years.ts";

const { events, customers, threads } = readOptions({ events: 1_000_000, customers: 10_000, threads: 2 });
const days = 399;
const secondsMax = 60;

/** What `npm run build` has compiled, as it runs in earnest: threads are started from it. */
const compiled = new URL("../dist/src/pipeline/simulate/simulate.js", import.meta.url);

await runBench("simulate", async () => {
  const { simulate }: { readonly simulate: typeof Simulate } = await import(compiled.href);
  const folder = await temporaryFolder();
  const database = await openDatabase(folder, "dunlin");
  const pool = createPool(database, { max: 2, statementTimeoutMs: 0 });
  try {
    note(`filling a database with ${events} events of ${customers} customers`);
    await fill(pool);
    note("simulating");
    const rules = benchRules();
    const before = process.cpuUsage();
    const result = await simulate(
      rules,
      { days },
      { pool, database, threads, mapping: presetMapping("stripe"), nowS: lifeStartS + days * 86_400 },
    );
    const seconds = round(result.tookMs / 1000);
    const used = process.cpuUsage(before);
    note("evaluating conditions and advancing runs");
    const [conditions, advances] = [conditionsPerSecond(), advancesPerSecond()];
    return {
      events: result.journal.events,
      eventsRead: result.journal.read,
      people: result.people,
      threads,
      rules: rules.rules.length,
      hits: Object.fromEntries(result.rules.map(({ rule, hits }) => [rule, hits])),
      messages: messagesOf(result),
      seconds,
      // Of this process with its threads; on a machine that is busy otherwise it says more than the seconds do.
      cpuSeconds: round((used.user + used.system) / 1_000_000),
      eventsPerS: Math.round(result.journal.events / seconds),
      conditionsPerS: conditions,
      advancesPerS: advances,
      rssPeakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      bars: [
        atMost("1 million events simulated, s", secondsMax, round((seconds / result.journal.events) * 1_000_000)),
        atLeast("conditions evaluated per second", 50_000, conditions),
      ],
    };
  } finally {
    await pool.end();
  }
});

function messagesOf({ rules }: SimulationResult): number {
  return rules.reduce((sum, { messages }) => sum + messages.chat + messages.email, 0);
}

/** Each customer's events with their whole bodies, and the newest copies of their objects. */
async function fill(pool: Pool): Promise<void> {
  const each = Math.ceil(events / customers);
  for (let first = 0; first < customers; first += 200) {
    const lives = Array.from({ length: Math.min(200, customers - first) }, (_, index) => lifeOf(first + index, each));
    await copy(
      pool,
      "stripe_events (account, id, type, created_s, object_id, customer_id, state, body)",
      lives.flatMap((life) => life.events.map(eventLine)),
    );
    await copy(
      pool,
      "stripe_objects (account, id, kind, customer_id, as_of_s, rev, event_id, origin, facts)",
      lives.flatMap((life) => life.copies.map(copyLine)),
    );
  }
  await pool.query("vacuum analyze stripe_events");
  await pool.query("vacuum analyze stripe_objects");
}

async function copy(pool: Pool, table: string, lines: readonly string[]): Promise<void> {
  const tx = await pool.connect();
  try {
    const sink = copyIn(tx, table);
    await sink.write(Buffer.from(lines.join("")));
    await sink.end();
  } finally {
    tx.release();
  }
}
