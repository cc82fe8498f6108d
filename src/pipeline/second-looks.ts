/**
 * Customers who are new and have no contact: Intercom's search may not know yet of somebody who has just signed up, so they are looked
 * up once more when it does.
 */
import { forgetLookups } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { messageOf } from "../model/error.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import type { Log } from "./context.ts";

export type SecondLooksSettings = {
  readonly pool: Pool;
  /** 0 for never. Intercom's search lags by up to two minutes. */
  readonly afterMs: number;
  readonly onQueued: () => void;
  readonly log: Log;
};

/** More of them at once are an import, not people who sign up. */
const waitingMax = 1_000;

/** Kept in memory alone: whom a process forgets when it ends, the nightly comparison looks up. */
export class SecondLooks {
  readonly #settings: SecondLooksSettings;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(settings: SecondLooksSettings) {
    this.#settings = settings;
  }

  /** Whether Stripe has known a customer for so short a time that a contact of theirs may be as young. */
  isNew(createdS: number, nowMs: number): boolean {
    return Math.abs(nowMs - createdS * 1000) < this.#settings.afterMs;
  }

  /** Looks up this customer again in a while. */
  note({ account, customerId }: CustomerKey): void {
    if (this.#timers.size >= waitingMax) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#look({ account, customerId });
    }, this.#settings.afterMs);
    timer.unref();
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #look(customer: CustomerKey): Promise<void> {
    const { pool, onQueued, log } = this.#settings;
    try {
      await transaction(pool, async (tx) => {
        await forgetLookups(tx, [customer]);
        await queuePeople(tx, { customers: [customer], lane: "calm" });
      });
      onQueued();
    } catch (error) {
      log.debug({ ...customer, err: error }, `a new customer is not looked up again: ${messageOf(error)}`);
    }
  }
}
