/** Keeps us below Stripe's rate limits: one bucket for the account, one for each endpoint (docs.stripe.com/rate-limits). */

export type LimiterClock = { nowMs(): number; wait(ms: number): Promise<void> };

export type StripeLimits = { readonly accountPerS: number; readonly endpointPerS: number };

/** What Stripe allows, less a tenth for the business's own integration. */
export function stripeLimits(livemode: boolean): StripeLimits {
  return livemode ? { accountPerS: 90, endpointPerS: 22 } : { accountPerS: 22, endpointPerS: 22 };
}

/** One rate: when the next request may leave. After a quiet while a few may leave together. */
class Pacer {
  #nextAtMs = 0;
  readonly #gapMs: number;
  constructor(perS: number) {
    this.#gapMs = 1000 / perS;
  }

  /** The earliest moment for one more request. */
  earliest(nowMs: number): number {
    return Math.max(this.#nextAtMs, nowMs - burst * this.#gapMs);
  }

  /** A request leaves at this moment. */
  take(atMs: number): void {
    this.#nextAtMs = atMs + this.#gapMs;
  }

  delayUntil(atMs: number): void {
    this.#nextAtMs = Math.max(this.#nextAtMs, atMs);
  }
}

/** Requests that may leave at once after a quiet while; the limits leave room for them. */
const burst = 2;

/** Waits until a request to an endpoint may leave. */
export class StripeLimiter {
  readonly #clock: LimiterClock;
  readonly #limits: StripeLimits;
  readonly #account: Pacer;
  readonly #endpoints = new Map<string, Pacer>();

  constructor(limits: StripeLimits, clock: LimiterClock) {
    this.#clock = clock;
    this.#limits = limits;
    this.#account = new Pacer(limits.accountPerS);
  }

  /** Resolves when the request may be sent. */
  async acquire(endpoint: string): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const pacers = [this.#account, this.#pacer(endpoint)];
    const atMs = Math.max(...pacers.map((pacer) => pacer.earliest(nowMs)));
    for (const pacer of pacers) pacer.take(atMs);
    if (atMs > nowMs) await this.#clock.wait(atMs - nowMs);
  }

  /** After a 429: nothing leaves for this endpoint until then. */
  pause(endpoint: string, ms: number): void {
    this.#pacer(endpoint).delayUntil(this.#clock.nowMs() + ms);
  }

  #pacer(endpoint: string): Pacer {
    const known = this.#endpoints.get(endpoint);
    if (known) return known;
    const pacer = new Pacer(this.#limits.endpointPerS);
    this.#endpoints.set(endpoint, pacer);
    return pacer;
  }
}
