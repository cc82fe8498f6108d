/** Gives a test a PostgreSQL database of its own, with the schema in place. */
import { inject } from "vitest";

import { createPool } from "../../src/db/pool.ts";
import type { DatabaseConfig, Pool } from "../../src/db/pool.ts";
import { onDatabase, testCluster, uniqueName } from "./database-template.ts";
import type { TestCluster } from "./database-template.ts";

export type TestDatabase = {
  readonly pool: Pool;
  readonly config: DatabaseConfig;
  /** Closes the pool and removes the database; call it when the tests of the file are over. */
  drop(): Promise<void>;
};

/** A new copy of the migrated template. The first call of a test run waits until the server is up. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { maintenance, template } = await findCluster();
  return await createDatabase(maintenance, template);
}

/** A new database without Dunlin's schema. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const { maintenance } = await findCluster();
  return await createDatabase(maintenance, "template0");
}

async function createDatabase(maintenance: DatabaseConfig, template: string): Promise<TestDatabase> {
  const name = uniqueName("dunlin_test");
  await onServer(maintenance, `create database ${name} template ${template} strategy file_copy`);
  const config = onDatabase(maintenance, name);
  const pool = createPool(config);
  return {
    pool,
    config,
    drop: async () => {
      await pool.end();
      await onServer(maintenance, `drop database if exists ${name} with (force)`);
    },
  };
}

let found: Promise<TestCluster> | undefined;

function findCluster(): Promise<TestCluster> {
  found ??= askForCluster();
  return found;
}

async function askForCluster(): Promise<TestCluster> {
  const response = await fetch(inject("databaseDoor"));
  if (!response.ok) throw new Error(`The test database could not be started: ${await response.text()}`);
  return testCluster.parse(await response.json());
}

async function onServer(maintenance: DatabaseConfig, statement: string): Promise<void> {
  const pool = createPool(maintenance, { max: 1 });
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}
