/** Rules share names with each other and with Intercom only where that goes well. */
import { describe, expect, it } from "vitest";
import { hello, message, problemsOf } from "../../../test/support/rule-documents.ts";

describe("rules among each other", () => {
  const between = (...rules: readonly object[]): readonly string[] =>
    problemsOf({
      version: 1,
      texts: { hello },
      rules: [...rules, { name: "last" }].map((rule, index) => ({
        name: `rule-${index}`,
        description: "x",
        purpose: "Try it.",
        on: { manual: true },
        steps: [message],
        ...rule,
      })),
    });
  const setting = (type: string, more: object = {}): object => ({
    steps: [{ set: { attribute: "vip", type, value: { cel: "dyn(1)" } } }],
    ...more,
  });

  it("have names of their own", () => {
    expect(between({ name: "a" }, { name: "a" })).toEqual(["error rules[1].name: “a” is the name of rules[0] already"]);
  });

  it("set an attribute as one type, spelled in one way", () => {
    expect(between(setting("string"), setting("string"))).toEqual([]);
    expect(between(setting("string"), setting("integer"))[0]).toMatch(
      /^error rules\[1\]\.steps\[0\]\.set\.attribute: “vip” is integer here/,
    );
    const capital = { steps: [{ set: { attribute: "VIP", type: "string", value: "x" } }] };
    expect(between(setting("string"), capital)[0]).toMatch(/^error .*one attribute/);
  });

  it("should not set the same attribute for two purposes while both are live", () => {
    const live = { mode: "live" };
    expect(between(setting("string", live), setting("string", { ...live, purpose: "try it." }))).toEqual([]);
    expect(between(setting("string", live), setting("string", { purpose: "Other." }))).toEqual([]);
    expect(between(setting("string", live), setting("string", { ...live, purpose: "Other." }))).toEqual([
      "warning rules[1].steps[0].set.attribute: the rule rule-0 sets “vip” for another purpose; whoever is later wins",
    ]);
  });

  it("spell a tag in one way", () => {
    expect(between({ steps: [{ tag: "VIP" }] }, { on: { signal: "tagged", tag: "vip" } })).toEqual([
      "warning rules[1].on.tag: it is spelled “VIP” elsewhere; write it the same everywhere",
    ]);
  });

  it("share an event only as long as it has ten keys", () => {
    const sending = (keys: string): object => ({
      steps: [{ dataEvent: { name: "met", metadata: Object.fromEntries(keys.split("").map((key) => [key, 1])) } }],
    });
    expect(between(sending("abcdef"), sending("efghij"))).toEqual([]);
    expect(between(sending("abcdef"), sending("ghijkl"))).toEqual([
      expect.stringContaining("error rules[1].steps[0].dataEvent.metadata: “met” would have 12 keys over all rules"),
    ]);
  });

  it("do not start each other in a circle", () => {
    const circle = between(
      { on: { signal: "tagged", tag: "a" }, steps: [{ untag: "a" }] },
      { on: { signal: "untagged", tag: "a" }, steps: [{ tag: "a" }] },
    );
    expect(circle).toEqual([
      "error rules[0].steps[0].untag: a loop: rule-0 takes the tag “a” away → rule-1 sets the tag “a” → rule-0; let one of them begin with something else, or act once for each customer (oncePer: customer)",
    ]);
  });

  it("may do so when each customer goes round once, but hear of it", () => {
    const once = between(
      { on: { signal: "tagged", tag: "a" }, oncePer: "customer", steps: [{ untag: "a" }] },
      { on: { signal: "untagged", tag: "a" }, steps: [{ tag: "a" }] },
    );
    expect(once).toEqual([expect.stringMatching(/^warning .*each customer goes round once$/)]);
  });
});
