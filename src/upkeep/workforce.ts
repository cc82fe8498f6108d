/** What a node does behind its doors: the stages, the duties that one node has at a time, and slow jobs. */
import { listSubscribers } from "../billing/store.ts";
import type { Openings } from "../connections/pause.ts";
import type { Bulletin } from "../db/bulletin.ts";
import type { RateBudget } from "../intercom/budget.ts";
import { aborted } from "../lib/aborted.ts";
import type { Metrics } from "../lib/metrics.ts";
import { pause } from "../lib/pause.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { kindOf, messageOf } from "../model/error.ts";
import type { MomentSwitches } from "../model/moment-switch.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { lanes, type Lane } from "../model/lane.ts";
import { heardMs } from "../pipeline/in-force.ts";
import type { MappingInForce } from "../pipeline/mapping-in-force.ts";
import type { Contexts, Log, SyncContext } from "../pipeline/context.ts";
import { companiesIn } from "../pipeline/company-rules.ts";
import { CompanyWorker } from "../pipeline/company-worker.ts";
import { EffectWorker } from "../pipeline/effect-worker.ts";
import { runOfKey } from "../effects/effect.ts";
import { isEnd, type ClaimedEffect, type Outcome } from "../effects/turn.ts";
import { Engine } from "../pipeline/engine.ts";
import type { Flow } from "../pipeline/flow.ts";
import { productsKeptMs, type ProductCache } from "../pipeline/load-customer.ts";
import { objectionTo } from "../pipeline/rule-departure.ts";
import { RuleWorker } from "../pipeline/rule-worker.ts";
import type { DraftMaker } from "../pipeline/turn.ts";
import type { MeterBook, UsageReading } from "../pipeline/refresh-usage.ts";
import { Duties, type Held } from "../queue/duties.ts";
import type { Liveness } from "../queue/liveness.ts";
import { runSlowJobs, type Scheduled, type SlowJobs, type TimeOfDay } from "../queue/slow-jobs.ts";
import { hurryPaused, queueCustomers } from "../queue/sync-jobs.ts";
import { ensureBackfill, findBackfill, runBackfill } from "./backfill.ts";
import type { EventPoller } from "./poll-events.ts";
import type { WebhookSender } from "../webhooks/send.ts";
import { queueEverybody } from "./queue-everybody.ts";
import type { RulesWork } from "./rules-work.ts";
import { rollOutMapping, type RolloutParts } from "./mapping/roll-out.ts";
import { askForRun, fullRun } from "./reconcile/ask.ts";
import type { ReconcileParts } from "./reconcile/parts.ts";
import { reconcileJob, resumeReconcile } from "./reconcile/reconcile.ts";
import { ReconcileQueued } from "./reconcile/runs.ts";
import { replayCustomer } from "./replay.ts";
import type { StripeAccount } from "./stripe-account.ts";
import { runUsageSchedule } from "./usage-schedule.ts";

/** How usage is read beside the contexts. */
export type UsageWork = {
  /** Reads of Stripe per hour and account; 0 for none by itself. */
  readonly callsPerHour: number;
  readonly meters: MeterBook;
  readonly onCrossed?: UsageReading["onCrossed"];
};

export type WorkforceSettings = {
  readonly contexts: Contexts;
  readonly mapping: MappingInForce;
  readonly accounts: readonly StripeAccount[];
  /** Names this process in leases. */
  readonly node: string;
  readonly budget: RateBudget;
  readonly flow: Flow;
  readonly metrics: Metrics;
  readonly products: ProductCache;
  readonly settleMs: number;
  readonly secondLookMs: number;
  /** Which moments are told. */
  readonly moments: () => MomentSwitches;
  readonly rules: RulesWork;
  /** What a model makes of messages; null while there is none. */
  readonly draft: DraftMaker | null;
  /** Calls addresses of the business. */
  readonly webhooks: WebhookSender;
  /** When both sides are compared each day, UTC; null for never. */
  readonly reconcileAt: TimeOfDay | null;
  readonly liveness: Liveness;
  readonly bulletin: Bulletin;
  readonly usage: UsageWork;
  readonly onBlocked: (error: unknown, account?: string) => Promise<void>;
  /** What may go on at present. */
  readonly openings: () => Openings;
  /** Aborted when this process begins to end. */
  readonly ending: AbortSignal;
  readonly log: Log;
};

const callsEveryMs = 250;
/** UTC. In the morning of those who may get a message of it, in Europe. */
const daysPassedAt: TimeOfDay = { hour: 6, minute: 5 };

export class Workforce {
  readonly engine: Engine;
  readonly #settings: WorkforceSettings;
  readonly #duties: Duties;
  readonly #effects: EffectWorker;
  readonly #companies: CompanyWorker;
  readonly #rules: RuleWorker;
  readonly #unhear: (() => void)[] = [];
  #lastCall = new Stopwatch();
  /** Those that this node runs at present. */
  readonly #pollers = new Set<EventPoller>();
  #slowJobs: SlowJobs | undefined;
  #openings: Openings | undefined;

  constructor(settings: WorkforceSettings) {
    this.#settings = settings;
    const { contexts, node, bulletin, log, onBlocked } = settings;
    const { rules, products } = settings;
    const ground = { contexts, products };
    const { book, nowMs } = rules;
    this.#rules = new RuleWorker({
      ground,
      book,
      nowMs,
      heed: rules.heed,
      worker: node,
      sources: rules.sources,
      draft: settings.draft,
      onKept: rules.onKept,
      onPlanned: () => this.#effects.wake(),
      onQueued: () => this.engine.wake(),
      onStopped: () => bulletin.publish("rules"),
    });
    this.#effects = new EffectWorker({
      context: contexts.main,
      worker: node,
      budget: settings.budget,
      onBlocked,
      webhooks: settings.webhooks,
      nowMs,
      objection: (effect) => objectionTo({ ground, book, nowMs }, effect),
      onTurn: (effect, outcome) => this.#effectEnded(effect, outcome),
    });
    this.#companies = new CompanyWorker({
      contexts,
      products: settings.products,
      worker: node,
      budget: settings.budget,
      rules: () => companiesIn(contexts.main.mapping()),
      onBlocked,
    });
    this.#duties = new Duties({ pool: contexts.main.records, node, bulletin, log });
    this.engine = new Engine({
      ...settings,
      worker: node,
      onBlocked,
      onPlanned: () => this.#effects.wake(),
      onShort: (lane) => this.#callForHelp(lane),
      onCompanies: () => this.#companies.wake(settings.settleMs),
      rules: rules.atWork,
      onMatched: () => this.#rules.wake(),
      historyMissingBeforeS: (account) => this.#account(account).historyMissingBeforeS(contexts.main.nowMs()),
    });
  }

  #effectEnded({ effect, key }: ClaimedEffect, outcome: Outcome): void {
    if (!isEnd(outcome)) return;
    this.#settings.metrics.effects.inc({ kind: effect.kind, state: outcome.to });
    // What a run waited for.
    if (runOfKey(key) !== null) this.#rules.wake();
  }

  /** Whoever sleeps is woken once and then goes on by itself, so there is no need to call often. */
  #callForHelp(lane: Lane): void {
    const { liveness, bulletin } = this.#settings;
    if (liveness.otherWorkers === 0 || this.#lastCall.elapsedMs() < callsEveryMs) return;
    this.#lastCall = new Stopwatch();
    bulletin.publish("jobs", lane);
  }

  /** Begins. What happened up to now is on record in every account before any history is loaded. */
  async start(): Promise<void> {
    const { accounts, contexts } = this.#settings;
    // First, since whatever is taken while it is not known seems to have a history that is not loaded.
    for (const account of accounts) account.backfill = await findBackfill(contexts.of(account.account));
    this.setOpenings(this.#settings.openings());
    this.engine.start();
    this.#effects.start();
    this.#companies.start();
    this.#rules.start();
    this.#listen();
    for (const account of accounts) {
      await this.#pollerOf(account).begin();
      this.#duties.add(`poll-events:${account.account}`, (held) => this.#poll(account, held));
      this.#duties.add(`read-usage:${account.account}`, ({ signal }) => this.#readUsage(account.account, signal));
    }
    this.#duties.start();
    this.#slowJobs = await this.#runSlowJobs();
    await this.#resumeLongWork();
  }

  /** What was broken off, or has failed so often that it sleeps, goes on now. */
  async #resumeLongWork(): Promise<void> {
    const { accounts, contexts } = this.#settings;
    const { pool } = contexts.main;
    await resumeReconcile(pool);
    for (const { account } of accounts) await ensureBackfill(pool, account);
  }

  /** Takes nothing new, ends what is under way, gives back what it held. */
  async stop(): Promise<void> {
    for (const unhear of this.#unhear) unhear();
    // A database that is away keeps leases from being given back; every part ends all the same.
    const outcomes = [
      ...(await Promise.allSettled([this.#duties.stop()])),
      ...(await Promise.allSettled([
        this.engine.stop(),
        this.#effects.stop(),
        this.#companies.stop(),
        this.#rules.stop(),
      ])),
      ...(await Promise.allSettled([this.#slowJobs?.stop()])),
    ];
    const failures = outcomes.flatMap((outcome): readonly unknown[] =>
      outcome.status === "rejected" ? [outcome.reason] : [],
    );
    if (failures.length > 0) throw new AggregateError(failures, messageOf(failures[0]));
  }

  /** Something new is in the effect ledger. */
  wakeEffects(): void {
    this.#effects.wake();
  }

  /** Runs of rules are to be looked at. */
  wakeRules(): void {
    this.#rules.wake();
  }

  /** Anything may be due again. */
  wakeAll(): void {
    this.engine.wake();
    this.engine.wakeLooks();
    this.#effects.wake();
    this.#companies.wake();
    this.#rules.wake();
  }

  async #hurry(): Promise<void> {
    const { contexts, log } = this.#settings;
    try {
      await hurryPaused(contexts.main.records);
      this.wakeAll();
    } catch (error) {
      log.debug({ err: error }, "what was put off comes at its own time");
    }
  }

  /** Obeys pauses; what is under way ends. */
  setOpenings(openings: Openings): void {
    const before = this.#openings;
    this.#openings = openings;
    this.engine.setOpenings(openings);
    for (const poller of this.#pollers) poller.wake();
    this.#effects.setOpen(openings.lanes);
    this.#companies.setOpen(openings.lanes);
    if (this.#slowJobs && before && this.#hasOpened(before, openings)) void this.#wakeLongWork();
    void this.#hurry();
  }

  #hasOpened(before: Openings, now: Openings): boolean {
    const opened = this.#settings.accounts.some(({ account }) => now.stripe(account) && !before.stripe(account));
    return opened || (now.intercom && !before.intercom);
  }

  async #wakeLongWork(): Promise<void> {
    await this.#resumeLongWork().catch((error: unknown) =>
      this.#settings.log.debug({ err: error }, "long work that was put off comes at its own time"),
    );
  }

  get isBroken(): boolean {
    return this.engine.isBroken || this.#effects.isBroken || this.#companies.isBroken;
  }

  /** Other nodes say what they have stored and leave to whoever has room. */
  #listen(): void {
    const { bulletin, products } = this.#settings;
    this.#unhear.push(
      bulletin.on("jobs", (lane) => this.engine.wakeFor(lanes.find((known) => known === lane))),
      bulletin.on("waiting-events", () => this.engine.wakeLooks()),
      bulletin.on("effects", () => this.#effects.wake()),
      bulletin.on("turns", () => this.#rules.wake()),
      bulletin.on("rules", () => this.#rules.wake()),
      bulletin.on("products", (id) => (id === undefined ? products.clear() : products.forget([id]))),
    );
  }

  #account(name: string): StripeAccount {
    const found = this.#settings.accounts.find(({ account }) => account === name);
    if (!found) throw new Error(`There is no account ${name} although there is a context for it.`);
    return found;
  }

  async #poll(account: StripeAccount, { signal }: Held): Promise<void> {
    const poller = this.#pollerOf(account);
    this.#pollers.add(poller);
    poller.start();
    await aborted(signal);
    this.#pollers.delete(poller);
    await poller.stop();
  }

  #readUsage(account: string, signal: AbortSignal): Promise<void> {
    const { contexts, products, usage, openings, onBlocked } = this.#settings;
    const settings = {
      ...usage,
      products,
      context: contexts.of(account),
      isOpen: () => openings().stripe(account),
      onBlocked: (error: unknown) => onBlocked(error, account),
      onQueued: () => this.engine.wake(),
    };
    return runUsageSchedule(settings, signal);
  }

  #pollerOf(account: StripeAccount): EventPoller {
    const { contexts, openings, onBlocked } = this.#settings;
    return account.openPoller({
      context: contexts.of(account.account),
      isOpen: () => openings().intake && openings().stripe(account.account),
      onBlocked: (error) => onBlocked(error, account.account),
      onGap: () => this.#compare(),
    });
  }

  #runSlowJobs(): Promise<SlowJobs> {
    const { contexts, liveness, log, ending, reconcileAt } = this.#settings;
    const handlers = {
      backfill: ({ account }: { readonly account: string }, signal: AbortSignal) =>
        this.#runBackfill(contexts.of(account), signal),
      "fan-out-product": async (
        { account, productId }: { readonly account: string; readonly productId: string },
        signal: AbortSignal,
      ) => {
        // Another node may still have the old name in its memory.
        if (liveness.otherWorkers > 0) await pause(productsKeptMs, signal);
        signal.throwIfAborted();
        await fanOutProduct(contexts.of(account), productId);
        this.engine.wake();
      },
      "replay-customer": async ({ account, customerId }: CustomerKey) => {
        await replayCustomer(contexts.of(account), customerId);
        this.engine.wake();
      },
      mapping: (_: unknown, signal: AbortSignal) => this.#rollOut(signal),
      rules: (payload: { readonly daily: boolean }, signal: AbortSignal) => this.#showRulesEverybody(payload, signal),
      reconcile: (payload: { readonly nightly: boolean }, signal: AbortSignal) => this.#reconcile(payload, signal),
    };
    const scheduled: Scheduled[] = [{ task: "rules", payload: { daily: true }, at: daysPassedAt }];
    if (reconcileAt !== null) scheduled.push({ task: "reconcile", payload: { nightly: true }, at: reconcileAt });
    const concurrency = 2 + contexts.all.length;
    return runSlowJobs(contexts.main.pool, handlers, { log, ending, liveness, scheduled, concurrency });
  }

  #rollOut(signal: AbortSignal): Promise<void> {
    const { contexts, mapping, liveness, bulletin, ending } = this.#settings;
    const ends = AbortSignal.any([signal, ending]);
    const parts: RolloutParts = {
      contexts,
      doors: this.#settings,
      reload: () => mapping.reload(),
      heardBy: () => (liveness.otherWorkers > 0 ? pause(heardMs, ends) : Promise.resolve()),
      onQueued: () => this.engine.wake(),
      onRetired: () => bulletin.publish("mapping"),
    };
    return rollOutMapping(parts, ends);
  }

  /** Rules that look at profiles see everybody once, so that a new one knows whom it fits already. */
  async #showRulesEverybody({ daily }: { readonly daily: boolean }, signal: AbortSignal): Promise<void> {
    const { contexts, rules, liveness, ending } = this.#settings;
    const ends = AbortSignal.any([signal, ending]);
    const { watchesDays } = await rules.book.reload();
    if (daily && !watchesDays) return;
    if (liveness.otherWorkers > 0) await pause(heardMs, ends);
    await queueEverybody({ contexts, onQueued: () => this.engine.wake() }, ends);
  }

  /** Events are gone that Stripe no longer lists: what they would have said is seen by comparing both sides. */
  async #compare(): Promise<void> {
    await askForRun(this.#settings.contexts.main.pool, { ...fullRun, graceMs: 0 }, "gap").catch((error: unknown) => {
      if (!(error instanceof ReconcileQueued)) throw error;
    });
  }

  async #runBackfill(context: SyncContext, signal: AbortSignal): Promise<void> {
    try {
      await runBackfill(context, {
        signal: AbortSignal.any([signal, this.#settings.ending]),
        contexts: this.#settings.contexts,
        doors: this.#settings,
        pace: () => this.#settings.budget.snapshot(),
        onProgress: (state) => {
          this.#account(context.account).backfill = state;
          this.engine.wake();
        },
      });
    } catch (error) {
      if (kindOf(error) === "blocked") await this.#settings.onBlocked(error, context.account);
      throw error;
    }
  }

  async #reconcile(payload: { readonly nightly: boolean }, signal: AbortSignal): Promise<void> {
    const { contexts, products, ending, openings, onBlocked } = this.#settings;
    const parts: ReconcileParts = {
      contexts,
      products,
      isLoaded: async (account) => (await findBackfill(contexts.of(account)))?.historyLoaded === true,
      openings,
      onBlocked,
      companies: () => companiesIn(contexts.main.mapping()),
      onQueued: () => {
        this.engine.wake();
        this.#companies.wake();
      },
    };
    try {
      await reconcileJob(parts, payload, AbortSignal.any([signal, ending]));
    } catch (error) {
      if (kindOf(error) === "blocked") await onBlocked(error);
      throw error;
    }
  }
}

async function fanOutProduct({ pool, account }: SyncContext, productId: string): Promise<void> {
  for (let after = ""; ;) {
    const customerIds = await listSubscribers(pool, account, { productId, after, limit: 500 });
    await queueCustomers(pool, { account, customerIds, lane: "backfill" });
    const last = customerIds.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
