/** The rows of runs: one for each time that a Stripe account is loaded. */
import type { BackfillKind, BackfillPhase, BackfillPlan, BackfillProgress } from "../../../contract/backfill.ts";
import { query, sql } from "../../db/query.ts";
import type { Queryable } from "../../db/pool.ts";
import { parseStored } from "../../lib/json.ts";

export type Run = {
  readonly id: number;
  readonly account: string;
  readonly kind: BackfillKind;
  readonly phase: BackfillPhase;
  /** Objects created up to this second are loaded; later ones come as events. */
  readonly startedS: number;
  /** The last customer of the phase that goes through all of them. */
  readonly cursor: string | null;
  /** How many customers were queued. */
  readonly queued: number;
  readonly plan: BackfillPlan | null;
  readonly progress: BackfillProgress | null;
  readonly createdAt: Date;
  readonly doneAt: Date | null;
};

type RunRow = {
  readonly id: number;
  readonly account: string;
  readonly kind: BackfillKind;
  readonly phase: BackfillPhase;
  readonly started_s: number;
  readonly cursor: string | null;
  readonly queued: number;
  readonly plan: string | null;
  readonly progress: string | null;
  readonly created_at: Date;
  readonly done_at: Date | null;
};

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    account: row.account,
    kind: row.kind,
    phase: row.phase,
    startedS: row.started_s,
    cursor: row.cursor,
    queued: row.queued,
    plan: row.plan === null ? null : parseStored(row.plan),
    progress: row.progress === null ? null : parseStored(row.progress),
    createdAt: row.created_at,
    doneAt: row.done_at,
  };
}

/** The latest run of this kind, open or done. */
export async function findLatestRun(db: Queryable, account: string, kind: BackfillKind): Promise<Run | undefined> {
  const text = "select * from backfills where account = $1 and kind = $2 order by id desc limit 1";
  const [row] = await query<RunRow>(db, sql.prepared("find_latest_backfill", text, [account, kind]));
  return row && toRun(row);
}

/**
 * Whether a run has ever read all of Stripe's lists: the plan is made right afterwards, so a run that was given up before
 * it had one may have been in the middle of them.
 */
export async function wasEverLoaded(db: Queryable, account: string): Promise<boolean> {
  const text = `select exists (select from backfills where account = $1 and kind = 'real'
    and (phase not in ('loading', 'done') or phase = 'done' and plan is not null)) as loaded`;
  const [row] = await query<{ loaded: boolean }>(db, sql.prepared("was_ever_loaded", text, [account]));
  return row?.loaded ?? false;
}

/** Begins a run, or answers the one of this kind that is open. */
export async function openRun(
  db: Queryable,
  { account, kind, nowMs }: { readonly account: string; readonly kind: BackfillKind; readonly nowMs: number },
): Promise<Run> {
  const text = `insert into backfills (account, kind, started_s) values ($1, $2, $3)
    on conflict (account, kind) where phase <> 'done' do update set updated_at = now() returning *`;
  const [row] = await query<RunRow>(db, sql.plain(text, [account, kind, Math.floor(nowMs / 1000)]));
  if (!row) throw new Error("A run that was inserted or updated is returned.");
  return toRun(row);
}

/** Ends an open run before its time, because another one begins from the start. */
export async function abandonRuns(db: Queryable, account: string, kind: BackfillKind): Promise<void> {
  const text = `update backfills set phase = 'done', done_at = now() where account = $1 and kind = $2 and phase <> 'done'`;
  await query(db, sql.plain(text, [account, kind]));
}

/** True while any account, or this one, has an open run of either kind. */
export async function isAnyRunOpen(db: Queryable, account?: string): Promise<boolean> {
  const text =
    "select exists (select from backfills where phase <> 'done' and account = coalesce($1, account)) as open";
  const [row] = await query<{ open: boolean }>(db, sql.plain(text, [account ?? null]));
  return row?.open ?? false;
}

/** The next phase; its own cursor begins anew. A run that another one has replaced stays done. */
export async function enterPhase(db: Queryable, run: number, phase: BackfillPhase): Promise<void> {
  const text = `update backfills set phase = $2, cursor = null, updated_at = now(),
    done_at = case when $2 = 'done' then now() end where id = $1 and phase <> 'done'`;
  await query(db, sql.plain(text, [run, phase]));
}

export async function saveRunCursor(db: Queryable, run: number, cursor: string, queued: number): Promise<void> {
  const text = "update backfills set cursor = $2, queued = $3, updated_at = now() where id = $1";
  await query(db, sql.prepared("save_backfill_cursor", text, [run, cursor, queued]));
}

export async function savePlan(db: Queryable, run: number, plan: BackfillPlan): Promise<void> {
  await query(
    db,
    sql.plain("update backfills set plan = $2, updated_at = now() where id = $1", [run, JSON.stringify(plan)]),
  );
}

/** Saves how far a run is; answers whether it is still open. */
export async function saveProgress(db: Queryable, run: number, progress: BackfillProgress): Promise<boolean> {
  const text = "update backfills set progress = $2, updated_at = now() where id = $1 returning phase";
  const values = [run, JSON.stringify(progress)];
  const [row] = await query<{ phase: BackfillPhase }>(db, sql.prepared("save_backfill_progress", text, values));
  return row !== undefined && row.phase !== "done";
}

/** How many finished runs of each kind are kept of an account. */
const runsKept = 5;

/** Removes old runs, with their ranges; before the others those that were given up. The latest real one is what the start of a node asks for. */
export async function forgetOldRuns(db: Queryable, account: string): Promise<void> {
  const text = `delete from backfills where id in (
    select id from (
      select id, row_number() over (partition by kind order by plan is null, id desc) as place
      from backfills where account = $1 and phase = 'done'
    ) ranked where place > $2)`;
  await query(db, sql.plain(text, [account, runsKept]));
}
