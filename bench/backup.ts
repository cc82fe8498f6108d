/** How fast everything is backed up, restored and moved: an embedded database with as many events as asked for. */
import { join } from "node:path";
import { createPool, type DatabaseConfig, type Pool } from "../src/db/pool.ts";
import { copyIn } from "../src/upkeep/backup/copy.ts";
import { makeBackup } from "../src/upkeep/backup/make-backup.ts";
import { moveDatabase } from "../src/upkeep/backup/move.ts";
import { restoreBackup } from "../src/upkeep/backup/restore.ts";
import { openDatabase } from "./support/database.ts";
import { round } from "./support/figures.ts";
import { customerId } from "./support/people.ts";
import { temporaryFolder } from "./support/processes.ts";
import { atMost, note, readOptions, runBench } from "./support/report.ts";
import { bodyOf, type Traffic } from "./support/traffic.ts";

const { events, customers } = readOptions({ events: 1_000_000, customers: 100_000 });
const rssBarMb = 300;
/** Rows that are made at a time while filling. */
const batch = 2_000;

await runBench("backup", async () => {
  const folder = await temporaryFolder();
  const from = await openDatabase(folder, "dunlin");
  note(`filling a database with ${events} events of ${customers} customers`);
  const pool = createPool(from, { max: 1, statementTimeoutMs: 0 });
  await fill(pool);
  const databaseMb = await sizeMb(pool);
  await pool.end();

  note("backing up");
  const path = join(folder, "bench.backup.gz");
  const backup = await timed(() => makeBackup(from, { path, version: "bench" }));
  note("restoring");
  const second = await openDatabase(folder, "second");
  const restore = await timed(() => restoreBackup(second, { path, replace: false }));
  note("moving");
  const third = await openDatabase(folder, "third");
  const move = await timed(() => moveDatabase({ from, to: addressOf(third), replace: false, nowMs: Date.now }));
  const rows = Object.values(backup.result.rows).reduce((sum, count) => sum + count, 0);
  const { maxRSS } = process.resourceUsage();
  return {
    events,
    rows,
    databaseMb,
    backup: {
      seconds: backup.seconds,
      rowsPerS: Math.round(rows / backup.seconds),
      fileMb: megabytes(backup.result.bytes),
      unpackedMb: megabytes(backup.result.unpackedBytes),
    },
    restore: { seconds: restore.seconds, rowsPerS: Math.round(rows / restore.seconds) },
    move: { seconds: move.seconds, pausedS: round(move.result.pausedMs / 1000) },
    rssPeakMb: Math.round(maxRSS / 1024),
    bars: [atMost("memory of all three, MB", rssBarMb, Math.round(maxRSS / 1024))],
  };
});

type Timed<T> = { readonly result: T; readonly seconds: number };

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const startedMs = performance.now();
  const result = await work();
  return { result, seconds: round((performance.now() - startedMs) / 1000) };
}

function addressOf(config: DatabaseConfig): string {
  if (config.kind === "url") return config.url;
  const { host, user, database } = config;
  return `postgres://localhost/${database}?${new URLSearchParams({ host, user }).toString()}`;
}

/** One row for each event with its whole body, five copies and a link for each customer, a write for every seventh event. */
async function fill(pool: Pool): Promise<void> {
  const tx = await pool.connect();
  const traffic: Traffic = { kind: "renewals", customers, joinedS: 1_760_000_000, tag: "bench" };
  const sink = copyIn(tx, "stripe_events (account, id, type, created_s, object_id, customer_id, state, changes, body)");
  for (let first = 0; first < events; first += batch) {
    const rows = Array.from({ length: Math.min(batch, events - first) }, (_, index) => rowOf(traffic, first + index));
    await sink.write(Buffer.from(rows.join("")));
  }
  await sink.end();
  await tx.query(
    `insert into stripe_objects (account, id, kind, customer_id, as_of_s, rev, origin, facts)
     select 'main', kind || '_' || c.n, kind, 'cus_bench' || c.n, 1760000000, 1, 'event', repeat('{"status":"active","amount":4900}', 6)
     from generate_series(1, $1::int) as c (n), unnest(array['customer', 'subscription', 'invoice', 'charge', 'payment_method']) as kind`,
    [customers],
  );
  await tx.query(
    `insert into identities (account, customer_id, state, contact_id, inputs, known)
     select 'main', 'cus_bench' || n, 'linked', 'contact' || n, '["user", "a@example.com"]', repeat('{"stripe_plan":"Pro"}', 12)
     from generate_series(1, $1::int) as c (n)`,
    [customers],
  );
  await tx.query(
    `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes)
     select 'main', 'cus_bench' || n % $2, 'contact' || n % $2, 'update', 1, repeat('["stripe_status","active","past_due"]', 5)
     from generate_series(1, $1::int / 7) as w (n)`,
    [events, customers],
  );
  tx.release();
}

/** As COPY reads it: tabs between columns, and what would end a line or a column escaped. */
function rowOf(traffic: Traffic, index: number): string {
  const id = `evt_bench${index}`;
  const customer = customerId(index % customers);
  const body = bodyOf(traffic, index).replaceAll("\\", "\\\\\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `main\t${id}\tinvoice.paid\t${1_760_000_000 + index}\tin_${index}\t${customer}\tapplied\t[["status","open","paid"]]\t${body}\n`;
}

async function sizeMb(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ size: number }>("select pg_database_size(current_database()) as size");
  return megabytes(rows[0]?.size ?? 0);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
