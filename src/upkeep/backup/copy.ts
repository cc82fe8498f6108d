/** Rows out of and into a table by PostgreSQL's COPY, as streams that wait for each other. */
import { finished } from "node:stream/promises";
import type { Readable, Writable } from "node:stream";
import pg from "pg";
import { from, to } from "pg-copy-streams";
import { toDatabaseError } from "../../db/failure.ts";
import { query, sql } from "../../db/query.ts";
import type { Pool, Queryable, Tx } from "../../db/pool.ts";

/** What makes rows mean the same wherever they are written and read. */
const sessionText = `
set local client_encoding = 'UTF8';
set local datestyle = 'ISO';
set local intervalstyle = 'postgres';
set local timezone = 'UTC';
-- Bodies of events are text: escaped they keep their size, as hexadecimal digits they would double it.
set local bytea_output = 'escape';
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = '10min';
set local lock_timeout = '5s'`;

/** Prepares a transaction for copying. */
export async function prepareToCopy(tx: Queryable): Promise<void> {
  await query(tx, sql.plain(sessionText));
}

/** `"stripe_events" ("account", "id", …)` */
export function tableWithColumns(table: string, columns: readonly string[]): string {
  return `${pg.escapeIdentifier(table)} (${columns.map((column) => pg.escapeIdentifier(column)).join(", ")})`;
}

export type CopyOut = {
  /** `copy … to stdout` */
  readonly statement: string;
  /** Told at the end how many rows PostgreSQL says it has sent. */
  readonly onEnd: (rows: number) => void;
};

/**
 * The rows of a statement, in pieces that end anywhere. Who stops reading in the middle leaves a connection that is still
 * usable: the statement is cancelled from another connection of the pool.
 */
export async function* copyOut(pool: Pool, tx: Tx, { statement, onEnd }: CopyOut): AsyncGenerator<Buffer> {
  const [self] = await query<{ pid: number }>(tx, sql.plain("select pg_backend_pid() as pid"));
  // The count comes behind the last row, and only then is the connection free for the next statement.
  const isFree = new Promise<void>((resolve) => tx.once("drain", resolve));
  const stream = tx.query(to(statement));
  let isOpen = true;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk;
    isOpen = false;
  } catch (error) {
    isOpen = false;
    throw toDatabaseError(error);
  } finally {
    if (isOpen) await cancel(pool, stream, self?.pid ?? 0);
  }
  await isFree;
  onEnd(stream.rowCount);
}

async function cancel(pool: Pool, stream: Readable, pid: number): Promise<void> {
  await query(pool, sql.plain("select pg_cancel_backend($1)", [pid]));
  stream.resume();
  await finished(stream).catch(() => undefined);
}

/** The way into a table. */
export type RowSink = {
  /** Takes rows, in pieces that end anywhere; resolves when there is room for more. */
  write(chunk: Buffer): Promise<void>;
  /** Ends the statement and answers how many rows the table took. */
  end(): Promise<number>;
  /** Gives up, so that the connection can be used to roll back. */
  fail(why: Error): Promise<void>;
};

/** Opens `copy … from stdin` for these columns. */
export function copyIn(tx: Tx, target: string): RowSink {
  const stream = tx.query(from(`copy ${target} from stdin`));
  // Heard by `end` or the next `write`; an error between two of them must not end the process.
  let failure: unknown;
  stream.on("error", (error) => (failure = error));
  const check = (): void => {
    if (failure !== undefined) throw toDatabaseError(failure);
  };
  return {
    async write(chunk) {
      check();
      if (!stream.write(chunk) && failure === undefined) await drained(stream);
      check();
    },
    async end() {
      check();
      stream.end();
      await finished(stream).catch((error: unknown) => {
        throw toDatabaseError(error);
      });
      return stream.rowCount;
    },
    async fail(why) {
      if (failure !== undefined) return; // the server has ended it already
      stream.destroy(why);
      await finished(stream).catch(() => undefined);
    },
  };
}

/** Resolves when there is room, or when there never will be. */
async function drained(stream: Writable): Promise<void> {
  const events = ["drain", "error", "close"] as const;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
