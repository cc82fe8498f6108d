/** Stripe's limits: so many requests a second in all, and so many to each endpoint. */

export type RateLimits = { perSecond: number; perEndpointPerSecond: number };

export type LimitReason = "global-rate" | "endpoint-rate";

type Window = { startedMs: number; count: number };

/** Counts per second of real time, since that is what a limiter on the other side paces itself by. */
export class RateLimiter {
  readonly limits: RateLimits;
  readonly #windows = new Map<string, Window>();

  constructor(limits: RateLimits) {
    this.limits = limits;
  }

  /** Counts a request; says which limit it exceeds, if any. A refused request uses nothing up. */
  take(endpoint: string, nowMs: number): LimitReason | undefined {
    const all = this.#window("", nowMs);
    const own = this.#window(endpoint, nowMs);
    if (own.count >= this.limits.perEndpointPerSecond) return "endpoint-rate";
    if (all.count >= this.limits.perSecond) return "global-rate";
    own.count += 1;
    all.count += 1;
    return undefined;
  }

  #window(name: string, nowMs: number): Window {
    const known = this.#windows.get(name);
    if (known !== undefined && nowMs - known.startedMs < 1000) return known;
    const fresh = { startedMs: nowMs, count: 0 };
    this.#windows.set(name, fresh);
    return fresh;
  }
}
