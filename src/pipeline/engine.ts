/** The stages, running: what app.ts starts, pauses and stops as a whole. */
import type { ObjectCopy } from "../model/stripe-object.ts";
import { customerKeyText } from "../model/customer-key.ts";
import type { RateBudget } from "../intercom/budget.ts";
import type { Metrics } from "../lib/metrics.ts";
import type { Openings } from "../connections/pause.ts";
import type { Contexts, SyncContext } from "./context.ts";
import type { Flow } from "./flow.ts";
import { hydrateCustomer, type ProductCache } from "./load-customer.ts";
import { StripeLooker } from "./look-at-stripe.ts";
import type { Lane } from "../model/lane.ts";
import type { MomentSwitches } from "../model/moment-switch.ts";
import type { MomentSource } from "./plan-moments.ts";
import type { Committed } from "./receive-event.ts";
import type { RulesAtWork } from "./rules-now.ts";
import { SyncWorker } from "./sync-worker.ts";

export type EngineSettings = {
  readonly contexts: Contexts;
  readonly worker: string;
  readonly budget: RateBudget;
  readonly flow: Flow;
  readonly metrics: Metrics;
  readonly products: ProductCache;
  readonly settleMs: number;
  /** When a new customer without contact is looked up once more; 0 for never. */
  readonly secondLookMs: number;
  readonly onBlocked: (error: unknown, account: string) => Promise<void>;
  /** This node has no room for what is due: others may help. */
  readonly onShort: (lane: Lane) => void;
  /** Companies are due once they have settled. */
  readonly onCompanies: () => void;
  /** Customers of the account created before this second may have a history that is not loaded; null once everything is. */
  readonly historyMissingBeforeS: (account: string) => number | null;
  /** Which moments are told; none without it. */
  readonly moments?: (() => MomentSwitches) | undefined;
  /** Effects were planned. */
  readonly onPlanned?: (() => void) | undefined;
  /** The rules in force; none without it. */
  readonly rules?: RulesAtWork | undefined;
  /** Rules have something to look at. */
  readonly onMatched?: (() => void) | undefined;
};

export class Engine {
  readonly #settings: EngineSettings;
  readonly #syncs: SyncWorker;
  /** One for each Stripe account. */
  readonly #looks: readonly StripeLooker[];
  readonly #hydrated = new Set<string>();

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    const { contexts, worker, budget, products, settleMs, onBlocked, flow, metrics } = settings;
    this.#looks = contexts.all.map(
      (context) =>
        new StripeLooker({
          context,
          settleMs,
          onBlocked,
          onQueued: (lane) => this.#syncs.wake(lane === "calm" ? settleMs : 0, lane),
          onProducts: (ids) => products.forget(ids),
          onResolved: (state) => metrics.events.inc({ state }),
          moments: this.#momentsOf(context),
          onPlanned: settings.onPlanned,
          onMatched: settings.onMatched,
        }),
    );
    this.#syncs = new SyncWorker({
      contexts,
      worker,
      budget,
      products,
      onBlocked,
      onShort: settings.onShort,
      settleMs,
      secondLookMs: settings.secondLookMs,
      onCompanies: settings.onCompanies,
      onMatched: settings.onMatched,
      hydrate: (context, customerId, copies) => this.#hydrate(context, customerId, copies),
      onSynced: (done) => {
        flow.synced(done);
        if (!done.write) return;
        metrics.writes.inc({ kind: done.write.kind, lane: done.write.lane });
        metrics.lag.observe({ lane: done.write.lane }, done.write.lagMs / 1000);
      },
    });
  }

  #momentsOf({ account, stripe, mapping, nowMs }: SyncContext): MomentSource | undefined {
    const { moments: switches, historyMissingBeforeS } = this.#settings;
    const isHistoryLoaded = async (): Promise<boolean> => historyMissingBeforeS(account) === null;
    const planName: MomentSource["planName"] = () => mapping().document.planName;
    const { rules } = this.#settings;
    const source = { account, livemode: stripe.livemode, switches, planName, isHistoryLoaded };
    return switches && { ...source, switches, rules: rules?.now, nowMs: rules?.nowMs ?? nowMs };
  }

  start(): void {
    for (const looks of this.#looks) looks.start();
    this.#syncs.start();
  }

  /** New rows are there: wakes whom they concern. */
  committed({ jobs, waiting, renamedProducts }: Committed): void {
    this.#settings.products.forget(renamedProducts);
    if (waiting > 0) this.wakeLooks();
    const isUrgent = jobs.some(({ lane }) => lane === "urgent");
    if (isUrgent) this.#syncs.wake(0, "urgent");
    if (jobs.some(({ lane }) => lane === "calm")) this.#syncs.wake(this.#settings.settleMs, "calm");
  }

  wake(): void {
    this.#syncs.wake();
  }

  /** Another node has left work in this lane, or may have left any. */
  wakeFor(lane: Lane | undefined): void {
    const settles = lane === "calm";
    this.#syncs.wake(settles ? this.#settings.settleMs : 0, lane ?? "urgent");
  }

  /** Events wait that Stripe must be asked about. */
  wakeLooks(): void {
    for (const looks of this.#looks) looks.wake();
  }

  /** What may go on from now on. */
  setOpenings({ lanes, stripe }: Openings): void {
    this.#syncs.setOpen(lanes);
    for (const looks of this.#looks) looks.setOpen(stripe(looks.account));
  }

  get isBroken(): boolean {
    return this.#syncs.isBroken;
  }

  /** Takes nothing new and ends what is under way. */
  async stop(): Promise<void> {
    await Promise.all([...this.#looks.map((looks) => looks.stop()), this.#syncs.stop()]);
  }

  /** While a backfill runs, customers with events get their history at once; it is read once per start. */
  async #hydrate(context: SyncContext, customerId: string, copies: readonly ObjectCopy[]): Promise<boolean> {
    const beforeS = this.#settings.historyMissingBeforeS(context.account);
    const key = customerKeyText({ account: context.account, customerId });
    if (beforeS === null || this.#hydrated.has(key)) return false;
    const customer = copies.find((copy) => copy.id === customerId);
    if (customer?.kind === "customer" && customer.facts.createdS >= beforeS) return false;
    await hydrateCustomer(context, customerId);
    this.#hydrated.add(key);
    return true;
  }
}
