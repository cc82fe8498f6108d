/** Station events' store: the inbox. Events come in with their batch (billing/store.ts); here they are read again. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";

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

/** Goes on holding waiting events that are being looked at. */
export async function renewWaiting(
  db: Queryable,
  { account, ids, leaseMs }: { readonly account: string; readonly ids: readonly string[]; readonly leaseMs: number },
): Promise<void> {
  const text = `update stripe_events set due_at = now() + $3::int * interval '1 ms'
    where account = $1 and id = any($2) and state = 'waiting'`;
  await query(db, sql.prepared("renew_waiting", text, [account, ids, leaseMs]));
}

export type Resolution = {
  readonly id: string;
  readonly state: "applied" | "unchanged" | "dead";
  readonly customerId: string | null;
  readonly changes: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
};

/** Records what became of a waiting event. */
export async function resolveWaiting(db: Queryable, account: string, resolution: Resolution): Promise<void> {
  const text = `update stripe_events
    set state = $3, customer_id = coalesce($4, customer_id), changes = $5, error_code = $6, error_message = $7, due_at = null
    where account = $1 and id = $2`;
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

export async function countWaitingEvents(db: Queryable, account: string): Promise<{ waiting: number; dead: number }> {
  const text = `select
    (select count(*) from stripe_events where account = $1 and state = 'waiting') as waiting,
    (select count(*) from stripe_events where account = $1 and state = 'dead') as dead`;
  const [row] = await query<{ waiting: number; dead: number }>(db, sql.prepared("count_waiting", text, [account]));
  return row ?? { waiting: 0, dead: 0 };
}
