/** Rules that start each other in a circle are found, and those that only look as if they did are not. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { describe, expect, it } from "vitest";
import { rulesDocument } from "../../contract/rule.ts";
import { findCycles } from "./cycles.ts";

const tagged = (tag?: string): object => ({ signal: "tagged", ...(tag === undefined ? {} : { tag }) });
const untagged = (tag: string): object => ({ signal: "untagged", tag });

function ways(...rules: readonly object[]): readonly string[] {
  const whole = { description: "x", purpose: "x" };
  const document = rulesDocument.parse({
    version: 1,
    rules: rules.map((rule, index) => ({ ...whole, name: `r${index}`, ...rule })),
  });
  return findCycles(document).map((cycle) => cycle.map(({ from, to, path }) => `${from}→${to} ${path}`).join(", "));
}

describe("a loop", () => {
  it("is a rule that sets the tag by which it is started", () => {
    expect(ways({ on: tagged("a"), steps: [{ untag: "a" }, { tag: "a" }] })).toEqual(["0→0 rules[0].steps[1].tag"]);
  });

  it("is found over several rules, by the shortest way, through branches too", () => {
    const found = ways(
      { on: tagged("a"), steps: [{ branch: [{ if: "profile.is_past_due", then: [{ tag: "b" }] }] }] },
      { on: tagged("b"), steps: [{ tag: "c" }] },
      { on: tagged("c"), steps: [{ tag: "a" }] },
      { on: { manual: true }, steps: [{ tag: "a" }] },
    );
    expect(found).toEqual([
      "0→1 rules[0].steps[0].branch[0].then[0].tag, 1→2 rules[1].steps[0].tag, 2→0 rules[2].steps[0].tag",
    ]);
  });

  it("is made by what is taken back, in a step or when the reason is over", () => {
    const again = { on: untagged("a"), steps: [{ tag: "b" }] };
    expect(ways({ on: tagged("b"), steps: [{ tag: "a" }, { undo: true }] }, again)).toEqual([
      "0→1 rules[0].steps[1].undo, 1→0 rules[1].steps[0].tag",
    ]);
    const reason = { on: tagged("b"), while: "profile.is_past_due", steps: [{ tag: "a" }] };
    expect(ways(reason, again)).toEqual(["0→1 rules[0].while, 1→0 rules[1].steps[0].tag"]);
    expect(ways({ ...reason, whenOver: "keep" }, again)).toEqual([]);
  });

  it("is one with a rule that any tag starts", () => {
    expect(ways({ on: tagged(), steps: [{ tag: "a" }] })).toEqual(["0→0 rules[0].steps[0].tag"]);
  });

  it("is told for each rule that is part of one", () => {
    const found = ways(
      { on: tagged("a"), steps: [{ tag: "b" }] },
      { on: tagged("b"), steps: [{ tag: "a" }] },
      { on: tagged("x"), steps: [{ tag: "x" }] },
    );
    expect(found).toHaveLength(2);
  });
});

describe("no loop", () => {
  it.each<[string, readonly object[]]>([
    ["is another tag", [{ on: tagged("a"), steps: [{ tag: "b" }] }]],
    ["is the other signal", [{ on: untagged("a"), steps: [{ tag: "a" }] }]],
    [
      "is an attribute",
      [
        {
          on: { becomes: 'profile.metadata["x"] == "1"' },
          steps: [{ set: { attribute: "x", type: "string", value: "1" } }],
        },
      ],
    ],
    [
      "is a conversation that Dunlin opens",
      [{ on: { signal: "conversation_opened" }, steps: [{ conversation: { text: "t" } }] }],
    ],
    [
      "is an answer to a message",
      [{ on: { signal: "replied" }, steps: [{ message: { channel: "chat", text: "t" } }] }],
    ],
    [
      "are two rules in a row",
      [
        { on: tagged("a"), steps: [{ tag: "b" }] },
        { on: tagged("b"), steps: [{ tag: "c" }] },
      ],
    ],
  ])("%s", (_what, rules) => {
    expect(ways(...rules)).toEqual([]);
  });
});
