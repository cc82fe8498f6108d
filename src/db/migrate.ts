/** Brings the schema up to date: numbered SQL files, each applied once, in order and in a transaction of its own. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { AppError } from "../model/error.ts";
import { toDatabaseError } from "./failure.ts";
import { planMigrations } from "./migration-plan.ts";
import type { AppliedMigration, Migration } from "./migration-plan.ts";
import type { Pool, Tx } from "./pool.ts";

/** A migration's own SQL was refused by PostgreSQL; nothing of that file was kept. */
export class MigrationFailed extends AppError {
  readonly code = "MIGRATION_FAILED";
  readonly kind = "permanent";
  constructor(name: string, cause: unknown) {
    super(
      `The migration ${name} failed and was rolled back: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Held while migrating, so that nodes which start together take turns. */
const migrationLock = 7_305_812;

const patienceMs = 6 * 60 * 60_000;

const createTable = `
  create table if not exists dunlin_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`;

/** Applies what is missing and returns the names, in order. Several nodes may call it at once. */
export async function migrate(pool: Pool, folder: string = migrationsFolder()): Promise<readonly string[]> {
  const files = await readMigrations(folder);
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    // Neither waiting for another node nor a large table is a reason to give up half-way.
    await client.query("set statement_timeout = 0");
    await runPatiently(client, `select pg_advisory_lock(${migrationLock})`);
    await client.query(createTable);
    const { rows } = await client.query<AppliedMigration>("select name, checksum from dunlin_migrations order by name");
    const pending = planMigrations(files, rows);
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    // Closing the connection gives back the lock and forgets the changed timeout.
    client.release(true);
  }
}

/** The folder `migrations` beside package.json, above the sources as well as above the compiled files. */
export function migrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, "migrations");
}

async function apply(client: Tx, migration: Migration): Promise<void> {
  try {
    await client.query("begin");
    await runPatiently(client, migration.text);
    await client.query("insert into dunlin_migrations (name, checksum) values ($1, $2)", [
      migration.name,
      migration.checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    const seen = toDatabaseError(error);
    throw seen === error ? new MigrationFailed(migration.name, error) : seen;
  }
}

/** The pool's own limit on waiting for an answer is for ordinary statements. */
async function runPatiently(client: Tx, text: string): Promise<void> {
  const statement = { text, query_timeout: patienceMs };
  await client.query(statement);
}

/** Every migration of this version, in order. */
export async function readMigrations(folder: string = migrationsFolder()): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return await Promise.all(names.map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  // Git may have given the file other line endings on another machine; that is no change.
  const text = (await readFile(join(folder, name), "utf8")).replaceAll("\r\n", "\n");
  return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
}
