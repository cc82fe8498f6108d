/** Station contacts' store: links between customers and contacts, and the record of every write. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { parseStored } from "../lib/json.ts";
import { laneOfRank, laneRank, type Lane } from "../model/lane.ts";
import type { Identity, IdentityReason, IdentityState, MatchedBy } from "./identity.ts";

type IdentityRow = {
  readonly customer_id: string;
  readonly state: IdentityState;
  readonly reason: IdentityReason | null;
  readonly contact_id: string | null;
  readonly matched_by: MatchedBy | null;
  readonly inputs: string;
  readonly known: string | null;
  readonly checked_at: Date;
};

/** The identities of these customers, by customer. */
export async function findIdentities(
  db: Queryable,
  account: string,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, Identity>> {
  const text = `select customer_id, state, reason, contact_id, matched_by, inputs, known, checked_at
    from identities where account = $1 and customer_id = any($2)`;
  const rows = await query<IdentityRow>(db, sql.prepared("find_identities", text, [account, customerIds]));
  return new Map(rows.map((row) => [row.customer_id, toIdentity(row)]));
}

function toIdentity(row: IdentityRow): Identity {
  return {
    state: row.state,
    reason: row.reason,
    contactId: row.contact_id,
    matchedBy: row.matched_by,
    inputs: row.inputs,
    known: row.known === null ? null : parseStored(row.known),
    checkedAtMs: row.checked_at.getTime(),
  };
}

/** The customer that a contact is linked to; at most one. */
export async function findCustomerOfContact(db: Queryable, account: string, contactId: string): Promise<string | null> {
  const text = "select customer_id from identities where account = $1 and contact_id = $2";
  const [row] = await query<{ customer_id: string }>(
    db,
    sql.prepared("find_customer_of_contact", text, [account, contactId]),
  );
  return row?.customer_id ?? null;
}

export type IdentityRecord = { readonly account: string; readonly customerId: string; readonly identity: Identity };

/**
 * Saves links and what Intercom accepted. Rows are taken in the order of their keys. A contact belongs to one customer:
 * who comes second, in the table or in this list, is saved as quarantined.
 */
export async function saveIdentities(db: Queryable, records: readonly IdentityRecord[]): Promise<void> {
  if (records.length === 0) return;
  const sorted = records.toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1));
  const text = `insert into identities (account, customer_id, state, reason, contact_id, matched_by, inputs, known, checked_at)
    select n.account, n.customer_id,
      case when t.taken then 'quarantined' else n.state end, case when t.taken then 'contact_shared' else n.reason end,
      case when not t.taken then n.contact_id end, case when not t.taken then n.matched_by end, n.inputs,
      case when not t.taken then n.known end, n.checked_at
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
      with ordinality as n (account, customer_id, state, reason, contact_id, matched_by, inputs, known, checked_at, place)
    cross join lateral (select n.contact_id is not null and (
      exists (select 1 from identities o
        where o.account = n.account and o.contact_id = n.contact_id and o.customer_id <> n.customer_id)
      or exists (select 1 from unnest($1::text[], $4::text[], $2::text[], $5::text[]) as e (account, reason, customer_id, contact_id)
        where e.account = n.account and e.contact_id = n.contact_id and e.customer_id < n.customer_id)) as taken) t
    on conflict (account, customer_id) do update set
      state = excluded.state, reason = excluded.reason, contact_id = excluded.contact_id, matched_by = excluded.matched_by,
      inputs = excluded.inputs, known = excluded.known, checked_at = excluded.checked_at`;
  const column = <T>(take: (record: IdentityRecord) => T): T[] => sorted.map(take);
  const values = [
    column(({ account }) => account),
    column(({ customerId }) => customerId),
    column(({ identity }) => identity.state),
    column(({ identity }) => identity.reason),
    column(({ identity }) => identity.contactId),
    column(({ identity }) => identity.matchedBy),
    column(({ identity }) => identity.inputs),
    column(({ identity }) => (identity.known ? JSON.stringify(identity.known) : null)),
    column(({ identity }) => new Date(identity.checkedAtMs)),
  ];
  await query(db, sql.prepared("save_identities", text, values));
}

/** One write to a contact, as it is kept. */
export type ContactWrite = {
  readonly account: string;
  readonly customerId: string;
  readonly contactId: string;
  readonly kind: "create" | "update";
  readonly lane: Lane;
  /** [[name, before, after], …] */
  readonly changes: string;
  readonly requestId: string | null;
  readonly lagMs: number;
  readonly at: Date;
};

/** Records writes. */
export async function recordWrites(db: Queryable, writes: readonly ContactWrite[]): Promise<void> {
  if (writes.length === 0) return;
  const text = `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes, request_id, lag_ms, at)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::int[], $9::timestamptz[])`;
  const column = <T>(take: (write: ContactWrite) => T): T[] => writes.map(take);
  const values = [
    column(({ account }) => account),
    column(({ customerId }) => customerId),
    column(({ contactId }) => contactId),
    column(({ kind }) => kind),
    column(({ lane }) => laneRank(lane)),
    column(({ changes }) => changes),
    column(({ requestId }) => requestId),
    column(({ lagMs }) => Math.round(lagMs)),
    column(({ at }) => at),
  ];
  await query(db, sql.prepared("record_writes", text, values));
}

type WriteRow = {
  readonly id: number;
  readonly customer_id: string;
  readonly contact_id: string;
  readonly kind: "create" | "update";
  readonly lane: number;
  readonly changes: string;
  readonly lag_ms: number | null;
  readonly at: Date;
};

export type WriteSummary = Omit<WriteRow, "lane"> & { readonly lane: Lane };

/** The latest writes, newest first. */
export async function listLatestWrites(
  db: Queryable,
  account: string,
  limit: number,
): Promise<readonly WriteSummary[]> {
  const text = `select id, customer_id, contact_id, kind, lane, changes, lag_ms, at from contact_writes
    where account = $1 order by id desc limit $2`;
  const rows = await query<WriteRow>(db, sql.prepared("list_latest_writes", text, [account, limit]));
  return rows.map((row) => ({ ...row, lane: laneOfRank(row.lane) }));
}

export type IdentityCount = {
  readonly state: IdentityState;
  readonly reason: IdentityReason | null;
  readonly count: number;
};

/** How many customers are linked, left out, quarantined …, and why. */
export async function countIdentities(db: Queryable, account: string): Promise<readonly IdentityCount[]> {
  const text = `select state, reason, count(*) as count from identities where account = $1 group by state, reason`;
  return query<IdentityCount>(db, sql.prepared("count_identities", text, [account]));
}

/** Customers without contact who wait under this e-mail or user id, as their stored inputs say. */
export async function findUnlinkedBy(
  db: Queryable,
  account: string,
  { userId, email }: { readonly userId: string | null; readonly email: string | null },
): Promise<readonly string[]> {
  const text = `select customer_id from identities
    where account = $1 and state in ('left_out', 'archived', 'quarantined')
      and (($2::text is not null and inputs::json ->> 0 = $2) or ($3::text is not null and inputs::json ->> 1 = $3))
    limit 100`;
  const rows = await query<{ customer_id: string }>(db, sql.plain(text, [account, userId, email]));
  return rows.map(({ customer_id }) => customer_id);
}

/** Forgets when these customers were last looked up, so that the next job looks again. */
export async function forgetLookups(db: Queryable, account: string, customerIds: readonly string[]): Promise<void> {
  const text = "update identities set checked_at = 'epoch' where account = $1 and customer_id = any($2)";
  await query(db, sql.plain(text, [account, customerIds]));
}

/** A contact was deleted: its customer keeps the tombstone and never gets a contact again by itself. */
export async function markGone(db: Queryable, account: string, contactId: string): Promise<void> {
  const text = `update identities set state = 'gone', reason = 'contact_deleted', known = null
    where account = $1 and contact_id = $2`;
  await query(db, sql.plain(text, [account, contactId]));
}

/** A contact has to be read again before anything is written: archived, brought back, or merged into another one. Answers its customer. */
export async function markForReading(
  db: Queryable,
  account: string,
  { contactId, survivorId }: { readonly contactId: string; readonly survivorId: string | null },
): Promise<string | null> {
  const text = `update identities i set state = 'archived', reason = 'contact_archived', known = null, checked_at = 'epoch',
      contact_id = case when $3::text is null or exists (select 1 from identities o where o.account = $1 and o.contact_id = $3)
        then i.contact_id else $3 end
    where account = $1 and contact_id = $2 and state in ('linked', 'archived') returning customer_id`;
  const [row] = await query<{ customer_id: string }>(db, sql.plain(text, [account, contactId, survivorId]));
  return row?.customer_id ?? null;
}
