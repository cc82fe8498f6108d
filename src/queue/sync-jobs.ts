/** The outbox of contact writes: one row per customer, so that a burst is one job and no customer is written twice at once. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { laneOfRank, laneRank, type Lane } from "../model/lane.ts";

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
};

type JobRow = {
  readonly account: string;
  readonly customer_id: string;
  readonly lane: number;
  readonly version: number;
  readonly attempt: number;
  readonly queued_at: Date;
  readonly events: number;
};

const claimText = `
with due as (
  select account, customer_id from sync_jobs
  where state = 'pending' and lane <= $4::smallint and due_at <= now() and (leased_until is null or leased_until < now())
  order by lane, due_at limit $1 for update skip locked
)
update sync_jobs j
set leased_by = $2, leased_until = now() + $3::int * interval '1 ms', claimed_version = j.version, attempt = j.attempt + 1
from due where j.account = due.account and j.customer_id = due.customer_id
returning j.account, j.customer_id, j.lane, j.version, j.attempt, j.queued_at, j.events`;

/** Leases the most urgent due jobs, down to the lane `laneMax`, to this worker; nobody else gets them for `leaseMs`. */
export async function claimSyncJobs(
  db: Queryable,
  {
    limit,
    worker,
    leaseMs,
    laneMax,
  }: { readonly limit: number; readonly worker: string; readonly leaseMs: number; readonly laneMax: number },
): Promise<readonly SyncJob[]> {
  const rows = await query<JobRow>(db, sql.prepared("claim_sync_jobs", claimText, [limit, worker, leaseMs, laneMax]));
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

/** Queues customers in the backfill lane, or in another one; what is queued already keeps its faster lane. */
export async function queueCustomers(
  db: Queryable,
  {
    account,
    customerIds,
    lane,
  }: { readonly account: string; readonly customerIds: readonly string[]; readonly lane: Lane },
): Promise<void> {
  if (customerIds.length === 0) return;
  const text = `insert into sync_jobs as j (account, customer_id, lane, due_at)
    select $1, c, $3::smallint, now() from unnest($2::text[]) as c
    on conflict (account, customer_id) do update set
      version = j.version + 1, state = 'pending', lane = least(j.lane, excluded.lane),
      due_at = least(j.due_at, excluded.due_at), attempt = case when j.state = 'dead' then 0 else j.attempt end`;
  const sorted = [...new Set(customerIds)].toSorted();
  await query(db, sql.prepared("queue_customers", text, [account, sorted, laneRank(lane)]));
}

/** Goes on holding these customers; what a dead worker held is free when its short lease has run out. */
export async function renewLeases(
  db: Queryable,
  {
    worker,
    leaseMs,
    customerIds,
  }: { readonly worker: string; readonly leaseMs: number; readonly customerIds: readonly string[] },
): Promise<void> {
  const text = `update sync_jobs set leased_until = now() + $2::int * interval '1 ms'
    where leased_by = $1 and customer_id = any($3)`;
  await query(db, sql.prepared("renew_leases", text, [worker, leaseMs, customerIds]));
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

export type DeadJob = {
  readonly customerId: string;
  readonly code: string;
  readonly message: string;
  readonly attempt: number;
};

/** Jobs that wait for a person. */
export async function listDeadJobs(db: Queryable, account: string, limit: number): Promise<readonly DeadJob[]> {
  const text = `select customer_id as "customerId", error_code as code, error_message as message, attempt
    from sync_jobs where account = $1 and state = 'dead' order by customer_id limit $2`;
  return query<DeadJob>(db, sql.plain(text, [account, limit]));
}
