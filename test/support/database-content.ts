/** Fills a database with rows that are hard to carry over, and reads everything back for comparing. */
import { readMigrations } from "../../src/db/migrate.ts";
import type { Pool } from "../../src/db/pool.ts";
import { findOwnTables } from "../../src/upkeep/backup/schema.ts";

/** Every byte there is, and what a line-based format may trip over. */
const bytes = Buffer.from([...Array.from({ length: 256 }, (_, index) => index), ...Buffer.from("\\.\n\\N\t\r\n")]);
const text = "tab\there, line\nbreak, return\r, back\\slash, \\., \\N, quote ' \" , ümläut, 🐦, \u{1F426}";

/** Rows in tables of every kind, numbered rows with a gap at the end, and slow jobs in every state. */
export async function fillDatabase(pool: Pool): Promise<void> {
  const json = JSON.stringify({ text, nested: [1, null, { a: "\\." }] });
  const statements: readonly (readonly [string, readonly unknown[]])[] = [
    [
      `insert into stripe_events (account, id, type, created_s, customer_id, state, changes, body) values
        ('main', 'evt_1', 'charge.failed', 1, 'cus_1', 'applied', $2, $1),
        ('main', 'evt_2', 'customer.updated', 2, null, 'waiting', '', ''),
        ('shop', 'evt_1', '\\.', 3, null, 'dead', null, $1)`,
      [bytes, json],
    ],
    [
      `insert into stripe_objects (account, id, kind, customer_id, as_of_s, rev, second_events, origin, facts)
        values ('main', 'cus_1', 'customer', 'cus_1', 1, 1, array['evt_1', $2, null, ''], 'event', $1)`,
      [json, text],
    ],
    [
      `insert into connections (vendor, account, label, credentials, details) values ('stripe', 'main', $1, $2, $3)`,
      [text, bytes, json],
    ],
    [`insert into settings (name, value) values ('a', $1), ('b', 'null'), ('c', '"\\\\."')`, [json]],
    ["insert into tallies values ('events', 9007199254740991)", []],
    [
      `insert into sync_jobs (account, customer_id, lane, due_at, leased_by, leased_until)
        values ('main', 'cus_1', 0, '2026-11-22 01:12:05.123456+01', 'node', 'infinity')`,
      [],
    ],
    [
      `insert into identities (account, customer_id, state, contact_id, inputs, known, leader_account, leader_id)
        values ('main', 'cus_1', 'linked', 'contact', $1, $1, null, null), ('shop', 'cus_2', 'linked', null, '[]', null, 'main', 'cus_1')`,
      [json],
    ],
    [
      `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes)
        select 'main', 'cus_1', 'contact', 'update', 0, '[]' from generate_series(1, 3)`,
      [],
    ],
    ["delete from contact_writes where id = 3", []],
    [
      "select graphile_worker.add_job('backfill', '{\"account\": \"main\"}', job_key => 'failed-often', max_attempts => 1000)",
      [],
    ],
    ["select graphile_worker.reschedule_jobs(array(select id from graphile_worker.jobs), attempts => 5)", []],
    ["select graphile_worker.add_job('fan-out-product', $1, job_key => 'running', max_attempts => 1000)", [json]],
    [
      "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-1', attempts = 1 where key = 'running'",
      [],
    ],
    [
      "select graphile_worker.add_job('backfill', job_key => 'later', run_at => now() + interval '90 days', priority => 7, flags => array['slow'])",
      [],
    ],
    ["select graphile_worker.add_job('fan-out-product', '[1, 2]', queue_name => 'one-by-one')", []],
  ];
  for (const [statement, values] of statements) await pool.query(statement, [...values]);
}

export type Content = Readonly<Record<string, readonly string[]>>;

/** Every row of every table that is carried over, and what was asked of the slow jobs, in an order of their own. */
export async function contentOf(pool: Pool): Promise<Content> {
  const { carried } = await findOwnTables(pool, await readMigrations());
  const content: Record<string, readonly string[]> = {};
  for (const table of carried.keys()) content[table] = await rowsOf(pool, `select t::text as row from ${table} t`);
  content["slow jobs"] = await rowsOf(
    pool,
    `select row(j.task_identifier, p.payload::text, j.queue_name, j.run_at, j.attempts, j.max_attempts, j.key, j.priority, j.flags)::text as row
     from graphile_worker.jobs j join graphile_worker._private_jobs p using (id)`,
  );
  return content;
}

async function rowsOf(pool: Pool, statement: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ row: string }>(statement);
  return rows.map(({ row }) => row).toSorted();
}
