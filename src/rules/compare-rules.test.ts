import { describe, expect, it } from "vitest";
import type { RulesDocument } from "../../contract/rule.ts";
import { ruleVocabulary } from "../pipeline/rule-vocabulary.ts";
import { checkRules } from "./check-document.ts";
import { compareRules } from "./compare-rules.ts";
import { compileRules } from "./compile.ts";
import type { CompiledRules } from "./program.ts";

const welcome = {
  name: "welcome",
  description: "Greets who pays for the first time.",
  purpose: "Help people to begin.",
  on: { moment: "first_payment" },
  steps: [{ message: { channel: "chat", text: "hello" } }],
};
const vip = {
  name: "vip",
  description: "Marks who pays much.",
  purpose: "Route those who pay much.",
  on: { becomes: "profile.total_paid > 500.0 && profile.total_paid_currency == 'EUR'" },
  steps: [{ set: { attribute: "vip", type: "boolean", value: true } }],
};
const texts = { hello: { en: { body: "Hello!" } } };

function rules(document: object): CompiledRules {
  const checked = checkRules({ version: 1, texts, ...document }, ruleVocabulary);
  if (!checked.document) throw new Error(JSON.stringify(checked.problems));
  return compileRules(checked.document satisfies RulesDocument, ruleVocabulary, 1);
}

describe("compareRules", () => {
  const before = rules({ rules: [welcome, vip] });

  it("finds nothing where nothing differs", () => {
    expect(compareRules(before, before)).toEqual({
      rules: [
        { name: "welcome", change: "same", before: draft, after: draft, parts: [] },
        { name: "vip", change: "same", before: draft, after: draft, parts: [] },
      ],
      settings: [],
      attributesAdded: [],
      attributesRemoved: [],
    });
  });

  it("tells a change of mode from a change of what a rule does", () => {
    const after = rules({
      rules: [
        { ...welcome, mode: "live", share: 10 },
        { ...vip, if: "profile.status == 'active'" },
      ],
    });
    expect(compareRules(before, after).rules).toMatchObject([
      { name: "welcome", change: "mode", before: draft, after: { mode: "live", share: 10 }, parts: [] },
      { name: "vip", change: "changed", parts: ["if"] },
    ]);
  });

  it("finds another wording in the rules that use the text, and nowhere else", () => {
    const after = rules({ rules: [welcome, vip], texts: { hello: { en: { body: "Welcome!" } } } });
    expect(compareRules(before, after).rules).toMatchObject([
      { change: "changed", parts: ["texts"] },
      { change: "same", parts: [] },
    ]);
  });

  it("counts another description as no change, and says it", () => {
    const after = rules({ rules: [{ ...welcome, description: "Says hello." }, vip] });
    expect(compareRules(before, after).rules[0]).toMatchObject({ change: "same", parts: ["description"] });
  });

  it("finds what comes, what goes, and which attributes go with it", () => {
    const score = { ...vip, name: "score", steps: [{ set: { attribute: "score", type: "integer", value: 1 } }] };
    const { rules: lines, ...rest } = compareRules(before, rules({ rules: [welcome, score] }));
    expect(lines.map(({ name, change }) => [name, change])).toEqual([
      ["welcome", "same"],
      ["score", "added"],
      ["vip", "removed"],
    ]);
    expect(rest).toEqual({
      settings: [],
      attributesAdded: [{ name: "score", type: "integer" }],
      attributesRemoved: ["vip"],
    });
  });

  it("finds what holds for all rules, in the document and in the rules that it changes", () => {
    const after = rules({ rules: [welcome, vip], quietHours: { from: "20:00", to: "08:00" } });
    const compared = compareRules(before, after);
    expect(compared.settings).toEqual(["quietHours"]);
    expect(compared.rules[0]).toMatchObject({ change: "changed", parts: ["quietHours"] });
  });
});

const draft = { mode: "draft", share: 100 } as const;
