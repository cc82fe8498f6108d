/** Station companies' store: who counts to which company, what Intercom shows of it, and the record of every write. */
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { parseStored } from "../lib/json.ts";
import type { CompanyLink } from "../model/company.ts";
import { byCustomerKey, keyColumns, type CustomerKey } from "../model/customer-key.ts";
import { laneRank, type Lane } from "../model/lane.ts";
import type { KnownCompany } from "./known.ts";

/** What a synced customer means to companies. */
export type CompanyNote = CustomerKey & {
  /** The company that the customer counts to; null for none. */
  readonly key: string | null;
  /** Nothing is known of the customer that would say so: they stay where they are. */
  readonly staysPut: boolean;
  /** Fingerprint of all that a company could show of the customer. */
  readonly shows: string;
  readonly lane: Lane;
};

/**
 * The contact is looked up as the transaction sees it, so that this comes after the identities were saved. Whoever follows
 * a customer of the batch has the same contact, and nothing else of them is touched: a job of their own may be changing
 * their company at this moment. Companies are touched in the order of their keys.
 */
const noteText = `
with given as (
  select n.account, n.customer_id, n.lane, n.shows, m.company_key as old_key, m.shows as old_shows,
    m.contact_id as old_contact_id, coalesce(i.contact_id, l.contact_id) as contact_id,
    case when n.stays then m.company_key else n.key end as key
  from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::smallint[])
    as n (account, customer_id, key, stays, shows, lane)
  left join company_members m on m.account = n.account and m.customer_id = n.customer_id
  left join identities i on i.account = n.account and i.customer_id = n.customer_id and i.state = 'linked'
  left join identities l on l.account = i.leader_account and l.customer_id = i.leader_id and l.state = 'linked'
), changed as (
  select * from given where key is distinct from old_key
    or key is not null and (shows <> old_shows or contact_id is distinct from old_contact_id)
), followers as (
  select m.account, m.customer_id, g.contact_id, g.lane
  from given g join identities f on f.leader_account = g.account and f.leader_id = g.customer_id and f.state = 'linked'
  join company_members m on m.account = f.account and m.customer_id = f.customer_id
  where m.contact_id is distinct from g.contact_id
    and not exists (select 1 from changed c where c.account = m.account and c.customer_id = m.customer_id)
), removed as (
  delete from company_members m using changed c
  where c.key is null and m.account = c.account and m.customer_id = c.customer_id
), saved as (
  insert into company_members as m (account, customer_id, company_key, contact_id, shows)
  select account, customer_id, key, contact_id, shows from changed where key is not null
  order by account collate "C", customer_id collate "C"
  on conflict (account, customer_id) do update set
    company_key = excluded.company_key, contact_id = excluded.contact_id, shows = excluded.shows
), moved as (
  update company_members m set contact_id = f.contact_id from followers f
  where m.account = f.account and m.customer_id = f.customer_id returning m.company_key as key, f.lane
), touched as (
  select key, min(lane) as lane from (
    select key, lane from changed union all select old_key, lane from changed union all select key, lane from moved
  ) t where key is not null group by key
)
insert into companies as c (key, lane, due_at)
select key, lane, now() + case when lane = 0 then interval '0' else $7::int * interval '1 ms' end
from touched order by key collate "C"
on conflict (key) do update set version = c.version + 1, dead = false,
  attempt = case when c.dead then 0 else c.attempt end,
  lane = case when c.due_at is null then excluded.lane else least(c.lane, excluded.lane) end,
  queued_at = case when c.due_at is null then now() else c.queued_at end,
  due_at = least(c.due_at, excluded.due_at)
returning c.key`;

/**
 * Notes what has become of customers that were just synced, and queues the companies of those who changed: in the
 * transaction that ends their jobs, so that no crash can lose one of the two. Answers how many companies are due.
 * What is not urgent waits `settleMs` for more.
 */
export async function noteCompanies(
  tx: Queryable,
  notes: readonly CompanyNote[],
  { settleMs }: { readonly settleMs: number },
): Promise<number> {
  if (notes.length === 0) return 0;
  const sorted = notes.toSorted(byCustomerKey);
  const values = [
    ...keyColumns(sorted),
    sorted.map(({ key }) => key),
    sorted.map(({ staysPut }) => staysPut),
    sorted.map(({ shows }) => shows),
    sorted.map(({ lane }) => laneRank(lane)),
    settleMs,
  ];
  return (await query(tx, sql.prepared("note_companies", noteText, values))).length;
}

/** waiting: it has no contact yet, so that Intercom is told nothing · gone: deleted in Intercom */
export const companyStates = ["waiting", "shown", "gone"] as const;
export type CompanyState = (typeof companyStates)[number];

/** Why a field has no value. */
export type Unknowns = readonly (readonly [field: string, reason: string])[];

/** A company with all that is on record of it. */
export type CompanyRecord = {
  readonly key: string;
  readonly state: CompanyState;
  readonly intercomId: string | null;
  readonly known: KnownCompany | null;
  readonly doubted: boolean;
  readonly unknowns: Unknowns;
  readonly writtenAt: Date | null;
  readonly isDue: boolean;
  readonly isDead: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly memberCount: number;
  readonly contactCount: number;
};

type CompanyRow = {
  readonly key: string;
  readonly state: CompanyState;
  readonly intercom_id: string | null;
  readonly known: string | null;
  readonly doubted: boolean;
  readonly unknowns: string | null;
  readonly written_at: Date | null;
  readonly is_due: boolean;
  readonly dead: boolean;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly members: number;
  readonly contacts: number;
};

const companyColumns = `c.key, c.state, c.intercom_id, c.known, c.doubted, c.unknowns, c.written_at, c.due_at is not null as is_due,
  c.dead, c.error_code, c.error_message,
  (select count(*) from company_members m where m.company_key = c.key) as members,
  (select count(*) from company_contacts l where l.company_key = c.key and l.state in ('ours', 'found')) as contacts`;

function toRecord(row: CompanyRow): CompanyRecord {
  return {
    key: row.key,
    state: row.state,
    intercomId: row.intercom_id,
    known: row.known === null ? null : parseStored(row.known),
    doubted: row.doubted,
    unknowns: row.unknowns === null ? [] : parseStored(row.unknowns),
    writtenAt: row.written_at,
    isDue: row.is_due,
    isDead: row.dead,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
    memberCount: row.members,
    contactCount: row.contacts,
  };
}

/** One company; undefined when no customer has ever counted to it. */
export async function findCompany(db: Queryable, key: string): Promise<CompanyRecord | undefined> {
  const text = `select ${companyColumns} from companies c where c.key = $1`;
  const [row] = await query<CompanyRow>(db, sql.prepared("find_company", text, [key]));
  return row && toRecord(row);
}

export type CompanyFilter = {
  /** trouble: deleted in Intercom, or given up after failures */
  readonly show: CompanyState | "trouble" | "all";
  /** The key of the last one of the page before. */
  readonly after: string;
  readonly limit: number;
};

/** A page of companies, in the order of their keys. */
export async function listCompanies(
  db: Queryable,
  { show, after, limit }: CompanyFilter,
): Promise<readonly CompanyRecord[]> {
  const text = `select ${companyColumns} from companies c
    where c.key collate "C" > $1 and case $2::text when 'all' then true when 'trouble' then c.dead or c.state = 'gone' else c.state = $2 end
    order by c.key collate "C" limit $3`;
  return (await query<CompanyRow>(db, sql.plain(text, [after, show, limit]))).map(toRecord);
}

export type CompanyCount = { readonly all: number; readonly dead: number; readonly gone: number };

/** How many companies there are, how many were given up, and how many were deleted in Intercom. */
export async function countCompanies(db: Queryable): Promise<CompanyCount> {
  const text = `select count(*) as "all", count(*) filter (where dead) as dead, count(*) filter (where state = 'gone') as gone
    from companies`;
  const [row] = await query<CompanyCount>(db, sql.plain(text));
  return row ?? { all: 0, dead: 0, gone: 0 };
}

/** A customer of a company, with the contact that they are in Intercom. */
export type CompanyMember = { readonly customer: CustomerKey; readonly contactId: string | null };

/** The customers of a company, in the order of their keys. */
export async function listMembers(db: Queryable, key: string, limit: number): Promise<readonly CompanyMember[]> {
  const text = `select account, customer_id, contact_id from company_members where company_key = $1
    order by account collate "C", customer_id collate "C" limit $2`;
  type Row = { readonly account: string; readonly customer_id: string; readonly contact_id: string | null };
  const rows = await query<Row>(db, sql.prepared("list_company_members", text, [key, limit]));
  return rows.map((row) => ({
    customer: { account: row.account, customerId: row.customer_id },
    contactId: row.contact_id,
  }));
}

/** The contacts of a company, as far as they are our doing. */
export async function listLinks(db: Queryable, key: string): Promise<readonly CompanyLink[]> {
  const text = `select contact_id as "contactId", state from company_contacts where company_key = $1 order by contact_id`;
  return query<CompanyLink>(db, sql.prepared("list_company_links", text, [key]));
}

/** Saves links, before they are made (attaching) and after; whoever saves them holds the company's lease. */
export async function saveLinks(db: Queryable, key: string, links: readonly CompanyLink[]): Promise<void> {
  if (links.length === 0) return;
  const text = `insert into company_contacts as l (company_key, contact_id, state)
    select $1, contact_id, state from unnest($2::text[], $3::text[]) as n (contact_id, state)
    on conflict (company_key, contact_id) do update set state = excluded.state, at = now()`;
  const values = [key, links.map(({ contactId }) => contactId), links.map(({ state }) => state)];
  await query(db, sql.prepared("save_company_links", text, values));
}

/** Forgets links to these contacts. */
export async function dropLinks(db: Queryable, key: string, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return;
  const text = "delete from company_contacts where company_key = $1 and contact_id = any($2::text[])";
  await query(db, sql.prepared("drop_company_links", text, [key, contactIds]));
}

/** Notes what is about to be written; whoever calls it holds the company's lease. */
export async function saveKnownCompany(db: Queryable, key: string, known: KnownCompany): Promise<void> {
  const text = "update companies set known = $2 where key = $1";
  await query(db, sql.prepared("save_known_company", text, [key, JSON.stringify(known)]));
}

export type CompanyOutcome = {
  readonly state: CompanyState;
  readonly intercomId: string | null;
  readonly known: KnownCompany | null;
  /** It was not read, and what it shows is as uncertain as before. */
  readonly doubted: boolean;
  readonly unknowns: Unknowns;
};

/** The company that was worked on, and its version when it was claimed. */
type ClaimedCompany = { readonly key: string; readonly version: number };

/**
 * Saves what has become of a company; the caller holds its lease, and ends its job in the same transaction. Somebody who
 * asked meanwhile that it be looked at anew (`doubtCompany`) is not overruled by a look that began before.
 */
export async function saveOutcome(
  tx: Queryable,
  { key, version }: ClaimedCompany,
  { state, intercomId, known, doubted, unknowns }: CompanyOutcome,
): Promise<void> {
  const text = `update companies set known = $4, unknowns = $5, doubted = $6 or (doubted and version <> $7),
      state = case when $2 = 'gone' and state = 'waiting' and version <> $7 then state else $2 end,
      intercom_id = case when $2 = 'gone' and state = 'waiting' and version <> $7 then intercom_id else $3 end
    where key = $1`;
  const stored = known === null ? null : JSON.stringify(known);
  const reasons = unknowns.length === 0 ? null : JSON.stringify(unknowns);
  const values = [key, state, intercomId, stored, reasons, doubted, version];
  await query(tx, sql.prepared("save_company_outcome", text, values));
}

/** Forgets companies without customers that Intercom was never told about. */
export async function forgetEmptyCompany(tx: Queryable, key: string): Promise<void> {
  const text = `delete from companies c where key = $1 and state = 'waiting' and due_at is null
    and not exists (select 1 from company_members m where m.company_key = c.key)`;
  await query(tx, sql.prepared("forget_empty_company", text, [key]));
}

/** One write to a company. */
export type CompanyWrite = {
  readonly kind: "create" | "update" | "attach" | "detach";
  /** [[name, before, after], …] */
  readonly changes: string;
  readonly requestId: string | null;
};

/** Records writes that Intercom accepted. */
export async function recordCompanyWrites(db: Queryable, key: string, writes: readonly CompanyWrite[]): Promise<void> {
  if (writes.length === 0) return;
  const text = `with noted as (update companies set written_at = now() where key = $1)
    insert into company_writes (company_key, kind, changes, request_id)
    select $1, * from unnest($2::text[], $3::text[], $4::text[])`;
  const values = [
    key,
    writes.map(({ kind }) => kind),
    writes.map(({ changes }) => changes),
    writes.map(({ requestId }) => requestId),
  ];
  await query(db, sql.prepared("record_company_writes", text, values));
}

export type KeptCompanyWrite = CompanyWrite & { readonly id: number; readonly at: Date };

/** The latest writes to a company, newest first. */
export async function listCompanyWrites(
  db: Queryable,
  key: string,
  limit: number,
): Promise<readonly KeptCompanyWrite[]> {
  const text = `select id, kind, changes, request_id as "requestId", at from company_writes
    where company_key = $1 order by id desc limit $2`;
  return query<KeptCompanyWrite>(db, sql.plain(text, [key, limit]));
}

/** What a list of Intercom's is compared with. */
export type ComparableCompany = {
  readonly key: string;
  readonly state: CompanyState;
  readonly intercomId: string | null;
  readonly known: KnownCompany;
  readonly version: string;
};

/** The transaction that last wrote the row tells its states apart. */
const rowVersion = "c.xmin::text";

/**
 * The companies behind these ids or keys that can be compared: read once, not being written, and not written since some
 * time before the list was asked for, since lists may be some seconds old.
 */
export async function listComparable(
  db: Queryable,
  { ids, keys, before }: { readonly ids: readonly string[]; readonly keys: readonly string[]; readonly before: Date },
): Promise<readonly ComparableCompany[]> {
  const text = `select c.key, c.state, c.intercom_id as "intercomId", c.known, ${rowVersion} as version from companies c
    where (c.intercom_id = any($1::text[]) or c.state = 'gone' and c.key = any($2::text[]))
      and c.known is not null and not c.doubted and c.leased_by is null and c.due_at is null
      and (c.written_at is null or c.written_at < $3)
    order by c.key collate "C"`;
  type Row = Omit<ComparableCompany, "known"> & { readonly known: string };
  const rows = await query<Row>(db, sql.plain(text, [ids, keys, before]));
  return rows.map(({ known, ...row }) => ({ ...row, known: parseStored(known) }));
}

/** Takes over what a list has shown, and queues the company, unless somebody has looked at it meanwhile. Answers whether. */
export async function takeOverKnown(
  tx: Queryable,
  { key, version, known }: Pick<ComparableCompany, "key" | "version" | "known">,
): Promise<boolean> {
  const text = `update companies c set known = $3, version = c.version + 1, lane = 2, due_at = now(), queued_at = now(), dead = false
    where key = $1 and ${rowVersion} = $2 returning key`;
  return (await query(tx, sql.plain(text, [key, version, JSON.stringify(known)]))).length > 0;
}

/**
 * Lets a company be read from Intercom before anything else, and made again should it have been deleted. Answers false for
 * a company that is not known.
 */
export async function doubtCompany(tx: Queryable, key: string): Promise<boolean> {
  const text = `update companies set doubted = true, state = case when state = 'gone' then 'waiting' else state end,
      intercom_id = case when state = 'gone' then null else intercom_id end
    where key = $1 returning key`;
  return (await query(tx, sql.plain(text, [key]))).length > 0;
}

/** Companies that a complete list has not shown although they have contacts: to be read one by one. */
export async function listUnseen(
  db: Queryable,
  { seen, before, limit }: { readonly seen: readonly string[]; readonly before: Date; readonly limit: number },
): Promise<readonly string[]> {
  const text = `select c.key from companies c
    where c.state = 'shown' and c.intercom_id <> all($1::text[]) and c.due_at is null and c.leased_by is null
      and (c.written_at is null or c.written_at < $2)
      and exists (select 1 from company_contacts l where l.company_key = c.key and l.state in ('ours', 'found'))
    order by c.key collate "C" limit $3`;
  const rows = await query<{ key: string }>(db, sql.plain(text, [seen, before, limit]));
  return rows.map(({ key }) => key);
}
