/** Laws of the rule language: whatever is given to the check, it answers; what it lets pass always comes to an end. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { RulesDocument } from "../../contract/rule.ts";
import { ruleVocabulary } from "../../src/pipeline/rule-vocabulary.ts";
import { checkRules } from "../../src/rules/check-document.ts";
import { compileRules } from "../../src/rules/compile.ts";
import type { Instruction } from "../../src/rules/program.ts";
import { stepsIn } from "../../src/rules/steps.ts";

const seed = 5;

const conditions = [
  "profile.is_past_due",
  'profile.status == "active"',
  "ages.tenure_days > 30",
  "run.messages > 1 || run.replied",
  'has(profile.metadata.tier) && profile.metadata.tier == "gold"',
  "run.now > profile.created_at",
];

const leaf = fc.constantFrom<object>(
  { tag: "Late" },
  { untag: "VIP" },
  { set: { attribute: "vip", type: "boolean", value: true } },
  { set: { attribute: "until", type: "date", value: { cel: "profile.trial_end" } } },
  { message: { channel: "chat", text: "hello" } },
  { message: { channel: "email", text: "hello" } },
  { note: { text: "hello" } },
  { assign: { team: "1" } },
  { priority: "high" },
  { ticket: { type: "1", title: "hello", attributes: { plan: { cel: "profile.plan" } } } },
  { dataEvent: { name: "met", metadata: { plan: { cel: "profile.plan" } } } },
  { webhook: { url: "https://example.com/", facts: { one: 1 } } },
  { wait: { for: "2 business days", orReply: true } },
  { wait: { until: { date: "trial_end", before: "1 week" }, orUntil: "profile.is_past_due" } },
  { undo: true },
);
const stop = { stop: "Done." };

/** Steps of which each can be reached: a stop stands at an end only, and no branch stops in all of its lists. */
const { steps } = fc.letrec<{ steps: readonly object[]; step: object }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 4, depthIdentifier: "steps" },
    leaf,
    fc
      .record({
        lists: fc.uniqueArray(fc.tuple(fc.constantFrom(...conditions), tie("steps")), {
          minLength: 1,
          maxLength: 3,
          selector: ([condition]) => condition,
        }),
        stops: fc.boolean(),
        otherwise: fc.option(tie("steps"), { nil: undefined }),
      })
      .map(({ lists, stops, otherwise }) => ({
        branch: lists.map(([condition, then]) => ({ if: condition, then: stops ? [...then, stop] : then })),
        ...(otherwise ? { else: otherwise } : {}),
      })),
  ),
  steps: fc.array(tie("step"), { minLength: 1, maxLength: 4, depthIdentifier: "steps" }),
}));

const trigger = fc.constantFrom<object>(
  { moment: "payment_failed" },
  { stripe: "charge.updated" },
  { becomes: "profile.is_past_due" },
  { date: "card_expires_at", before: "30 days", at: "09:00" },
  { signal: "replied" },
  { manual: true },
);

const aRule = fc.record({ on: trigger, steps, while: fc.constantFrom(undefined, ...conditions), end: fc.boolean() });

const someDocument = fc
  .record({ rules: fc.array(aRule, { minLength: 1, maxLength: 4 }), language: fc.constantFrom("en", "de") })
  .map(({ rules, language }): unknown => ({
    version: 1,
    language,
    texts: { hello: { en: { subject: "x", body: "Hi {{ profile.plan }}" }, de: { subject: "x", body: "Hallo" } } },
    rules: rules.map(({ end, ...rule }, index) => ({
      ...JSON.parse(JSON.stringify(rule)),
      name: `rule-${index}`,
      description: "Tries it.",
      purpose: "Try it.",
      steps: end ? [...rule.steps, stop] : rule.steps,
    })),
  }));

function passed(input: unknown): RulesDocument {
  const { document, problems } = checkRules(input, ruleVocabulary);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  if (!document) throw new Error("The document did not pass.");
  return document;
}

/** Where a run can go from here. */
function nextOf(one: Instruction, at: number): readonly number[] {
  if (one.op === "jump") return [one.to];
  if (one.op === "branch") return [...one.cases.map(({ to }) => to), one.otherwise];
  return one.op === "stop" ? [] : [at + 1];
}

function reachable(program: readonly Instruction[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const waiting = [0];
  for (const at of waiting) {
    const one = program[at];
    if (!one || seen.has(at)) continue;
    seen.add(at);
    waiting.push(...nextOf(one, at));
  }
  return seen;
}

describe("a document that passed the check", () => {
  it("is compiled to programs that only go forward, in which every step stands once and can be reached", () => {
    fc.assert(
      fc.property(someDocument, (input) => {
        const { rules } = compileRules(passed(input), ruleVocabulary, 1);
        for (const { rule, program } of rules) {
          expect(reachable(program).size).toBe(program.length);
          for (const [at, one] of program.entries()) {
            for (const to of nextOf(one, at)) {
              expect(to).toBeGreaterThan(at);
              expect(to).toBeLessThanOrEqual(program.length);
            }
          }
          const paths = program.flatMap((one) => (one.op === "jump" ? [] : [one.path]));
          expect(paths).toEqual(stepsIn({ steps: rule.steps, path: "steps" }).map(({ path }) => path));
        }
      }),
      { numRuns: 200, seed },
    );
  });

  it("is the same after it was written to a file and read again", () => {
    fc.assert(
      fc.property(someDocument, (input) => {
        const first = passed(input);
        const again = passed(parse(stringify(first)));
        expect(again).toEqual(first);
        const [one, two] = [first, again].map((document) => compileRules(document, ruleVocabulary, 1).rules);
        expect(JSON.stringify(two?.map(({ program }) => program))).toBe(
          JSON.stringify(one?.map(({ program }) => program)),
        );
        expect(two?.map(({ fingerprint }) => fingerprint)).toEqual(one?.map(({ fingerprint }) => fingerprint));
      }),
      { numRuns: 100, seed },
    );
  });
});

const someKey = fc.constantFrom(
  ..."version language timeZone business quietHours caps holdouts dunning breaker model texts rules name description purpose mode share holdout on if while whenOver oncePer priority steps".split(
    " ",
  ),
  ..."moment stripe becomes date before after yearly at signal tag manual set untag message conversation note assign ticket dataEvent webhook wait stop undo branch then else".split(
    " ",
  ),
  ..."attribute type value cel channel text from draft team teammate title metadata url facts for until orReply orUntil en de subject body group messages per to".split(
    " ",
  ),
  ..."__proto__ constructor toString hasOwnProperty length".split(" "),
  "",
  "😀",
);
const someText = fc.oneof(
  fc.constantFrom(
    ...conditions,
    "true",
    "false",
    "a",
    "hello",
    "chat",
    "email",
    "trial_end",
    "payment_failed",
    "2 days",
    "08:00",
  ),
  fc.constantFrom(
    "{{ profile.plan",
    "{% if %}",
    "(((((",
    "profile",
    "__proto__",
    "https://10.0.0.1/",
    "https://[::1]/",
    "\u0000",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
);
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 6, depthIdentifier: "json" },
    fc.constantFrom<unknown>(null, undefined, true, false, 1, 0, -1, 1e300, Number.NaN),
    someText,
    fc.array(tie("anything"), { maxLength: 4, depthIdentifier: "json" }),
    fc
      .array(fc.tuple(someKey, tie("anything")), { maxLength: 8, depthIdentifier: "json" })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

/** A document that somebody damaged in one place. */
const damaged = fc.tuple(someDocument, fc.nat(), anything).map(([document, place, damage]) => {
  const text = JSON.stringify(document);
  const colons = [...text.matchAll(/":/g)].map(({ index }) => index + 2);
  const target = colons[place % colons.length] ?? 0;
  let count = 0;
  const mended: unknown = JSON.parse(text, function replace(_key: string, value: unknown): unknown {
    count += 1;
    return count === target % 50 ? damage : value;
  });
  return mended;
});

describe("the check of rules", () => {
  it("answers whatever it is given, and says at least one thing about what it refuses", () => {
    let refused = 0;
    const wrapped = anything.map((one): unknown => ({ version: 1, rules: [one], texts: { hello: one } }));
    fc.assert(
      fc.property(fc.oneof(anything, wrapped, damaged), (given) => {
        const { document, problems } = checkRules(given, ruleVocabulary);
        const errors = problems.filter(({ severity }) => severity === "error");
        expect(errors.length === 0).toBe(document !== null);
        for (const { path, problem } of problems) expect([path, problem]).not.toContain("");
        if (document) compileRules(document, ruleVocabulary, 1);
        else refused += 1;
      }),
      { numRuns: 3_000, seed },
    );
    expect(refused).toBeGreaterThan(1_000);
  });

  it("takes less than a tenth of a second for two hundred rules", () => {
    const rules = Array.from({ length: 200 }, (_, index) => ({
      name: `rule-${index}`,
      description: "Tries it.",
      purpose: "Try it.",
      on: { moment: "trial_ending" },
      if: `moment.plan == "Plan ${index}" && profile.mrr > ${index}.0 && profile.mrr_currency == "EUR"`,
      while: "profile.is_past_due",
      steps: [
        { tag: "Late" },
        { message: { channel: "email", text: `text-${index}` } },
        { wait: { for: "2 days", orReply: true } },
        { branch: [{ if: 'run.last_wait == "reply"', then: [stop] }], else: [{ assign: { team: "1" } }] },
      ],
    }));
    const body = "Hi {{ customer.first_name }}, your {{ profile.plan }} costs {{ profile.mrr | money }}.";
    const text = { en: { subject: "Hi", body }, de: { subject: "Hallo", body } };
    const texts = Object.fromEntries(rules.map((_, index) => [`text-${index}`, text]));
    const tookMs = Array.from({ length: 5 }, () => {
      const startMs = performance.now();
      expect(checkRules({ version: 1, rules, texts }, ruleVocabulary).problems).toEqual([]);
      return performance.now() - startMs;
    });
    expect(Math.min(...tookMs)).toBeLessThan(100);
  });
});
