/** Answers that are kept for a while. */
import { describe, expect, it } from "vitest";
import { kept } from "./kept.ts";

describe("kept", () => {
  it("gives a young answer again and asks anew for an old one", async () => {
    let nowMs = 0;
    let asked = 0;
    const read = kept(
      500,
      () => nowMs,
      async () => (asked += 1),
    );

    expect([await read(), await read()]).toEqual([1, 1]);
    nowMs = 501;
    expect(await read()).toBe(2);
  });

  it("lets those who ask at once share one answer", async () => {
    let asked = 0;
    const read = kept(
      500,
      () => 0,
      async () => (asked += 1),
    );

    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  });

  it("does not keep a failure", async () => {
    let fails = true;
    const read = kept(
      500,
      () => 0,
      async () => {
        if (fails) throw new Error("no");
        return "fine";
      },
    );

    await expect(read()).rejects.toThrow("no");
    fails = false;
    expect(await read()).toBe("fine");
  });
});
