/** Where an installation lives: a database and a data folder that outlive the server, so that it can be started again. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseConfig, Pool } from "../../src/db/pool.ts";
import { createTestDatabase } from "./database.ts";

export type Home = {
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** For looking into the database beside the server. */
  readonly pool: Pool;
  /** Removes both; stop the server first. */
  remove(): Promise<void>;
};

/** A new home on the PostgreSQL of this test run. */
export async function createHome(): Promise<Home> {
  const [database, dataDir] = await Promise.all([createTestDatabase(), createDataDir()]);
  return {
    dataDir,
    databaseUrl: addressOf(database.config),
    pool: database.pool,
    remove: async () => {
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** An empty data folder. Others may pass through it, as through any ordinary one, so that a database can live in it as root too. */
export async function createDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "dunlin-journey-"));
  await chmod(dataDir, 0o711);
  return dataDir;
}

/** The address as an operator would write it into DATABASE_URL. */
export function addressOf(config: DatabaseConfig): string {
  if (config.kind === "url") return config.url;
  const { host, user, database } = config;
  return `postgres://localhost/${database}?${new URLSearchParams({ host, user }).toString()}`;
}

/** What still has to be done: jobs, events that wait for a look at Stripe, companies, slow jobs. */
export async function countUnfinished(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select
    (select count(*) from sync_jobs where state = 'pending')::int
    + (select count(*) from stripe_events where state = 'waiting')::int
    + (select count(*) from companies where due_at is not null)::int
    + (select count(*) from graphile_worker.jobs)::int as count`);
  return rows[0]?.count ?? 0;
}

/** What waits for a person: dead jobs and dead events, with their reasons. */
export async function listDeadLetters(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string }>(`
    select customer_id || ': ' || coalesce(error_code, '') || ' ' || coalesce(error_message, '') as what from sync_jobs where state = 'dead'
    union all
    select id || ': ' || coalesce(error_code, '') || ' ' || coalesce(error_message, '') from stripe_events where state = 'dead'
    union all
    select key || ': ' || coalesce(error_code, '') || ' ' || coalesce(error_message, '') from companies where dead`);
  return rows.map(({ what }) => what);
}

/** The ids of all stored events. */
export async function listStoredEvents(pool: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ id: string }>("select id from stripe_events");
  return new Set(rows.map(({ id }) => id));
}
