/** A versioned document in force: every node keeps it in memory, hears of changes, and can make sure that it has the newest. */
import type { Bulletin } from "../db/bulletin.ts";
import type { Topic } from "../db/hint.ts";
import { pause } from "../lib/pause.ts";
import { SingleFlight } from "../lib/single-flight.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { codeOf, messageOf } from "../model/error.ts";
import type { Log } from "./context.ts";

export type InForceSettings<T> = {
  /** In force until the first reading. */
  readonly first: T;
  /** Reads what is in force. */
  readonly read: () => Promise<T>;
  /** Whether this is still the newest. */
  readonly isNewest: (current: T) => Promise<boolean>;
  /** Told before it comes into force on this node. */
  readonly onRead?: ((read: T) => Promise<void>) | undefined;
  /** On which changes are announced; also what it is called in logs. */
  readonly topic: Topic;
  readonly log: Log;
  /** Ends the watching. */
  readonly signal: AbortSignal;
};

/** A hint that was lost, or a command beside the server, is noticed within this time. */
const watchEveryMs = 2_000;

/** When every node works by a document that was saved so long ago. */
export const heardMs = 2 * watchEveryMs;

/** A node that has not looked for so long has stood still, or had no database: it looks before it works. */
const trustedMs = 1.5 * watchEveryMs;

/** Keeps a document in memory. */
export class InForce<T> {
  readonly #settings: InForceSettings<T>;
  #current: T;
  /** The reading under way; it never fails here. */
  #reading: Promise<unknown> = Promise.resolve();
  /** Since it was known last that there is no newer one. */
  #confirmed = new Stopwatch();
  readonly #looks = new SingleFlight<void>();
  #unhear: () => void = () => undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(settings: InForceSettings<T>) {
    this.#settings = settings;
    this.#current = settings.first;
  }

  get current(): T {
    return this.#current;
  }

  /** Reads it, and again whenever it has changed. Throws what reading throws. */
  async start(bulletin: Pick<Bulletin, "on">): Promise<void> {
    await this.reload();
    this.#unhear = bulletin.on(this.#settings.topic, () => void this.#reloadOrKeep());
    this.#watching = this.#watch();
  }

  /** Resolves when the current one is in force, so that work that begins now goes by it. Throws what the database throws. */
  async confirm(): Promise<void> {
    if (this.#confirmed.elapsedMs() > trustedMs) await this.#looks.do("version", () => this.#look());
  }

  /**
   * Reads it again, and answers it. Throws what reading throws. One reading after the other: of two that overlap, the one that
   * saw the older version could end last, and put it in force again.
   */
  reload(): Promise<T> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /** Resolves when it hears and reads nothing more, which is soon after its signal was given. */
  get watching(): Promise<void> {
    return this.#watching;
  }

  async #read(): Promise<T> {
    const { read, onRead } = this.#settings;
    const since = new Stopwatch();
    const found = await read();
    await onRead?.(found);
    this.#current = found;
    this.#confirmed = since;
    return found;
  }

  /** One that cannot be read leaves the former in force. */
  async #reloadOrKeep(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      const { log, topic } = this.#settings;
      log.error({ code: codeOf(error) }, `the ${topic} could not be read, the former stays: ${messageOf(error)}`);
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#settings;
    while (!signal.aborted) {
      await pause(watchEveryMs, signal);
      if (signal.aborted) break;
      await this.#look().catch(() => undefined);
    }
    this.#unhear();
  }

  async #look(): Promise<void> {
    const since = new Stopwatch();
    if (!(await this.#settings.isNewest(this.#current))) await this.#reloadOrKeep();
    this.#confirmed = since;
  }
}
