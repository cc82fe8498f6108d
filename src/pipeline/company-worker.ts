/** Takes companies that are due, within Intercom's budget, and ends each job exactly once. Costs nothing while companies are off. */
import type { CompanyRules } from "../companies/rules.ts";
import { dropLinks, forgetEmptyCompany, recordCompanyWrites, saveLinks, saveOutcome } from "../companies/store.ts";
import { transaction } from "../db/transaction.ts";
import type { RateBudget } from "../intercom/budget.ts";
import { IntercomRateLimited } from "../intercom/failure.ts";
import { backoffMs } from "../lib/backoff.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { AppError, codeOf, kindOf, messageOf } from "../model/error.ts";
import { laneOfRank, laneRanges, lanes, type Lane, type LaneRange } from "../model/lane.ts";
import {
  buryCompany,
  claimCompanies,
  finishCompany,
  postponeCompany,
  releaseCompanies,
  renewCompanyLeases,
  type CompanyJob,
} from "../queue/company-jobs.ts";
import { LeaseLost, leaseMs } from "./lease-keeper.ts";
import { syncCompany, type CompanyParts, type CompanySynced } from "./sync-company.ts";
import { idleMs, WorkLoop } from "./work-loop.ts";

export type CompanyWorkerSettings = CompanyParts & {
  /** Names this process in leases. */
  readonly worker: string;
  readonly budget: RateBudget;
  /** What is in force; null while companies are off. */
  readonly rules: () => CompanyRules | null;
  /** Nothing on the connection can work any more. */
  readonly onBlocked: (error: unknown, account?: string) => Promise<void>;
  readonly onSynced?: (job: CompanyJob, synced: CompanySynced) => void;
};

/** Companies are few beside contacts, and one of them may take many calls. */
const inFlightMax = 8;
/** While the budget is short, permits are let collect for so long. */
const noRoomMs = 50;
const attemptMax = 60;
const blockedMs = 1_000;
const stripeBlockedMs = 30_000;
const retry = { baseMs: 400, capMs: 30_000 };

/** Syncs companies until it is stopped. */
export class CompanyWorker {
  readonly #settings: CompanyWorkerSettings;
  readonly #loop: WorkLoop;

  constructor(settings: CompanyWorkerSettings) {
    this.#settings = settings;
    const { worker, contexts } = settings;
    const { pool, log, nowMs } = contexts.main;
    this.#loop = new WorkLoop({
      nowMs,
      turn: () => this.#turn(),
      onTurnFailed: (error) => log.warn({ err: error }, "companies that are due cannot be read"),
      renew: (keys) => renewCompanyLeases(pool, { worker, leaseMs, keys }),
      onRenewFailed: (error) => log.warn({ err: error }, "leases of companies could not be renewed"),
      release: () => releaseCompanies(pool, worker),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Something is due in `afterMs`. */
  wake(afterMs = 0): void {
    this.#loop.wake(afterMs);
  }

  /** From now on only companies of these lanes are taken; those under way end. */
  setOpen(open: readonly Lane[]): void {
    this.#loop.setOpen(open);
  }

  get isBroken(): boolean {
    return this.#loop.isBroken;
  }

  /** Takes no more companies, ends those under way, and gives back what is left. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Takes what there is room for; answers how long to sleep. */
  async #turn(): Promise<number> {
    const { rules: rulesInForce, budget, contexts } = this.#settings;
    await contexts.main.confirmMapping?.();
    const rules = rulesInForce();
    if (rules === null) return idleMs;
    const lane = lanes.findLast((one) => budget.available(one) >= 1);
    if (lane === undefined) return noRoomMs;
    const most = this.isBroken ? 1 : inFlightMax;
    let isShort = false;
    for (const range of laneRanges(this.#loop.open, lane)) isShort = (await this.#claim(rules, range, most)) || isShort;
    if (this.isBroken) return this.#loop.probeMs;
    return isShort && this.#loop.inFlight < most ? 0 : idleMs;
  }

  /** True when there may be more. */
  async #claim(rules: CompanyRules, range: LaneRange, most: number): Promise<boolean> {
    const { worker, budget, contexts } = this.#settings;
    const limit = Math.min(most - this.#loop.inFlight, budget.available(laneOfRank(range.to)));
    if (limit <= 0) return true;
    const since = new Stopwatch();
    const jobs = await claimCompanies(contexts.main.pool, { limit, worker, leaseMs, lanes: range });
    for (const job of jobs) {
      // A lease that ran out while we still work: ending the job ends this claim too.
      if (this.#loop.leases.isHeld(job.key)) continue;
      this.#loop.leases.hold(job.key, since);
      this.#loop.began();
      void this.#work(job, rules);
    }
    return jobs.length === limit;
  }

  async #work(job: CompanyJob, rules: CompanyRules): Promise<void> {
    // Whatever was accepted before a failure is not on record, so that the company is read before the next attempt.
    const journey = { hasWritten: false };
    const { lane, key, wasHeld } = job;
    const guard = async (): Promise<void> => {
      await this.#loop.leases.confirm(key);
      journey.hasWritten = true;
    };
    try {
      const synced = await syncCompany(this.#settings, { key, wasHeld, rules, call: { lane, guard } });
      await this.#record(job, synced);
      this.#loop.worked();
      if (synced) this.#settings.onSynced?.(job, synced);
    } catch (error) {
      await this.#failed(job, error, journey.hasWritten);
    } finally {
      this.#loop.leases.letGo(key);
      this.#loop.ended();
      this.wake();
    }
  }

  /** What became of the company and the end of its job, all or nothing. */
  async #record(job: CompanyJob, synced: CompanySynced | undefined): Promise<void> {
    const { worker, contexts } = this.#settings;
    await transaction(contexts.main.pool, async (tx) => {
      if (!(await finishCompany(tx, job, worker))) throw new LeaseLost();
      if (!synced) return;
      await saveOutcome(tx, job, synced.outcome);
      await dropLinks(tx, job.key, synced.links.gone);
      await saveLinks(tx, job.key, synced.links.made);
      await recordCompanyWrites(tx, job.key, synced.writes);
      await forgetEmptyCompany(tx, job.key);
    });
  }

  async #failed(job: CompanyJob, error: unknown, hasWritten: boolean): Promise<void> {
    // Whoever has it now does it, and reads the company first, since it was held.
    if (error instanceof LeaseLost) return;
    try {
      await this.#put(job, error, hasWritten);
    } catch (failure) {
      // The lease runs out and the company is taken again.
      this.#settings.contexts.main.log.warn(
        { err: failure, company: job.key },
        "a failed company could not be put back",
      );
    }
  }

  async #put(job: CompanyJob, error: unknown, isDoubted: boolean): Promise<void> {
    const { worker, contexts, onBlocked } = this.#settings;
    const { pool, log, random } = contexts.main;
    const fault = { worker, code: codeOf(error), message: messageOf(error), isDoubted };
    const kind = kindOf(error);
    const facts = { company: job.key, attempt: job.attempt, code: fault.code };
    if (kind === "blocked") {
      // A gap of one customer was to be filled from Stripe. Which account refuses is said by that customer's own job.
      const isStripe = fault.code.startsWith("STRIPE");
      const asked = error instanceof AppError ? error.retryAfterMs : undefined;
      const delayMs = asked ?? (isStripe ? stripeBlockedMs : blockedMs);
      await postponeCompany(pool, job, { ...fault, delayMs, attempt: job.attempt - 1 });
      if (!isStripe) await onBlocked(error);
    } else if (error instanceof IntercomRateLimited) {
      await postponeCompany(pool, job, { ...fault, delayMs: 0, attempt: job.attempt - 1 });
    } else if ((kind === "transient" || kind === "conflict") && job.attempt < attemptMax) {
      if (kind === "transient") this.#loop.failed();
      const attempt = this.isBroken ? job.attempt - 1 : job.attempt;
      const delayMs = this.isBroken ? 0 : backoffMs(job.attempt, random(), retry);
      log.debug({ ...facts, delayMs }, "a company could not be written and is tried again");
      await postponeCompany(pool, job, { ...fault, delayMs, attempt });
      this.wake(delayMs);
    } else {
      log.error({ ...facts, err: kind === "bug" ? error : undefined }, `a company was not written: ${fault.message}`);
      await buryCompany(pool, job, fault);
    }
  }
}
