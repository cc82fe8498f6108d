import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LeaseKeeper, LeaseLost } from "./lease-keeper.ts";

describe("the lease keeper", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function keeper(renew: (ids: readonly string[]) => Promise<readonly string[]>) {
    const asked: (readonly string[])[] = [];
    const leases = new LeaseKeeper({
      renew: (ids) => {
        asked.push(ids);
        return renew(ids);
      },
      onFailed: () => undefined,
    });
    return { leases, asked };
  }

  it("vouches for a lease that was claimed a moment ago without asking", async () => {
    const { leases, asked } = keeper(() => Promise.reject(new Error("nobody may ask")));
    leases.hold("a");
    vi.advanceTimersByTime(4_900);
    await leases.confirm("a");

    expect(asked).toEqual([]);
  });

  it("asks when this node was away for some seconds, and refuses what another one has by now", async () => {
    const { leases, asked } = keeper(() => Promise.resolve(["a"]));
    leases.hold("a");
    leases.hold("b");
    vi.advanceTimersByTime(12_000);
    await leases.confirm("a");
    await expect(leases.confirm("b")).rejects.toThrow(LeaseLost);

    expect(asked).toEqual([["a"], ["b"]]);
  });

  it("refuses what was let go, and what it cannot ask about", async () => {
    const { leases } = keeper(() => Promise.reject(new Error("away")));
    await expect(leases.confirm("a")).rejects.toThrow(LeaseLost);
    leases.hold("a");
    vi.advanceTimersByTime(6_000);

    await expect(leases.confirm("a")).rejects.toThrow("away");
  });

  it("knows every few seconds that leases are held", async () => {
    const { leases, asked } = keeper((ids) => Promise.resolve(ids));
    leases.hold("a");
    leases.start();
    await vi.advanceTimersByTimeAsync(30_000);
    await leases.confirm("a");
    leases.stop();

    expect(asked).toHaveLength(10);
  });
});
