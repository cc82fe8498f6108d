/** Migrations on a real database. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createEmptyDatabase } from "../../test/support/database.ts";
import type { TestDatabase } from "../../test/support/database.ts";
import { migrate, migrationsFolder } from "./migrate.ts";
import { createPool } from "./pool.ts";

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createEmptyDatabase();
  folder = await mkdtemp(join(tmpdir(), "dunlin-migrations-"));
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const tables = async (): Promise<unknown[]> => {
  const { rows } = await database.pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  return rows.map(({ name }) => name);
};

describe("migrate", () => {
  it("applies each file once, in order", async () => {
    await write("0002_more.sql", "alter table plans add column price bigint;");
    await write("0001_plans.sql", "create table plans (id text primary key); create index on plans (id);");

    expect(await migrate(database.pool, folder)).toEqual(["0001_plans.sql", "0002_more.sql"]);
    expect(await migrate(database.pool, folder)).toEqual([]);
    expect(await tables()).toEqual(["dunlin_migrations", "plans"]);
  });

  it("keeps nothing of a file that fails, and all of those before it", async () => {
    await write("0001_plans.sql", "create table plans (id text);");
    await write("0002_broken.sql", "create table half (id text); select 1 / 0;");

    await expect(migrate(database.pool, folder)).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
    expect(await tables()).toEqual(["dunlin_migrations", "plans"]);
  });

  it("refuses a file that was changed, but not one whose line endings were", async () => {
    await write("0001_plans.sql", "create table plans (\n  id text\n);\n");
    await migrate(database.pool, folder);

    await write("0001_plans.sql", "create table plans (\r\n  id text\r\n);\r\n");
    expect(await migrate(database.pool, folder)).toEqual([]);

    await write("0001_plans.sql", "create table plans (id bigint);");
    await expect(migrate(database.pool, folder)).rejects.toMatchObject({ code: "MIGRATION_CHANGED" });
  });

  it("lets nodes that start together take turns", async () => {
    await write("0001_plans.sql", "create table plans (id text);");
    const nodes = [1, 2, 3].map(() => createPool(database.config, { max: 1 }));

    const applied = await Promise.all(nodes.map((pool) => migrate(pool, folder)));

    expect(applied.flat()).toEqual(["0001_plans.sql"]);
    await Promise.all(nodes.map((pool) => pool.end()));
  });

  it("finds and applies Dunlin's own migrations", async () => {
    const applied = await migrate(database.pool, migrationsFolder());

    expect(applied[0]).toMatch(/^0001_/);
  });
});
