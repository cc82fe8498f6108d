/** Station contacts' store: links between customers and contacts, and the record of every write. */
import { isUniqueViolation } from "../db/failure.ts";
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { parseStored } from "../lib/json.ts";
import { byCustomerKey, customerKeyText, isSameCustomer, keyColumns, type CustomerKey } from "../model/customer-key.ts";
import { laneOfRank, laneRank, type Lane } from "../model/lane.ts";
import type { Decision, Identity, IdentityReason, IdentityState, MatchedBy } from "./identity.ts";
import type { KnownContact } from "./known.ts";

type IdentityRow = {
  readonly account: string;
  readonly customer_id: string;
  readonly state: IdentityState;
  readonly reason: IdentityReason | null;
  readonly contact_id: string | null;
  readonly matched_by: MatchedBy | null;
  readonly inputs: string;
  readonly known: string | null;
  readonly doubted: boolean;
  readonly checked_at: Date;
  readonly leader_account: string | null;
  readonly leader_id: string | null;
  /** [[account, customer id], …] */
  readonly members: string | null;
  readonly proposals: string | null;
  readonly decision: "link" | "ignore" | null;
  readonly contact_wanted: string | null;
  readonly version: string;
};

/** The transaction that last wrote the row tells its states apart, whoever it was and for whatever reason. */
const rowVersion = "i.xmin::text";

const identityColumns = `${rowVersion} as version, i.account, i.customer_id, i.state, i.reason, i.contact_id, i.matched_by, i.inputs, i.known, i.doubted, i.checked_at,
  i.leader_account, i.leader_id, i.proposals, i.decision, i.contact_wanted,
  case when i.leader_id is null then (
    select json_agg(json_build_array(m.account, m.customer_id) order by m.account, m.customer_id)::text
    from identities m where m.leader_account = i.account and m.leader_id = i.customer_id) end as members`;

/** The identities of these customers, by `customerKeyText`. */
export async function findIdentities(
  db: Queryable,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, Identity>> {
  if (customers.length === 0) return new Map();
  const text = `select ${identityColumns} from unnest($1::text[], $2::text[]) as k (account, customer_id)
    join identities i on i.account = k.account and i.customer_id = k.customer_id`;
  const rows = await query<IdentityRow>(db, sql.prepared("find_identities", text, keyColumns(customers)));
  return new Map(rows.map((row) => [customerKeyText(keyOf(row)), toIdentity(row)]));
}

/** A customer with their identity. */
export type Identified = { readonly customer: CustomerKey; readonly identity: Identity };

/** Who has these contacts; of each person the leader, which knows its members. */
export async function listLeadersByContact(
  db: Queryable,
  contactIds: readonly string[],
): Promise<readonly Identified[]> {
  const text = `select ${identityColumns} from identities i where i.contact_id = any($1)`;
  const rows = await query<IdentityRow>(db, sql.prepared("list_leaders_by_contact", text, [contactIds]));
  return rows.map(toIdentified);
}

/** The leaders of linked contacts, in the order of the contacts' ids, after this one. */
export async function listLinked(
  db: Queryable,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly Identified[]> {
  const text = `select ${identityColumns} from identities i where i.contact_id > $1 and i.state = 'linked'
    order by i.contact_id limit $2`;
  return (await query<IdentityRow>(db, sql.plain(text, [after, limit]))).map(toIdentified);
}

/** How many contacts customers are linked to. */
export async function countLinked(db: Queryable): Promise<number> {
  const text = "select count(*)::int as count from identities where contact_id is not null and state = 'linked'";
  const [row] = await query<{ count: number }>(db, sql.plain(text));
  return row?.count ?? 0;
}

function keyOf(row: { readonly account: string; readonly customer_id: string }): CustomerKey {
  return { account: row.account, customerId: row.customer_id };
}

function toIdentified(row: IdentityRow): Identified {
  return { customer: keyOf(row), identity: toIdentity(row) };
}

function toIdentity(row: IdentityRow): Identity {
  const members = row.members === null ? [] : parseStored<readonly (readonly [string, string])[]>(row.members);
  return {
    state: row.state,
    reason: row.reason,
    contactId: row.contact_id,
    matchedBy: row.matched_by,
    inputs: row.inputs,
    known: row.known === null ? null : parseStored(row.known),
    doubted: row.doubted,
    checkedAtMs: row.checked_at.getTime(),
    leader:
      row.leader_account === null || row.leader_id === null
        ? null
        : { account: row.leader_account, customerId: row.leader_id },
    members: members.map(([account, customerId]) => ({ account, customerId })),
    proposals: row.proposals === null ? [] : parseStored(row.proposals),
    decision: toDecision(row),
    version: row.version,
  };
}

/** A decision to link is done once the contact that was wanted is no longer noted. */
function toDecision({ decision, contact_wanted: contactId }: IdentityRow): Decision | null {
  if (decision === "ignore") return { kind: "ignore" };
  return decision === "link" && contactId !== null ? { kind: "link", contactId } : null;
}

export type Reservation = {
  readonly customer: CustomerKey;
  readonly contactId: string;
  readonly matchedBy: MatchedBy;
  readonly inputs: string;
  readonly known: KnownContact;
  /** Of the identity that this rests on. */
  readonly version: string | null;
};

/** The contact is the customer's now, or somebody else's, or the customer was changed by others meanwhile. */
export type Reserved =
  | { readonly kind: "reserved"; readonly version: string }
  | { readonly kind: "taken"; readonly by: CustomerKey }
  | { readonly kind: "changed" };

/** Makes the contact this customer's before anything is written to it, on every node at once. */
export async function reserveContact(db: Queryable, reservation: Reservation): Promise<Reserved> {
  const { customer, contactId, matchedBy, inputs, known, version } = reservation;
  const text = `insert into identities as i (account, customer_id, state, contact_id, matched_by, inputs, known, linked_at)
    select $1, $2, 'linked', $3, $4, $5, $6, now()
    where not exists (select 1 from identities o where o.contact_id = $3 and (o.account <> $1 or o.customer_id <> $2))
    on conflict (account, customer_id) do update set
      state = 'linked', reason = null, contact_id = excluded.contact_id, matched_by = excluded.matched_by,
      inputs = excluded.inputs, known = excluded.known, doubted = false, checked_at = now(), leader_account = null, leader_id = null,
      proposals = null, linked_at = case when i.contact_id = excluded.contact_id then i.linked_at else now() end,
      contact_wanted = case when excluded.matched_by = 'person' then null else i.contact_wanted end
    where ${rowVersion} = $7::text
    returning ${rowVersion} as version`;
  const { account, customerId } = customer;
  const values = [account, customerId, contactId, matchedBy, inputs, JSON.stringify(known), version];
  try {
    const [row] = await query<{ version: string }>(db, sql.prepared("reserve_contact", text, values));
    if (row) return { kind: "reserved", version: row.version };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  const [holder] = await listLeadersByContact(db, [contactId]);
  return holder && !isSameCustomer(holder.customer, customer)
    ? { kind: "taken", by: holder.customer }
    : { kind: "changed" };
}

export type IdentityRecord = CustomerKey & { readonly identity: Identity };

/**
 * Saves links and what Intercom accepted, of those whose row is still as it was read; answers them by `customerKeyText`.
 * What others have changed meanwhile is never overwritten: whoever is not answered has to be looked at again. Who is not
 * linked does not keep a contact that is somebody else's. Fails (SQLSTATE 23505) when a link is saved whose contact was
 * not reserved.
 */
export async function saveIdentities(db: Queryable, records: readonly IdentityRecord[]): Promise<ReadonlySet<string>> {
  if (records.length === 0) return new Set();
  const sorted = records.toSorted(byCustomerKey);
  const text = `with n as (
      select n.account, n.customer_id, n.state, n.reason,
        case when n.state = 'linked' or not exists (select 1 from identities o
          where o.contact_id = n.contact_id and (o.account <> n.account or o.customer_id <> n.customer_id)) then n.contact_id end as contact_id,
        n.matched_by, n.inputs, n.known, n.checked_at, n.leader_account, n.leader_id, n.proposals, n.version
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[])
        as n (account, customer_id, state, reason, contact_id, matched_by, inputs, known, checked_at, leader_account, leader_id, proposals, version)
    ), updated as (
      update identities i set
        state = n.state, reason = n.reason, contact_id = n.contact_id, matched_by = n.matched_by, inputs = n.inputs,
        known = n.known, doubted = false, checked_at = n.checked_at, leader_account = n.leader_account,
        leader_id = n.leader_id, proposals = n.proposals,
        linked_at = case when n.state <> 'linked' then null when i.state = 'linked' then i.linked_at else now() end,
        contact_wanted = case when n.matched_by = 'person' and n.leader_id is not null then null else i.contact_wanted end
      from n where i.account = n.account and i.customer_id = n.customer_id and ${rowVersion} = n.version
      returning i.account, i.customer_id
    ), inserted as (
      insert into identities (account, customer_id, state, reason, contact_id, matched_by, inputs, known, checked_at,
        leader_account, leader_id, proposals, linked_at)
      select account, customer_id, state, reason, contact_id, matched_by, inputs, known, checked_at,
        leader_account, leader_id, proposals, case when state = 'linked' then now() end
      from n where version is null
      on conflict (account, customer_id) do nothing
      returning account, customer_id
    ) select * from updated union all select * from inserted`;
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
    column(({ identity }) => identity.leader?.account ?? null),
    column(({ identity }) => identity.leader?.customerId ?? null),
    column(({ identity }) => (identity.proposals.length > 0 ? JSON.stringify(identity.proposals) : null)),
    column(({ identity }) => identity.version),
  ];
  const rows = await query<{ account: string; customer_id: string }>(db, sql.prepared("save_identities", text, values));
  return new Set(rows.map((row) => customerKeyText(keyOf(row))));
}

/** Saves what is known of a linked contact. Answers the row's new version; null when others have changed it meanwhile. */
export async function saveKnown(
  db: Queryable,
  { account, customerId }: CustomerKey,
  { known, version }: { readonly known: KnownContact; readonly version: string | null },
): Promise<string | null> {
  const text = `update identities i set known = $3 where account = $1 and customer_id = $2 and ${rowVersion} = $4
    returning ${rowVersion} as version`;
  const values = [account, customerId, JSON.stringify(known), version];
  const [row] = await query<{ version: string }>(db, sql.prepared("save_known", text, values));
  return row?.version ?? null;
}

/** A write to the contacts of these customers may have happened that is not on record: they are read before they are written again. */
export async function doubtKnown(db: Queryable, customers: readonly CustomerKey[]): Promise<void> {
  const text = `update identities i set doubted = true from unnest($1::text[], $2::text[]) as k (account, customer_id)
    where i.account = k.account and i.customer_id = k.customer_id`;
  await query(db, sql.prepared("doubt_known", text, keyColumns(customers)));
}

/** Everybody who follows one customer follows another one from now on. */
export async function moveMembers(
  db: Queryable,
  { from, to }: { readonly from: CustomerKey; readonly to: CustomerKey },
): Promise<void> {
  const text = `update identities set leader_account = $3, leader_id = $4 where leader_account = $1 and leader_id = $2`;
  const values = [from.account, from.customerId, to.account, to.customerId];
  await query(db, sql.prepared("move_members", text, values));
}

/**
 * Locks the rows of these customers, always in the same order, until the transaction ends; answers the contact that each
 * holds as leader, by `customerKeyText`.
 */
export async function lockPeople(
  tx: Queryable,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, string | null>> {
  const text = `select i.account, i.customer_id, case when i.leader_id is null then i.contact_id end as contact_id
    from unnest($1::text[], $2::text[]) as k (account, customer_id)
    join identities i on i.account = k.account and i.customer_id = k.customer_id
    order by i.account collate "C", i.customer_id collate "C" for update of i`;
  const rows = await query<Pick<IdentityRow, "account" | "customer_id" | "contact_id">>(
    tx,
    sql.prepared("lock_people", text, keyColumns(customers)),
  );
  return new Map(rows.map((row) => [customerKeyText(keyOf(row)), row.contact_id]));
}

/**
 * Makes the customer the leader of the person in the place of one whose Stripe account is no longer connected, and who
 * follows from now on. Call it inside a transaction. Answers false when that one leads it no more.
 */
export async function succeed(
  tx: Queryable,
  { customer, from }: { readonly customer: CustomerKey; readonly from: CustomerKey },
): Promise<boolean> {
  await lockPeople(tx, [customer, from]);
  const freed = `update identities i set contact_id = null, leader_account = $3, leader_id = $4
    from (select contact_id, known, matched_by from identities where account = $1 and customer_id = $2 and contact_id is not null) old
    where i.account = $1 and i.customer_id = $2
    returning old.contact_id, old.known, old.matched_by`;
  const names = [from.account, from.customerId, customer.account, customer.customerId];
  const [link] = await query<Pick<IdentityRow, "contact_id" | "known" | "matched_by">>(tx, sql.plain(freed, names));
  if (!link) return false;
  const text = `update identities set contact_id = $3, known = $4, matched_by = $5, doubted = true, leader_account = null, leader_id = null
    where account = $1 and customer_id = $2`;
  const values = [customer.account, customer.customerId, link.contact_id, link.known, link.matched_by];
  await query(tx, sql.plain(text, values));
  await moveMembers(tx, { from, to: customer });
  return true;
}

/**
 * Takes a customer out of their person: the link goes, and so does what is known. When others followed, the first of
 * them becomes the leader and gets the contact, which is read again before it is written. Answers who leads those that
 * stay; null when nobody does. Call it inside a transaction.
 */
export async function unlink(tx: Queryable, customer: CustomerKey): Promise<CustomerKey | null> {
  const values = [customer.account, customer.customerId];
  const held = `select contact_id, known, matched_by, leader_account, leader_id from identities
    where account = $1 and customer_id = $2 for update`;
  const [link] = await query<Pick<IdentityRow, "contact_id" | "known" | "matched_by" | "leader_account" | "leader_id">>(
    tx,
    sql.plain(held, values),
  );
  const following = `select account, customer_id from identities where leader_account = $1 and leader_id = $2
    order by account collate "C", customer_id collate "C" for update`;
  const members = await query<{ account: string; customer_id: string }>(tx, sql.plain(following, values));
  const free = `update identities set state = 'left_out', reason = null, contact_id = null, known = null, matched_by = null,
      leader_account = null, leader_id = null, linked_at = null, checked_at = 'epoch'
    where account = $1 and customer_id = $2`;
  await query(tx, sql.plain(free, values));
  if (!link) return null;
  if (link.leader_account !== null && link.leader_id !== null)
    return { account: link.leader_account, customerId: link.leader_id };
  const [first] = members;
  if (!first) return null;
  const heir = keyOf(first);
  const text = `update identities set contact_id = $3, known = $4, doubted = true, matched_by = $5,
      leader_account = null, leader_id = null
    where account = $1 and customer_id = $2`;
  await query(tx, sql.plain(text, [heir.account, heir.customerId, link.contact_id, link.known, link.matched_by]));
  await moveMembers(tx, { from: customer, to: heir });
  return heir;
}

/** Records what a person decided about a customer; null takes it back. The next job carries it out. */
export async function decideIdentity(
  db: Queryable,
  customer: CustomerKey,
  decision: Decision | null,
): Promise<boolean> {
  const text = `update identities set decision = $3, contact_wanted = $4, checked_at = 'epoch',
      state = case when state = 'ignored' then 'left_out' else state end
    where account = $1 and customer_id = $2 returning account`;
  const wanted = decision?.kind === "link" ? decision.contactId : null;
  const values = [customer.account, customer.customerId, decision?.kind ?? null, wanted];
  return (await query(db, sql.plain(text, values))).length > 0;
}

export type IdentityFilter = {
  readonly states: readonly IdentityState[];
  readonly after: CustomerKey | null;
  readonly limit: number;
};

/** A page of customers in these states, in the order of their keys. */
export async function listIdentities(
  db: Queryable,
  { states, after, limit }: IdentityFilter,
): Promise<readonly Identified[]> {
  const text = `select ${identityColumns} from identities i
    where i.state = any($1) and (i.account, i.customer_id) > ($2, $3)
    order by i.account, i.customer_id limit $4`;
  const values = [states, after?.account ?? "", after?.customerId ?? "", limit];
  return (await query<IdentityRow>(db, sql.plain(text, values))).map(toIdentified);
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
  /** Which copies and events the changed attributes rest on. */
  readonly basis: string | null;
  /** The mapping that asked for it. */
  readonly mapping: string;
  readonly lagMs: number;
  readonly at: Date;
};

/** Records writes. */
export async function recordWrites(db: Queryable, writes: readonly ContactWrite[]): Promise<void> {
  if (writes.length === 0) return;
  const text = `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes, request_id, lag_ms, at, basis, mapping)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::int[],
      $9::timestamptz[], $10::text[], $11::text[])`;
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
    column(({ basis }) => basis),
    column(({ mapping }) => mapping),
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
  { userId, email }: { readonly userId: string | null; readonly email: string | null },
): Promise<readonly CustomerKey[]> {
  const text = `select account, customer_id from identities
    where state in ('left_out', 'archived', 'quarantined')
      and (($1::text is not null and inputs::json ->> 0 = $1) or ($2::text is not null and inputs::json ->> 1 = $2))
    limit 100`;
  const rows = await query<{ account: string; customer_id: string }>(db, sql.plain(text, [userId, email]));
  return rows.map(keyOf);
}

/** Forgets when these customers were last looked up, so that the next job looks again. */
export async function forgetLookups(db: Queryable, customers: readonly CustomerKey[]): Promise<void> {
  const text = `update identities i set checked_at = 'epoch' from unnest($1::text[], $2::text[]) as k (account, customer_id)
    where i.account = k.account and i.customer_id = k.customer_id and i.state <> 'linked'`;
  await query(db, sql.plain(text, keyColumns(customers)));
}

/** A contact was deleted: its customer keeps the tombstone and never gets a contact again by itself. */
export async function markGone(db: Queryable, contactId: string): Promise<void> {
  const text = "update identities set state = 'gone', reason = 'contact_deleted', known = null where contact_id = $1";
  await query(db, sql.plain(text, [contactId]));
}

/** A contact has to be read again before anything is written: archived or brought back. Answers its customer. */
export async function markForReading(db: Queryable, contactId: string): Promise<CustomerKey | null> {
  return markArchived(db, contactId, contactId);
}

/**
 * A contact was merged into another one. Its customer goes along; when the survivor has a customer already, the two are
 * one person from now on. Answers whose jobs have to look at it. Call it inside a transaction.
 */
export async function followMerge(
  tx: Queryable,
  { contactId, survivorId }: { readonly contactId: string; readonly survivorId: string },
): Promise<readonly CustomerKey[]> {
  const [holder] = await listLeadersByContact(tx, [survivorId]);
  const [merged] = await listLeadersByContact(tx, [contactId]);
  if (!holder) return listOf(await markArchived(tx, contactId, survivorId));
  // Of a merge that we know of already the survivor is looked at all the same: whoever tells it twice lost our answer.
  if (!merged) return [holder.customer];
  await lockPeople(tx, [merged.customer, holder.customer]);
  await becomeMember(tx, merged.customer, holder.customer);
  return [holder.customer, merged.customer];
}

function listOf(customer: CustomerKey | null): readonly CustomerKey[] {
  return customer === null ? [] : [customer];
}

async function markArchived(db: Queryable, contactId: string, nextId: string): Promise<CustomerKey | null> {
  const text = `update identities set state = 'archived', reason = 'contact_archived', known = null, checked_at = 'epoch', contact_id = $2,
      matched_by = case when $1 = $2 then matched_by else 'merged' end
    where contact_id = $1 and state not in ('gone', 'ignored') returning account, customer_id`;
  const [row] = await query<{ account: string; customer_id: string }>(db, sql.plain(text, [contactId, nextId]));
  return row ? keyOf(row) : null;
}

async function becomeMember(tx: Queryable, customer: CustomerKey, leader: CustomerKey): Promise<void> {
  const text = `update identities set state = 'linked', reason = null, contact_id = null, known = null, matched_by = 'merged',
      leader_account = $3, leader_id = $4, linked_at = now()
    where account = $1 and customer_id = $2`;
  const values = [customer.account, customer.customerId, leader.account, leader.customerId];
  await query(tx, sql.plain(text, values));
  await moveMembers(tx, { from: customer, to: leader });
}

/** The customers whom a text names: by contact id, user id or e-mail. Goes through all links, so it is for people who ask. */
export async function findCustomersNamed(db: Queryable, name: string): Promise<readonly CustomerKey[]> {
  const text = `select account, customer_id from identities
    where contact_id = $1 or inputs::json ->> 0 = $1 or inputs::json ->> 1 = lower($1)
    order by account, customer_id limit 20`;
  const rows = await query<{ account: string; customer_id: string }>(db, sql.plain(text, [name]));
  return rows.map(keyOf);
}

/** Since when the customer is linked; null while they are not. */
export async function findLinkedAt(db: Queryable, { account, customerId }: CustomerKey): Promise<Date | null> {
  const text = "select linked_at from identities where account = $1 and customer_id = $2 and state = 'linked'";
  const [row] = await query<{ linked_at: Date | null }>(db, sql.plain(text, [account, customerId]));
  return row?.linked_at ?? null;
}

/** A write as it is kept, for people who ask where a value comes from. */
export type KeptWrite = {
  readonly id: number;
  readonly customer: CustomerKey;
  readonly contactId: string;
  readonly kind: "create" | "update";
  readonly lane: Lane;
  /** [[name, before, after], …] */
  readonly changes: string;
  readonly basis: string | null;
  readonly mapping: string | null;
  readonly requestId: string | null;
  readonly lagMs: number | null;
  readonly at: Date;
};

type KeptRow = {
  readonly id: number;
  readonly account: string;
  readonly customer_id: string;
  readonly contact_id: string;
  readonly kind: "create" | "update";
  readonly lane: number;
  readonly changes: string;
  readonly basis: string | null;
  readonly mapping: string | null;
  readonly request_id: string | null;
  readonly lag_ms: number | null;
  readonly at: Date;
};

/** Which writes: those that changed this attribute, those before this one. */
export type WriteFilter = { readonly name?: string; readonly beforeId?: number; readonly limit: number };

/** The writes that these customers caused, newest first. */
export async function listWritesOf(
  db: Queryable,
  customers: readonly CustomerKey[],
  { name, beforeId, limit }: WriteFilter,
): Promise<readonly KeptWrite[]> {
  const text = `select w.id, w.account, w.customer_id, w.contact_id, w.kind, w.lane, w.changes, w.basis, w.mapping,
      w.request_id, w.lag_ms, w.at
    from unnest($1::text[], $2::text[]) as k (account, customer_id)
    join contact_writes w on w.account = k.account and w.customer_id = k.customer_id
    where ($3::text is null or position($3 in w.changes) > 0) and ($4::bigint is null or w.id < $4)
    order by w.id desc limit $5`;
  // Each change begins with its quoted name, so that one name is never taken for a part of another.
  const mark = name === undefined ? null : `[${JSON.stringify(name)},`;
  const rows = await query<KeptRow>(db, sql.plain(text, [...keyColumns(customers), mark, beforeId ?? null, limit]));
  return rows.map((row) => ({
    id: row.id,
    customer: keyOf(row),
    contactId: row.contact_id,
    kind: row.kind,
    lane: laneOfRank(row.lane),
    changes: row.changes,
    basis: row.basis,
    mapping: row.mapping,
    requestId: row.request_id,
    lagMs: row.lag_ms,
    at: row.at,
  }));
}
