/** Keeps us below Stripe's rate limits: one bucket for the account, one for each endpoint (docs.stripe.com/rate-limits). */

export type LimiterClock = { nowMs(): number; wait(ms: number): Promise<void> };

export type StripeLimits = { readonly accountPerS: number; readonly endpointPerS: number };

/** What Stripe allows, less a tenth for the business's own integration. */
export function stripeLimits(livemode: boolean): StripeLimits {
  return livemode ? { accountPerS: 90, endpointPerS: 22 } : { accountPerS: 22, endpointPerS: 22 };
}

/** Requests leave evenly spaced: at most `perS` in any second, and none is ever refused by this side. */
class Pacer {
  #nextAtMs = 0;
  readonly #gapMs: number;
  constructor(perS: number) {
    this.#gapMs = 1000 / perS;
  }

  /** The moment this request may leave; a quiet while allows a small burst. */
  reserve(nowMs: number): number {
    const earliest = Math.max(this.#nextAtMs, nowMs - burstMs);
    this.#nextAtMs = earliest + this.#gapMs;
    return Math.max(earliest, nowMs);
  }

  delayUntil(atMs: number): void {
    this.#nextAtMs = Math.max(this.#nextAtMs, atMs);
  }
}

const burstMs = 250;

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
    const atMs = Math.max(this.#account.reserve(nowMs), this.#pacer(endpoint).reserve(nowMs));
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
