/** How long to wait before the next attempt. */

export type Backoff = { readonly baseMs: number; readonly capMs: number };

/**
 * Exponential back-off with full jitter: attempt 1 waits up to `baseMs`, each further one up to twice as long, never
 * more than `capMs` and never less than half of its own bound. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number, { baseMs, capMs }: Backoff): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(bound / 2 + (bound / 2) * random);
}
