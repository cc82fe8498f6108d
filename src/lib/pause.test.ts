/** A wait that can be called off. */
import { describe, expect, it } from "vitest";
import { pause } from "./pause.ts";

describe("pause", () => {
  it("ends by itself, or at once when it is called off", async () => {
    await pause(1, new AbortController().signal);
    const called = new AbortController();
    const long = pause(60_000, called.signal);
    called.abort();
    await long;
    await pause(60_000, called.signal);

    expect(called.signal.aborted).toBe(true);
  });
});
