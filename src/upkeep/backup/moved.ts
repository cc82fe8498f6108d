/**
 * The mark of a database that was moved away. It comes with a fence: from the same instant on every write to Dunlin's
 * tables is refused by the database itself, so that a node which still runs on it cannot accept anything that would be
 * missing in the new one. Such a node answers deliveries with 503, and Stripe sends them again.
 */
import pg from "pg";
import { findSetting, saveSetting } from "../../connections/store.ts";
import { query, sql } from "../../db/query.ts";
import type { Pool, Queryable, Tx } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { isRecord } from "../../lib/json.ts";
import { doubtTheWorld } from "./doubt.ts";
import { DatabaseMoved } from "./errors.ts";
import { releaseNodes } from "./hold.ts";

export type Moved = {
  /** Host, port and database, without user and password. */
  readonly to: string;
  /** When, as an ISO instant. */
  readonly at: string;
};

const movedSetting = "moved";

/** Where this database was moved to, if it was; also for one that has no tables yet. */
export async function findMoved(db: Queryable): Promise<Moved | undefined> {
  const [row] = await query<{ exists: boolean }>(db, sql.plain("select to_regclass('settings') is not null as exists"));
  if (!row?.exists) return undefined;
  const value = await findSetting(db, movedSetting);
  if (!isRecord(value)) return undefined;
  return { to: String(value["to"]), at: String(value["at"]) };
}

/** Throws DatabaseMoved for a database that was moved away; called before anything is changed in it. */
export async function refuseMoved(db: Queryable): Promise<void> {
  const moved = await findMoved(db);
  if (moved) throw new DatabaseMoved(moved);
}

/** The program takes this state for a database that is away; see src/db/failure.ts. */
const fenceText = `
create function refuse_moved() returns trigger language plpgsql as $$
begin
  raise exception 'this database was moved away' using errcode = 'read_only_sql_transaction';
end $$`;

/** Marks and fences, in the transaction that froze these tables. */
export async function markMoved(tx: Tx, tables: readonly string[], moved: Moved): Promise<void> {
  await saveSetting(tx, movedSetting, moved);
  await query(tx, sql.plain(fenceText));
  for (const table of tables) {
    const text = `create trigger moved before insert or update or delete or truncate on ${pg.escapeIdentifier(table)}
      for each statement execute function refuse_moved()`;
    await query(tx, sql.plain(text));
  }
}

/** Makes a moved database usable again; answers where it had been moved to. Work went on there, so it may be done. */
export async function unmarkMoved(pool: Pool): Promise<Moved | undefined> {
  const moved = await findMoved(pool);
  if (!moved) return undefined;
  await transaction(pool, async (tx) => {
    await query(tx, sql.plain("drop function refuse_moved() cascade"));
    await query(tx, sql.plain("delete from settings where name = $1", [movedSetting]));
    await doubtTheWorld(tx);
  });
  await releaseNodes(pool);
  return moved;
}
