/** The outbox of contact writes: one row per customer, so that a burst is one job and no customer is written twice at once. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { byCustomerKey, customerKeyText, keyColumns, type CustomerKey } from "../model/customer-key.ts";
import { laneOfRank, laneRank, type Lane, type LaneRange } from "../model/lane.ts";

/** A customer whose contact has to be looked at, leased to one worker. */
export type SyncJob = {
  readonly account: string;
  readonly customerId: string;
  readonly lane: Lane;
  /** The version that was claimed; a change that arrives meanwhile raises it. */
  readonly version: number;
  readonly attempt: number;
  /** When the first change that is still unwritten was stored. */
  readonly queuedAt: Date;
  /** How many events are behind it. */
  readonly events: number;
  /** Somebody held it before and neither ended it nor gave it back: what they wrote, if anything, is not on record. */
  readonly wasHeld: boolean;
};

type JobRow = {
  readonly account: string;
  readonly customer_id: string;
  readonly lane: number;
  readonly version: number;
  readonly attempt: number;
  readonly queued_at: Date;
  readonly events: number;
  readonly was_held: boolean;
};

const claimText = `
with due as (
  select account, customer_id, leased_by from sync_jobs
  where exists (select from no_crash_since) and state = 'pending' and lane between $4::smallint and $5::smallint and due_at <= now() and (leased_until is null or leased_until < now())
  order by lane, due_at limit $1 for update skip locked
)
update sync_jobs j
set leased_by = $2, leased_until = now() + $3::int * interval '1 ms', claimed_version = j.version, attempt = j.attempt + 1
from due where j.account = due.account and j.customer_id = due.customer_id
returning j.account, j.customer_id, j.lane, j.version, j.attempt, j.queued_at, j.events,
  due.leased_by is not null as was_held`;

/**
 * Leases the most urgent due jobs of these lanes to this worker; nobody else gets them for `leaseMs`. None are to be had
 * after a crash of PostgreSQL until `noticeCrash` has been called.
 */
export async function claimSyncJobs(
  db: Queryable,
  {
    limit,
    worker,
    leaseMs,
    lanes: { from, to },
  }: { readonly limit: number; readonly worker: string; readonly leaseMs: number; readonly lanes: LaneRange },
): Promise<readonly SyncJob[]> {
  const values = [limit, worker, leaseMs, from, to];
  const rows = await query<JobRow>(db, sql.prepared("claim_sync_jobs", claimText, values));
  return rows.map(toJob).toSorted((a, b) => laneRank(a.lane) - laneRank(b.lane));
}

function toJob(row: JobRow): SyncJob {
  return {
    account: row.account,
    customerId: row.customer_id,
    lane: laneOfRank(row.lane),
    version: row.version,
    attempt: row.attempt,
    queuedAt: row.queued_at,
    events: row.events,
    wasHeld: row.was_held,
  };
}

/**
 * The rows are locked first and judged as they are then: a change that was committed while this statement began would
 * otherwise be neither removed nor freed. The order of the locks is that of every other statement.
 */
const finishText = `
with ended as (
  select * from unnest($1::text[], $2::text[], $3::bigint[]) as e (account, customer_id, version)
), held as materialized (
  select j.account, j.customer_id, j.version, e.version as done
  from ended e join sync_jobs j on j.account = e.account and j.customer_id = e.customer_id
  where j.leased_by = $4
  order by j.account collate "C", j.customer_id collate "C" for update of j
), removed as (
  delete from sync_jobs j using held h
  where j.account = h.account and j.customer_id = h.customer_id and h.version = h.done
)
update sync_jobs j set leased_by = null, leased_until = null, attempt = 0, error_code = null, error_message = null
from held h
where j.account = h.account and j.customer_id = h.customer_id and h.version > h.done`;

/** Ends jobs that did their work: the row goes, unless a change arrived meanwhile; then it stays and is due. */
export async function finishSyncJobs(db: Queryable, worker: string, jobs: readonly SyncJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const sorted = jobs.toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1));
  const values = [sorted.map((j) => j.account), sorted.map((j) => j.customerId), sorted.map((j) => j.version), worker];
  await query(db, sql.prepared("finish_sync_jobs", finishText, values));
}

/** Puts a job back for a later attempt. */
export async function postponeSyncJob(
  db: Queryable,
  job: SyncJob,
  {
    worker,
    delayMs,
    attempt,
    code,
    message,
  }: {
    readonly worker: string;
    readonly delayMs: number;
    /** The count of attempts to go on from; a wait that is nobody's fault does not count. */
    readonly attempt: number;
    readonly code: string;
    readonly message: string;
  },
): Promise<void> {
  const text = `update sync_jobs
    set leased_by = null, leased_until = null, due_at = now() + $4::int * interval '1 ms', attempt = $5,
        lane = least(lane, $6::smallint), claimed_version = 0, error_code = $7, error_message = $8
    where account = $1 and customer_id = $2 and leased_by = $3`;
  const values = [job.account, job.customerId, worker, delayMs, attempt, laneRank(job.lane), code, message];
  await query(db, sql.prepared("postpone_sync_job", text, values));
}

/** Makes a dead letter of a job: it waits for a person, or for a change of the customer. */
export async function buryJob(
  db: Queryable,
  job: SyncJob,
  { worker, code, message }: { readonly worker: string; readonly code: string; readonly message: string },
): Promise<void> {
  const text = `update sync_jobs
    set leased_by = null, leased_until = null, error_code = $5, error_message = $6,
        attempt = case when version = $4 then attempt else 0 end,
        state = case when version = $4 then 'dead' else state end
    where account = $1 and customer_id = $2 and leased_by = $3`;
  await query(
    db,
    sql.prepared("bury_sync_job", text, [job.account, job.customerId, worker, job.version, code, message]),
  );
}

/** Queues customers of one account in a lane; what is queued already keeps its faster lane. */
export async function queueCustomers(
  db: Queryable,
  {
    account,
    customerIds,
    lane,
  }: { readonly account: string; readonly customerIds: readonly string[]; readonly lane: Lane },
): Promise<void> {
  await queuePeople(db, { customers: customerIds.map((customerId) => ({ account, customerId })), lane });
}

/**
 * Queues customers, whatever account they are of; what is queued already keeps its faster lane. The caller gives a pool whose
 * commits wait for the disk: a job that a crash forgets may have been taken, and have written what nobody remembers.
 */
export async function queuePeople(
  db: Queryable,
  { customers, lane }: { readonly customers: readonly CustomerKey[]; readonly lane: Lane },
): Promise<void> {
  if (customers.length === 0) return;
  const text = `insert into sync_jobs as j (account, customer_id, lane, due_at)
    select account, customer_id, $3::smallint, now() from unnest($1::text[], $2::text[]) as q (account, customer_id)
    on conflict (account, customer_id) do update set
      version = j.version + 1, state = 'pending', lane = least(j.lane, excluded.lane),
      due_at = least(j.due_at, excluded.due_at), attempt = case when j.state = 'dead' then 0 else j.attempt end`;
  const unique = new Map(customers.map((customer) => [customerKeyText(customer), customer]));
  const sorted = [...unique.values()].toSorted(byCustomerKey);
  const values = [...keyColumns(sorted), laneRank(lane)];
  await query(db, sql.prepared("queue_people", text, values));
}

/** Whom a worker holds at this moment is worked on once more afterwards: it may have begun by what is in force no longer. */
export async function queueHeldAgain(db: Queryable, lane: Lane): Promise<void> {
  const text = `select account, customer_id as "customerId" from sync_jobs where state = 'pending' and leased_by is not null`;
  await queuePeople(db, { customers: await query<CustomerKey>(db, sql.plain(text, [])), lane });
}

/**
 * Goes on holding these customers, named by `customerKeyText`, and answers which of them are still held; what a dead
 * worker held is free when its short lease has run out.
 */
export async function renewLeases(
  db: Queryable,
  { worker, leaseMs, keys }: { readonly worker: string; readonly leaseMs: number; readonly keys: readonly string[] },
): Promise<readonly string[]> {
  const text = `update sync_jobs j set leased_until = now() + $2::int * interval '1 ms'
    from (select key, split_part(key, ' ', 1) as account, split_part(key, ' ', 2) as customer_id from unnest($3::text[]) as key) k
    where j.account = k.account and j.customer_id = k.customer_id and j.leased_by = $1 returning k.key`;
  const rows = await query<{ key: string }>(db, sql.prepared("renew_leases", text, [worker, leaseMs, keys]));
  return rows.map(({ key }) => key);
}

/** Frees what this worker holds, at a graceful end. */
export async function releaseSyncJobs(db: Queryable, worker: string): Promise<void> {
  const text = `update sync_jobs set leased_by = null, leased_until = null, claimed_version = 0 where leased_by = $1`;
  await query(db, sql.plain(text, [worker]));
}

export type QueueDepth = {
  readonly urgent: number;
  readonly calm: number;
  readonly backfill: number;
  readonly dead: number;
  /** Age of the oldest urgent or calm job that is overdue. */
  readonly backlogAgeMs: number;
};

/** How much waits. Counts rows of the outbox only, which holds no more than one row per customer. */
export async function measureQueue(db: Queryable): Promise<QueueDepth> {
  const text = `select
      count(*) filter (where state = 'pending' and lane = 0) as urgent,
      count(*) filter (where state = 'pending' and lane = 1) as calm,
      count(*) filter (where state = 'pending' and lane = 2) as backfill,
      count(*) filter (where state = 'dead') as dead,
      coalesce(extract(epoch from now() - min(queued_at) filter (where state = 'pending' and lane < 2 and due_at <= now())) * 1000, 0)::float8 as "backlogAgeMs"
    from sync_jobs`;
  const [row] = await query<QueueDepth>(db, sql.prepared("measure_queue", text));
  return row ?? { urgent: 0, calm: 0, backfill: 0, dead: 0, backlogAgeMs: 0 };
}

/** How many customers of an account still wait in this lane. */
export async function countWaiting(db: Queryable, account: string, lane: Lane): Promise<number> {
  const text = "select count(*) as count from sync_jobs where state = 'pending' and lane = $2 and account = $1";
  const [row] = await query<{ count: number }>(db, sql.prepared("count_waiting_jobs", text, [account, laneRank(lane)]));
  return row?.count ?? 0;
}

/**
 * After a crash of PostgreSQL, commits of the last moments that did not wait for the disk may be gone: of whatever is
 * still queued a write may have reached Intercom that nobody remembers. Marks all of it to be read before it is written.
 * Answers whether there was a crash since the last call on any node.
 */
export async function noticeCrash(db: Queryable): Promise<boolean> {
  const text = `with noticed as (
      insert into no_crash_since default values on conflict do nothing returning 1
    ), doubted as (
      update identities i set doubted = true from sync_jobs j
      where exists (select from noticed) and i.account = j.account and i.customer_id = j.customer_id and i.contact_id is not null
      returning 1
    )
    select exists (select from noticed) as crashed, (select count(*) from doubted) as doubted`;
  const [row] = await query<{ crashed: boolean }>(db, sql.prepared("notice_crash", text));
  return row?.crashed ?? false;
}

/** What was put off because a vendor was closed is due again, urgent first; called when something opens. */
export async function hurryPaused(db: Queryable): Promise<void> {
  const text = `update sync_jobs set due_at = now() where state = 'pending' and due_at > now() and leased_by is null
    and error_code ~ '^(STRIPE|INTERCOM|VENDOR)_(PAUSED|UNAUTHORIZED|FORBIDDEN|VERSION_INVALID)$'`;
  await query(db, sql.plain(text));
}
