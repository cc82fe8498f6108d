/** What a database held at one instant, to be read table by table. */
import pg from "pg";
import { errorCode, isSerializationFailure, toDatabaseError } from "../../db/failure.ts";
import { query, sql } from "../../db/query.ts";
import type { Pool, Tx } from "../../db/pool.ts";
import { copyOut, prepareToCopy } from "./copy.ts";
import { MoveBusy } from "./errors.ts";
import type { Shape } from "./format.ts";
import { readShape } from "./schema.ts";
import { lockSlowJobsText, slowJobsTable, slowJobsText } from "./slow-jobs.ts";

export type Snapshot = {
  /** The transaction that sees this instant. */
  readonly tx: Tx;
  /** When it is, by the database's clock. */
  readonly at: Date;
  /** Dunlin's tables, and the slow jobs as the last one. */
  readonly shape: Shape;
  /** The rows of a table, in pieces that end anywhere; `onEnd` is told how many PostgreSQL has sent. */
  rowsOf(table: Shape["tables"][number], onEnd: (rows: number) => void): AsyncIterable<Buffer>;
};

export type SnapshotOptions = {
  /** The tables to be read. */
  readonly tables: readonly string[];
  /** Those that nobody else can write to until the work is over, slow jobs included; without it everybody goes on writing. */
  readonly frozen?: readonly string[];
};

/**
 * Runs work on one instant of these tables and commits when it returns. The pool needs two connections without a limit
 * on statements; the second one cancels what was left unread.
 */
export async function withSnapshot<Result>(
  pool: Pool,
  { tables, frozen }: SnapshotOptions,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const tx = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    await query(tx, sql.plain(`begin isolation level repeatable read${frozen ? "" : ", read only"}`));
    await prepareToCopy(tx);
    // Before anything is read: the instant is that of the first look.
    if (frozen) await freeze(tx, frozen);
    const result = await work(await takeSnapshot(pool, tx, tables));
    await query(tx, sql.plain("commit"));
    tx.release();
    return result;
  } catch (error) {
    const isClean = await tx.query("rollback").then(
      () => true,
      () => false,
    );
    tx.release(!isClean);
    throw toDatabaseError(error);
  }
}

async function takeSnapshot(pool: Pool, tx: Tx, tables: readonly string[]): Promise<Snapshot> {
  const [now] = await query<{ at: Date }>(tx, sql.plain("select clock_timestamp() as at"));
  const shape = await readShape(tx, tables);
  return {
    tx,
    at: now?.at ?? new Date(0),
    shape: {
      ...shape,
      tables: [...shape.tables, { name: slowJobsTable.name, columns: [...slowJobsTable.columns] }],
    },
    rowsOf: ({ name, columns }, onEnd) => copyOut(pool, tx, { statement: copyText(name, columns), onEnd }),
  };
}

function copyText(name: string, columns: readonly string[]): string {
  if (name === slowJobsTable.name) return `copy (${slowJobsText}) to stdout`;
  const list = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
  // A query instead of the table's name, because only so the rows of partitions come along.
  return `copy (select ${list} from ${pg.escapeIdentifier(name)}) to stdout`;
}

/** SQLSTATE lock_not_available: the lock timeout. */
const lockTimeout = "55P03";

/** The weakest lock that keeps out everybody who writes, and nobody who reads. */
async function freeze(tx: Tx, tables: readonly string[]): Promise<void> {
  const names = tables.map((table) => pg.escapeIdentifier(table)).join(", ");
  try {
    await query(tx, sql.plain(`lock table ${names} in share mode`));
    await query(tx, sql.plain(lockSlowJobsText));
  } catch (error) {
    const isBusy =
      isSerializationFailure(error) || errorCode(error instanceof Error ? error.cause : error) === lockTimeout;
    throw isBusy ? new MoveBusy({ cause: error }) : error;
  }
}
