/** Vitest's global set-up: one PostgreSQL for the whole test run, started when the first test asks for a database. */
import { createServer } from "node:http";
import type { Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { TestProject } from "vitest/node";

import { openEmbedded } from "../../src/db/embedded.ts";
import type { EmbeddedDatabase } from "../../src/db/embedded.ts";
import { createPool } from "../../src/db/pool.ts";
import type { DatabaseConfig } from "../../src/db/pool.ts";
import { makeTemplate } from "./database-template.ts";
import type { TestCluster } from "./database-template.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Answers with where the databases of this run are made; the first question starts the server. */
    readonly databaseDoor: string;
  }
}

/** Opens the door and closes it, with everything behind it, after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = new LazyCluster();
  const door = createServer((_request, response) => {
    cluster.get().then(
      (found) => response.end(JSON.stringify(found)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  project.provide("databaseDoor", await listen(door));
  return async () => {
    await new Promise((resolve) => door.close(resolve));
    await cluster.remove();
  };
}

class LazyCluster {
  #found: Promise<TestCluster> | undefined;
  #embedded: EmbeddedDatabase | undefined;
  #folder: string | undefined;

  get(): Promise<TestCluster> {
    this.#found ??= this.#start();
    return this.#found;
  }

  async remove(): Promise<void> {
    const found = await this.#found?.catch(() => undefined);
    if (found !== undefined && this.#embedded === undefined) await dropTemplate(found);
    await this.#embedded?.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<TestCluster> {
    const maintenance = await this.#server();
    return { maintenance, template: await makeTemplate(maintenance) };
  }

  async #server(): Promise<DatabaseConfig> {
    const url = process.env["TEST_DATABASE_URL"];
    if (url !== undefined && url !== "") return { kind: "url", url };
    this.#folder = await mkdtemp(join(tmpdir(), "dunlin-test-"));
    this.#embedded = await openEmbedded({
      dataDir: this.#folder,
      database: "dunlin",
      log: { info: () => undefined, warn: (o, m) => console.warn(m, o) },
      own: true,
      // The data lives as long as the run, so nothing need reach the disk; tests of durability start servers of their own.
      settings: { fsync: "off", full_page_writes: "off", max_connections: "200", autovacuum_naptime: "10min" },
    });
    return this.#embedded.connection;
  }
}

async function dropTemplate({ maintenance, template }: TestCluster): Promise<void> {
  const pool = createPool(maintenance, { max: 1 });
  await pool.query(`drop database if exists ${template} with (force)`);
  await pool.end();
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The door has no port.");
  return `http://127.0.0.1:${address.port}/`;
}
