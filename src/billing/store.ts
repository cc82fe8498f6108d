/** Station billing's store: our copies of Stripe's objects, and the one statement that commits a batch of events. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { parseStored } from "../lib/json.ts";
import type { Lane } from "../model/lane.ts";
import { laneRank } from "../model/lane.ts";
import type { EventWay } from "../model/stripe-event.ts";
import type { CopyOrigin, ObjectCopy, ObjectKind } from "../model/stripe-object.ts";
import type { Change } from "./changes.ts";
import type { EventState } from "./apply.ts";

type CopyRow = {
  readonly id: string;
  readonly kind: ObjectKind;
  readonly customer_id: string | null;
  readonly as_of_s: number;
  readonly rev: number;
  readonly event_id: string | null;
  readonly second_events: string[] | null;
  readonly origin: CopyOrigin;
  readonly deleted: boolean;
  readonly facts: string;
};

const copyColumns = "id, kind, customer_id, as_of_s, rev, event_id, second_events, origin, deleted, facts";

function toCopy(row: CopyRow): ObjectCopy {
  return makeStoredCopy({
    id: row.id,
    kind: row.kind,
    customerId: row.customer_id,
    asOfS: row.as_of_s,
    rev: row.rev,
    eventId: row.event_id,
    secondEvents: row.second_events ?? [],
    origin: row.origin,
    deleted: row.deleted,
    facts: parseStored(row.facts),
  });
}

/** Rows are written from copies only, so kind and facts belong together. */
function makeStoredCopy(parts: { readonly [key in keyof ObjectCopy]: unknown }): ObjectCopy {
  return parts as ObjectCopy; // oxlint-disable-line no-unsafe-type-assertion -- see above
}

/** The copies with these ids. */
export async function findCopies(
  db: Queryable,
  account: string,
  ids: readonly string[],
): Promise<readonly ObjectCopy[]> {
  if (ids.length === 0) return [];
  const text = `select ${copyColumns} from stripe_objects where account = $1 and id = any($2)`;
  const rows = await query<CopyRow>(db, sql.prepared("find_copies", text, [account, ids]));
  return rows.map(toCopy);
}

/** Kinds that the profile is made of, beside invoices, of which there is one for every period and few are open. */
export const profileKinds: readonly ObjectKind[] = [
  "customer",
  "subscription",
  "charge",
  "refund",
  "dispute",
  "payment_method",
  "usage",
  "mandate",
  "credit_balance",
  "entitlements",
];

/** How the facts of an open invoice begin: the status is their first field, see `extractFacts`. */
const openInvoice = '{"status":"open",';

/** How long an invoice that is open no more is brought along, as the reason for a write that is still to be made. */
const invoiceKeptS = 2 * 86_400;

/**
 * All copies of these customers that the profile needs, with the customer's id beside each. Of the invoices these are the
 * open ones, and those that events changed lately: when nothing is open any more, they are why.
 */
export async function listCustomerCopies(
  db: Queryable,
  account: string,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ObjectCopy[]>> {
  const text = `select ${copyColumns} from stripe_objects
    where account = $1 and customer_id = any($2)
      and (kind = any($3) or kind = 'invoice' and not deleted and (starts_with(facts, $4)
        or origin <> 'read' and as_of_s > extract(epoch from now()) - $5::int))`;
  const rows = await query<CopyRow>(
    db,
    sql.prepared("list_customer_copies", text, [account, customerIds, profileKinds, openInvoice, invoiceKeptS]),
  );
  const byCustomer = new Map<string, ObjectCopy[]>(customerIds.map((id) => [id, []]));
  for (const row of rows) {
    if (row.customer_id !== null) byCustomer.get(row.customer_id)?.push(toCopy(row));
  }
  return byCustomer;
}

/** The copies of these kinds that belong to these customers, with the customer's id beside each. */
export async function listCopiesOfKinds(
  db: Queryable,
  account: string,
  { customerIds, kinds }: { readonly customerIds: readonly string[]; readonly kinds: readonly ObjectKind[] },
): Promise<ReadonlyMap<string, readonly ObjectCopy[]>> {
  const text = `select ${copyColumns} from stripe_objects where account = $1 and customer_id = any($2) and kind = any($3)`;
  const rows = await query<CopyRow>(db, sql.prepared("list_copies_of_kinds", text, [account, customerIds, kinds]));
  const byCustomer = new Map<string, ObjectCopy[]>(customerIds.map((id) => [id, []]));
  for (const row of rows) if (row.customer_id !== null) byCustomer.get(row.customer_id)?.push(toCopy(row));
  return byCustomer;
}

/** One event of a batch, decided. */
export type DecidedEvent = {
  readonly id: string;
  readonly type: string;
  readonly createdS: number;
  readonly objectId: string | null;
  readonly customerId: string | null;
  readonly state: EventState;
  readonly changes: readonly Change[];
  readonly came: EventWay;
  readonly body: Buffer;
};

/** A customer whose contact may have to be written, and by how many events. */
export type JobRequest = { readonly customerId: string; readonly lane: Lane; readonly events: number };

export type Batch = {
  readonly account: string;
  readonly events: readonly DecidedEvent[];
  readonly copies: readonly ObjectCopy[];
  /** Products whose name changed: everybody who subscribes to them has to be looked at, which is slow work. */
  readonly renamed: readonly string[];
  readonly jobs: readonly JobRequest[];
  /** How long the calm lane waits for more, and how long at most. */
  readonly settleMs: number;
  readonly settleMaxMs: number;
};

/** Takes events, copies, jobs and slow jobs of a batch in one statement: one round trip, one flush to disk, all or nothing. */
const commitText = `
with inserted as (
  insert into stripe_events (account, id, type, created_s, object_id, customer_id, state, changes, came, due_at, body)
  select $1, e.id, e.type, e.created_s, e.object_id, e.customer_id, e.state, e.changes, e.came,
         case when e.state = 'waiting' then now() end, substring($26::bytea from e.body_from for e.body_bytes)
  from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $27::int[], $29::text[])
    as e (id, type, created_s, object_id, customer_id, state, changes, body_from, body_bytes, came)
  on conflict do nothing
  returning id
), written as (
  insert into stripe_objects as o (account, id, kind, customer_id, as_of_s, rev, event_id, second_events, origin, deleted, facts)
  select $1, c.id, c.kind, c.customer_id, c.as_of_s, c.rev + 1, c.event_id, string_to_array(c.second_events, ','), c.origin, c.deleted, c.facts
  from unnest($10::text[], $11::text[], $12::text[], $13::bigint[], $14::int[], $15::text[], $16::text[], $17::text[], $18::boolean[], $19::text[])
    as c (id, kind, customer_id, as_of_s, rev, event_id, second_events, origin, deleted, facts)
  on conflict (account, id) do update set
    customer_id = excluded.customer_id, as_of_s = excluded.as_of_s, rev = excluded.rev, event_id = excluded.event_id,
    second_events = excluded.second_events,
    origin = excluded.origin, deleted = excluded.deleted, facts = excluded.facts
  where o.rev = excluded.rev - 1
  returning 1
), queued as (
  insert into sync_jobs as j (account, customer_id, lane, due_at, events)
  select $1, q.customer_id, q.lane, now() + case when q.lane = 1 then $23::int else 0 end * interval '1 ms', q.events
  from unnest($20::text[], $21::smallint[], $22::int[]) as q (customer_id, lane, events)
  on conflict (account, customer_id) do update set
    version = j.version + 1,
    state = 'pending',
    events = case when j.claimed_version = j.version then 0 else j.events end + excluded.events,
    attempt = case when j.state = 'dead' then 0 else j.attempt end,
    queued_at = case when j.claimed_version = j.version then excluded.queued_at else j.queued_at end,
    lane = case when j.claimed_version = j.version then excluded.lane else least(j.lane, excluded.lane) end,
    due_at = case
      when j.claimed_version = j.version or j.state = 'dead' then excluded.due_at
      when j.attempt > 0 then j.due_at
      when excluded.lane < j.lane then least(j.due_at, excluded.due_at)
      when excluded.lane = 1 and j.lane = 1 then least(excluded.due_at, j.queued_at + $24::int * interval '1 ms')
      else j.due_at end
  returning 1
), fanned as (
  select graphile_worker.add_job('fan-out-product', json_build_object('account', $1::text, 'productId', p),
                                 job_key => 'fan-out:' || p, max_attempts => 1000)
  from unnest($28::text[]) as p
)
select (select count(*) from fanned) as fanned, coalesce((select array_agg(id) from inserted), '{}') as stored,
       expect_count((select count(*) from written), $25::bigint) as complete`;

/**
 * Commits a batch durably and answers the ids of the events that were new. Fails as a whole (SQLSTATE 40001) when a
 * copy was changed by somebody else since it was read: read again, decide again.
 */
export async function commitBatch(db: Queryable, batch: Batch): Promise<ReadonlySet<string>> {
  const events = batch.events.toSorted(byId);
  const copies = batch.copies.toSorted(byId);
  const jobs = batch.jobs.toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1));
  const values = [
    batch.account,
    ...columns(events, [
      ({ id }) => id,
      ({ type }) => type,
      ({ createdS }) => createdS,
      ({ objectId }) => objectId,
      ({ customerId }) => customerId,
      ({ state }) => state,
      ({ changes }) => (changes.length === 0 ? null : JSON.stringify(changes)),
    ]),
    startsOf(events),
    ...columns(copies, [
      ({ id }) => id,
      ({ kind }) => kind,
      ({ customerId }) => customerId,
      ({ asOfS }) => asOfS,
      ({ rev }) => rev,
      ({ eventId }) => eventId,
      ({ secondEvents }) => (secondEvents.length === 0 ? null : secondEvents.join(",")),
      ({ origin }) => origin,
      ({ deleted }) => deleted,
      ({ facts }) => JSON.stringify(facts),
    ]),
    ...columns(jobs, [({ customerId }) => customerId, ({ lane }) => laneRank(lane), (job) => job.events]),
    batch.settleMs,
    batch.settleMaxMs,
    copies.length,
    // One buffer travels as bytes; in an array each body would be spelled out in hexadecimal, and read back from it.
    Buffer.concat(events.map(({ body }) => body)),
    events.map(({ body }) => body.length),
    batch.renamed.toSorted(),
    events.map(({ came }) => came),
  ];
  const [row] = await query<{ stored: string[] }>(db, sql.prepared("commit_batch", commitText, values));
  return new Set(row?.stored);
}

/** Where each body begins in all of them together; SQL counts from 1. */
function startsOf(events: readonly DecidedEvent[]): readonly number[] {
  let next = 1;
  return events.map(({ body }) => {
    const start = next;
    next += body.length;
    return start;
  });
}

/** Sorted keys in every statement: two batches that meet never wait for each other in a circle. */
function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function columns<T>(rows: readonly T[], take: readonly ((row: T) => unknown)[]): unknown[][] {
  return take.map((column) => rows.map(column));
}

/** How many customers there are, for the totals people see. */
export async function countCustomers(db: Queryable, account: string): Promise<number> {
  const text = "select count(*) from stripe_objects where account = $1 and kind = 'customer' and not deleted";
  const [row] = await query<{ count: number }>(db, sql.plain(text, [account]));
  return row?.count ?? 0;
}

/** A page of customer ids in order, to go through all of them. */
export async function listCustomerIds(
  db: Queryable,
  account: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const text = `select id from stripe_objects
    where account = $1 and kind = 'customer' and not deleted and id > $2 order by id limit $3`;
  const rows = await query<{ id: string }>(db, sql.plain(text, [account, after, limit]));
  return rows.map(({ id }) => id);
}

/** A page of the customers who subscribe to a product. */
export async function listSubscribers(
  db: Queryable,
  account: string,
  { productId, after, limit }: { readonly productId: string; readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const text = `select distinct customer_id from stripe_objects
    where account = $1 and kind = 'subscription' and customer_id > $3 and position($2 in facts) > 0
    order by customer_id limit $4`;
  const values = [account, JSON.stringify(productId), after, limit];
  const rows = await query<{ customer_id: string }>(db, sql.plain(text, values));
  return rows.map(({ customer_id }) => customer_id);
}

/** How many copies are looked through at once. */
const sliceSize = 20_000;

/**
 * Customers with metered subscriptions, of one slice of the table, so that no statement takes long; `next` is where the
 * next slice begins, null at the end. Ids of subscriptions begin with `sub_`.
 */
export async function listMeteredCustomers(
  db: Queryable,
  account: string,
  after: string,
): Promise<{ readonly customerIds: readonly string[]; readonly next: string | null }> {
  const text = `with slice as (
      select id, kind, deleted, customer_id, facts from stripe_objects
      where account = $1 and id > greatest($2::text, 'sub') and id < 'suc' order by id limit $3
    ) select max(id) as last, count(*) as size,
      coalesce(array_agg(distinct customer_id) filter (where kind = 'subscription' and not deleted and customer_id is not null
        and position('"metered":true' in facts) > 0), '{}') as found
    from slice`;
  type Row = { last: string | null; size: number; found: string[] };
  const [row] = await query<Row>(db, sql.plain(text, [account, after, sliceSize]));
  return { customerIds: row?.found ?? [], next: row?.size === sliceSize ? row.last : null };
}

/** Names and e-mails of customers, for people who look at a list. */
export async function listCustomerLabels(
  db: Queryable,
  account: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const copies = await findCopies(db, account, ids);
  const labelled = copies.flatMap((copy): [string, string][] => {
    const label = copy.kind === "customer" ? (copy.facts.name ?? copy.facts.email) : null;
    return label ? [[copy.id, label]] : [];
  });
  return new Map(labelled);
}

export type ChargeOf = { readonly customerId: string; readonly chargeId: string; readonly createdS: number };

/** How the facts of a charge that succeeded begin: the status is their first field, see `extractFacts`. */
const succeededCharge = '{"status":"succeeded",';

/** Which of these customers have paid by an earlier charge than theirs here. An authorisation that was not captured is no payment. */
export async function listPaidBefore(
  db: Queryable,
  account: string,
  charges: readonly ChargeOf[],
): Promise<ReadonlySet<string>> {
  const text = `select w.customer_id
    from unnest($2::text[], $3::text[], $4::bigint[]) as w (customer_id, charge_id, created_s)
    where exists (select from stripe_objects o
      where o.account = $1 and o.customer_id = w.customer_id and o.kind = 'charge' and not o.deleted
        and starts_with(o.facts, $5) and position('"capturedMinor":0,' in o.facts) = 0
        and ((o.facts::json->>'createdS')::bigint, o.id) < (w.created_s, w.charge_id))`;
  const column = <T>(take: (charge: ChargeOf) => T): T[] => charges.map(take);
  const wanted = [column((one) => one.customerId), column((one) => one.chargeId), column((one) => one.createdS)];
  const values = [account, ...wanted, succeededCharge];
  const rows = await query<{ customer_id: string }>(db, sql.prepared("list_paid_before", text, values));
  return new Set(rows.map(({ customer_id }) => customer_id));
}

/** A moment that is told, as it is kept. */
export type KeptSwitch = { readonly name: string; readonly eventName: string; readonly metadata: readonly string[] };

/**
 * Switches these moments on and all others off, as this version of the mapping says; nothing when another one is the newest.
 * Those that were on stay on since then, the others begin now. Twice is the same as once. One statement, so that a node which
 * stands still in the middle holds up no other.
 */
export async function switchMoments(
  db: Queryable,
  { version, switches }: { readonly version: number; readonly switches: readonly KeptSwitch[] },
): Promise<void> {
  const sorted = switches.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const text = `with newest as (
      select coalesce(max(version), 0) as version from documents where kind = 'mapping'
    ), off as (
      delete from moment_switches using newest where name <> all($1::text[]) and newest.version = $4
    )
    insert into moment_switches as m (name, event_name, metadata)
    select name, event_name, metadata
    from unnest($1::text[], $2::text[], $3::text[]) as wanted (name, event_name, metadata), newest
    where newest.version = $4
    on conflict (name) do update set event_name = excluded.event_name, metadata = excluded.metadata
    where (m.event_name, m.metadata) is distinct from (excluded.event_name, excluded.metadata)`;
  const columns = [
    sorted.map(({ name }) => name),
    sorted.map(({ eventName }) => eventName),
    sorted.map(({ metadata }) => JSON.stringify(metadata)),
  ];
  await query(db, sql.plain(text, [...columns, version]));
}

/** The moments that are told, and the second since which each is. */
export async function listMomentSwitches(
  db: Queryable,
): Promise<readonly (KeptSwitch & { readonly sinceS: number })[]> {
  const text =
    "select name, event_name, metadata, floor(extract(epoch from since))::bigint as since_s from moment_switches";
  type Row = {
    readonly name: string;
    readonly event_name: string;
    readonly metadata: string;
    readonly since_s: number;
  };
  const rows = await query<Row>(db, sql.plain(text));
  return rows.map(({ name, event_name: eventName, metadata, since_s: sinceS }) => ({
    name,
    eventName,
    metadata: parseStored(metadata),
    sinceS,
  }));
}
