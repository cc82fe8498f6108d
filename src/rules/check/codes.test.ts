/** Each problem of rules has a code of its own, and the reference lists all of them. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ruleProblems, type RuleProblemCode } from "../../../contract/rule-problem.ts";
import { aDocument, aRule, hello, message } from "../../../test/support/rule-documents.ts";
import { ruleVocabulary } from "../../pipeline/rule-vocabulary.ts";
import { checkRules } from "../check-document.ts";

const withSteps = (...steps: readonly object[]): object => aDocument({ steps: [message, ...steps] });
const withText = (body: string, more: object = {}): object =>
  aDocument({}, { texts: { hello: { en: { body, ...more }, de: hello.de } } });
const branch = (condition: string): object => ({ branch: [{ if: condition, then: [message] }] });
const set = (attribute: string, type: string): object => ({ set: { attribute, type, value: { cel: "profile.plan" } } });
const tagged = (name: string, on: string, tag: string): object =>
  aRule({ name, on: { signal: "tagged", tag: on }, steps: [{ tag }] });
const metadata = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, index]));

/** One document for each code; what only Intercom or a recipe knows is tested where that is asked. */
const documents: Readonly<
  Record<
    Exclude<RuleProblemCode, `RECIPE_${string}` | "TEAM_UNKNOWN" | "TEAMMATE_UNKNOWN" | "TICKET_TYPE_UNKNOWN">,
    object
  >
> = {
  RULE_FIELD_UNKNOWN: aDocument({ modee: "live" }),
  RULE_FIELD_MISSING: aDocument({ purpose: undefined }),
  RULE_SHAPE: aDocument({ share: "half" }),
  RULE_CONFLICT: withSteps({ wait: { for: "1 day", until: { date: "trial_end" } } }),
  RULE_DUPLICATE: aDocument({}, { rules: [aRule(), aRule()] }),
  RULE_TOO_LONG: withSteps(
    ...Array.from({ length: 10 }, () => ({
      branch: [{ if: "profile.is_past_due", then: Array.from({ length: 50 }, () => message) }],
    })),
  ),
  RULE_EXPRESSION: aDocument({ if: "profile.mrr >" }),
  RULE_EXPRESSION_COST: aDocument({ if: 'profile.plan.matches("a+")' }),
  RULE_NAME_UNKNOWN: aDocument({ if: "profile.mrrr > 1.0" }),
  RULE_TYPE: aDocument({ if: "profile.plan > 3" }),
  RULE_CURRENCY: aDocument({ if: "profile.mrr > 10.0" }),
  RULE_DATE_UNKNOWN: aDocument({ on: { date: "trial_ned" } }),
  RULE_MOMENT_UNKNOWN: aDocument({ on: { moment: "payment_faild" } }),
  RULE_ALWAYS_TRUE: aDocument({ if: "true" }),
  RULE_NEVER_TRUE: aDocument({ if: "false" }),
  RULE_UNREACHABLE: withSteps({ stop: "Done." }, message),
  RULE_EMPTY: withSteps({ branch: [{ if: "profile.is_past_due", then: [] }] }),
  RULE_ENDLESS_WAIT: withSteps({ wait: {} }),
  RULE_WAIT_RESULT: withSteps({ wait: { for: "1 day" } }, branch('run.last_wait == "reply"')),
  RULE_NOTHING_TO_UNDO: withSteps({ undo: true }),
  RULE_LOOP: aDocument({}, { texts: {}, rules: [tagged("one", "a", "b"), tagged("two", "b", "a")] }),
  RULE_NOBODY: aDocument({ mode: "live", share: 0 }),
  RULE_DUNNING: aDocument({ on: { moment: "payment_failed" } }),
  DUNNING_EMAILS_UNKNOWN: aDocument({ dunning: true }),
  HOLDOUT_UNKNOWN: aDocument({ holdout: { group: "all" } }),
  HOLDOUT_UNUSED: aDocument({}, { holdouts: { all: { share: 10 } } }),
  TIME_ZONE_UNKNOWN: aDocument({}, { timeZone: "Europe/Berlinn" }),
  QUIET_HOURS_EMPTY: aDocument({}, { quietHours: { from: "22:00", to: "22:00" } }),
  MODEL_MISSING: withSteps({ message: { ...message.message, draft: { instruction: "Be kind." } } }),
  ADDRESS_REFUSED: withSteps({ webhook: { url: "https://localhost/x" } }),
  NAME_RESERVED: withSteps(set("email", "string")),
  NAME_INVALID: withSteps({ tag: "a\nb" }),
  NAME_SPELLING: withSteps({ tag: "vip" }, { tag: "VIP" }),
  ATTRIBUTE_TYPE: withSteps(set("level", "string"), { set: { attribute: "level", type: "integer", value: 1 } }),
  ATTRIBUTE_WRITERS: withSteps(set("stripe_plan", "string")),
  EVENT_LIMIT: withSteps({ dataEvent: { name: "x", metadata } }),
  TEXT_UNKNOWN: withSteps({ note: { text: "helo" } }),
  TEXT_UNUSED: aDocument({}, { texts: { hello, bye: hello } }),
  TEXT_LANGUAGE_MISSING: aDocument({}, { texts: { hello: { en: hello.en } } }),
  TEXT_SUBJECT_MISSING: aDocument(
    { steps: [{ message: { channel: "email", text: "hello" } }] },
    { texts: { hello: { en: { body: "Hello" }, de: hello.de } } },
  ),
  TEXT_LINES: withText("Hello", { subject: "a\nb" }),
  TEXT_VARIABLE_UNKNOWN: withText("{{ profile.plann }}"),
  TEXT_FILTER: withText("{{ profile.plan | shout }}"),
  TEXT_LIQUID: withText("{{ profile.plan "),
  TEXT_HTML: withText("<b>Hello</b>"),
  TEXT_CHARACTER: withText("Hello \uE000"),
  TEXT_LINK: withText("[Here](here)"),
};

describe("a problem of rules", () => {
  it.each(Object.entries(documents))("has the code %s where that is what is wrong", (code, document) => {
    const { problems } = checkRules(document, ruleVocabulary, { mappedNames: new Set(["stripe_plan"]) });
    expect([...new Set(problems.map((problem) => problem.code))]).toEqual([code]);
  });

  it("is listed by its code in the reference, with the same words", () => {
    const page = readFileSync(new URL("../../../docs/reference/rules.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `([A-Z]+_[A-Z_]+)` \| (.+) \|$/gm)].map(([, code, words]) => [code, words]);
    expect(Object.fromEntries(listed)).toEqual(ruleProblems);
  });
});
