/** A kernel for tests: a clock that only moves when told to, and a list of what was delivered. */
import { SeededRandom } from "../kernel/random.ts";
import { MemoryStore } from "../kernel/store.ts";
import type { Delivery, Kernel } from "../kernel/types.ts";

export type TestKernel = Kernel & {
  /** Webhooks so far, oldest first. */
  readonly delivered: readonly Delivery[];
  advance(ms: number): void;
};

/** Begins on 2 November 2026, 09:00:00 UTC, with an empty store unless one is given. */
export function createTestKernel(store = new MemoryStore()): TestKernel {
  let nowMs = Date.UTC(2026, 10, 2, 9);
  const delivered: Delivery[] = [];
  return {
    clock: { nowMs: () => nowMs, nowS: () => Math.floor(nowMs / 1000) },
    random: new SeededRandom(7),
    store,
    deliver: (delivery) => void delivered.push(delivery),
    delivered,
    advance: (ms) => void (nowMs += ms),
  };
}
