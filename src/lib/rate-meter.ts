/** How fast something grows, over the last half minute. */

const windowMs = 30_000;
const sampleGapMs = 250;

type Sample = { readonly atMs: number; readonly total: number };

/** Takes totals as they grow and answers how many there are a second. Time comes in from outside. */
export class RateMeter {
  #samples: Sample[] = [];

  /** The total at this moment. */
  add(total: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (last && atMs - last.atMs < sampleGapMs) return;
    this.#samples.push({ atMs, total });
    const from = this.#samples.findIndex((sample) => atMs - sample.atMs <= windowMs);
    // The sample just outside the window stays, so that the window is never shorter than it seems.
    if (from > 1) this.#samples.splice(0, from - 1);
  }

  /** Per second; null until there are two samples. */
  perS(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.atMs <= first.atMs) return null;
    return ((last.total - first.total) * 1000) / (last.atMs - first.atMs);
  }
}

/** Seconds until the rest is done at this rate; null when nobody can tell. */
export function etaS(remaining: number | null, perS: number | null): number | null {
  if (remaining === 0) return 0;
  return remaining === null || perS === null || perS <= 0 ? null : Math.ceil(remaining / perS);
}
