/** The stages of one connection, running: what app.ts starts, pauses and stops as a whole. */
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { RateBudget } from "../intercom/budget.ts";
import type { Metrics } from "../lib/metrics.ts";
import type { SyncContext } from "./context.ts";
import type { Flow } from "./flow.ts";
import { hydrateCustomer, type ProductCache } from "./load-customer.ts";
import { StripeLooker } from "./look-at-stripe.ts";
import type { Committed } from "./receive-event.ts";
import { SyncWorker } from "./sync-worker.ts";

export type EngineSettings = {
  readonly context: SyncContext;
  readonly worker: string;
  readonly budget: RateBudget;
  readonly flow: Flow;
  readonly metrics: Metrics;
  readonly products: ProductCache;
  readonly settleMs: number;
  readonly onBlocked: (error: unknown) => Promise<void>;
  /** Customers created before this second may have a history that is not loaded; null once everything is. */
  readonly historyMissingBeforeS: () => number | null;
};

export class Engine {
  readonly #settings: EngineSettings;
  readonly #syncs: SyncWorker;
  readonly #looks: StripeLooker;
  readonly #hydrated = new Set<string>();

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    const { context, worker, budget, products, settleMs, onBlocked, flow, metrics } = settings;
    this.#looks = new StripeLooker({
      context,
      settleMs,
      onBlocked,
      onQueued: (lane) => this.#syncs.wake(lane === "calm" ? settleMs : 0, lane),
      onProducts: (ids) => products.forget(ids),
      onResolved: (state) => metrics.events.inc({ state }),
    });
    this.#syncs = new SyncWorker({
      context,
      worker,
      budget,
      products,
      onBlocked,
      hydrate: (customerId, copies) => this.#hydrate(customerId, copies),
      onSynced: (done) => {
        flow.synced(done);
        if (!done.write) return;
        metrics.writes.inc({ kind: done.write.kind, lane: done.write.lane });
        metrics.lag.observe({ lane: done.write.lane }, done.write.lagMs / 1000);
      },
    });
  }

  start(): void {
    this.#looks.start();
    this.#syncs.start();
  }

  /** New rows are there: wakes whom they concern. */
  committed({ jobs, waiting, renamedProducts }: Committed): void {
    this.#settings.products.forget(renamedProducts);
    if (waiting > 0) this.#looks.wake();
    const isUrgent = jobs.some(({ lane }) => lane === "urgent");
    if (isUrgent) this.#syncs.wake(0, "urgent");
    if (jobs.some(({ lane }) => lane === "calm")) this.#syncs.wake(this.#settings.settleMs, "calm");
  }

  wake(): void {
    this.#syncs.wake();
  }

  setPaused(paused: boolean): void {
    this.#syncs.setPaused(paused);
  }

  get isBroken(): boolean {
    return this.#syncs.isBroken;
  }

  /** Takes nothing new and ends what is under way. */
  async stop(): Promise<void> {
    await Promise.all([this.#looks.stop(), this.#syncs.stop()]);
  }

  /** While a backfill runs, customers with events get their history at once; it is read once per start. */
  async #hydrate(customerId: string, copies: readonly ObjectCopy[]): Promise<boolean> {
    const beforeS = this.#settings.historyMissingBeforeS();
    if (beforeS === null || this.#hydrated.has(customerId)) return false;
    const customer = copies.find((copy) => copy.id === customerId);
    if (customer?.kind === "customer" && customer.facts.createdS >= beforeS) return false;
    await hydrateCustomer(this.#settings.context, customerId);
    this.#hydrated.add(customerId);
    return true;
  }
}
