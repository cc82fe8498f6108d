/** The run that is being worked on: what it may do, how far it is, and what it has cost so far. */
import type { Pool, Tx } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { saveProgress, type Calls, type Run, type RunOptions, type RunProgress } from "./runs.ts";

export class RunInHand {
  readonly id: number;
  readonly options: RunOptions;
  readonly #onProgress: (run: RunInHand) => void;
  #progress: RunProgress;
  #calls: Calls;

  constructor(run: Pick<Run, "id" | "options" | "progress" | "calls">, onProgress: (run: RunInHand) => void) {
    this.id = run.id;
    this.options = run.options;
    this.#progress = run.progress;
    this.#calls = run.calls;
    this.#onProgress = onProgress;
  }

  get progress(): RunProgress {
    return this.#progress;
  }

  get calls(): Calls {
    return this.#calls;
  }

  /** True while one more read of Stripe is within the budget. */
  get mayReadStripe(): boolean {
    return this.#calls.stripe < this.options.calls;
  }

  countCall(vendor: keyof Calls): void {
    this.#calls = { ...this.#calls, [vendor]: this.#calls[vendor] + 1 };
  }

  /**
   * One step: what was found, what was done about it and how far the run is are committed together. The work may begin
   * again when it loses a race, so it changes nothing outside the transaction.
   */
  async step(pool: Pool, work: (tx: Tx) => Promise<Partial<RunProgress>>): Promise<void> {
    this.#progress = await transaction(pool, async (tx) => {
      const progress = { ...this.#progress, ...(await work(tx)) };
      await saveProgress(tx, { id: this.id, progress, calls: this.#calls });
      return progress;
    });
    this.#onProgress(this);
  }

  /** Notes how far it is. */
  async advance(pool: Pool, progress: Partial<RunProgress>): Promise<void> {
    await this.step(pool, async () => progress);
  }
}
