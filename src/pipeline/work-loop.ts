/**
 * What every worker does around its work: it sleeps until something is due, takes what there is room for, obeys pauses, notices
 * when nothing works any more, and ends in order. What is due, and what is done with it, is the worker's.
 */
import { backoffMs } from "../lib/backoff.ts";
import { lanes, type Lane } from "../model/lane.ts";
import { Alarm } from "./alarm.ts";
import { LeaseKeeper } from "./lease-keeper.ts";

export type WorkLoopSettings = {
  readonly nowMs: () => number;
  /** Takes what there is room for and does not wait for it; answers how long to sleep. Asked only while a lane is open. */
  readonly turn: () => Promise<number>;
  /** What is due could not be read. */
  readonly onTurnFailed: (error: unknown) => void;
  /** Renews leases, and answers which of them are still held. */
  readonly renew: (ids: readonly string[]) => Promise<readonly string[]>;
  readonly onRenewFailed: (error: unknown) => void;
  /** Gives back what is still held, after everything under way has ended. */
  readonly release: () => Promise<void>;
};

/** How long a worker sleeps at most; what other nodes have left is found then. */
export const idleMs = 1_000;

/** So many failures in a row that are nobody's fault, and nothing works. */
const brokenAfter = 8;
const probe = { baseMs: 250, capMs: 5_000 };

export class WorkLoop {
  readonly leases: LeaseKeeper;
  readonly #settings: WorkLoopSettings;
  readonly #alarm: Alarm;
  #inFlight = 0;
  #isStopping = false;
  #open: readonly Lane[] = lanes;
  #failures = 0;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: WorkLoopSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.nowMs);
    this.leases = new LeaseKeeper({ renew: settings.renew, onFailed: settings.onRenewFailed });
  }

  start(): void {
    this.#loop = this.#run();
    this.leases.start();
  }

  /** Something is due in `afterMs`. */
  wake(afterMs = 0): void {
    this.#alarm.ring(this.#settings.nowMs() + afterMs);
  }

  /** From now on only these lanes are open; what is under way ends. A pause that is lifted is a new beginning. */
  setOpen(open: readonly Lane[]): void {
    this.#open = open;
    if (open.length === 0) return;
    this.#failures = 0;
    this.wake();
  }

  get open(): readonly Lane[] {
    return this.#open;
  }

  /** How much is under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** While nothing works, one piece of work at a time should try whether it works again, `probeMs` apart. */
  get isBroken(): boolean {
    return this.#failures >= brokenAfter;
  }

  get probeMs(): number {
    return backoffMs(this.#failures - brokenAfter + 1, 1, probe);
  }

  /** A piece of work begins. */
  began(): void {
    this.#inFlight += 1;
  }

  ended(): void {
    this.#inFlight -= 1;
    if (this.#isStopping) this.wake();
  }

  /** The outside answered as it should. */
  worked(): void {
    this.#failures = 0;
  }

  /** Something failed that is nobody's fault. */
  failed(): void {
    this.#failures += 1;
  }

  /** Takes nothing more, ends what is under way, and gives back what is left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#loop;
    this.leases.stop();
    await this.#settings.release();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const sleepMs = this.#open.length === 0 ? idleMs : await this.#turn();
      if (sleepMs > 0) await this.#alarm.wait(sleepMs);
    }
    while (this.#inFlight > 0) await this.#alarm.wait(idleMs);
  }

  async #turn(): Promise<number> {
    try {
      return await this.#settings.turn();
    } catch (error) {
      this.#settings.onTurnFailed(error);
      return idleMs;
    }
  }
}
