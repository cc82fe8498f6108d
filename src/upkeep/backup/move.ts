/**
 * Moves everything to another PostgreSQL, without a file in between and with a pause of as long as the copying takes.
 *
 * | moment | this database | the new one | if the move dies here |
 * | --- | --- | --- | --- |
 * | the nodes are held | they refuse deliveries with 503 and take no jobs | empty | the hold runs out by itself, the nodes go on |
 * | frozen | nobody can write | being filled, in one transaction | the locks go with the connection, the nodes go on; the new one stays empty |
 * | arrived | nobody can write | has everything | the nodes go on here; the copy is replaced by the next move |
 * | marked | for ever refuses every write, from the same instant on in which the locks go | is the current one | – |
 *
 * That nothing is lost rests on the locks and the mark, not on the nodes' obedience: a node that overlooks the hold waits
 * for a lock, and then its write is refused.
 */
import { setTimeout as wait } from "node:timers/promises";
import { runMigrations } from "graphile-worker";
import { migrate } from "../../db/migrate.ts";
import { createPool, type DatabaseConfig, type Pool } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { withLock } from "../../db/lock.ts";
import { AppError, messageOf } from "../../model/error.ts";
import { DatabaseUnsuitable, MoveUnfinished } from "./errors.ts";
import type { Shape } from "./format.ts";
import { holdNodes, holdTable } from "./hold.ts";
import { analyseTables, findRoom, listRunningNodes, withLoad, type Load, type LoadOptions, type Room } from "./load.ts";
import { findMoved, markMoved, refuseMoved } from "./moved.ts";
import { withSnapshot, type Snapshot } from "./snapshot.ts";

export type MoveWish = LoadOptions & {
  readonly from: DatabaseConfig;
  /** The address of the new database, which exists and belongs to the role in it. */
  readonly to: string;
  readonly nowMs: () => number;
  /** Told when a table has been copied. */
  readonly onTable?: (table: string, rows: number) => void;
  readonly signal?: AbortSignal;
};

export type MoveDone = {
  /** The new place without user and password. */
  readonly to: string;
  readonly rows: Readonly<Record<string, number>>;
  /** From the first refused delivery until the new database was complete. */
  readonly pausedMs: number;
  /** Dunlins that still run on the old database and refuse deliveries until they are started on the new one. */
  readonly running: readonly string[];
};

/** How long work that is under way may take to end; what has not ended then is done again in the new place. */
const quietWithinMs = 15_000;

/**
 * Moves the database of `from`, which has all migrations of this version, to the one at `to`. Throws
 * DatabaseUnsuitable, DatabaseNotEmpty, DatabaseInUse, DatabaseMoved before anything is touched; after any error but
 * MoveUnfinished the old database is as before and the new one as empty as before.
 */
export async function moveDatabase(wish: MoveWish): Promise<MoveDone> {
  const old = createPool(wish.from, { max: 4, statementTimeoutMs: 0 });
  const fresh = createPool({ kind: "url", url: wish.to }, { max: 2, statementTimeoutMs: 0 });
  try {
    return await withLock(old, "move", async () => {
      await refuseMoved(old);
      await prepare(fresh, wish.to);
      const room = await findRoom(fresh, wish);
      return await moveInto(room, old, wish);
    });
  } finally {
    await Promise.all([old.end(), fresh.end()]);
  }
}

/** `db.example.com:5432/dunlin` */
export function placeOf(address: string): string {
  const url = new URL(address);
  const host = url.searchParams.get("host") ?? url.hostname;
  return `${host}:${url.port || "5432"}${url.pathname}`;
}

async function moveInto(room: Room, old: Pool, wish: MoveWish): Promise<MoveDone> {
  const to = placeOf(wish.to);
  const startedMs = wish.nowMs();
  const hold = await holdNodes(old);
  try {
    await waitUntilQuiet(old, wish);
    const { rows, shape } = await copyAndClose(room, old, wish);
    const pausedMs = wish.nowMs() - startedMs;
    await hold.keep(`everything was moved to ${to}; set DATABASE_URL to it and restart`).catch(() => undefined);
    await analyseTables(room.pool, shape);
    return { to, rows, pausedMs, running: await listRunningNodes(old) };
  } finally {
    // The database may be what has failed; then the hold lapses.
    await hold.end().catch(() => undefined);
  }
}

type Copied = { readonly rows: Record<string, number>; readonly shape: Shape };

async function copyAndClose(room: Room, old: Pool, wish: MoveWish): Promise<Copied> {
  const to = placeOf(wish.to);
  const tables = [...room.own.carried.keys()];
  const frozen = tables.filter((table) => table !== holdTable);
  const arrived: Copied[] = [];
  try {
    return await withSnapshot(old, { tables, frozen }, async (snapshot) => {
      const rows = await withLoad(room, snapshot.shape, (load) => copyAll(snapshot, load, wish));
      const copied = { rows, shape: snapshot.shape };
      arrived.push(copied);
      await markMoved(snapshot.tx, frozen, { to, at: new Date(wish.nowMs()).toISOString() });
      return copied;
    });
  } catch (error) {
    const [copied] = arrived;
    if (copied === undefined) throw error;
    // The last commit may have taken place, and only its answer been lost.
    if ((await findMoved(old).catch(() => undefined)) === undefined) throw new MoveUnfinished(to, { cause: error });
    return copied;
  }
}

/** Brings the new database as far as a first start would, and says what is in the way of that. */
async function prepare(pool: Pool, address: string): Promise<void> {
  const place = placeOf(address);
  const [server] = await query<{ version: number; encoding: string; standby: boolean }>(
    pool,
    sql.plain(
      `select current_setting('server_version_num')::int / 10000 as version,
        current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`,
    ),
  ).catch((error: unknown) => {
    throw unsuitable(`The database at ${place} cannot be used`, error);
  });
  if (server === undefined || server.version < 15)
    throw new DatabaseUnsuitable(`The server at ${place} is PostgreSQL ${server?.version}; Dunlin needs 15 or newer.`);
  if (server.encoding !== "UTF8")
    throw new DatabaseUnsuitable(
      `The database at ${place} has the encoding ${server.encoding}. Make it anew: create database … encoding 'UTF8' template template0.`,
    );
  if (server.standby)
    throw new DatabaseUnsuitable(`The server at ${place} is a standby; give the address of its primary.`);
  try {
    await migrate(pool);
    await withLock(pool, "migrate", () => runMigrations({ pgPool: pool }));
  } catch (error) {
    throw unsuitable(
      `The database at ${place} could not be prepared; its role has to own it (create database dunlin owner …)`,
      error,
    );
  }
}

function unsuitable(what: string, error: unknown): unknown {
  if (error instanceof AppError && !(error.cause instanceof Error)) return error;
  const why = error instanceof AppError ? error.cause : error;
  return new DatabaseUnsuitable(`${what}: ${messageOf(why)}`, { cause: error });
}

const underWayText = `select
  (select count(*) from sync_jobs where leased_until > now())
  + (select count(*) from effects where leased_until > now())
  + (select count(*) from graphile_worker.jobs where locked_at is not null) as count`;

/** Waits for work that is under way, which need not end: what has no record in the new place is done there again. */
async function waitUntilQuiet(old: Pool, { nowMs, signal }: MoveWish): Promise<void> {
  const untilMs = nowMs() + quietWithinMs;
  while (nowMs() < untilMs) {
    signal?.throwIfAborted();
    if ((await listRunningNodes(old)).length === 0) return;
    const [row] = await query<{ count: number }>(old, sql.plain(underWayText));
    if (row?.count === 0) return;
    await wait(50);
  }
}

async function copyAll(snapshot: Snapshot, load: Load, wish: MoveWish): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const table of snapshot.shape.tables) {
    rows[table.name] = await copyTable(snapshot, load, { table, signal: wish.signal });
    wish.onTable?.(table.name, rows[table.name] ?? 0);
  }
  await load.complete(rows);
  // The hold is about the old database.
  await query(load.tx, sql.plain("delete from pauses where made_by = 'move'"));
  wish.signal?.throwIfAborted();
  return rows;
}

type Copying = { readonly table: Shape["tables"][number]; readonly signal: AbortSignal | undefined };

/** Answers how many rows PostgreSQL says it has sent. */
async function copyTable(snapshot: Snapshot, load: Load, { table, signal }: Copying): Promise<number> {
  const sink = load.open(table);
  let sent = 0;
  try {
    for await (const chunk of snapshot.rowsOf(table, (rows) => (sent = rows))) {
      signal?.throwIfAborted();
      await sink.write(chunk);
    }
    await sink.end();
    return sent;
  } catch (error) {
    await sink.fail(error instanceof Error ? error : new Error(messageOf(error)));
    throw error;
  }
}
