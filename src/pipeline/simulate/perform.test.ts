/** What a deed of a rehearsal would have come to. */
import { describe, expect, it } from "vitest";
import { rulesDocument } from "../../../contract/rule.ts";
import { aProfile } from "../../../test/support/builders.ts";
import { aRule, aTrigger, mondayS, noFacts } from "../../../test/support/rules.ts";
import type { Act } from "../../rules/program.ts";
import { performDeed } from "./perform.ts";

const texts = {
  either: {
    en: { body: "{% if saving.per_month %}{{ saving.per_month | money }} less{% else %}No saving{% endif %}" },
  },
  always: { en: { body: "With {{ saving.plan }} {{ saving.per_month | money }} less" } },
};
const stage = { document: rulesDocument.parse({ version: 1, texts }), profile: aProfile(), facts: noFacts() };

function performed(act: Act, conversationId: string | null): ReturnType<typeof performDeed> {
  const deed = { at: 0, act, values: {} };
  return performDeed(stage, { rule: aRule(), deed, trigger: aTrigger(), nowS: mondayS, conversationId });
}

describe("what is done in a conversation", () => {
  it.each<[Act, string]>([
    [{ kind: "assign", to: { type: "team", id: "5001" } }, "There is no conversation to assign."],
    [{ kind: "priority", priority: "high" }, "There is no conversation to set the priority of."],
  ])("says nothing to the customer, and needs one: %o", (act, why) => {
    expect(performed(act, "471")).toEqual({ said: null });
    expect(performed(act, null)).toEqual({ why });
  });
});

describe("a text that speaks of a saving, which nobody has reckoned for the past", () => {
  it.each([
    ["either", "<p>No saving</p>"],
    ["always", "<p>With … €0.00 less</p>"],
  ])("%s", (text, body) => {
    const act: Act = { kind: "message", channel: "chat", text, from: null, draft: null };
    expect(performed(act, null)).toEqual({ said: { subject: null, body } });
  });
});
