/**
 * Renews short leases of what is being worked on, so that only what a dead node held runs out. A node that was merely
 * slow (a stopped process, a sleeping machine) may have lost its leases without knowing: whoever is about to write to the
 * outside asks here first.
 */
import { Stopwatch } from "../lib/stopwatch.ts";
import { AppError } from "../model/error.ts";

/** How long a lease lasts without being renewed. */
export const leaseMs = 10_000;
const renewMs = 3_000;
/** A lease confirmed so recently is ours for certain, with time for one more call. */
const surelyMs = 5_000;

/** This node was away for so long that another one took over what it was working on. */
export class LeaseLost extends AppError {
  readonly code = "LEASE_LOST";
  readonly kind = "conflict";
  constructor() {
    super("Another node took over this work while this one was away; nothing was written.");
  }
}

export type LeaseKeeperSettings = {
  /** Renews and answers which of them are still held. */
  readonly renew: (ids: readonly string[]) => Promise<readonly string[]>;
  readonly onFailed: (error: unknown) => void;
};

export class LeaseKeeper {
  readonly #settings: LeaseKeeperSettings;
  /** What is held, and since when that is known. */
  readonly #held = new Map<string, Stopwatch>();
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: LeaseKeeperSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#renewAll(), renewMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `since` runs from before the claim was sent. */
  hold(id: string, since: Stopwatch = new Stopwatch()): void {
    this.#held.set(id, since);
  }

  isHeld(id: string): boolean {
    return this.#held.has(id);
  }

  letGo(id: string): void {
    this.#held.delete(id);
  }

  /** Resolves when the lease is ours for certain; asks the database only when that is some seconds ago. Throws LeaseLost. */
  async confirm(id: string): Promise<void> {
    const since = this.#held.get(id);
    if (since && since.elapsedMs() < surelyMs) return;
    const held = since ? await this.#renew([id]) : [];
    if (!held.includes(id)) throw new LeaseLost();
  }

  async #renewAll(): Promise<void> {
    if (this.#held.size === 0) return;
    await this.#renew([...this.#held.keys()]).catch(this.#settings.onFailed);
  }

  async #renew(ids: readonly string[]): Promise<readonly string[]> {
    const since = new Stopwatch();
    const renewed = await this.#settings.renew(ids);
    // What was let go meanwhile stays so.
    for (const id of renewed) if (this.#held.has(id)) this.#held.set(id, since);
    return renewed;
  }
}
