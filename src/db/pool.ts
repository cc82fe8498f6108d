/** Builds the connection pool that everything in Dunlin reads and writes PostgreSQL through. */
import pg from "pg";

import { AppError } from "../model/error.ts";

export type Pool = pg.Pool;
/** One checked-out connection; inside `transaction` it is the open transaction. */
export type Tx = pg.PoolClient;
/** Where a single statement may run. */
export type Queryable = Pick<pg.ClientBase, "query"> | Pick<pg.Pool, "query">;

/** How to reach PostgreSQL: an address given by the operator, or the socket of the embedded server. */
export type DatabaseConfig =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "socket"; readonly host: string; readonly user: string; readonly database: string };

export type PoolOptions = {
  /** Connections at most; the embedded server allows 60 in all. */
  readonly max?: number;
  /** `false`: commits do not wait for the disk. Only for rows that may be lost and written again, such as leases. */
  readonly durable?: boolean;
  /** The server ends a longer statement; 0: never, for copying whole tables. */
  readonly statementTimeoutMs?: number;
  readonly log?: { warn(o: object, m: string): void };
};

/** The address is no URL. It is not repeated here, because it holds a password. */
export class DatabaseUrlInvalid extends AppError {
  readonly code = "DATABASE_URL_INVALID";
  readonly kind = "invalid";
  /** `name` is where it was given. */
  constructor(name = "DATABASE_URL") {
    super(
      `${name} is not a URL. It looks like postgres://user:password@host:5432/database; special characters in the password are percent-encoded.`,
    );
  }
}

/** The embedded server has no TCP port; this number only names its socket file. */
export const socketPort = 5432;

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 60_000;
const idleInTransactionTimeoutMs = 60_000;
/** How much longer than the server we wait for an answer, for the case that the network has swallowed it. */
const answerGraceMs = 5_000;

/** A pool of connections with Dunlin's types and limits. It never ends the process when a connection breaks. */
export function createPool(config: DatabaseConfig, options: PoolOptions = {}): Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new pg.Pool({
    ...addressOf(config, sessionSettings(options.durable ?? true)),
    application_name: "dunlin",
    max: options.max ?? 10,
    types,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + answerGraceMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const report = (error: Error): void => {
    // At the end the server may close what we are closing too.
    if (!pool.ending) options.log?.warn({ err: error }, "a database connection was lost");
  };
  pool.on("error", report);
  // The pool takes its own listener off while a client is checked out; without one, a connection
  // that breaks between two statements of a transaction would be an uncaught error.
  pool.on("connect", (client) => client.on("error", ignore));
  return pool;
}

function ignore(): void {}

/** UTC and ISO dates whatever the server's defaults are, so that SQL about days means the same everywhere. */
function sessionSettings(durable: boolean): string {
  const settings = ["-c timezone=UTC", "-c datestyle=ISO"];
  if (!durable) settings.push("-c synchronous_commit=off");
  return settings.join(" ");
}

function addressOf(config: DatabaseConfig, settings: string): pg.ClientConfig {
  switch (config.kind) {
    case "url":
      return { connectionString: withSettings(config.url, settings) };
    case "socket":
      return {
        host: config.host,
        port: socketPort,
        user: config.user,
        database: config.database,
        ssl: false,
        options: settings,
      };
  }
}

/** In the driver the address wins over other options, so ours are added to those in the address. */
function withSettings(address: string, settings: string): string {
  // The error of `new URL` carries the whole address, password included.
  if (!URL.canParse(address)) throw new DatabaseUrlInvalid();
  const url = new URL(address);
  const given = url.searchParams.get("options");
  url.searchParams.set("options", given === null ? settings : `${given} ${settings}`);
  return url.toString();
}

/** An 8-byte integer as a number; one that a number cannot hold is refused rather than rounded. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`The database returned the integer ${text}, which is too large to be exact.`);
  return value;
}

const keepText = (text: string): string => text;

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, parseInt8);
// The driver would read a day as midnight in the time zone of this machine.
types.setTypeParser(pg.types.builtins.DATE, keepText);
