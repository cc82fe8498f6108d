/** When reconcile last compared a contact and found it right. */
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";

/** The end of the latest run through all contacts that found nothing to say about this one; null when there was none. */
export async function findConfirmedAt(db: Queryable, contactId: string): Promise<Date | null> {
  const text = `select max(r.ended_at) as at from reconcile_runs r
    where r.state = 'done' and r.options::json ->> 'account' is null
      and not exists (select 1 from drifts d where d.run_id = r.id and d.contact_id = $1)`;
  const [row] = await query<{ at: Date | null }>(db, sql.plain(text, [contactId]));
  return row?.at ?? null;
}
