/** Slow and scheduled work on graphile-worker: added inside our own transactions, run by any node. */
import { EventEmitter } from "node:events";
import {
  Logger,
  parseCronItems,
  run,
  type CronItem,
  type JobHelpers,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import { query, sql } from "../db/query.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { aborted } from "../lib/aborted.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import type { Liveness } from "./liveness.ts";

/** What each task is given. */
export type SlowTasks = {
  /** Loads what Stripe has, once. */
  readonly backfill: { readonly account: string };
  /** Queues everybody who subscribes to a product whose name changed. */
  readonly "fan-out-product": { readonly account: string; readonly productId: string };
  /** Brings the newest version of the mapping to the contacts. */
  readonly mapping: Readonly<Record<string, never>>;
  /** Reads a customer again from Stripe and looks at their contact, because a person asked for it. */
  readonly "replay-customer": { readonly account: string; readonly customerId: string };
  /** Shows everybody to rules that look at profiles; daily, only while one of them counts days. */
  readonly rules: { readonly daily: boolean };
  /** Works on the runs of reconcile that wait; the nightly one is asked for here. */
  readonly reconcile: { readonly nightly: boolean };
};

const attemptMax = 1000;

type SlowJob = {
  readonly [T in keyof SlowTasks]: { readonly task: T; readonly payload: SlowTasks[T]; readonly key: string };
}[keyof SlowTasks];

/** Adds a job, or replaces the one with the same key that has not begun; it is run at once. Inside a transaction it comes with the commit. */
export async function addSlowJob(db: Queryable, { task, payload, key }: SlowJob): Promise<void> {
  const text = "select graphile_worker.add_job($1, payload => $2::json, job_key => $3, max_attempts => $4)";
  await query(db, sql.plain(text, [task, JSON.stringify(payload), key, attemptMax]));
}

/** Adds a job for later. One with the same key that waits already keeps its time: somebody may just have asked for it at once. */
export async function addSlowJobAt(db: Queryable, { task, payload, key }: SlowJob, runAt: Date): Promise<void> {
  const text = `select graphile_worker.add_job($1, payload => $2::json, job_key => $3, max_attempts => $4,
    run_at => $5::timestamptz, job_key_mode => 'preserve_run_at')`;
  await query(db, sql.plain(text, [task, JSON.stringify(payload), key, attemptMax, runAt]));
}

/** Sees to it that a job is under way or begins at once: one that waits, for its time or after failures, waits no more. */
export async function ensureSlowJob(db: Queryable, { task, payload, key }: SlowJob): Promise<void> {
  const text = `select graphile_worker.add_job($1, payload => $2::json, job_key => $3, max_attempts => $4)
    where not exists (select from graphile_worker.jobs where key = $3 and locked_at is not null)`;
  await query(db, sql.plain(text, [task, JSON.stringify(payload), key, attemptMax]));
}

export type SlowJobHandlers = {
  readonly [T in keyof SlowTasks]: (payload: SlowTasks[T], signal: AbortSignal) => Promise<void>;
};

type Log = { warn(o: object, m: string): void; error(o: object, m: string): void };

/** Slow jobs being run. */
export type SlowJobs = { stop(): Promise<void> };

/** A slow job that comes up by itself; whichever nodes are up, it is added once. */
export type Scheduled = {
  [T in keyof SlowTasks]: {
    readonly task: T;
    readonly payload: SlowTasks[T];
    /** Hour and minute of each day, UTC. */
    readonly at: TimeOfDay;
  };
}[keyof SlowTasks];

export type TimeOfDay = { readonly hour: number; readonly minute: number };

/** When no node was up at its time, a scheduled job is made up for within so long. */
const madeUpWithinMs = 12 * 3_600_000;

export type SlowJobsSettings = {
  readonly log: Log;
  /** Aborted when this process begins to end. */
  readonly ending: AbortSignal;
  readonly liveness: Pick<Liveness, "addWorker" | "lapse">;
  readonly scheduled: readonly Scheduled[];
  /** How many at once; a backfill holds its place for hours. */
  readonly concurrency: number;
};

/** How soon a job comes up again that met trouble which passes. */
const againMs = 10_000;

/**
 * Runs slow jobs until they are stopped. A job whose node died is taken up again by another; a node that was away for so
 * long that it must have been taken for dead breaks off what it was doing. What our own end breaks off another node goes
 * on with at once, and trouble that passes is tried again every few seconds; only other failures count as attempts.
 */
export async function runSlowJobs(
  pool: Pool,
  handlers: SlowJobHandlers,
  { log, ending, liveness, scheduled, concurrency }: SlowJobsSettings,
): Promise<SlowJobs> {
  const events: WorkerEvents = new EventEmitter();
  // Since graphile-worker 0.18 jobs are locked in the name of the pool; the workers' own names are never written.
  events.on("pool:create", ({ workerPool }) => liveness.addWorker(workerPool.id));
  const taskList: TaskList = Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      async (payload: unknown, { job, abortSignal }: JobHelpers) => {
        const signals = [liveness.lapse, ...(abortSignal ? [abortSignal] : [])];
        try {
          await handle(trusted(payload), AbortSignal.any(signals));
        } catch (error) {
          if (!ending.aborted && !mayPass(error)) throw error;
          if (!ending.aborted)
            log.warn({ task: name, code: codeOf(error) }, `a slow job goes on in a moment: ${messageOf(error)}`);
          await putBack(pool, job, ending.aborted ? 0 : againMs);
        }
      },
    ]),
  );
  const runner = await run({
    pgPool: pool,
    taskList,
    parsedCronItems: parseCronItems(scheduled.map(toCronItem)),
    events,
    concurrency,
    pollInterval: 2000,
    noHandleSignals: true,
    logger: quietLogger(log, ending),
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= runner.stop());
  // From its first moment on, so that this node does not take back what it puts back. Whoever calls stop sees a failure.
  void aborted(ending)
    .then(stop)
    .catch(() => undefined);
  return { stop };
}

function mayPass(error: unknown): boolean {
  return ["transient", "conflict", "blocked"].includes(kindOf(error));
}

/**
 * Asks again for a job that is about to end. Left to itself graphile-worker waits longer after each failure of its life,
 * up to six hours: a job that takes days would soon sleep for most of them. One that was asked for again meanwhile keeps
 * its time.
 */
async function putBack(db: Queryable, job: JobHelpers["job"], delayMs: number): Promise<void> {
  const text = `select graphile_worker.add_job($1, payload => $2::json, job_key => $3, max_attempts => $4,
    run_at => now() + $5::int * interval '1 ms', job_key_mode => 'preserve_run_at')`;
  const values = [job.task_identifier, JSON.stringify(job.payload), job.key, job.max_attempts, delayMs];
  await query(db, sql.plain(text, values));
}

/** The key keeps a run that is late and one that a person asked for from standing in the queue twice. */
function toCronItem({ task, payload, at }: Scheduled): CronItem {
  return {
    task,
    match: `${at.minute} ${at.hour} * * *`,
    identifier: `daily-${task}`,
    payload,
    options: { backfillPeriod: madeUpWithinMs, jobKey: task, maxAttempts: attemptMax },
  };
}

/** Payloads are written by addSlowJob only. */
function trusted<T>(payload: unknown): T {
  return payload as T; // oxlint-disable-line no-unsafe-type-assertion -- see above
}

/** graphile-worker reports every job; people want to know of failures. A job that our own end breaks off goes on later. */
function quietLogger(log: Log, ending: AbortSignal): Logger {
  return new Logger(() => (level, message) => {
    if (level === "error" && !ending.aborted) log.error({ detail: message }, "a slow job reported an error");
  });
}

/** A job that runs while its key is used for another loses the key and, in graphile-worker's way, all its attempts. */
const notReplaced = "not (key is null and last_error is null)";

/** A slow job that has used up its attempts. */
export type FailedSlowJob = {
  readonly id: string;
  readonly task: string;
  readonly attempts: number;
  readonly error: string;
  readonly addedAt: Date;
};

/** Slow jobs that will not be tried again by themselves, oldest first; not those in whose place another was added meanwhile. */
export async function listFailedSlowJobs(db: Queryable, limit: number): Promise<readonly FailedSlowJob[]> {
  const text = `select id::text as id, task_identifier as task, attempts, coalesce(last_error, '') as error, created_at as "addedAt"
    from graphile_worker.jobs where attempts >= max_attempts and locked_at is null and ${notReplaced} order by created_at, id limit $1`;
  return query<FailedSlowJob>(db, sql.plain(text, [limit]));
}

/** Lets failed slow jobs begin again with their first attempt. Answers the ids of those that were taken. */
export async function reviveSlowJobs(db: Queryable, ids: readonly string[]): Promise<readonly string[]> {
  const text = `select id::text as id from graphile_worker.reschedule_jobs(
    array(select id from graphile_worker.jobs where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null and ${notReplaced}),
    run_at => now(), attempts => 0)`;
  const rows = await query<{ id: string }>(db, sql.plain(text, [ids]));
  return rows.map(({ id }) => id);
}
