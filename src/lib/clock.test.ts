import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MovedClock, systemClock } from "./clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a clock", () => {
  it("shows this machine's time", () => {
    expect([systemClock.nowMs(), new MovedClock().nowMs()]).toEqual([1_000_000, 1_000_000]);
  });

  it("runs on from where it was moved to", () => {
    const clock = new MovedClock();
    clock.follow(5_000_000);
    vi.advanceTimersByTime(1_000);
    expect(clock.nowMs()).toBe(5_001_000);
  });

  it("is not behind what has happened, unless it is this machine's", () => {
    const clock = new MovedClock();
    clock.heed(5_000_000);
    systemClock.heed(5_000_000);
    expect([clock.nowMs(), systemClock.nowMs()]).toEqual([5_000_000, 1_000_000]);
  });

  it("is never moved back", () => {
    const clock = new MovedClock();
    clock.follow(5_000_000);
    clock.follow(1_000_000);
    expect(clock.nowMs()).toBe(5_000_000);
  });
});
