/** The database that every test database is a copy of: empty, with all migrations applied. */
import { randomBytes } from "node:crypto";

import { runMigrations } from "graphile-worker";
import { z } from "zod";

import { migrate } from "../../src/db/migrate.ts";
import { createPool } from "../../src/db/pool.ts";
import type { DatabaseConfig } from "../../src/db/pool.ts";

const databaseConfig = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("url"), url: z.string() }),
  z.object({ kind: z.literal("socket"), host: z.string(), user: z.string(), database: z.string() }),
]);

/** What a test needs to know to make databases of its own; it travels from the set-up to the tests as JSON. */
export const testCluster = z.object({ maintenance: databaseConfig, template: z.string() });
export type TestCluster = z.infer<typeof testCluster>;

/** Makes the template and returns its name, which is unique so that runs may share a server. */
export async function makeTemplate(maintenance: DatabaseConfig): Promise<string> {
  const name = uniqueName("dunlin_template");
  const pool = createPool(maintenance, { max: 1 });
  try {
    await pool.query(`create database ${name}`);
  } finally {
    await pool.end();
  }
  const inside = createPool(onDatabase(maintenance, name), { max: 1 });
  try {
    await migrate(inside);
    await runMigrations({ pgPool: inside });
  } finally {
    await inside.end();
  }
  return name;
}

/** The same server, another database. */
export function onDatabase(config: DatabaseConfig, database: string): DatabaseConfig {
  if (config.kind === "socket") return { ...config, database };
  const url = new URL(config.url);
  url.pathname = `/${database}`;
  return { kind: "url", url: url.toString() };
}

/** A name that needs no quotes and that nobody else has. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString("hex")}`;
}
