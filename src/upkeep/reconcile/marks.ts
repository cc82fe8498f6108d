/** The rows behind a run: how far the lists of Stripe were compared, what they have shown, and what is suspected. */
import type { Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { parseStored } from "../../lib/json.ts";
import type { ObjectCopy, ObjectKind } from "../../model/stripe-object.ts";

/** A list of one account. */
export type PassKey = { readonly account: string; readonly resource: string };

/** One way through a list, from its newest object to its oldest; over several runs when the budget is short. */
export type Pass = PassKey & {
  readonly cursor: string | null;
  /** Stripe's clock at the first page. */
  readonly startedS: number;
  /** Stripe's clock at the latest page. */
  readonly answeredS: number;
  readonly marked: number;
};

type PassRow = { cursor: string | null; startedS: number; answeredS: number; marked: number };

/** The pass that was begun and did not come to its end. */
export async function findPass(db: Queryable, key: PassKey): Promise<Pass | undefined> {
  const text = `select cursor, started_s as "startedS", answered_s as "answeredS", marked from reconcile_passes
    where account = $1 and resource = $2`;
  const [row] = await query<PassRow>(db, sql.plain(text, [key.account, key.resource]));
  return row && { ...key, ...row };
}

/** The lists of an account that wait to be gone on with. */
export async function listOpenPasses(db: Queryable, account: string): Promise<readonly string[]> {
  const text = "select resource from reconcile_passes where account = $1";
  const rows = await query<{ resource: string }>(db, sql.plain(text, [account]));
  return rows.map(({ resource }) => resource);
}

export async function savePass(db: Queryable, pass: Pass): Promise<void> {
  const text = `insert into reconcile_passes (account, resource, cursor, started_s, answered_s, marked) values ($1, $2, $3, $4, $5, $6)
    on conflict (account, resource) do update set
      cursor = excluded.cursor, started_s = excluded.started_s, answered_s = excluded.answered_s, marked = excluded.marked`;
  const { account, resource, cursor, startedS, answeredS, marked } = pass;
  await query(db, sql.prepared("save_pass", text, [account, resource, cursor, startedS, answeredS, marked]));
}

/** Ends a pass, and forgets what it has seen. */
export async function endPass(db: Queryable, key: PassKey): Promise<void> {
  await query(
    db,
    sql.plain("delete from reconcile_passes where account = $1 and resource = $2", [key.account, key.resource]),
  );
  await clearMarks(db, scopeOf(key));
}

export function scopeOf({ account, resource }: PassKey): string {
  return `${account}/${resource}`;
}

/** Marks what a list has shown. Answers how many of them are new. */
export async function addMarks(db: Queryable, scope: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const text = `with added as (
      insert into reconcile_marks (scope, id) select $1, * from unnest($2::text[]) on conflict do nothing returning 1)
    select count(*) as count from added`;
  const [row] = await query<{ count: number }>(db, sql.prepared("add_marks", text, [scope, ids.toSorted()]));
  return row?.count ?? 0;
}

/** Whether all marks are still there: a crash of the database empties the table, and nothing would seem to be listed. */
export async function areMarksComplete(db: Queryable, scope: string, marked: number): Promise<boolean> {
  const text = "select count(*) as count from reconcile_marks where scope = $1";
  const [row] = await query<{ count: number }>(db, sql.plain(text, [scope]));
  return (row?.count ?? 0) >= marked;
}

export async function clearMarks(db: Queryable, scope: string): Promise<void> {
  await query(db, sql.plain("delete from reconcile_marks where scope = $1", [scope]));
}

/** A slice of a table that was looked through: what no list has shown, and where the next slice begins. */
export type Unmarked<T> = { readonly found: readonly T[]; readonly next: string | null };

const sliceSize = 20_000;

/**
 * Our copies of a kind that Stripe has not listed although they are older than the pass: of one slice of the table, so
 * that no statement takes long.
 */
export async function listUnlistedCopies(
  db: Queryable,
  { pass, kind, after }: { readonly pass: Pass; readonly kind: ObjectKind; readonly after: string },
): Promise<Unmarked<string>> {
  const text = `with slice as (
      select id, kind, deleted, as_of_s from stripe_objects where account = $1 and id > $2 order by id limit $3
    ) select max(s.id) as last, count(*) as size,
      coalesce(array_agg(s.id order by s.id) filter (where s.kind = $4 and not s.deleted and s.as_of_s < $5
        and not exists (select 1 from reconcile_marks m where m.scope = $6 and m.id = s.id)), '{}') as found
    from slice s`;
  const values = [pass.account, after, sliceSize, kind, pass.startedS, scopeOf(pass)];
  const [row] = await query<{ last: string | null; size: number; found: string[] }>(db, sql.plain(text, values));
  return { found: row?.found ?? [], next: row && row.size === sliceSize ? row.last : null };
}

/** Linked contacts that were not listed and were linked before the listing began; in the order of their ids. */
export async function listUnlistedContacts(
  db: Queryable,
  {
    after,
    beforeMs,
    account,
    limit,
  }: { readonly after: string; readonly beforeMs: number; readonly account: string | null; readonly limit: number },
): Promise<readonly string[]> {
  const text = `select i.contact_id from identities i
    where i.contact_id > $1 and i.state = 'linked' and i.checked_at < $2 and ($3::text is null or i.account = $3)
      and not exists (select 1 from reconcile_marks m where m.scope = $4 and m.id = i.contact_id)
    order by i.contact_id limit $5`;
  const values = [after, new Date(beforeMs), account, contactScope, limit];
  const rows = await query<{ contact_id: string }>(db, sql.plain(text, values));
  return rows.map(({ contact_id }) => contact_id);
}

/** The scope of contacts; accounts of Stripe have a slash in theirs. */
export const contactScope = "contacts";

/** What Stripe shows otherwise than our copies. */
export async function addSuspects(
  db: Queryable,
  runId: number,
  { account, copies }: { readonly account: string; readonly copies: readonly ObjectCopy[] },
): Promise<void> {
  if (copies.length === 0) return;
  const text = `insert into reconcile_suspects (run_id, account, place, id, copy)
    select $1, $2, * from unnest($3::smallint[], $4::text[], $5::text[])
    on conflict do nothing`;
  const sorted = copies.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const values = [
    runId,
    account,
    sorted.map(({ kind }) => (kind === "customer" ? 0 : 1)),
    sorted.map(({ id }) => id),
    sorted.map((copy) => JSON.stringify(copy)),
  ];
  await query(db, sql.prepared("add_suspects", text, values));
}

/** How long until the youngest suspect is as old as this; 0 when there is none, or all are. */
export async function suspectsWaitMs(db: Queryable, runId: number, ageMs: number): Promise<number> {
  const text = `select coalesce(greatest(0, $2::int - extract(epoch from now() - max(seen_at)) * 1000), 0)::float8 as wait
    from reconcile_suspects where run_id = $1`;
  const [row] = await query<{ wait: number }>(db, sql.plain(text, [runId, ageMs]));
  return Math.ceil(row?.wait ?? 0);
}

export type Suspects = { readonly account: string; readonly copies: readonly ObjectCopy[] };

/**
 * The next suspects of one account, taken out of the table; customers first. Those about which an event waits are
 * dropped: it is on its way. Undefined when there are no more.
 */
export async function takeSuspects(db: Queryable, runId: number, limit: number): Promise<Suspects | undefined> {
  const text = `with next as (
      select s.account, s.place, s.id from reconcile_suspects s
      where s.run_id = $1 and s.account = (select min(account) from reconcile_suspects where run_id = $1)
      order by s.place, s.id limit $2
    ), taken as (
      delete from reconcile_suspects s using next n where s.run_id = $1 and s.account = n.account and s.place = n.place and s.id = n.id
      returning s.account, s.id, s.copy
    ) select t.account, case when exists (
        select 1 from stripe_events e where e.account = t.account and e.state = 'waiting' and e.object_id = t.id) then null else t.copy end as copy
    from taken t`;
  const rows = await query<{ account: string; copy: string | null }>(db, sql.plain(text, [runId, limit]));
  const [first] = rows;
  if (!first) return undefined;
  const copies = rows.flatMap(({ copy }): readonly ObjectCopy[] => (copy === null ? [] : [parseStored(copy)]));
  return { account: first.account, copies };
}
