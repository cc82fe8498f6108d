/** A rule becomes one list of instructions; where a run goes is read from it without knowing how the rule was written. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { describe, expect, it } from "vitest";
import { rulesDocument, type RulesDocument } from "../../contract/rule.ts";
import { ruleVocabulary } from "../pipeline/rule-vocabulary.ts";
import { compileRules } from "./compile.ts";
import type { CompiledRule, Instruction } from "./program.ts";

function aDocument(rule: object = {}, document: object = {}): RulesDocument {
  const whole = { name: "one", description: "x", purpose: "x", on: { manual: true }, steps: [{ tag: "a" }] };
  const hello = { en: { body: "Hello" } };
  return rulesDocument.parse({ version: 1, texts: { hello }, rules: [{ ...whole, ...rule }], ...document });
}

function compiled(rule: object = {}, document: object = {}): CompiledRule {
  const [first] = compileRules(aDocument(rule, document), ruleVocabulary, 3).rules;
  if (!first) throw new Error("There is no rule.");
  return first;
}

/** Instructions in short: `2 branch 3 5 else 6`. */
function short(steps: readonly object[]): readonly string[] {
  return compiled({ steps }).program.map((one, at) => `${at} ${wordsOf(one)}`);
}

function wordsOf(one: Instruction): string {
  switch (one.op) {
    case "act":
      return "tag" in one.act ? `${one.act.kind} ${one.act.tag}` : one.act.kind;
    case "jump":
      return `jump ${one.to}`;
    case "branch":
      return `branch ${one.cases.map(({ to }) => to).join(" ")} else ${one.otherwise}`;
    case "wait":
    case "undo":
    case "stop":
      return one.op;
  }
}

const late = "profile.is_past_due";
const tag = (name: string): object => ({ tag: name });

describe("a program", () => {
  it.each<[string, readonly object[], readonly string[]]>([
    ["a list", [tag("a"), { wait: { for: "1 day" } }, { undo: true }], ["0 tag a", "1 wait", "2 undo"]],
    [
      "a branch without else goes on behind it",
      [{ branch: [{ if: late, then: [tag("a")] }] }, tag("b")],
      ["0 branch 1 else 2", "1 tag a", "2 tag b"],
    ],
    [
      "cases come together again",
      [
        {
          branch: [
            { if: late, then: [tag("a")] },
            { if: "true", then: [tag("b")] },
          ],
          else: [tag("c")],
        },
        tag("d"),
      ],
      ["0 branch 1 3 else 5", "1 tag a", "2 jump 6", "3 tag b", "4 jump 6", "5 tag c", "6 tag d"],
    ],
    [
      "a case that ends the run needs no way out",
      [{ branch: [{ if: late, then: [{ stop: "x" }] }], else: [tag("b")] }],
      ["0 branch 1 else 2", "1 stop", "2 tag b"],
    ],
    [
      "an empty case leads behind the branch",
      [{ branch: [{ if: late, then: [] }], else: [tag("b")] }],
      ["0 branch 1 else 2", "1 jump 3", "2 tag b"],
    ],
    [
      "a branch at the end of a case",
      [{ branch: [{ if: late, then: [{ branch: [{ if: late, then: [tag("a")] }] }] }], else: [tag("b")] }],
      ["0 branch 1 else 4", "1 branch 2 else 3", "2 tag a", "3 jump 5", "4 tag b"],
    ],
  ])("of %s", (_what, steps, program) => {
    expect(short(steps)).toEqual(program);
  });

  it("sets the priority that is written down", () => {
    const { program } = compiled({ steps: [{ priority: "urgent" }] });
    expect(program).toEqual([{ op: "act", path: "steps[0]", act: { kind: "priority", priority: "urgent" } }]);
  });

  it("says of each instruction where it stands", () => {
    const { program } = compiled({ steps: [tag("z"), { branch: [{ if: late, then: [tag("a")] }], else: [tag("b")] }] });
    expect(program.flatMap((one) => (one.op === "jump" ? [] : [one.path]))).toEqual([
      "steps[0]",
      "steps[1]",
      "steps[1].branch[0].then[0]",
      "steps[1].else[0]",
    ]);
  });

  it("has its values read and fitted", () => {
    const set = (type: string, value: unknown): object => ({ set: { attribute: "x", type, value } });
    const { program } = compiled({
      steps: [set("date", "2026-12-24"), set("integer", 3), set("boolean", { cel: "profile.is_past_due" })],
    });
    const values = program.map((one) => (one.op === "act" && one.act.kind === "set" ? one.act.value : null));
    expect(values).toEqual([
      { literal: 1_798_070_400 },
      { literal: 3 },
      { cel: expect.objectContaining({ type: "bool" }) },
    ]);
  });
});

describe("a compiled rule", () => {
  it("has the hours and caps of the document, its own, or none", () => {
    const hours = { from: "20:00", to: "08:00", weekends: false };
    const own = { from: "12:00", to: "13:00", weekends: false };
    const caps = { chat: { messages: 1, per: "2 weeks" } };
    const both = { quietHours: hours, caps };
    expect(compiled({}, both)).toMatchObject({
      quietHours: hours,
      caps: { chat: { messages: 1, per: { count: 2, unit: "week" } }, email: undefined },
    });
    expect(compiled({ quietHours: own, caps: {} }, both)).toMatchObject({ quietHours: own, caps: { chat: undefined } });
    expect(compiled({ quietHours: "none", caps: "none" }, both)).toMatchObject({ quietHours: undefined, caps: {} });
  });

  it.each<[object, object]>([
    [{ moment: "trial_ending" }, { kind: "moment", name: "trial_ending" }],
    [{ stripe: "charge.updated" }, { kind: "stripe", type: "charge.updated" }],
    [
      { signal: "tagged", tag: "VIP" },
      { kind: "signal", signal: "tagged", tag: "VIP" },
    ],
    [{ signal: "replied" }, { kind: "signal", signal: "replied", tag: null }],
    [
      { date: "trial_end", before: "3 business days", at: "09:00" },
      {
        kind: "date",
        date: { field: "trial_end", before: { count: 3, unit: "business day" }, after: null },
        yearly: false,
        at: "09:00",
      },
    ],
  ])("is triggered by %j", (on, trigger) => {
    expect(compiled({ on }).trigger).toEqual(trigger);
  });

  it("knows within how long it happens once", () => {
    expect(compiled({ oncePer: "30 days" }).onceWithin).toEqual({ count: 30, unit: "day" });
    expect(compiled({ oncePer: "customer" }).onceWithin).toBeNull();
  });

  it("tells which texts it uses and which attributes all rules set", () => {
    const steps = [{ note: { text: "hello" } }, { set: { attribute: "vip", type: "boolean", value: true } }];
    expect([...compiled({ steps }).texts]).toEqual(["hello"]);
    const document = aDocument({ steps }, { holdouts: { control: { share: 10, attribute: "is_control" } } });
    expect(compileRules(document, ruleVocabulary, 1).attributes).toEqual(
      new Map([
        ["vip", "boolean"],
        ["is_control", "boolean"],
      ]),
    );
  });

  it("is refused when it was not checked", () => {
    expect(() => compiled({ if: "profile.nope" })).toThrow("The rule one was not checked: profile has no “nope”");
    expect(() => compiled({ steps: [{ set: { attribute: "x", type: "integer", value: "y" } }] })).toThrow(
      "not checked",
    );
  });
});

describe("the fingerprint", () => {
  const steps = [{ note: { text: "hello" } }];
  const { fingerprint } = compiled({ steps });

  it("stays while only mode, share and description change, in whatever order the parts stand", () => {
    expect(compiled({ mode: "live", share: 10, description: "y", steps }).fingerprint).toBe(fingerprint);
    expect(compiled({ steps, purpose: "x", name: "one" }).fingerprint).toBe(fingerprint);
  });

  it.each<[string, object, object]>([
    ["the steps", { steps: [...steps, { undo: true }] }, {}],
    ["the priority", { steps, priority: 51 }, {}],
    ["a text that it uses", { steps }, { texts: { hello: { en: { body: "Bye" } } } }],
    ["quiet hours of the document", { steps }, { quietHours: { from: "20:00", to: "08:00" } }],
  ])("changes with %s", (_what, rule, document) => {
    expect(compiled(rule, document).fingerprint).not.toBe(fingerprint);
  });

  it("stays while a text changes that it does not use", () => {
    const texts = { hello: { en: { body: "Hello" } }, other: { en: { body: "x" } } };
    expect(compiled({ steps }, { texts }).fingerprint).toBe(fingerprint);
  });
});
