/** The rate budget of one connection: every call to Intercom asks here first, urgent before calm before backfill. */
import { lanes, type Lane } from "../model/lane.ts";
import type { AnswerHeaders } from "./answer.ts";
import { readRate } from "./rate-reading.ts";
import { ledgerDefaults, SliceLedger, type BudgetSnapshot, type LedgerSettings } from "./slice-ledger.ts";

/** Time as the budget needs it; tests bring their own. */
export type BudgetClock = {
  nowMs(): number;
  /** Runs `fire` once after `ms`; the returned function calls it off. */
  after(ms: number, fire: () => void): () => void;
};

/** Never steps back when somebody sets the machine's clock: a slice's end must not move an hour away. */
export const systemClock: BudgetClock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** The right to one call. `done` must be called once its headers are there, or with null when there are none. */
export type Permit = { done(headers: AnswerHeaders | null): void };

type Waiter = { readonly grant: (permit: Permit) => void };

/** Queues and a timer around the ledger; waiting calls are served first come, first served within a lane. */
export class RateBudget {
  readonly #ledger: SliceLedger;
  readonly #clock: BudgetClock;
  readonly #waiting: Readonly<Record<Lane, Set<Waiter>>> = {
    urgent: new Set(),
    calm: new Set(),
    backfill: new Set(),
  };
  #cancelTimer: (() => void) | null = null;

  constructor(settings: Partial<LedgerSettings> & { readonly clock?: BudgetClock } = {}) {
    const { clock = systemClock, ...ledger } = settings;
    this.#ledger = new SliceLedger({ ...ledgerDefaults, ...ledger });
    this.#clock = clock;
  }

  /** Resolves when a call of this lane may start; rejects with the signal's reason when it is aborted before. */
  acquire(lane: Lane, signal?: AbortSignal): Promise<Permit> {
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal));
    if (this.available(lane) >= 1) return Promise.resolve(this.#start());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: (permit) => {
          signal?.removeEventListener("abort", giveUp);
          resolve(permit);
        },
      };
      const giveUp = (): void => {
        this.#waiting[lane].delete(waiter);
        reject(signal === undefined ? new Error("aborted") : reasonOf(signal));
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting[lane].add(waiter);
      this.#serve();
    });
  }

  /** How many further calls of this lane could start right now; those already waiting in front are taken off. */
  available(lane: Lane): number {
    const room = this.#ledger.room(lane, this.#clock.nowMs());
    return Math.max(0, room - this.#waitingBefore(lane));
  }

  /** What people see of the current slice. */
  snapshot(): BudgetSnapshot {
    return this.#ledger.snapshot(this.#clock.nowMs());
  }

  /** From now on this node may use so much of the limit, in (0, 1]; the other nodes have the rest. */
  setShare(share: number): void {
    this.#ledger.setShare(share);
    this.#serve();
  }

  /** Starts no call before then, after a 429. */
  pause(untilMs: number): void {
    this.#ledger.pause(untilMs);
    this.#serve();
  }

  #waitingBefore(lane: Lane): number {
    const upTo = lanes.slice(0, lanes.indexOf(lane) + 1);
    return upTo.reduce((sum, each) => sum + this.#waiting[each].size, 0);
  }

  #start(): Permit {
    const sentMs = this.#clock.nowMs();
    let open = true;
    this.#ledger.start();
    return {
      done: (headers) => {
        if (!open) return;
        open = false;
        const nowMs = this.#clock.nowMs();
        this.#ledger.finish(sentMs, headers === null ? null : readRate(headers, nowMs), nowMs);
        this.#serve();
      },
    };
  }

  /** Starts what may start, then sleeps until time alone makes room. */
  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    for (const lane of lanes) {
      if (!this.#serveLane(lane)) return; // what an urgent call may not do, no other may
    }
  }

  /** Returns whether nobody waits in this lane any more. */
  #serveLane(lane: Lane): boolean {
    for (const waiter of this.#waiting[lane]) {
      const waitMs = this.#ledger.waitMs(lane, this.#clock.nowMs());
      if (waitMs > 0) {
        this.#sleep(waitMs);
        return false;
      }
      this.#waiting[lane].delete(waiter);
      waiter.grant(this.#start());
    }
    return true;
  }

  #sleep(waitMs: number): void {
    if (waitMs === Infinity) return; // an answer wakes us
    this.#cancelTimer = this.#clock.after(waitMs, () => {
      this.#cancelTimer = null;
      this.#serve();
    });
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The wait for Intercom's budget was called off.");
}
