import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openingsOf, type PauseScope } from "../connections/pause.ts";
import { StripeForbidden, StripeUnauthorized } from "../stripe/failure.ts";
import { VendorPaused } from "./pauses.ts";
import { onceOpen, onceUnblocked, type Calls, type Doors } from "./until-open.ts";

const signal = new AbortController().signal;

class DoorsOfATest implements Doors {
  paused: readonly PauseScope[] = [];
  readonly told: unknown[] = [];
  readonly openings = () => openingsOf(this.paused.map((scope) => ({ scope })));
  readonly onBlocked = (error: unknown, account: string): Promise<void> => {
    this.told.push([account, error]);
    return Promise.resolve();
  };
}

describe("long work", () => {
  let doors: DoorsOfATest;
  let calls: Calls;
  beforeEach(() => {
    vi.useFakeTimers();
    doors = new DoorsOfATest();
    calls = { doors, vendor: "stripe", account: "shop", signal };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("makes no call before its vendor is open", async () => {
    const call = vi.fn(() => Promise.resolve("done"));
    doors.paused = ["stripe:shop"];
    const work = onceOpen(calls, call);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call).not.toHaveBeenCalled();

    doors.paused = ["stripe:main", "intercom"];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await work).toBe("done");
  });

  it("makes a call again that met a pause, once that is over, and tells of what nobody knew", async () => {
    const refusals = [new StripeUnauthorized(), new VendorPaused("stripe:shop", "all")];
    const call = vi.fn(() => {
      const refusal = refusals.shift();
      if (!refusal) return Promise.resolve("done");
      doors.paused = ["stripe:shop"];
      return Promise.reject(refusal);
    });
    const work = onceUnblocked(calls, call);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call).toHaveBeenCalledTimes(1);
    expect(doors.told).toEqual([["shop", expect.any(StripeUnauthorized)]]);

    doors.paused = [];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call).toHaveBeenCalledTimes(2);
    doors.paused = [];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await work).toBe("done");
  });

  it("does not wait for a permission, nor where nobody pauses anything", async () => {
    const forbidden = (): Promise<never> => Promise.reject(new StripeForbidden(null));
    await expect(onceOpen(calls, forbidden)).rejects.toThrow(StripeForbidden);
    const refused = (): Promise<never> => Promise.reject(new StripeUnauthorized());
    await expect(onceOpen({ ...calls, doors: undefined }, refused)).rejects.toThrow(StripeUnauthorized);
  });

  it("ends while it waits", async () => {
    const ends = new AbortController();
    doors.paused = ["all"];
    const work = onceOpen({ ...calls, signal: ends.signal }, () => Promise.resolve());
    const ended = expect(work).rejects.toThrow("the end");
    ends.abort(new Error("the end"));
    await vi.advanceTimersByTimeAsync(1_000);
    await ended;
  });
});
