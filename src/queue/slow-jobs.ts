/** Slow and scheduled work on graphile-worker: added inside our own transactions, run by any node. */
import { EventEmitter } from "node:events";
import { Logger, run, type TaskList, type WorkerEvents } from "graphile-worker";
import { query, sql } from "../db/query.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { Liveness } from "./liveness.ts";

/** What each task is given. */
export type SlowTasks = {
  /** Loads what Stripe has, once. */
  readonly backfill: { readonly account: string };
  /** Queues everybody who subscribes to a product whose name changed. */
  readonly "fan-out-product": { readonly account: string; readonly productId: string };
};

type SlowJob = {
  readonly [T in keyof SlowTasks]: { readonly task: T; readonly payload: SlowTasks[T]; readonly key: string };
}[keyof SlowTasks];

/** Adds a job, or replaces the one with the same key that has not begun. Inside a transaction it comes with the commit. */
export async function addSlowJob(db: Queryable, { task, payload, key }: SlowJob): Promise<void> {
  const text = "select graphile_worker.add_job($1, payload => $2::json, job_key => $3, max_attempts => 1000)";
  await query(db, sql.plain(text, [task, JSON.stringify(payload), key]));
}

export type SlowJobHandlers = {
  readonly [T in keyof SlowTasks]: (payload: SlowTasks[T], signal: AbortSignal) => Promise<void>;
};

type Log = { warn(o: object, m: string): void; error(o: object, m: string): void };

/** Slow jobs being run. */
export type SlowJobs = { stop(): Promise<void> };

/** Runs slow jobs until they are stopped. A job whose node died is taken up again by another. */
export async function runSlowJobs(
  pool: Pool,
  handlers: SlowJobHandlers,
  { node, log, ending }: { readonly node: string; readonly log: Log; readonly ending: AbortSignal },
): Promise<SlowJobs> {
  const liveness = new Liveness(pool, { node, log });
  const events: WorkerEvents = new EventEmitter();
  events.on("worker:create", ({ worker }) => liveness.addWorker(worker.workerId));
  const taskList: TaskList = Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      async (payload: unknown, helpers: { abortSignal?: AbortSignal }) => {
        await handle(trusted(payload), helpers.abortSignal ?? new AbortController().signal);
      },
    ]),
  );
  const runner = await run({
    pgPool: pool,
    taskList,
    events,
    concurrency: 2,
    pollInterval: 2000,
    noHandleSignals: true,
    logger: quietLogger(log, ending),
  });
  liveness.start();
  return {
    async stop() {
      await runner.stop();
      await liveness.stop();
    },
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
