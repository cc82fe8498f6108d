/** Collects what arrives while the last flush is under way and flushes it together: no timed wait, no added latency. */

export type MicroBatchOptions = {
  /** The most items one flush takes. */
  readonly sizeMax: number;
  /** The most items that may wait; beyond it `add` refuses. */
  readonly waitingMax: number;
  /** How many flushes may run at once. */
  readonly flushesMax?: number;
};

type Waiting<I, O> = {
  readonly item: I;
  readonly resolve: (value: O) => void;
  readonly reject: (error: unknown) => void;
};

/** Groups calls of `add` into calls of `flush`, which answers one result per item, in the same order. */
export class MicroBatch<I, O> {
  readonly #flush: (items: readonly I[]) => Promise<readonly O[]>;
  readonly #options: MicroBatchOptions;
  readonly #waiting: Waiting<I, O>[] = [];
  #flushing = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(flush: (items: readonly I[]) => Promise<readonly O[]>, options: MicroBatchOptions) {
    this.#flush = flush;
    this.#options = options;
  }

  /** True when one more item would be refused. */
  get full(): boolean {
    return this.#waiting.length >= this.#options.waitingMax;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the item's result after the flush that carried it. The caller checks `full` first. */
  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is being flushed. */
  async idle(): Promise<void> {
    if (this.#flushing === 0 && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Lets everything that arrived in the same turn of the event loop join the flush. */
  #schedule(): void {
    if (this.#scheduled || this.#flushing >= (this.#options.flushesMax ?? 1)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.sizeMax);
    if (batch.length === 0) return;
    this.#flushing += 1;
    try {
      const results = await this.#flush(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(resultAt(results, index)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#flushing -= 1;
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#waiting.length > 0) this.#schedule();
    else if (this.#flushing === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** The flush promises one result per item. */
function resultAt<O>(results: readonly O[], index: number): O {
  if (index >= results.length) throw new Error("A flush answered fewer results than it was given items.");
  return results[index] as O; // oxlint-disable-line no-unsafe-type-assertion -- the index is in range
}
