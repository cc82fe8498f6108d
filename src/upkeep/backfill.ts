/**
 * The backfill: loads what Stripe has, finds out what that means for the contacts, and queues everybody.
 *
 * | phase | what happens | goes on after an interruption |
 * | --- | --- | --- |
 * | loading | Stripe's lists are read in ranges, and Intercom's contacts are counted (the census) | at each range's cursor |
 * | planning | each customer's contact is found and compared; nothing is written | after the last customer judged |
 * | queueing | every customer becomes due in the backfill lane | after the last customer queued |
 * | writing | the sync worker writes what differs | by itself, from the outbox |
 * | done | ranges that could not be read are tried again, and whom they concern is queued | at the next attempt |
 *
 * A dry run ends after planning. Events are taken all the while, and the newer copy wins (`keepRead`).
 */
import type { BackfillPhase, BackfillProgress } from "../../contract/backfill.ts";
import { withFreeLock } from "../db/lock.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { Contexts, SyncContext } from "../pipeline/context.ts";
import { addSlowJob, addSlowJobAt, ensureSlowJob } from "../queue/slow-jobs.ts";
import type { Pace } from "./backfill/plan.ts";
import { hurryRanges } from "./backfill/range-rows.ts";
import { resources } from "./backfill/resources.ts";
import { Abandoned, jobOf, RunAtWork, type RunHooks } from "./backfill/run-at-work.ts";
import { abandonRuns, findLatestRun, isAnyRunOpen, openRun, wasEverLoaded, type Run } from "./backfill/run-rows.ts";
import type { Doors } from "./until-open.ts";

/** Where the backfill of an account stands, in short. */
export type BackfillState = {
  readonly state: "running" | "done";
  readonly phase: BackfillPhase;
  /** Objects created up to this second are loaded; later ones come as events. */
  readonly startedS: number;
  /** The resource under way; "contacts" once all are read. */
  readonly resource: string;
  /** Objects read so far, over all resources. */
  readonly done: number;
  /** This run or an earlier one has read all of Stripe's lists: no customer needs their history read on its own any more. */
  readonly historyLoaded: boolean;
};

/** Where the latest backfill of this account stands; `undefined` before the first. */
export async function findBackfill({
  pool,
  account,
}: Pick<SyncContext, "pool" | "account">): Promise<BackfillState | undefined> {
  const run = await findLatestRun(pool, account, "real");
  return run && stateOf(run, { progress: run.progress, wasLoaded: await wasEverLoaded(pool, account) });
}

type Standing = {
  readonly progress: BackfillProgress | null;
  /** By an earlier run. */
  readonly wasLoaded: boolean;
};

function stateOf(
  { phase, startedS }: Pick<Run, "phase" | "startedS">,
  { progress, wasLoaded }: Standing,
): BackfillState {
  const lists = progress?.resources ?? [];
  const current = lists.find(({ ranges }) => ranges.done < ranges.all);
  return {
    state: phase === "done" ? "done" : "running",
    phase,
    startedS,
    resource: phase === "loading" ? (current?.name ?? resources[0]?.name ?? "contacts") : "contacts",
    done: lists.reduce((sum, { objects }) => sum + objects, 0),
    historyLoaded: wasLoaded || phase !== "loading",
  };
}

export type BackfillRequest = {
  readonly account: string;
  /** Only finds out what would be done. */
  readonly dryRun?: boolean;
  /** Begins from the start, also when everything was loaded before. */
  readonly again?: boolean;
};

/** Asks for a backfill: any node takes it up within seconds. One that is under way goes on, unless it is to begin again. */
export async function requestBackfill(pool: Pool, request: BackfillRequest): Promise<void> {
  const { account, dryRun = false, again = false } = request;
  const kind = dryRun ? "dry" : "real";
  await transaction(pool, async (tx) => {
    if (again) await abandonRuns(tx, account, kind);
    const latest = await findLatestRun(tx, account, kind);
    if (again || dryRun || !latest) await openRun(tx, { account, kind, nowMs: Date.now() });
    else await hurryRanges(tx, latest.id);
    await addSlowJob(tx, jobOf(account));
  });
}

/**
 * Sees to it that a run which is not done is worked on now, even if its job sleeps after failures; where there was none
 * yet, that is the first one. Call it when a node begins, and when a vendor that was paused opens.
 */
export async function ensureBackfill(pool: Pool, account: string): Promise<void> {
  const isFirst = (await findLatestRun(pool, account, "real")) === undefined;
  if (isFirst || (await isAnyRunOpen(pool, account))) await ensureSlowJob(pool, jobOf(account));
}

export type BackfillHooks = {
  readonly signal: AbortSignal;
  readonly onProgress: (state: BackfillState) => void;
  /** All accounts, for people who are customers of several. */
  readonly contexts?: Contexts;
  /** A pause of a vendor makes the run wait. Without them, as in a command, what is refused is thrown. */
  readonly doors?: Doors;
  /** Intercom's limit as it was learned, for the estimate. */
  readonly pace?: () => Pace;
};

/** Another node is at it; should it die, its lock is free by then. */
const elsewhereMs = 15_000;

/**
 * Does what is open for this account: dry runs first, for which somebody waits, then the real one; the first time it makes
 * one. Only one node at a time works on an account; while that is another one, this asks for another look later on. Throws
 * what stops everything, and goes on where it was the next time.
 */
export async function runBackfill(context: SyncContext, hooks: BackfillHooks): Promise<void> {
  const { pool, account } = context;
  const done = await withFreeLock(pool, `backfill:${account}`, () => runOpen(context, hooks));
  if (!done) await addSlowJobAt(pool, jobOf(account), new Date(context.nowMs() + elsewhereMs));
}

/** Makes the plan in this process and writes to no contact: for an installation whose server does not run. */
export async function runDryBackfill(context: SyncContext, hooks: BackfillHooks): Promise<void> {
  const run = await openRun(context.pool, { account: context.account, kind: "dry", nowMs: context.nowMs() });
  await new RunAtWork(context, run, await runHooks(context, hooks)).carryOut();
}

/** Only a real run says how the history stands. */
async function runHooks({ pool, account }: SyncContext, { onProgress, ...hooks }: BackfillHooks): Promise<RunHooks> {
  const wasLoaded = await wasEverLoaded(pool, account);
  return {
    ...hooks,
    onProgress: (run, progress) => {
      if (run.kind === "real") onProgress(stateOf(run, { progress, wasLoaded }));
    },
  };
}

async function runOpen(context: SyncContext, hooks: BackfillHooks): Promise<void> {
  const { pool, account } = context;
  const forRun = await runHooks(context, hooks);
  const dry = await findLatestRun(pool, account, "dry");
  if (dry && dry.phase !== "done") await new RunAtWork(context, dry, forRun).carryOut();
  for (;;) {
    const nowMs = context.nowMs();
    const run = (await findLatestRun(pool, account, "real")) ?? (await openRun(pool, { account, kind: "real", nowMs }));
    const atWork = new RunAtWork(context, run, forRun);
    try {
      await (run.phase === "done" ? atWork.retry() : atWork.carryOut());
      return;
    } catch (error) {
      // Then the one that began anew is next.
      if (!(error instanceof Abandoned)) throw error;
    }
  }
}
