/** Third stage: takes due customers from the outbox, within Intercom's budget, and ends each job exactly once. */
import {
  findIdentities,
  recordWrites,
  saveIdentities,
  type ContactWrite,
  type IdentityRecord,
} from "../contacts/store.ts";
import type { Identity } from "../contacts/identity.ts";
import { listCustomerCopies } from "../billing/store.ts";
import { transaction } from "../db/transaction.ts";
import type { RateBudget } from "../intercom/budget.ts";
import { IntercomRateLimited } from "../intercom/failure.ts";
import { backoffMs } from "../lib/backoff.ts";
import { MicroBatch } from "../lib/micro-batch.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import { laneRank, type Lane } from "../model/lane.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import {
  buryJob,
  claimSyncJobs,
  finishSyncJobs,
  postponeSyncJob,
  releaseSyncJobs,
  renewLeases,
  type SyncJob,
} from "../queue/sync-jobs.ts";
import type { SyncContext } from "./context.ts";
import { LeaseKeeper, leaseMs } from "./lease-keeper.ts";
import { completeCopies, type ProductCache } from "./load-customer.ts";
import { syncContact, type Synced } from "./sync-contact.ts";
import { Alarm } from "./alarm.ts";

export type SyncWorkerSettings = {
  readonly context: SyncContext;
  /** Names this process in leases. */
  readonly worker: string;
  readonly budget: RateBudget;
  readonly products: ProductCache;
  /** Called before a customer is synced whose history may not be loaded yet. */
  readonly hydrate: (customerId: string, copies: readonly ObjectCopy[]) => Promise<boolean>;
  /** Nothing on the connection can work any more. */
  readonly onBlocked: (error: unknown) => Promise<void>;
  readonly onSynced: (done: SyncDone) => void;
};

export type SyncDone = { readonly job: SyncJob; readonly write: ContactWrite | null };

const inFlightMax = 96;
const claimMax = 48;
/** How long the worker sleeps at most; leftovers of other nodes are found then. */
const idleMs = 1_000;
/** While the budget is short, permits are let collect for so long. */
const noRoomMs = 25;
const openLaneMin = 4;
/** A budget so small that it never has more than a few permits must not wait for more. */
const openLaneShare = 0.01;
const attemptMax = 60;
const stripeBlockedMs = 30_000;
const retry = { baseMs: 400, capMs: 30_000 };
const brokenAfter = 8;

/** Syncs contacts until it is stopped. */
export class SyncWorker {
  readonly #settings: SyncWorkerSettings;
  readonly #alarm: Alarm;
  readonly #ends: MicroBatch<Ended, undefined>;
  readonly #leases: LeaseKeeper;
  #inFlight = 0;
  #stopping = false;
  #paused = false;
  /** Failures in a row that are nobody's fault: while there are many, one job at a time tries whether it works again. */
  #failures = 0;
  /** Urgent work was announced since the last look. */
  #urgent = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: SyncWorkerSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.context.nowMs);
    const { context, worker } = settings;
    this.#leases = new LeaseKeeper({
      renew: (customerIds) => renewLeases(context.records, { worker, leaseMs, customerIds }),
      onFailed: (error) => context.log.warn({ err: error }, "leases could not be renewed"),
    });
    this.#ends = new MicroBatch((ends) => this.#record(ends), { sizeMax: 64, waitingMax: 10_000 });
  }

  start(): void {
    this.#loop = this.#run();
    this.#leases.start();
  }

  /** Something in this lane is due in `afterMs`. */
  wake(afterMs = 0, lane: Lane = "calm"): void {
    if (lane === "urgent") this.#urgent = true;
    this.#alarm.ring(this.#settings.context.nowMs() + afterMs);
  }

  /** While paused no job is taken; those under way end. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (!paused) {
      this.#failures = 0;
      this.wake();
    }
  }

  get isBroken(): boolean {
    return this.#failures >= brokenAfter;
  }

  /** Takes no more jobs, finishes those under way, and gives back what is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
    this.#leases.stop();
    await releaseSyncJobs(this.#settings.context.records, this.#settings.worker);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const sleepMs = await this.#turn();
      if (sleepMs > 0) await this.#alarm.wait(sleepMs);
    }
    while (this.#inFlight > 0) await this.#alarm.wait(idleMs);
    await this.#ends.idle();
  }

  /** Takes what there is room for; answers how long to sleep. */
  async #turn(): Promise<number> {
    if (this.#paused) return idleMs;
    try {
      if (this.isBroken) return await this.#probe();
      if (this.#urgent) {
        this.#urgent = false;
        this.#urgent = await this.#claim("urgent");
      }
      const lane = this.#widestLane();
      if (lane === null) return noRoomMs;
      return (await this.#claim(lane)) ? 0 : idleMs;
    } catch (error) {
      this.#settings.context.log.warn({ err: error }, "the outbox cannot be read");
      return idleMs;
    }
  }

  /** One job at a time tries whether Intercom works again. */
  async #probe(): Promise<number> {
    if (this.#inFlight === 0) await this.#claim("backfill", 1);
    return backoffMs(this.#failures - brokenAfter + 1, 1, { baseMs: 250, capMs: 5_000 });
  }

  /** Slower lanes are left alone while their share of the budget is used up, so that urgent work finds room. */
  #widestLane(): Lane | null {
    const { budget } = this.#settings;
    const enough = Math.max(1, Math.min(openLaneMin, Math.floor(budget.snapshot().limit * openLaneShare)));
    const open = (["backfill", "calm", "urgent"] as const).find((lane) => budget.available(lane) >= enough);
    return this.#inFlight < inFlightMax ? (open ?? null) : null;
  }

  /** Claims jobs of this lane and faster ones; true when there may be more. */
  async #claim(lane: Lane, most = claimMax): Promise<boolean> {
    const { context, worker, budget } = this.#settings;
    const limit = Math.min(inFlightMax - this.#inFlight, most, budget.available(lane));
    if (limit <= 0) return lane === "urgent";
    const jobs = await claimSyncJobs(context.records, { limit, worker, leaseMs, laneMax: laneRank(lane) });
    if (jobs.length > 0) await this.#take(jobs);
    return jobs.length === limit;
  }

  async #take(jobs: readonly SyncJob[]): Promise<void> {
    const { context } = this.#settings;
    const ids = jobs.map(({ customerId }) => customerId);
    const [copies, identities] = await Promise.all([
      listCustomerCopies(context.pool, context.account, ids),
      findIdentities(context.pool, context.account, ids),
    ]);
    for (const job of jobs) {
      // A lease that ran out while we still work: ending the job ends this claim too.
      if (this.#leases.isHeld(job.customerId)) continue;
      this.#leases.hold(job.customerId);
      this.#inFlight += 1;
      void this.#work(job, { copies: copies.get(job.customerId) ?? [], identity: identities.get(job.customerId) });
    }
  }

  async #work(job: SyncJob, loaded: Loaded): Promise<void> {
    try {
      const synced = await this.#sync(job, loaded);
      this.#failures = 0;
      await this.#ends.add({ job, synced });
    } catch (error) {
      await this.#failed(job, error);
    } finally {
      this.#inFlight -= 1;
      this.#leases.letGo(job.customerId);
      this.#settings.context.claims.release(job.customerId);
      if (this.#stopping || this.#inFlight === inFlightMax - 1) this.wake();
    }
  }

  async #sync(job: SyncJob, { copies, identity }: Loaded): Promise<Synced | null> {
    const { context, products, hydrate } = this.#settings;
    const { customerId, lane } = job;
    const known = (await hydrate(customerId, copies))
      ? ((await listCustomerCopies(context.pool, context.account, [customerId])).get(customerId) ?? [])
      : copies;
    const complete = await completeCopies(context, products, { customerId, copies: known });
    return complete && syncContact(context, { customerId, copies: complete, identity, lane });
  }

  /** Links, writes and the end of the jobs are recorded together. */
  async #record(ends: readonly Ended[]): Promise<readonly undefined[]> {
    const { context, worker, onSynced } = this.#settings;
    const at = new Date(context.nowMs());
    const identities = ends.flatMap(({ job, synced }): IdentityRecord[] =>
      synced ? [{ account: job.account, customerId: job.customerId, identity: synced.identity }] : [],
    );
    const writes = ends.map((end) => writeOf(end, at));
    await transaction(context.records, async (tx) => {
      await saveIdentities(tx, identities);
      await recordWrites(
        tx,
        writes.filter((write) => write !== null),
      );
      await finishSyncJobs(
        tx,
        worker,
        ends.map(({ job }) => job),
      );
    });
    ends.forEach(({ job }, index) => onSynced({ job, write: writes[index] ?? null }));
    this.wake();
    return ends.map(() => undefined);
  }

  async #failed(job: SyncJob, error: unknown): Promise<void> {
    try {
      await this.#put(job, error);
    } catch (failure) {
      // The lease runs out and the job is taken again.
      this.#settings.context.log.warn(
        { err: failure, customerId: job.customerId },
        "a failed job could not be put back",
      );
    }
  }

  async #put(job: SyncJob, error: unknown): Promise<void> {
    const { context, worker } = this.#settings;
    const fault = { worker, code: codeOf(error), message: messageOf(error) };
    const facts = { customerId: job.customerId, attempt: job.attempt, code: fault.code };
    const kind = kindOf(error);
    if (kind === "blocked") {
      // Intercom pauses this worker as a whole; without Stripe only customers with gaps have to wait.
      const delayMs = fault.code.startsWith("STRIPE") ? stripeBlockedMs : 1_000;
      await postponeSyncJob(context.records, job, { ...fault, delayMs, attempt: job.attempt - 1 });
      await this.#settings.onBlocked(error);
    } else if (error instanceof IntercomRateLimited) {
      await postponeSyncJob(context.records, job, { ...fault, delayMs: 0, attempt: job.attempt - 1 });
    } else if ((kind === "transient" || kind === "conflict") && job.attempt < attemptMax) {
      this.#failures += 1;
      const attempt = this.isBroken ? job.attempt - 1 : job.attempt;
      const delayMs = this.isBroken ? 0 : backoffMs(job.attempt, context.random(), retry);
      context.log.debug({ ...facts, delayMs }, "a contact could not be written and is tried again");
      await postponeSyncJob(context.records, job, { ...fault, delayMs, attempt });
      this.wake(delayMs);
    } else {
      context.log.error(
        { ...facts, err: kind === "bug" ? error : undefined },
        `a contact was not written: ${fault.message}`,
      );
      await buryJob(context.records, job, fault);
    }
  }
}

type Loaded = {
  readonly copies: readonly ObjectCopy[];
  readonly identity: Identity | undefined;
};
type Ended = { readonly job: SyncJob; readonly synced: Synced | null };

function writeOf({ job, synced }: Ended, at: Date): ContactWrite | null {
  if (!synced?.written) return null;
  const { kind, contactId, changes } = synced.written;
  return {
    account: job.account,
    customerId: job.customerId,
    contactId,
    kind,
    lane: job.lane,
    changes: JSON.stringify(changes),
    requestId: null,
    lagMs: Math.max(0, at.getTime() - job.queuedAt.getTime()),
    at,
  };
}
