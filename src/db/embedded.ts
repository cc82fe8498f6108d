/** Opens the embedded database: real PostgreSQL on a data folder, started, adopted, watched over and stopped by us. */
import { setTimeout as wait } from "node:timers/promises";

import pg from "pg";

import { embeddedRole } from "./embedded/cluster.ts";
import { prepareLayout } from "./embedded/layout.ts";
import type { Layout } from "./embedded/layout.ts";
import { trimLog } from "./embedded/log-file.ts";
import { acquireServer, stopServer } from "./embedded/server.ts";
import type { Server } from "./embedded/server.ts";
import { errorCode, toDatabaseError } from "./failure.ts";
import type { DatabaseConfig } from "./pool.ts";

export type EmbeddedOptions = {
  /** Everything of the embedded database lives in this folder. */
  readonly dataDir: string;
  /** Created when it is missing. */
  readonly database: string;
  readonly log: { info(o: object, m: string): void; warn(o: object, m: string): void };
  /** `true` for the long-running server, which starts PostgreSQL again when it dies; `false` for a command beside it. */
  readonly own: boolean;
  /** Settings of PostgreSQL that differ from ours, by name. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type EmbeddedDatabase = {
  /** What `createPool` needs. */
  readonly connection: Extract<DatabaseConfig, { kind: "socket" }>;
  /** The server was running already, started by another process or by one that was killed. */
  readonly adopted: boolean;
  /** Calls back each time the server is lost without having been stopped by us. */
  onExit(listener: () => void): void;
  /** Leaves the server, and stops it unless another process uses it. Close your pools first. */
  stop(): Promise<void>;
};

const trimIntervalMs = 10 * 60_000;
/** A server that lived less long than this counts as dying again and again. */
const steadyAfterMs = 30_000;
const backoffBaseMs = 100;
const backoffMaxMs = 10_000;

/** Starts or adopts the server of the data folder, and makes sure that the database exists. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const layout = await prepareLayout(options.dataDir);
  const supervisor = new Supervisor(options, layout);
  const server = await supervisor.start();
  options.log.info(
    { dataDir: layout.base, pid: server.pid, adopted: server.adopted },
    "the embedded database is ready",
  );
  return {
    connection: { kind: "socket", host: server.socketFolder, user: embeddedRole, database: options.database },
    adopted: server.adopted,
    onExit: (listener) => supervisor.onExit(listener),
    stop: () => supervisor.stop(),
  };
}

/** Holds our share in the server, gets it back when the server dies, and gives it up at the end. */
class Supervisor {
  readonly #options: EmbeddedOptions;
  readonly #layout: Layout;
  readonly #stopping = new AbortController();
  readonly #listeners: (() => void)[] = [];
  #server: Server | undefined;
  #recovery: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #trimTimer: NodeJS.Timeout | undefined;
  #quickDeaths = 0;

  constructor(options: EmbeddedOptions, layout: Layout) {
    this.#options = options;
    this.#layout = layout;
  }

  async start(): Promise<Server> {
    const server = await this.#acquire();
    try {
      await ensureDatabase(server, this.#options.database);
    } catch (error) {
      await this.stop();
      throw toDatabaseError(error);
    }
    server.keeper.rest();
    if (this.#options.own)
      this.#trimTimer = setInterval(() => void trimLog(this.#layout.logFile).catch(ignore), trimIntervalMs).unref();
    return server;
  }

  onExit(listener: () => void): void {
    this.#listeners.push(listener);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #acquire(): Promise<Server> {
    const server = await acquireServer({
      layout: this.#layout,
      settings: this.#options.settings ?? {},
      signal: this.#stopping.signal,
    });
    this.#server = server;
    const readyAt = Date.now();
    void server.keeper.lost.then(() => this.#onLost(Date.now() - readyAt));
    return server;
  }

  #onLost(livedMs: number): void {
    this.#server = undefined;
    if (this.#stopping.signal.aborted) return;
    this.#options.log.warn({ dataDir: this.#layout.base, livedMs }, "the embedded database was lost");
    for (const listener of this.#listeners) listener();
    this.#quickDeaths = livedMs < steadyAfterMs ? this.#quickDeaths + 1 : 0;
    if (this.#options.own) this.#recovery = this.#recover().catch(ignore);
  }

  /** Tries until it works or we are stopped; the first time at once, a server that keeps dying ever more slowly. */
  async #recover(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = Math.max(0, this.#quickDeaths - 1); !signal.aborted; failures += 1) {
      if (failures > 0) await wait(Math.min(backoffMaxMs, backoffBaseMs * 2 ** failures), undefined, { signal });
      try {
        const server = await this.#acquire();
        server.keeper.rest();
        this.#options.log.info({ pid: server.pid, adopted: server.adopted }, "the embedded database is back");
        return;
      } catch (error) {
        if (!signal.aborted) this.#options.log.warn({ err: error }, "the embedded database could not be started again");
      }
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#trimTimer);
    await this.#recovery;
    const server = this.#server;
    if (server === undefined) return;
    // When the connection breaks in this moment, the server is gone or somebody else's affair.
    const last = await server.keeper.leave().catch(() => false);
    if (last && !(await stopServer(server, this.#layout.cluster))) {
      this.#options.log.warn({ pid: server.pid }, "the embedded database did not stop in time");
    }
    await server.keeper.end().catch(ignore);
  }
}

function ignore(): void {}

async function ensureDatabase(server: Server, name: string): Promise<void> {
  const { client } = server.keeper;
  const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
  if (rowCount !== 0) return;
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    // Another process made it in the same moment.
    if (errorCode(error) !== "42P04" && errorCode(error) !== "23505") throw error;
  }
}
