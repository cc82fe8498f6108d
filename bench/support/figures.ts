/** From samples to the few figures that are printed. */

export type Spread = { readonly p50: number; readonly p99: number; readonly max: number; readonly count: number };

/** Median, 99th percentile and maximum; zeros when there is nothing. */
export function spreadOf(samples: readonly number[] | Float64Array): Spread {
  const sorted = Float64Array.from(samples).sort();
  return {
    p50: round(percentile(sorted, 0.5)),
    p99: round(percentile(sorted, 0.99)),
    max: round(sorted.at(-1) ?? 0),
    count: sorted.length,
  };
}

/** The value that `share` of the sorted samples do not exceed (nearest rank). */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** To three significant decimals at most: more would pretend to a precision that is not there. */
export function round(value: number, digits = 2): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
