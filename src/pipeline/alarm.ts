/** A sleep that can be cut short: the worker waits here until something is due. */

/** Moments closer together than this are one. */
const grainMs = 10;

export class Alarm {
  /** When somebody wants the sleeper awake, in order. */
  readonly #times: number[] = [];
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Wakes the sleeper at this moment, or at once when it has passed. */
  ring(atMs: number): void {
    const index = this.#times.findIndex((time) => time >= atMs);
    const next = this.#times[index];
    if (next !== undefined && next - atMs < grainMs) return;
    if (index === -1) this.#times.push(atMs);
    else this.#times.splice(index, 0, atMs);
    if (this.#wake && this.#times[0] === atMs) this.#arm(this.#wake, atMs);
  }

  /** Sleeps until the next ring, at most `maxMs`. A ring whose moment has passed ends it at once. */
  async wait(maxMs: number): Promise<void> {
    const latestMs = this.#nowMs() + maxMs;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#arm(resolve, Math.min(this.#times[0] ?? latestMs, latestMs));
    });
    clearTimeout(this.#timer);
    this.#wake = undefined;
    const nowMs = this.#nowMs();
    while ((this.#times[0] ?? Number.POSITIVE_INFINITY) <= nowMs) this.#times.shift();
  }

  #arm(wake: () => void, atMs: number): void {
    clearTimeout(this.#timer);
    const delayMs = atMs - this.#nowMs();
    if (delayMs <= 0) setImmediate(wake);
    else this.#timer = setTimeout(wake, delayMs);
  }
}
