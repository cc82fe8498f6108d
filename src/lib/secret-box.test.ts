/** Credentials at rest. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSecretBox } from "./secret-box.ts";

const box = createSecretBox("k".repeat(32));

describe("a secret box", () => {
  it("opens what it has sealed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plain, context) => {
        expect(box.open(box.seal(plain, context), context)).toBe(plain);
      }),
    );
  });

  it("shows nothing of what is inside, and never the same bytes twice", () => {
    const [one, two] = [box.seal("rk_live_1", "stripe"), box.seal("rk_live_1", "stripe")];

    expect(one.includes("rk_live_1")).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it.each([
    ["another key", createSecretBox("x".repeat(32)), "stripe", (sealed: Buffer) => sealed],
    ["another context", box, "intercom", (sealed: Buffer) => sealed],
    ["another version", box, "stripe", (sealed: Buffer) => Buffer.concat([Buffer.from([2]), sealed.subarray(1)])],
    ["a cut", box, "stripe", (sealed: Buffer) => sealed.subarray(0, 20)],
    ["nothing", box, "stripe", () => Buffer.alloc(0)],
  ])("does not open with %s", (_what, other, context, change) => {
    expect(other.open(change(box.seal("rk_live_1", "stripe")), context)).toBeUndefined();
  });

  it("does not open when any byte was changed", () => {
    const sealed = box.seal("rk_live_1", "stripe");
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(box.open(changed, "stripe")).toBeUndefined();
    }
  });
});
