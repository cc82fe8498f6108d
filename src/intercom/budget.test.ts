import { describe, expect, it } from "vitest";
import type { AnswerHeaders } from "./answer.ts";
import { RateBudget, type BudgetClock, type Permit } from "./budget.ts";

const sliceEndMs = 1_790_000_010_000;
const startMs = sliceEndMs - 4_000;

describe("the budget", () => {
  it("lets calls start at once while there is room", async () => {
    const { budget } = aBudget({ assumedLimit: 2 });
    await budget.acquire("urgent");
    await budget.acquire("urgent");
    expect(budget.available("urgent")).toBe(0);
  });

  it("serves urgent before calm before backfill, and each lane in order of arrival", async () => {
    const { budget, permits } = await anExhaustedBudget();
    const served: string[] = [];
    const ask = (lane: "urgent" | "calm" | "backfill", name: string): Promise<unknown> =>
      budget.acquire(lane).then((permit) => {
        served.push(name);
        permit.done(rate({ remaining: 99 }));
      });
    const all = [ask("backfill", "b1"), ask("calm", "c1"), ask("urgent", "u1"), ask("calm", "c2"), ask("urgent", "u2")];

    answerAll(permits, rate({ remaining: 99, resetMs: sliceEndMs + 10_000 }));
    await Promise.all(all);

    expect(served).toEqual(["u1", "u2", "c1", "c2", "b1"]);
  });

  it("wakes by itself when the slice is over", async () => {
    const { budget, clock, permits } = await anExhaustedBudget();
    answerAll(permits, rate({ remaining: 0 }));
    let started = false;
    const asked = budget.acquire("urgent").then(() => (started = true));

    clock.advance(4_000); // the slice ends, but the clocks may differ
    await settled();
    expect(started).toBe(false);
    clock.advance(1_200);
    await asked;
    expect(started).toBe(true);
  });

  it("stops after a 429 until the reset", async () => {
    const { budget, clock } = aBudget({});
    budget.pause(startMs + 3_000);
    expect(budget.available("urgent")).toBe(0);
    const asked = budget.acquire("urgent");
    clock.advance(3_000);
    await asked;
  });

  it("forgets a call that is called off while it waits", async () => {
    const { budget, permits } = await anExhaustedBudget();
    const abort = new AbortController();
    const calledOff = budget.acquire("urgent", abort.signal);
    const next = budget.acquire("urgent");
    abort.abort(new Error("shutting down"));

    await expect(calledOff).rejects.toThrow("shutting down");
    answerAll(permits, rate({ remaining: 2 }));
    (await next).done(null);
    await expect(budget.acquire("calm", abort.signal)).rejects.toThrow("shutting down");
  });

  it("counts a permit as done once only", async () => {
    const { budget } = aBudget({ assumedLimit: 3 });
    const permit = await budget.acquire("urgent");
    permit.done(rate({ remaining: 50, limit: 100 }));
    permit.done(null);
    expect(budget.snapshot()).toEqual({ limit: 100, used: 50, resetsInMs: expect.any(Number) });
  });

  it("takes headers that make no sense for absent ones", async () => {
    const { budget } = aBudget({ assumedLimit: 3 });
    for (const headers of [
      {},
      { ...rate({}), "x-ratelimit-limit": "many" },
      { ...rate({}), "x-ratelimit-reset": "9" },
    ]) {
      (await budget.acquire("urgent")).done(headers);
    }
    expect(budget.snapshot()).toMatchObject({ limit: 3, used: 3 });
  });

  it("takes waiting calls off what is available", async () => {
    const { budget, permits } = await anExhaustedBudget();
    void budget.acquire("urgent").then(() => undefined);
    answerAll(permits.slice(0, 1), null);
    expect(budget.available("calm")).toBe(0);
  });
});

class ManualClock implements BudgetClock {
  #nowMs = startMs;
  #timers: { atMs: number; fire: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, fire };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.fire();
    }
    this.#nowMs = untilMs;
  }
}

function aBudget(settings: { assumedLimit?: number }): { budget: RateBudget; clock: ManualClock } {
  const clock = new ManualClock();
  return { budget: new RateBudget({ ...settings, clock }), clock };
}

/** Four calls of a limit of four are under way. */
async function anExhaustedBudget(): Promise<{ budget: RateBudget; clock: ManualClock; permits: Permit[] }> {
  const { budget, clock } = aBudget({ assumedLimit: 4 });
  const permits: Permit[] = [];
  for (let call = 0; call < 4; call += 1) permits.push(await budget.acquire("urgent"));
  return { budget, clock, permits };
}

function answerAll(permits: readonly Permit[], headers: AnswerHeaders | null): void {
  for (const permit of permits) permit.done(headers);
}

function rate({ limit = 100, remaining = 100, resetMs = sliceEndMs }): AnswerHeaders {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(resetMs / 1000),
    date: new Date(startMs).toUTCString(),
  };
}

/** Lets everything that was resolved run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
