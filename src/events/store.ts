/** Station events' store: the inbox. Events come in with their batch (billing/store.ts); here they are read again. */
import { query, sql } from "../db/query.ts";
import { everyAccount } from "../db/every-account.ts";
import type { Queryable } from "../db/pool.ts";
import type { EventWay } from "../model/stripe-event.ts";

/** An event that is stored and must be looked at again. */
export type WaitingEvent = { readonly id: string; readonly attempt: number; readonly body: Buffer };

/** The bodies of these events. */
export async function findBodies(
  db: Queryable,
  account: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  if (ids.length === 0) return new Map();
  const text = "select id, body from stripe_events where account = $1 and id = any($2)";
  const rows = await query<{ id: string; body: Buffer }>(db, sql.prepared("find_bodies", text, [account, ids]));
  return new Map(rows.map(({ id, body }) => [id, body]));
}

/** Which of these events are stored already. */
export async function findStored(db: Queryable, account: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const text = "select id from stripe_events where account = $1 and id = any($2)";
  const rows = await query<{ id: string }>(db, sql.prepared("find_stored", text, [account, ids]));
  return new Set(rows.map(({ id }) => id));
}

/** Takes waiting events for `leaseMs`; nobody else gets them until then. */
export async function claimWaiting(
  db: Queryable,
  { account, limit, leaseMs }: { readonly account: string; readonly limit: number; readonly leaseMs: number },
): Promise<readonly WaitingEvent[]> {
  const text = `update stripe_events e set attempt = e.attempt + 1, due_at = now() + $3::int * interval '1 ms'
    from (select account, id from stripe_events
          where account = $1 and state = 'waiting' and due_at <= now() order by due_at limit $2
          for update skip locked) due
    where e.account = due.account and e.id = due.id
    returning e.id, e.attempt, e.body`;
  return query<WaitingEvent>(db, sql.prepared("claim_waiting", text, [account, limit, leaseMs]));
}

/** Goes on holding waiting events that are being looked at, and answers which of them still wait. */
export async function renewWaiting(
  db: Queryable,
  { account, ids, leaseMs }: { readonly account: string; readonly ids: readonly string[]; readonly leaseMs: number },
): Promise<readonly string[]> {
  const text = `update stripe_events set due_at = now() + $3::int * interval '1 ms'
    where account = $1 and id = any($2) and state = 'waiting' returning id`;
  const rows = await query<{ id: string }>(db, sql.prepared("renew_waiting", text, [account, ids, leaseMs]));
  return rows.map(({ id }) => id);
}

export type Resolution = {
  readonly id: string;
  readonly state: "applied" | "unchanged" | "dead";
  readonly customerId: string | null;
  readonly changes: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
};

/** Records what became of a waiting event. What a replayed one changed before stays on record, followed by what it changed now. */
export async function resolveWaiting(db: Queryable, account: string, resolution: Resolution): Promise<void> {
  const text = `update stripe_events
    set state = case when $3 = 'unchanged' and changes is not null then 'applied' else $3 end,
      customer_id = coalesce($4, customer_id),
      changes = case when changes is null or $5::text is null then coalesce($5, changes)
        else (changes::jsonb || $5::jsonb)::text end,
      error_code = $6, error_message = $7, due_at = null
    where account = $1 and id = $2 and state = 'waiting'`;
  const { id, state, customerId, changes, error } = resolution;
  const values = [account, id, state, customerId, changes, error?.code ?? null, error?.message ?? null];
  await query(db, sql.prepared("resolve_waiting", text, values));
}

/** Puts a waiting event off. */
export async function postponeWaiting(
  db: Queryable,
  {
    account,
    id,
    delayMs,
    error,
  }: {
    readonly account: string;
    readonly id: string;
    readonly delayMs: number;
    readonly error: { readonly code: string; readonly message: string };
  },
): Promise<void> {
  const text = `update stripe_events
    set due_at = now() + $3::int * interval '1 ms', error_code = $4, error_message = $5
    where account = $1 and id = $2 and state = 'waiting'`;
  await query(db, sql.prepared("postpone_waiting", text, [account, id, delayMs, error.code, error.message]));
}

export type EventSummary = {
  readonly id: string;
  readonly type: string;
  readonly customer_id: string | null;
  readonly state: string;
  readonly changes: string | null;
  readonly received_at: Date;
};

/** The latest events, newest first. */
export async function listLatestEvents(
  db: Queryable,
  account: string,
  limit: number,
): Promise<readonly EventSummary[]> {
  const text = `select id, type, customer_id, state, changes, received_at from stripe_events
    where account = $1 order by received_at desc limit $2`;
  return query<EventSummary>(db, sql.prepared("list_latest_events", text, [account, limit]));
}

/** Whether a delivery has brought an event since then. */
export async function hasDeliveries(db: Queryable, account: string, since: Date): Promise<boolean> {
  const text = `select exists (select 1 from stripe_events
    where account = $1 and received_at > $2 and came = 'webhook') as found`;
  const [row] = await query<{ found: boolean }>(db, sql.prepared("has_deliveries", text, [account, since]));
  return row?.found ?? false;
}

export async function countWaitingEvents(db: Queryable, account: string): Promise<{ waiting: number; dead: number }> {
  const text = `select
    (select count(*) from stripe_events where account = $1 and state = 'waiting') as waiting,
    (select count(*) from stripe_events where account = $1 and state = 'dead') as dead`;
  const [row] = await query<{ waiting: number; dead: number }>(db, sql.prepared("count_waiting", text, [account]));
  return row ?? { waiting: 0, dead: 0 };
}

/** An event as it is kept, without its body. */
export type KeptEvent = {
  readonly account: string;
  readonly id: string;
  readonly type: string;
  readonly createdS: number;
  readonly objectId: string | null;
  readonly customerId: string | null;
  readonly state: string;
  /** [[field, before, after], …] */
  readonly changes: string | null;
  readonly came: EventWay | null;
  readonly attempt: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly receivedAt: Date;
};

type KeptRow = {
  readonly account: string;
  readonly id: string;
  readonly type: string;
  readonly created_s: number;
  readonly object_id: string | null;
  readonly customer_id: string | null;
  readonly state: string;
  readonly changes: string | null;
  readonly came: EventWay | null;
  readonly attempt: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly received_at: Date;
};

const keptColumns =
  "account, id, type, created_s, object_id, customer_id, state, changes, came, attempt, error_code, error_message, received_at";

function toKept(row: KeptRow): KeptEvent {
  return {
    account: row.account,
    id: row.id,
    type: row.type,
    createdS: row.created_s,
    objectId: row.object_id,
    customerId: row.customer_id,
    state: row.state,
    changes: row.changes,
    came: row.came,
    attempt: row.attempt,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
    receivedAt: row.received_at,
  };
}

/** Events by their ids, of these accounts or of all; those that are no longer stored are left out. */
export async function listEventsById(
  db: Queryable,
  { accounts, ids }: { readonly accounts?: readonly string[]; readonly ids: readonly string[] },
): Promise<readonly KeptEvent[]> {
  if (ids.length === 0) return [];
  const text = `select ${keptColumns} from stripe_events
    where id = any($1) and account = any(coalesce($2::text[], ${everyAccount}))`;
  return (await query<KeptRow>(db, sql.plain(text, [ids, accounts ?? null]))).map(toKept);
}

/** Which events changed what: of these customers, about these objects, received up to this moment. */
export type ChangeFilter = {
  readonly customerIds: readonly string[];
  readonly objectIds: readonly string[];
  readonly until: Date;
  readonly limit: number;
};

/** The events that changed objects, newest first. */
export async function listChangesOf(db: Queryable, filter: ChangeFilter): Promise<readonly KeptEvent[]> {
  const text = `select ${keptColumns} from stripe_events
    where customer_id = any($1) and changes is not null and object_id = any($2) and received_at <= $3
    order by received_at desc, id limit $4`;
  const { customerIds, objectIds, until, limit } = filter;
  return (await query<KeptRow>(db, sql.plain(text, [customerIds, objectIds, until, limit]))).map(toKept);
}

/** Events of these customers that have not been applied: they wait for a look at Stripe, or are dead. */
export async function listOpenEvents(db: Queryable, customerIds: readonly string[]): Promise<readonly KeptEvent[]> {
  const text = `select ${keptColumns} from stripe_events where state = 'waiting' and customer_id = any($1)
    union all select ${keptColumns} from stripe_events where state = 'dead' and customer_id = any($1)
    order by received_at limit 50`;
  return (await query<KeptRow>(db, sql.plain(text, [customerIds]))).map(toKept);
}

/** Which events are meant: by id, or all dead ones, by code if one is given. */
export type EventChoice = { readonly ids: readonly string[] } | { readonly dead: { readonly code: string | null } };

/** Dead events, oldest first. */
export async function listDeadEvents(
  db: Queryable,
  { code, limit }: { readonly code: string | null; readonly limit: number },
): Promise<readonly KeptEvent[]> {
  const text = `select ${keptColumns} from stripe_events
    where state = 'dead' and ($1::text is null or error_code = $1) order by received_at, id limit $2`;
  return (await query<KeptRow>(db, sql.plain(text, [code, limit]))).map(toKept);
}

/**
 * Lets stored events be looked at again: they wait, and whoever looks at Stripe next takes them. Answers the ids. An
 * event without its body is not taken, since there is nothing left to look at.
 */
export async function replayEvents(db: Queryable, choice: EventChoice): Promise<readonly string[]> {
  const which =
    "ids" in choice
      ? `id = any($1) and account = any(${everyAccount})`
      : "state = 'dead' and ($1::text is null or error_code = $1)";
  const text = `update stripe_events set state = 'waiting', attempt = 0, due_at = now(), error_code = null, error_message = null
    where (account, id) in (select account, id from stripe_events where ${which} and state <> 'waiting' and length(body) > 0
      order by account, id for update)
    returning id`;
  const rows = await query<{ id: string }>(db, sql.plain(text, ["ids" in choice ? choice.ids : choice.dead.code]));
  return rows.map(({ id }) => id);
}
