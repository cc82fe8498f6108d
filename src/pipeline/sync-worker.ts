/** Third stage: takes due customers from the outbox, within Intercom's budget, and ends each job exactly once. */
import {
  doubtKnown,
  findIdentities,
  recordWrites,
  saveIdentities,
  type ContactWrite,
  type IdentityRecord,
} from "../contacts/store.ts";
import type { Identity } from "../contacts/identity.ts";
import { isUniqueViolation } from "../db/failure.ts";
import type { Queryable } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { RateBudget } from "../intercom/budget.ts";
import { IntercomFailure, IntercomRateLimited, IntercomUnavailable } from "../intercom/failure.ts";
import { backoffMs } from "../lib/backoff.ts";
import { noteCompanies, type CompanyNote } from "../companies/store.ts";
import { MicroBatch } from "../lib/micro-batch.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { AppError, codeOf, kindOf, messageOf } from "../model/error.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import { laneRanges, type Lane, type LaneRange } from "../model/lane.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import {
  buryJob,
  claimSyncJobs,
  finishSyncJobs,
  noticeCrash,
  postponeSyncJob,
  queuePeople,
  releaseSyncJobs,
  renewLeases,
  type SyncJob,
} from "../queue/sync-jobs.ts";
import { wakeTurns } from "../rules/store.ts";
import type { Contexts, SyncContext } from "./context.ts";
import { LeaseLost, leaseMs } from "./lease-keeper.ts";
import type { ProductCache } from "./load-customer.ts";
import { loadCopies, loadPerson, type Person } from "./person.ts";
import { companiesIn } from "./company-rules.ts";
import { companyNoteOf } from "./note-company.ts";
import { noteMetered } from "./refresh-usage.ts";
import { SecondLooks } from "./second-looks.ts";
import { syncContact, type Synced } from "./sync-contact.ts";
import { nothingToWatch, recordWatches, watchNoteOf, type WatchNote } from "./watch-rules.ts";
import { idleMs, WorkLoop } from "./work-loop.ts";

/** Two customers were linked to one contact at the same moment. */
export class ContactTaken extends AppError {
  readonly code = "CONTACT_TAKEN";
  readonly kind = "conflict";
  constructor(options: ErrorOptions) {
    super("Another customer was linked to the same contact a moment earlier; this one is looked at again.", options);
  }
}

export type SyncWorkerSettings = {
  readonly contexts: Contexts;
  /** Names this process in leases. */
  readonly worker: string;
  readonly budget: RateBudget;
  readonly products: ProductCache;
  /** Called before a customer is synced whose history may not be loaded yet. */
  readonly hydrate: (context: SyncContext, customerId: string, copies: readonly ObjectCopy[]) => Promise<boolean>;
  /** Nothing on the connection can work any more. */
  readonly onBlocked: (error: unknown, account: string) => Promise<void>;
  readonly onSynced: (done: SyncDone) => void;
  /** Told when there may be more to do than this worker has room for. */
  readonly onShort: (lane: Lane) => void;
  /** How long what a company shows is left to settle. */
  readonly settleMs: number;
  /** When a new customer without contact is looked up once more; 0 for never. */
  readonly secondLookMs: number;
  /** Companies are due once they have settled. */
  readonly onCompanies: () => void;
  /** Rules have something to look at. */
  readonly onMatched?: (() => void) | undefined;
};

export type SyncDone = { readonly job: SyncJob; readonly write: ContactWrite | null };

const inFlightMax = 96;
const claimMax = 48;
/** While the budget is short, permits are let collect for so long. */
const noRoomMs = 25;
const openLaneMin = 4;
/** A budget so small that it never has more than a few permits must not wait for more. */
const openLaneShare = 0.01;
const attemptMax = 60;
const stripeBlockedMs = 30_000;
const retry = { baseMs: 400, capMs: 30_000 };

/** Syncs contacts until it is stopped. */
export class SyncWorker {
  readonly #settings: SyncWorkerSettings;
  readonly #loop: WorkLoop;
  readonly #ends: MicroBatch<Ended, undefined>;
  readonly #secondLooks: SecondLooks;
  /** At the start, after the database was out of reach, and once a second while nothing is to be had. */
  #mayHaveCrashed = true;
  #crashCheck = new Stopwatch();
  /** Urgent work was announced since the last look. */
  #urgent = false;

  constructor(settings: SyncWorkerSettings) {
    this.#settings = settings;
    const { worker } = settings;
    const { pool, records, log, nowMs } = this.#main;
    this.#loop = new WorkLoop({
      nowMs,
      turn: () => this.#turn(),
      onTurnFailed: (error) => {
        this.#mayHaveCrashed = true;
        log.warn({ err: error }, "the outbox cannot be read");
      },
      renew: (keys) => renewLeases(records, { worker, leaseMs, keys }),
      onRenewFailed: (error) => log.warn({ err: error }, "leases could not be renewed"),
      release: async () => {
        await this.#ends.idle();
        await releaseSyncJobs(records, worker);
      },
    });
    const { secondLookMs: afterMs } = settings;
    this.#secondLooks = new SecondLooks({ pool, afterMs, onQueued: () => this.wake(), log });
    this.#ends = new MicroBatch((ends) => this.#record(ends), { sizeMax: 64, waitingMax: 10_000 });
  }

  /** What all accounts share is taken from the main one's context. */
  get #main(): SyncContext {
    return this.#settings.contexts.main;
  }

  start(): void {
    this.#loop.start();
  }

  /** Something in this lane is due in `afterMs`. */
  wake(afterMs = 0, lane: Lane = "calm"): void {
    if (lane === "urgent") this.#urgent = true;
    this.#loop.wake(afterMs);
  }

  /** From now on only jobs of these lanes are taken; those under way end. */
  setOpen(open: readonly Lane[]): void {
    this.#loop.setOpen(open);
  }

  get isBroken(): boolean {
    return this.#loop.isBroken;
  }

  /** Takes no more jobs, finishes those under way, and gives back what is left. */
  stop(): Promise<void> {
    this.#secondLooks.stop();
    return this.#loop.stop();
  }

  /** Takes what there is room for; answers how long to sleep. */
  async #turn(): Promise<number> {
    if (this.#mayHaveCrashed) await this.#noticeCrash();
    if (this.isBroken) return this.#probe();
    if (this.#urgent) {
      this.#urgent = false;
      this.#urgent = await this.#claim("urgent");
    }
    const lane = this.#widestLane();
    if (lane === null) return noRoomMs;
    if (await this.#claim(lane)) return 0;
    this.#mayHaveCrashed = this.#crashCheck.elapsedMs() > idleMs;
    return idleMs;
  }

  /** Without this no job can be claimed after a crash of PostgreSQL, on any node. */
  async #noticeCrash(): Promise<void> {
    const { pool, log } = this.#main;
    if (await noticeCrash(pool))
      log.warn({}, "PostgreSQL has recovered; what was under way is read from Intercom again");
    this.#mayHaveCrashed = false;
    this.#crashCheck = new Stopwatch();
  }

  /** One job at a time tries whether Intercom works again. */
  async #probe(): Promise<number> {
    if (this.#loop.inFlight === 0) await this.#claim("backfill", 1);
    return this.#loop.probeMs;
  }

  /** Slower lanes are left alone while their share of the budget is used up, so that urgent work finds room. */
  #widestLane(): Lane | null {
    const { budget } = this.#settings;
    const enough = Math.max(1, Math.min(openLaneMin, Math.floor(budget.snapshot().limit * openLaneShare)));
    const open = (["backfill", "calm", "urgent"] as const).find((lane) => budget.available(lane) >= enough);
    return this.#loop.inFlight < inFlightMax ? (open ?? null) : null;
  }

  /** Claims jobs of this lane and faster ones, as far as they are open; true when there may be more. */
  async #claim(lane: Lane, most = claimMax): Promise<boolean> {
    let isShort = false;
    for (const range of laneRanges(this.#loop.open, lane))
      isShort = (await this.#claimRange(range, lane, most)) || isShort;
    if (isShort && most > 1) this.#settings.onShort(lane);
    return isShort;
  }

  async #claimRange(range: LaneRange, lane: Lane, most: number): Promise<boolean> {
    const { worker, budget } = this.#settings;
    const limit = Math.min(inFlightMax - this.#loop.inFlight, most, budget.available(lane));
    if (limit <= 0) return lane === "urgent";
    const since = new Stopwatch();
    const jobs = await claimSyncJobs(this.#main.records, { limit, worker, leaseMs, lanes: range });
    if (jobs.length > 0) await this.#take(jobs, since);
    return jobs.length === limit;
  }

  async #take(jobs: readonly SyncJob[], since: Stopwatch): Promise<void> {
    const { contexts } = this.#settings;
    const known = jobs.filter(({ account }) => contexts.has(account));
    const [copies, identities] = await Promise.all([
      loadCopies(contexts, known),
      findIdentities(this.#main.pool, known),
    ]);
    for (const job of jobs) {
      const key = customerKeyText(job);
      // A lease that ran out while we still work: ending the job ends this claim too.
      if (this.#loop.leases.isHeld(key)) continue;
      this.#loop.leases.hold(key, since);
      this.#loop.began();
      void this.#work(job, { copies: copies.get(key) ?? [], identity: identities.get(key) });
    }
  }

  async #work(job: SyncJob, loaded: Loaded): Promise<void> {
    const journey: Journey = { hasWritten: false };
    try {
      const synced = await this.#sync(job, loaded, journey);
      this.#loop.worked();
      await this.#ends.add({ job, synced, note: journey.note ?? null, watch: journey.watch ?? null });
      if (journey.isNewcomer) this.#secondLooks.note(job);
    } catch (error) {
      await this.#failed(job, error, journey);
    } finally {
      this.#loop.leases.letGo(customerKeyText(job));
      this.#loop.ended();
      if (this.#loop.inFlight === inFlightMax - 1) this.wake();
    }
  }

  async #sync(job: SyncJob, { copies, identity }: Loaded, journey: Journey): Promise<Synced | null> {
    const { contexts, hydrate } = this.#settings;
    const { account, customerId, lane } = job;
    const context = contexts.of(account);
    const key = customerKeyText(job);
    const stored = (await hydrate(context, customerId, copies))
      ? ((await loadCopies(contexts, [job])).get(key) ?? [])
      : copies;
    await contexts.main.confirmMapping?.();
    const person = await this.#person({ account, customerId, copies: stored }, identity);
    const guard = async (): Promise<void> => {
      await this.#loop.leases.confirm(key);
      journey.hasWritten = true;
    };
    const doubted = identity && { ...identity, doubted: identity.doubted || job.wasHeld };
    if (!person) return null;
    await this.#noteMetered(person);
    const rules = companiesIn(contexts.main.mapping());
    if (rules) journey.note = companyNoteOf(rules, { customer: { account, customerId }, lane, person });
    journey.watch = this.#watch(context, { account, customerId }, { person, identity });
    const synced = await syncContact(context, {
      customer: { account, customerId },
      person,
      identity: doubted,
      lane,
      guard,
      isConnected: (name) => contexts.has(name),
    });
    journey.isNewcomer = synced.identity?.state === "left_out" && this.#isNewcomer(person);
    return synced;
  }

  /** Their contact may be so young that Intercom's search does not know it. */
  #isNewcomer({ customers: [own] }: Person): boolean {
    if (!own || own.copies.customer.deleted || own.copies.customer.facts.email === null) return false;
    return this.#secondLooks.isNew(own.copies.customer.facts.createdS, this.#main.nowMs());
  }

  /** Rules look at who leads a person, with the sums of all; dates of those who follow are not waited for any more. */
  #watch(
    { rules }: SyncContext,
    customer: CustomerKey,
    { person, identity }: { readonly person: Person; readonly identity: Identity | undefined },
  ): WatchNote | null {
    if (!rules) return null;
    const nowS = Math.floor(rules.nowMs() / 1000);
    return identity?.leader
      ? nothingToWatch(rules.now(), customer, nowS)
      : watchNoteOf(rules.now(), customer, { person, nowS });
  }

  /** Usage that nobody has read lately is read soon; that it is not known yet holds up no contact. */
  async #noteMetered({ customers }: Person): Promise<void> {
    const { contexts } = this.#settings;
    for (const { account, copies } of customers) {
      await noteMetered(contexts.of(account), { customerId: copies.customer.id, copies }).catch((error: unknown) =>
        this.#main.log.debug({ err: error }, "that usage is to be read could not be noted"),
      );
    }
  }

  /** Only who has the contact speaks for the others; null when Stripe does not know the customer. */
  #person(
    own: CustomerKey & { readonly copies: readonly ObjectCopy[] },
    identity: Identity | undefined,
  ): Promise<Person | null> {
    const { contexts, products } = this.#settings;
    return loadPerson(contexts, products, { ...own, members: identity?.members ?? [] });
  }

  /** Links, writes and the end of the jobs are recorded together. */
  async #record(ends: readonly Ended[]): Promise<readonly undefined[]> {
    const { worker, onSynced } = this.#settings;
    const { records, nowMs } = this.#main;
    const at = new Date(nowMs());
    const writes = ends.map((end) => writeOf(end, at));
    const jobs = ends.map(({ job }) => job);
    const { settleMs, onCompanies } = this.#settings;
    let companies = 0;
    let turns = 0;
    await transaction(records, async (tx) => {
      const saved = await saveIdentities(tx, ends.flatMap(identityOf));
      const notes = ends.flatMap(({ note }) => note ?? []);
      companies = notes.length === 0 ? 0 : await noteCompanies(tx, notes, { settleMs });
      await recordWrites(
        tx,
        writes.filter((write) => write !== null),
      );
      await finishSyncJobs(tx, worker, jobs);
      const overtaken = overtakenOf(ends, saved);
      await this.#overtaken(tx, overtaken);
      turns = await this.#tellRules(tx, without(ends, overtaken));
    }).catch((error: unknown) => {
      throw isUniqueViolation(error) ? new ContactTaken({ cause: error }) : error;
    });
    ends.forEach(({ job }, index) => onSynced({ job, write: writes[index] ?? null }));
    this.wake();
    if (companies > 0) onCompanies();
    if (turns > 0) this.#settings.onMatched?.();
    return ends.map(() => undefined);
  }

  /** Whoever changed may begin runs, and those that they have are looked at. Answers how many are. */
  async #tellRules(tx: Queryable, ends: readonly Seen[]): Promise<number> {
    const { rules } = this.#main;
    // While nobody has saved rules there is nothing to look for.
    if (!rules || rules.now().rules.version === 0) return 0;
    const begun = await recordWatches(
      tx,
      ends.flatMap(({ watch }) => watch ?? []),
    );
    return (
      begun +
      (await wakeTurns(
        tx,
        ends.map(({ job: { account, customerId } }) => ({ account, customerId })),
      ))
    );
  }

  /**
   * Somebody changed who these customers are while they were synced: another node that took over, a signal, a person. They
   * are looked at again, and their contacts read, since what was written just now is not on record.
   */
  async #overtaken(tx: Queryable, customers: readonly CustomerKey[]): Promise<void> {
    if (customers.length === 0) return;
    await doubtKnown(tx, customers);
    await queuePeople(tx, { customers, lane: "urgent" });
  }

  async #failed(job: SyncJob, error: unknown, { hasWritten, watch = null }: Journey): Promise<void> {
    // Whoever has it now does it.
    if (error instanceof LeaseLost) return;
    try {
      // Should the desired value be the old one again by the next attempt, nobody would see that Intercom shows another.
      if (hasWritten && !isRefusal(error)) await doubtKnown(this.#main.records, [job]);
      await this.#put({ job, watch }, error);
    } catch (failure) {
      // The lease runs out and the job is taken again.
      this.#main.log.warn({ err: failure, customerId: job.customerId }, "a failed job could not be put back");
    }
  }

  async #put({ job, watch }: Seen, error: unknown): Promise<void> {
    const { worker } = this.#settings;
    const context = this.#main;
    const fault = { worker, code: codeOf(error), message: messageOf(error) };
    const facts = { customerId: job.customerId, attempt: job.attempt, code: fault.code };
    const kind = kindOf(error);
    if (kind === "blocked") {
      // Intercom pauses this worker as a whole; without Stripe only customers with gaps have to wait.
      const asked = error instanceof AppError ? error.retryAfterMs : undefined;
      const delayMs = asked ?? (fault.code.startsWith("STRIPE") ? stripeBlockedMs : 1_000);
      await postponeSyncJob(context.records, job, { ...fault, delayMs, attempt: job.attempt - 1 });
      await this.#settings.onBlocked(error, job.account);
    } else if (error instanceof IntercomRateLimited) {
      await postponeSyncJob(context.records, job, { ...fault, delayMs: 0, attempt: job.attempt - 1 });
    } else if ((kind === "transient" || kind === "conflict") && job.attempt < attemptMax) {
      if (kind === "transient") this.#loop.failed();
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
      await this.#bury({ job, watch }, fault);
    }
  }

  /** What rules do for somebody does not depend on whether their contact can be written. */
  async #bury(seen: Seen, fault: Parameters<typeof buryJob>[2]): Promise<void> {
    const turns = await transaction(this.#main.records, async (tx) => {
      await buryJob(tx, seen.job, fault);
      return this.#tellRules(tx, [seen]);
    });
    if (turns > 0) this.#settings.onMatched?.();
  }
}

/** What an attempt leaves: whether anything may have been written to Intercom, what a company is to show of it, and what rules see. */
type Journey = { hasWritten: boolean; isNewcomer?: boolean; note?: CompanyNote | null; watch?: WatchNote | null };

/** Intercom answered, and did nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof IntercomFailure && !(error instanceof IntercomUnavailable && error.ambiguous);
}

type Loaded = {
  readonly copies: readonly ObjectCopy[];
  readonly identity: Identity | undefined;
};
/** What rules see of whom. */
type Seen = { readonly job: SyncJob; readonly watch: WatchNote | null };
type Ended = Seen & { readonly synced: Synced | null; readonly note: CompanyNote | null };

function identityOf({ job, synced }: Ended): readonly IdentityRecord[] {
  const { account, customerId } = job;
  return synced?.identity ? [{ account, customerId, identity: synced.identity }] : [];
}

function overtakenOf(ends: readonly Ended[], saved: ReadonlySet<string>): readonly CustomerKey[] {
  return ends
    .filter(({ job, synced }) => synced?.identity && !saved.has(customerKeyText(job)))
    .map(({ job: { account, customerId } }) => ({ account, customerId }));
}

/** What was seen of those who were overtaken may be older than what another node has told. */
function without(ends: readonly Ended[], overtaken: readonly CustomerKey[]): readonly Ended[] {
  if (overtaken.length === 0) return ends;
  const keys = new Set(overtaken.map(customerKeyText));
  return ends.filter(({ job }) => !keys.has(customerKeyText(job)));
}

function writeOf({ job, synced }: Ended, at: Date): ContactWrite | null {
  if (!synced?.written) return null;
  const { kind, contactId, changes, requestId, basis, mapping } = synced.written;
  return {
    account: job.account,
    customerId: job.customerId,
    contactId,
    kind,
    lane: job.lane,
    changes: JSON.stringify(changes),
    requestId,
    basis,
    mapping,
    lagMs: Math.max(0, at.getTime() - job.queuedAt.getTime()),
    at,
  };
}
