/** The limiter against a clock of the test's own: what leaves in any second, and who waits for whom. */
import { describe, expect, it } from "vitest";
import { StripeLimiter, stripeLimits, type LimiterClock } from "./limiter.ts";

type Timer = { readonly atMs: number; readonly ring: () => void };

/** Time passes only when nothing else can happen. */
class Timeline implements LimiterClock {
  #nowMs = 1_000_000;
  readonly #timers: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wait(ms: number): Promise<void> {
    return new Promise((ring) => this.#timers.push({ atMs: this.#nowMs + ms, ring }));
  }

  /** Lets time pass until nobody waits any more. */
  async run(): Promise<void> {
    await new Promise(setImmediate);
    for (let next = this.#next(); next; next = this.#next()) {
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.ring();
      await new Promise(setImmediate);
    }
  }

  #next(): Timer | undefined {
    return this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
  }
}

type Sent = { readonly endpoint: string; readonly atMs: number };
type Arrival = { readonly endpoint: string; readonly afterMs: number };

/** Sends requests and answers when each of them left, in milliseconds from the beginning. */
async function send(
  arrivals: readonly Arrival[],
  { livemode = true, pause }: { readonly livemode?: boolean; readonly pause?: string } = {},
): Promise<readonly Sent[]> {
  const clock = new Timeline();
  const limiter = new StripeLimiter(stripeLimits(livemode), clock);
  const beginMs = clock.nowMs();
  const sent: Sent[] = [];
  if (pause !== undefined) limiter.pause(pause, 5_000);
  const all = arrivals.map(async ({ endpoint, afterMs }) => {
    if (afterMs > 0) await clock.wait(afterMs);
    await limiter.acquire(endpoint);
    sent.push({ endpoint, atMs: clock.nowMs() - beginMs });
  });
  await clock.run();
  await Promise.all(all);
  return sent;
}

const many = (count: number, endpoint: string, afterMs = 0): readonly Arrival[] =>
  Array.from({ length: count }, () => ({ endpoint, afterMs }));

/** The most that left within any second. */
function mostPerSecond(sent: readonly Sent[]): number {
  const times = sent.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  return Math.max(0, ...times.map((fromMs) => times.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length));
}

const of = (sent: readonly Sent[], endpoint: string): readonly Sent[] =>
  sent.filter((one) => one.endpoint === endpoint);

const five = ["a", "b", "c", "d", "e"];
const loads: readonly [string, readonly Arrival[]][] = [
  ["one endpoint is asked all at once", many(120, "a")],
  ["two endpoints are asked one after the other", [...many(100, "a"), ...many(100, "b")]],
  ["five endpoints are asked all at once", five.flatMap((endpoint) => many(60, endpoint))],
  [
    "five endpoints are asked in turn",
    Array.from({ length: 300 }, (_, index) => ({ endpoint: five[index % 5] ?? "", afterMs: 0 })),
  ],
  ["somebody comes back after a quiet while", [...many(30, "a"), ...many(60, "a", 5_000), ...many(60, "b", 5_500)]],
  [
    "requests trickle in",
    Array.from({ length: 120 }, (_, index) => ({ endpoint: five[index % 2] ?? "", afterMs: index * 7 })),
  ],
];

describe("the limiter", () => {
  it.each(loads)("stays below Stripe's limits in every second when %s", async (_when, arrivals) => {
    for (const livemode of [true, false]) {
      const sent = await send(arrivals, { livemode });

      expect(sent).toHaveLength(arrivals.length);
      expect(mostPerSecond(sent)).toBeLessThanOrEqual(livemode ? 100 : 25);
      for (const endpoint of five) expect(mostPerSecond(of(sent, endpoint))).toBeLessThanOrEqual(25);
    }
  });

  it("sends at once when nobody else wants to", async () => {
    expect(await send(many(1, "a"))).toEqual([{ endpoint: "a", atMs: 0 }]);
  });

  it("uses most of what it may use", async () => {
    const last = Math.max(...(await send(many(110, "a"))).map(({ atMs }) => atMs));

    expect(last).toBeLessThanOrEqual((110 / 20) * 1000);
  });

  it("sends several endpoints side by side", async () => {
    const last = Math.max(
      ...(await send(five.slice(0, 4).flatMap((endpoint) => many(44, endpoint)))).map(({ atMs }) => atMs),
    );

    expect(last).toBeLessThanOrEqual(3000);
  });

  it("sends nothing to an endpoint while it is paused", async () => {
    const sent = await send(many(3, "a"), { pause: "a" });

    expect(Math.min(...sent.map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(5_000);
  });

  it("keeps other endpoints going while one is paused", async () => {
    const sent = await send([...many(3, "a"), ...many(20, "b"), ...many(5, "b", 500)], { pause: "a" });

    expect(Math.max(...of(sent, "b").map(({ atMs }) => atMs))).toBeLessThan(2_000);
  });

  it("stays below Stripe's limits in every second when several nodes share them", async () => {
    for (const nodes of [2, 3, 4]) {
      const clock = new Timeline();
      const limiters = Array.from({ length: nodes }, () => new StripeLimiter(stripeLimits(true), clock));
      const sent: Sent[] = [];
      for (const limiter of limiters) limiter.setShare(1 / nodes);
      const all = limiters.flatMap((limiter) =>
        five.flatMap((endpoint) =>
          many(40, endpoint).map(async () => {
            await limiter.acquire(endpoint);
            sent.push({ endpoint, atMs: clock.nowMs() });
          }),
        ),
      );
      await clock.run();
      await Promise.all(all);

      expect(mostPerSecond(sent)).toBeLessThanOrEqual(100);
      for (const endpoint of five) expect(mostPerSecond(of(sent, endpoint))).toBeLessThanOrEqual(25 + nodes);
      const lastMs = Math.max(...sent.map(({ atMs }) => atMs)) - 1_000_000;
      expect(sent.length / (lastMs / 1000)).toBeGreaterThanOrEqual(0.9 * 90);
    }
  });
});
