/** Carries out one run, phase by phase: see the table in ../backfill.ts. */
import type { BackfillPhase, BackfillProgress } from "../../../contract/backfill.ts";
import { listCustomerIds } from "../../billing/store.ts";
import { pause } from "../../lib/pause.ts";
import { clearCensus, findCensus } from "../../pipeline/census.ts";
import { Contexts, type SyncContext } from "../../pipeline/context.ts";
import { addSlowJobAt } from "../../queue/slow-jobs.ts";
import { countWaiting, queueCustomers } from "../../queue/sync-jobs.ts";
import type { Doors } from "../until-open.ts";
import { countUnlinked } from "./finding-rows.ts";
import { loadStripe } from "./load-stripe.ts";
import { makePlan } from "./make-plan.ts";
import type { Pace } from "./plan.ts";
import { ProgressKeeper } from "./progress.ts";
import { beginRanges, listOpenRanges } from "./range-rows.ts";
import { resources } from "./resources.ts";
import {
  enterPhase,
  findLatestRun,
  forgetOldRuns,
  isAnyRunOpen,
  savePlan,
  saveRunCursor,
  type Run,
} from "./run-rows.ts";
import { takeCensus } from "./take-census.ts";

export type RunHooks = {
  readonly signal: AbortSignal;
  /** A pause of a vendor makes the run wait. Without them, as in a command, what is refused is thrown. */
  readonly doors?: Doors | undefined;
  /** Told about once a second, and at each new phase. */
  readonly onProgress: (run: Run, progress: BackfillProgress) => void;
  /** All accounts, for people who are customers of several; else the run's own alone. */
  readonly contexts?: Contexts | undefined;
  /** Intercom's limit as it was learned, for the estimate. */
  readonly pace?: (() => Pace) | undefined;
};

/** Intercom's default for a private app, until an answer tells the real one. */
const assumedPace: Pace = { limit: 1666 };

/** The job that works on an account's runs; asked for twice it is one. */
export function jobOf(account: string) {
  return { task: "backfill", payload: { account }, key: `backfill:${account}` } as const;
}

const queuePageSize = 500;
/** How often the outbox is looked at while contacts are written: soon at first, since few customers are done at once. */
const lookMs = { first: 50, most: 1_000 };

/** Another run of this account began from the start meanwhile. */
export class Abandoned extends Error {}

/** One run at work. It may be broken off at any moment; the next one goes on where it was. */
export class RunAtWork {
  readonly #context: SyncContext;
  readonly #hooks: RunHooks;
  readonly #progress: ProgressKeeper;
  readonly #abandoned = new AbortController();
  readonly #signal: AbortSignal;
  #run: Run;

  constructor(context: SyncContext, run: Run, hooks: RunHooks) {
    this.#context = context;
    this.#run = run;
    this.#hooks = hooks;
    this.#progress = new ProgressKeeper({
      run: run.id,
      records: context.records,
      nowMs: context.nowMs,
      before: run.progress,
      onSaved: (isOpen) => {
        if (!isOpen && this.#run.phase !== "done") this.#abandoned.abort(new Abandoned());
        this.#tell();
      },
    });
    this.#signal = AbortSignal.any([hooks.signal, this.#abandoned.signal]);
  }

  /** Goes through the phases that are left. */
  async carryOut(): Promise<void> {
    const { pool, account } = this.#context;
    try {
      while (this.#run.phase !== "done") {
        this.#signal.throwIfAborted();
        const next = await this.#phase();
        await this.#progress.flush();
        await enterPhase(pool, this.#run.id, next);
        this.#run = { ...this.#run, phase: next, cursor: null };
        this.#tell();
      }
    } finally {
      await this.#progress.flush().catch(() => undefined);
    }
    if (!(await isAnyRunOpen(pool))) await clearCensus(pool);
    await forgetOldRuns(pool, account);
    if (this.#run.kind === "real") await this.#retryLater();
  }

  /** Does the present phase to its end; answers the next one. */
  async #phase(): Promise<BackfillPhase> {
    switch (this.#run.phase) {
      case "loading":
        await this.#load();
        return "planning";
      case "planning":
        await this.#plan();
        return this.#run.kind === "dry" ? "done" : "queueing";
      case "queueing":
        await this.#queueEverybody();
        return "writing";
      case "writing":
        await this.#watchWriting();
        return "done";
      case "done":
        return "done";
    }
  }

  async #load(): Promise<void> {
    const signal = this.#signal;
    const { pool } = this.#context;
    let census: Promise<unknown> | undefined;
    const begin = (): void => {
      census ??= this.#takeCensus();
      census.catch(() => undefined); // looked at below
    };
    if (await this.#isLoaded()) begin();
    else {
      const all = resources.map(({ name }) => ({ resource: name, fromS: 0, toS: this.#run.startedS }));
      await beginRanges(pool, this.#run.id, all);
      const onResource = (name: string): void => {
        if (name === "customers") begin();
      };
      const { context, progress } = { context: this.#context, progress: this.#progress };
      const { doors } = this.#hooks;
      await loadStripe({ context, run: this.#run.id, progress, signal, doors, onResource });
    }
    await census;
  }

  /** A dry run reads nothing that a real one has read: events have kept it up to date. */
  async #isLoaded(): Promise<boolean> {
    if (this.#run.kind === "real") return false;
    const real = await findLatestRun(this.#context.pool, this.#context.account, "real");
    return real !== undefined && real.phase !== "loading";
  }

  async #takeCensus(): Promise<void> {
    const { pool, account } = this.#context;
    const customers = await countUnlinked(pool, account);
    const { doors } = this.#hooks;
    await takeCensus({ context: this.#context, progress: this.#progress, signal: this.#signal, doors, customers });
  }

  async #plan(): Promise<void> {
    const { pool } = this.#context;
    const plan = await makePlan({
      context: this.#context,
      contexts: this.#hooks.contexts ?? new Contexts([this.#context]),
      run: this.#run,
      progress: this.#progress,
      signal: this.#signal,
      doors: this.#hooks.doors,
      census: (await findCensus(pool))?.complete ?? false,
      pace: this.#hooks.pace ?? (() => assumedPace),
    });
    await savePlan(pool, this.#run.id, plan);
    const { customers, calls, changes } = plan;
    this.#context.log.info({ customers, calls, changes, kind: this.#run.kind }, "the plan of the backfill is made");
  }

  async #queueEverybody(): Promise<void> {
    const { pool, account } = this.#context;
    let { queued } = this.#run;
    for (let after = this.#run.cursor ?? ""; ;) {
      this.#signal.throwIfAborted();
      const ids = await listCustomerIds(pool, account, { after, limit: queuePageSize });
      const last = ids.at(-1);
      if (last === undefined) break;
      await queueCustomers(pool, { account, customerIds: ids, lane: "backfill" });
      queued += ids.length;
      await saveRunCursor(pool, this.#run.id, last, queued);
      this.#tell();
      after = last;
    }
    this.#run = { ...this.#run, queued };
  }

  /** The sync worker writes; here it is only watched. */
  async #watchWriting(): Promise<void> {
    const { records, account } = this.#context;
    const { queued } = this.#run;
    for (let waitMs = lookMs.first; ; waitMs = Math.min(lookMs.most, waitMs * 2)) {
      const left = await countWaiting(records, account, "backfill");
      await this.#progress.count("contacts", { all: Math.max(queued, left), done: Math.max(0, queued - left) });
      if (left === 0) return;
      await pause(waitMs, this.#signal);
      this.#signal.throwIfAborted();
    }
  }

  /** Ranges that were given up are read now if their time has come, and whom they concern is queued. */
  async retry(): Promise<void> {
    const { pool, account } = this.#context;
    const open = await listOpenRanges(pool, this.#run.id);
    if (open.length === 0) return;
    await loadStripe({
      context: this.#context,
      run: this.#run.id,
      progress: this.#progress,
      signal: this.#signal,
      doors: this.#hooks.doors,
      onKept: async (customerIds) => {
        await queueCustomers(pool, { account, customerIds, lane: "backfill" });
        this.#tell();
      },
    });
    await this.#progress.flush();
    await this.#retryLater();
  }

  async #retryLater(): Promise<void> {
    const { pool, account } = this.#context;
    const due = (await listOpenRanges(pool, this.#run.id)).map(({ dueAtMs }) => dueAtMs);
    if (due.length > 0) await addSlowJobAt(pool, jobOf(account), new Date(Math.min(...due)));
  }

  #tell(): void {
    this.#hooks.onProgress(this.#run, this.#progress.now);
  }
}
