/** Station mapping: its rows, one for each version that is or was brought to the contacts. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { Rollout, RolloutPhase } from "./rollout.ts";

const columns = `version, phase, cursor, contacts, looked, affected, created_at as "createdAt", done_at as "doneAt"`;

/** Begins the rollout of a version; the ones before it are superseded. In the transaction that saves the version. */
export async function beginRollout(tx: Queryable, version: number): Promise<void> {
  await query(
    tx,
    sql.plain(
      `update mapping_rollouts set phase = 'superseded', done_at = now(), updated_at = now()
      where version < $1 and phase not in ('done', 'superseded')`,
      [version],
    ),
  );
  await query(tx, sql.plain("insert into mapping_rollouts (version) values ($1)", [version]));
}

/** The rollout of this version, or of the latest. */
export async function findRollout(db: Queryable, version?: number): Promise<Rollout | undefined> {
  const text = `select ${columns} from mapping_rollouts where version = coalesce($1, version) order by version desc limit 1`;
  const [row] = await query<Rollout>(db, sql.plain(text, [version ?? null]));
  return row;
}

/** The newest version below this one that came to its end. */
export async function findDoneBefore(db: Queryable, version: number): Promise<number | undefined> {
  const text = "select max(version) as version from mapping_rollouts where version < $1 and phase = 'done'";
  const [row] = await query<{ version: number | null }>(db, sql.plain(text, [version]));
  return row?.version ?? undefined;
}

/** Enters a phase; answers false when the rollout was superseded or ended meanwhile. */
export async function enterRolloutPhase(db: Queryable, version: number, phase: RolloutPhase): Promise<boolean> {
  const text = `update mapping_rollouts set phase = $2, updated_at = now(), done_at = case when $2 = 'done' then now() end
    where version = $1 and phase not in ('done', 'superseded') returning version`;
  return (await query(db, sql.plain(text, [version, phase]))).length > 0;
}

/** Notes how many contacts there are to look at. */
export async function saveRolloutContacts(db: Queryable, version: number, contacts: number): Promise<void> {
  const text = "update mapping_rollouts set updated_at = now(), contacts = $2 where version = $1";
  await query(db, sql.plain(text, [version, contacts]));
}

/** Notes a page that was looked at; answers false when the rollout was superseded meanwhile. */
export async function saveRolloutPage(
  db: Queryable,
  { version, cursor, looked, affected }: Pick<Rollout, "version" | "looked" | "affected"> & { readonly cursor: string },
): Promise<boolean> {
  const text = `update mapping_rollouts set cursor = $2, looked = looked + $3, affected = affected + $4, updated_at = now()
    where version = $1 and phase = 'looking' returning version`;
  return (await query(db, sql.plain(text, [version, cursor, looked, affected]))).length > 0;
}
