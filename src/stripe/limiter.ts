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
  #share: number;
  constructor(perS: number, share: number) {
    this.#gapMs = 1000 / perS;
    this.#share = share;
  }

  /** Only this part of the rate from the next request on. */
  setShare(share: number): void {
    this.#share = share;
  }

  /** The earliest moment for one more request. All nodes together may send a burst, so each may send its share of it. */
  earliest(nowMs: number): number {
    return Math.max(this.#nextAtMs, nowMs - burst * this.#gapMs);
  }

  /** A request leaves now. */
  take(nowMs: number): void {
    this.#nextAtMs = this.earliest(nowMs) + this.#gapMs / this.#share;
  }

  delayUntil(atMs: number): void {
    this.#nextAtMs = Math.max(this.#nextAtMs, atMs);
  }
}

/** A node without a share of its own still reads once a second at least: the limits leave room for that. */
const shareMin = 0.05;

/** Requests that may leave at once after a quiet while; the limits leave room for them. */
const burst = 2;

/** Waits until a request to an endpoint may leave. */
export class StripeLimiter {
  readonly #clock: LimiterClock;
  readonly #limits: StripeLimits;
  readonly #account: Pacer;
  readonly #endpoints = new Map<string, Pacer>();
  /** The last turn of each endpoint. */
  readonly #queues = new Map<string, Promise<void>>();
  #share = 1;

  constructor(limits: StripeLimits, clock: LimiterClock) {
    this.#clock = clock;
    this.#limits = limits;
    this.#account = new Pacer(limits.accountPerS, 1);
  }

  /** From now on this node may use so much of the limits, in (0, 1]; the other nodes have the rest. */
  setShare(share: number): void {
    this.#share = Math.min(1, Math.max(shareMin, share));
    for (const pacer of [this.#account, ...this.#endpoints.values()]) pacer.setShare(this.#share);
  }

  /** Resolves when the request may be sent; requests of one endpoint leave in the order in which they came. */
  async acquire(endpoint: string): Promise<void> {
    const before = this.#queues.get(endpoint) ?? Promise.resolve();
    const turn = before.then(() => this.#leave(this.#pacer(endpoint)));
    this.#queues.set(endpoint, turn);
    await turn;
  }

  /** A place in the account's rate is taken only when the endpoint is ready too, so that none waits for another endpoint. */
  async #leave(endpoint: Pacer): Promise<void> {
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const atMs = Math.max(this.#account.earliest(nowMs), endpoint.earliest(nowMs));
      if (atMs <= nowMs) {
        this.#account.take(nowMs);
        endpoint.take(nowMs);
        return;
      }
      await this.#clock.wait(atMs - nowMs);
    }
  }

  /** After a 429: nothing leaves for this endpoint until then. */
  pause(endpoint: string, ms: number): void {
    this.#pacer(endpoint).delayUntil(this.#clock.nowMs() + ms);
  }

  #pacer(endpoint: string): Pacer {
    const known = this.#endpoints.get(endpoint);
    if (known) return known;
    const pacer = new Pacer(this.#limits.endpointPerS, this.#share);
    this.#endpoints.set(endpoint, pacer);
    return pacer;
  }
}
