import { describe, expect, it } from "vitest";
import { joinHints, splitHints, type Hint } from "./hint.ts";

describe("hints as text", () => {
  it("come out as they went in, in few texts", () => {
    const hints: readonly Hint[] = [
      ["jobs", "urgent"],
      ["waiting-events", null],
    ];
    const texts = joinHints("node-1", hints);

    expect(texts).toHaveLength(1);
    expect(splitHints(texts[0] ?? "")).toEqual({ node: "node-1", hints });
  });

  it("are spread over as many texts as PostgreSQL's limit asks for, and none is lost", () => {
    const hints = Array.from({ length: 900 }, (_, index): Hint => ["products", `prod_${"ü".repeat(20)}${index}`]);
    const texts = joinHints("node-1", hints);

    expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThan(8_000);
    expect(texts.flatMap((text) => splitHints(text)?.hints ?? [])).toEqual(hints);
  });

  it("lose a payload that fits nowhere, which says: look for yourself", () => {
    expect(joinHints("node-1", [["products", "x".repeat(9_000)]]).map(splitHints)).toEqual([
      { node: "node-1", hints: [["products", null]] },
    ]);
  });

  it.each(["", "[]", "{}", '{"node":1,"hints":[]}', '{"node":"a"}', "not json"])("are not read from %j", (text) => {
    expect(splitHints(text)).toBeUndefined();
  });

  it("of another version's topics are left out", () => {
    const text = JSON.stringify({ node: "a", hints: [["teleport", "x"], ["jobs", 7], "?", ["nodes", null]] });

    expect(splitHints(text)?.hints).toEqual([
      ["jobs", null],
      ["nodes", null],
    ]);
  });
});
