/** The rows of reconcile: runs, where they stand, and the drifts they found. */
import type { Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { parseStored } from "../../lib/json.ts";
import { AppError } from "../../model/error.ts";
import type { DriftClass } from "./drift.ts";

export type RunState = "queued" | "running" | "done" | "failed";
export type AskedBy = "schedule" | "command" | "api" | "gap";

export type RunOptions = {
  /** Reports only, repairs nothing. */
  readonly check: boolean;
  /** Reads of Stripe at most; the next run goes on where this one stopped. */
  readonly calls: number;
  /** Only this Stripe account and the contacts of its customers; null for all. */
  readonly account: string | null;
  /** How long an event may be on its way before it counts as missed. */
  readonly graceMs: number;
};

/** How far a run is, and where to go on after a crash. */
export type RunProgress = {
  readonly phase: "stripe" | "judge" | "contacts" | "unlisted" | "end";
  /** Lists of Stripe that this run is through with, as `account/resource`. */
  readonly listsDone: readonly string[];
  /** Objects that Stripe listed. */
  readonly objects: number;
  /** The list in which the budget ended; null when all were read to their end. */
  readonly stoppedIn: string | null;
  /** Contacts that Intercom listed, and how many it says there are. */
  readonly contacts: number;
  readonly contactsTotal: number | null;
  readonly contactsCursor: string | null;
  /** Linked contacts among them. */
  readonly marked: number;
  /** Contacts that were being written at that moment and could not be compared. */
  readonly busy: number;
  /** When the first page of contacts was asked for. */
  readonly contactsFromMs: number | null;
};

export const firstProgress: RunProgress = {
  phase: "stripe",
  listsDone: [],
  objects: 0,
  stoppedIn: null,
  contacts: 0,
  contactsTotal: null,
  contactsCursor: null,
  marked: 0,
  busy: 0,
  contactsFromMs: null,
};

export type Calls = { readonly stripe: number; readonly intercom: number };

export type Run = {
  readonly id: number;
  readonly state: RunState;
  readonly askedBy: AskedBy;
  readonly options: RunOptions;
  readonly progress: RunProgress;
  readonly calls: Calls;
  readonly askedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly counts: Readonly<Partial<Record<DriftClass, number>>>;
};

/** There is no such run, or its record was removed: the last thirty are kept. */
export class ReconcileRunNotFound extends AppError {
  readonly code = "RECONCILE_RUN_NOT_FOUND";
  readonly kind = "missing";
  constructor() {
    super("There is no such run of reconcile; the last thirty are kept. See them: dunlin reconcile show");
  }
}

/** Another run is queued already, with other options. */
export class ReconcileQueued extends AppError {
  readonly code = "RECONCILE_QUEUED";
  readonly kind = "conflict";
  constructor() {
    super("Another run of reconcile is waiting to begin; ask again when it has begun.");
  }
}

type RunRow = {
  readonly id: number;
  readonly state: RunState;
  readonly asked_by: AskedBy;
  readonly options: string;
  readonly progress: string;
  readonly stripe_calls: number;
  readonly intercom_calls: number;
  readonly asked_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly counts: Readonly<Partial<Record<DriftClass, number>>> | null;
};

const runColumns = `r.id, r.state, r.asked_by, r.options, r.progress, r.stripe_calls, r.intercom_calls, r.asked_at, r.started_at,
  r.ended_at, r.error_code, r.error_message, (select json_object_agg(class, count) from (
    select class, count(*) as count from drifts where run_id = r.id group by class) c) as counts`;

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    state: row.state,
    askedBy: row.asked_by,
    options: parseStored(row.options),
    progress: parseStored(row.progress),
    calls: { stripe: row.stripe_calls, intercom: row.intercom_calls },
    askedAt: row.asked_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
    counts: row.counts ?? {},
  };
}

/** Asks for a run. Answers its id; of a run with the same options that waits already, that one's. Throws ReconcileQueued. */
export async function queueRun(
  db: Queryable,
  { options, askedBy }: { readonly options: RunOptions; readonly askedBy: AskedBy },
): Promise<number> {
  const text = `insert into reconcile_runs (state, asked_by, options, progress) values ('queued', $1, $2, $3)
    on conflict (state) where state in ('queued', 'running') do nothing returning id`;
  const wanted = JSON.stringify(options);
  const [row] = await query<{ id: number }>(db, sql.plain(text, [askedBy, wanted, JSON.stringify(firstProgress)]));
  if (row) return row.id;
  const waiting = "select id from reconcile_runs where state = 'queued' and options = $1";
  const [same] = await query<{ id: number }>(db, sql.plain(waiting, [wanted]));
  if (!same) throw new ReconcileQueued();
  return same.id;
}

/** The run to work on: one that was broken off, else the one that waits. Call it while nobody else runs one. */
export async function takeRun(db: Queryable): Promise<Run | undefined> {
  const broken = `select ${runColumns} from reconcile_runs r where state = 'running'`;
  const [interrupted] = await query<RunRow>(db, sql.plain(broken));
  if (interrupted) return toRun(interrupted);
  const begin = `update reconcile_runs r set state = 'running', started_at = now() where state = 'queued' returning ${runColumns}`;
  const [next] = await query<RunRow>(db, sql.plain(begin));
  return next ? toRun(next) : undefined;
}

/** True when a run waits to begin. */
export async function hasWaitingRun(db: Queryable): Promise<boolean> {
  return (await query(db, sql.plain("select 1 from reconcile_runs where state = 'queued'"))).length > 0;
}

/** True when a run (of who asked, if it is named) waits to begin, is being worked on, or was broken off. */
export async function hasOpenRun(db: Queryable, askedBy?: AskedBy): Promise<boolean> {
  const text =
    "select 1 from reconcile_runs where state in ('queued', 'running') and asked_by = coalesce($1, asked_by)";
  return (await query(db, sql.plain(text, [askedBy ?? null]))).length > 0;
}

/** Notes how far a run is. */
export async function saveProgress(
  db: Queryable,
  { id, progress, calls }: Pick<Run, "id" | "progress" | "calls">,
): Promise<void> {
  const text = "update reconcile_runs set progress = $2, stripe_calls = $3, intercom_calls = $4 where id = $1";
  const values = [id, JSON.stringify(progress), calls.stripe, calls.intercom];
  await query(db, sql.prepared("save_reconcile_progress", text, values));
}

const runsKept = 30;

/** Ends a run, and removes all but the last thirty. */
export async function endRun(db: Queryable, id: number, error: Run["error"]): Promise<void> {
  const text = `update reconcile_runs set state = $2, ended_at = now(), error_code = $3, error_message = $4 where id = $1`;
  await query(db, sql.plain(text, [id, error ? "failed" : "done", error?.code ?? null, error?.message ?? null]));
  const old = `delete from reconcile_runs where state in ('done', 'failed')
    and id not in (select id from reconcile_runs order by id desc limit $1)`;
  await query(db, sql.plain(old, [runsKept]));
}

/** The latest runs, newest first. */
export async function listRuns(db: Queryable, limit: number): Promise<readonly Run[]> {
  const text = `select ${runColumns} from reconcile_runs r order by id desc limit $1`;
  return (await query<RunRow>(db, sql.plain(text, [limit]))).map(toRun);
}

/** One run. Throws ReconcileRunNotFound. */
export async function getRun(db: Queryable, id: number): Promise<Run> {
  const [row] = await query<RunRow>(db, sql.plain(`select ${runColumns} from reconcile_runs r where r.id = $1`, [id]));
  if (!row) throw new ReconcileRunNotFound();
  return toRun(row);
}

/** The last run that came to its end and was about everything; for metrics. */
export async function findLastRun(db: Queryable): Promise<Run | undefined> {
  const text = `select ${runColumns} from reconcile_runs r where state = 'done' order by id desc limit 1`;
  const [row] = await query<RunRow>(db, sql.plain(text));
  return row ? toRun(row) : undefined;
}
