/** Delivers webhooks to the subscriber, with the duplicates, losses and overtaking that real networks have. */
import { post } from "./post.ts";
import type { SeededRandom } from "./random.ts";
import type { Delivery } from "./types.ts";

const LOGGED = 1000;

/** What may be changed at run time. Rates are 0 to 1. */
export type DeliveryOptions = {
  concurrency: number;
  duplicateRate: number;
  /** The share that is held back, so that later ones overtake it. */
  reorderRate: number;
  reorderHoldMs: number;
  dropRate: number;
  /** Whose webhooks `dropRate` loses; null for both vendors'. */
  dropVendor: Delivery["vendor"] | null;
  paused: boolean;
};

export type LoggedDelivery = {
  readonly at: number;
  readonly vendor: Delivery["vendor"];
  readonly label: string;
  readonly url: string;
  readonly attempt: number;
  /** The subscriber's status; 0 when there was no answer. */
  readonly status: number;
};

type Job = { readonly delivery: Delivery; attempt: number };

/** A bounded sender. A subscriber that fails, hangs or is gone never harms the sandbox. */
export class Deliveries {
  readonly options: DeliveryOptions = {
    concurrency: 24,
    duplicateRate: 0,
    reorderRate: 0,
    reorderHoldMs: 400,
    dropRate: 0,
    dropVendor: null,
    paused: false,
  };
  readonly counters = { delivered: 0, failed: 0, dropped: 0, duplicated: 0, attempts: 0 };
  readonly #random: SeededRandom;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #log: LoggedDelivery[] = [];
  #ready: Job[] = [];
  #readyFrom = 0;
  #sending = 0;
  #idleWaiters: (() => void)[] = [];
  #closed = false;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** How many deliveries are not settled yet: waiting, being sent, or waiting for another attempt. */
  get pending(): number {
    return this.#ready.length - this.#readyFrom + this.#sending + this.#timers.size;
  }

  /** Takes a delivery over. Returns at once. */
  deliver(delivery: Delivery): void {
    if (this.#closed) return;
    if (this.#isDropped(delivery)) {
      this.counters.dropped += 1;
      delivery.settled?.(false);
      return;
    }
    const held = this.#random.next() < this.options.reorderRate ? this.options.reorderHoldMs : 0;
    this.#enqueue({ delivery, attempt: 0 }, (delivery.delayMs ?? 0) + held);
    if (this.#random.next() < this.options.duplicateRate) {
      this.counters.duplicated += 1;
      this.#enqueue({ delivery: copyOf(delivery), attempt: 0 }, delivery.delayMs ?? 0);
    }
  }

  #isDropped({ vendor }: Delivery): boolean {
    const { dropRate, dropVendor } = this.options;
    return this.#random.next() < (dropVendor === null || dropVendor === vendor ? dropRate : 0);
  }

  /** Changes options; takes up paused work when the pause ends. */
  set(options: Partial<DeliveryOptions>): void {
    Object.assign(this.options, options);
    this.#pump();
  }

  /** Resolves when nothing is pending. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** The last attempts, oldest first. */
  recent(): readonly LoggedDelivery[] {
    return this.#log;
  }

  /** Forgets everything that is not on its way and sends nothing more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#ready = [];
    this.#readyFrom = 0;
    this.#settleIdle();
  }

  #enqueue(job: Job, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.#ready.push(job);
      this.#pump();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(job, 0);
    }, delayMs);
    this.#timers.add(timer);
  }

  #pump(): void {
    while (!this.options.paused && this.#sending < this.options.concurrency) {
      const job = this.#ready[this.#readyFrom];
      if (job === undefined) break;
      this.#readyFrom += 1;
      this.#sending += 1;
      void this.#send(job);
    }
    // Cutting the front off in larger pieces keeps a long queue cheap.
    if (this.#readyFrom > 1000 || this.#readyFrom === this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyFrom);
      this.#readyFrom = 0;
    }
  }

  async #send(job: Job): Promise<void> {
    job.attempt += 1;
    const status = await attempt(job.delivery);
    this.#note(job, status);
    this.#sending -= 1;
    this.#settle(job, status >= 200 && status < 300);
    this.#pump();
    this.#settleIdle();
  }

  #settle(job: Job, delivered: boolean): void {
    if (delivered) {
      this.counters.delivered += 1;
      job.delivery.settled?.(true);
      return;
    }
    const retryAfterMs = job.delivery.retryDelaysMs[job.attempt - 1];
    if (retryAfterMs !== undefined && !this.#closed) {
      this.#enqueue(job, Math.max(1, retryAfterMs));
      return;
    }
    this.counters.failed += 1;
    job.delivery.settled?.(false);
  }

  #note(job: Job, status: number): void {
    this.counters.attempts += 1;
    const { vendor, label, url } = job.delivery;
    this.#log.push({ at: Date.now(), vendor, label, url, attempt: job.attempt, status });
    if (this.#log.length > 2 * LOGGED) this.#log.splice(0, LOGGED);
  }

  #settleIdle(): void {
    if (this.pending > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** The same delivery once more; only the first one counts as settled. */
function copyOf(delivery: Delivery): Delivery {
  return {
    vendor: delivery.vendor,
    url: delivery.url,
    body: delivery.body,
    sign: (nowS) => delivery.sign(nowS),
    retryDelaysMs: delivery.retryDelaysMs,
    label: delivery.label,
  };
}

async function attempt(delivery: Delivery): Promise<number> {
  try {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      ...delivery.sign(Math.floor(Date.now() / 1000)),
    };
    return await post(delivery.url, headers, delivery.body);
  } catch {
    return 0; // a malformed address, for example
  }
}
