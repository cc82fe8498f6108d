/**
 * Companies that have to be looked at: the row of a company is its job, so that one worker at a time has it, whatever
 * customers of it change meanwhile. All of this waits for the disk: what a worker was about to write must be known after
 * any crash.
 */
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { laneOfRank, laneRank, type Lane, type LaneRange } from "../model/lane.ts";

/** A company that is due, leased to one worker. */
export type CompanyJob = {
  readonly key: string;
  readonly lane: Lane;
  /** The version that was claimed; a customer that changes meanwhile raises it. */
  readonly version: number;
  readonly attempt: number;
  /** Somebody held it before and neither ended it nor gave it back: what they wrote, if anything, is not on record. */
  readonly wasHeld: boolean;
};

type JobRow = {
  readonly key: string;
  readonly lane: number;
  readonly version: number;
  readonly attempt: number;
  readonly was_held: boolean;
};

const claimText = `
with due as (
  select key, leased_by from companies
  where due_at is not null and due_at <= now() and lane between $4::smallint and $5::smallint
    and (leased_until is null or leased_until < now())
  order by lane, due_at limit $1 for update skip locked
)
update companies c
set leased_by = $2, leased_until = now() + $3::int * interval '1 ms', attempt = c.attempt + 1
from due where c.key = due.key
returning c.key, c.lane, c.version, c.attempt, due.leased_by is not null as was_held`;

/** Leases the most urgent due companies of these lanes to this worker; nobody else gets them for `leaseMs`. */
export async function claimCompanies(
  db: Queryable,
  {
    limit,
    worker,
    leaseMs,
    lanes: { from, to },
  }: { readonly limit: number; readonly worker: string; readonly leaseMs: number; readonly lanes: LaneRange },
): Promise<readonly CompanyJob[]> {
  const rows = await query<JobRow>(db, sql.prepared("claim_companies", claimText, [limit, worker, leaseMs, from, to]));
  return rows.map(({ lane, was_held: wasHeld, ...row }) => ({ ...row, lane: laneOfRank(lane), wasHeld }));
}

/** Which a worker holds at this moment is worked on once more afterwards: it may have begun by what is in force no longer. */
export async function queueHeldCompaniesAgain(db: Queryable): Promise<void> {
  await query(db, sql.plain("update companies set version = version + 1 where leased_by is not null"));
}

/** How many companies are to be looked at, now or later; dead ones wait for a person. */
export async function countWaitingCompanies(db: Queryable): Promise<number> {
  const [row] = await query<{ count: number }>(
    db,
    sql.plain("select count(*) as count from companies where due_at is not null"),
  );
  return row?.count ?? 0;
}

/** A company that is not tried again until a customer of it changes or a person asks. */
export type DeadCompany = {
  readonly key: string;
  readonly attempt: number;
  readonly queuedAt: Date;
  readonly error: { readonly code: string; readonly message: string } | null;
};

type DeadRow = {
  readonly key: string;
  readonly attempt: number;
  readonly queued_at: Date;
  readonly error_code: string | null;
  readonly error_message: string | null;
};

/** Dead companies, oldest first: all, or the one of this key, or those of this error code. */
export async function listDeadCompanies(
  db: Queryable,
  {
    key = null,
    code = null,
    limit,
  }: { readonly key?: string | null; readonly code?: string | null; readonly limit: number },
): Promise<readonly DeadCompany[]> {
  const text = `select key, attempt, queued_at, error_code, error_message from companies
    where dead and ($1::text is null or key = $1) and ($2::text is null or error_code = $2) order by queued_at, key limit $3`;
  const rows = await query<DeadRow>(db, sql.plain(text, [key, code, limit]));
  return rows.map(({ key: own, attempt, queued_at: queuedAt, error_code: failed, error_message: message }) => ({
    key: own,
    attempt,
    queuedAt,
    error: failed === null ? null : { code: failed, message: message ?? "" },
  }));
}

/** Goes on holding these companies, and answers which of them are still held. */
export async function renewCompanyLeases(
  db: Queryable,
  { worker, leaseMs, keys }: { readonly worker: string; readonly leaseMs: number; readonly keys: readonly string[] },
): Promise<readonly string[]> {
  const text = `update companies set leased_until = now() + $2::int * interval '1 ms'
    where key = any($3::text[]) and leased_by = $1 returning key`;
  const rows = await query<{ key: string }>(db, sql.prepared("renew_company_leases", text, [worker, leaseMs, keys]));
  return rows.map(({ key }) => key);
}

/**
 * Ends the job: nothing is due any more, unless a customer changed since it was claimed. Answers false when it is another
 * worker's by now; call it inside the transaction that records the outcome, and undo that then.
 */
export async function finishCompany(db: Queryable, { key, version }: CompanyJob, worker: string): Promise<boolean> {
  const text = `update companies set leased_by = null, leased_until = null, attempt = 0, dead = false, error_code = null,
      error_message = null, due_at = case when version = $3 then null else due_at end
    where key = $1 and leased_by = $2 returning key`;
  return (await query(db, sql.prepared("finish_company", text, [key, worker, version]))).length > 0;
}

type Fault = { readonly worker: string; readonly code: string; readonly message: string };

/** Puts a company back for a later attempt. `isDoubted`: something may have been written that is not on record. */
export async function postponeCompany(
  db: Queryable,
  { key }: CompanyJob,
  {
    worker,
    code,
    message,
    delayMs,
    attempt,
    isDoubted,
  }: Fault & { readonly delayMs: number; readonly attempt: number; readonly isDoubted: boolean },
): Promise<void> {
  const text = `update companies set leased_by = null, leased_until = null, attempt = $6, error_code = $3, error_message = $4,
      due_at = now() + $5::int * interval '1 ms', doubted = doubted or $7
    where key = $1 and leased_by = $2`;
  await query(db, sql.prepared("postpone_company", text, [key, worker, code, message, delayMs, attempt, isDoubted]));
}

/** Makes a dead letter of it: it waits for a person, or until a customer of the company changes. */
export async function buryCompany(
  db: Queryable,
  { key, version }: CompanyJob,
  { worker, code, message, isDoubted }: Fault & { readonly isDoubted: boolean },
): Promise<void> {
  const text = `update companies set leased_by = null, leased_until = null, error_code = $3, error_message = $4,
      dead = version = $5, attempt = case when version = $5 then attempt else 0 end,
      due_at = case when version = $5 then null else due_at end, doubted = doubted or $6
    where key = $1 and leased_by = $2`;
  await query(db, sql.prepared("bury_company", text, [key, worker, code, message, version, isDoubted]));
}

/** Frees what this worker holds, at a graceful end. */
export async function releaseCompanies(db: Queryable, worker: string): Promise<void> {
  const text = "update companies set leased_by = null, leased_until = null where leased_by = $1";
  await query(db, sql.plain(text, [worker]));
}

/** Queues companies, whatever became of them before; what is queued already keeps its faster lane. */
export async function queueCompanies(
  db: Queryable,
  { keys, lane }: { readonly keys: readonly string[]; readonly lane: Lane },
): Promise<void> {
  const text = `update companies c set version = c.version + 1, dead = false, attempt = case when c.dead then 0 else c.attempt end,
      lane = case when c.due_at is null then $2::smallint else least(c.lane, $2::smallint) end,
      queued_at = case when c.due_at is null then now() else c.queued_at end, due_at = now()
    from (select key from companies where key = any($1::text[]) order by key collate "C" for update) k where c.key = k.key`;
  await query(db, sql.prepared("queue_companies", text, [keys, laneRank(lane)]));
}
