/** Station rules: makes rules that were checked ready to run. The same document always gives the same programs. */
import type { QuietHours, Rule, RulesDocument, RuleTrigger } from "../../contract/rule.ts";
import { fingerprint } from "../lib/hash.ts";
import { isRecord } from "../lib/json.ts";
import type { AttributeType } from "../model/attribute.ts";
import { parseDuration } from "./durations.ts";
import { isExpressionProblem, readCondition, readValue, type ExpressionProblem } from "./expressions.ts";
import { compileProgram, movedDate, type Readers } from "./compile-program.ts";
import type { CompiledCap, CompiledRule, CompiledRules, CompiledTrigger } from "./program.ts";
import { stepsIn, textsOf } from "./steps.ts";
import { expressionScope, type Place, type RuleVocabulary } from "./vocabulary.ts";

/** Of attributes that show who is in a shared control group: true for those who are left alone. */
export const holdoutType = "boolean" satisfies AttributeType;

/** Makes the rules of a document ready that `checkRules` let pass; throws on what it refuses. */
export function compileRules(document: RulesDocument, vocabulary: RuleVocabulary, version: number): CompiledRules {
  const rules = document.rules.map((rule) => compileRule(rule, { document, vocabulary, version }));
  return {
    version,
    document,
    rules,
    byName: new Map(rules.map((compiled) => [compiled.rule.name, compiled])),
    attributes: attributesOf(document),
    language: document.language,
  };
}

type Ground = { readonly document: RulesDocument; readonly vocabulary: RuleVocabulary; readonly version: number };

function compileRule(rule: Rule, { document, vocabulary, version }: Ground): CompiledRule {
  const readers = (place: Place): Readers => readersOf(rule, vocabulary, place);
  const uses = stepsIn({ steps: rule.steps, path: "steps" }).flatMap(textsOf);
  const texts = new Set(uses.map(({ text }) => text));
  const quietHours = quietHoursOf(rule, document);
  const caps = rule.caps === "none" ? {} : (rule.caps ?? document.caps);
  return {
    rule,
    version,
    trigger: compileTrigger(rule.on, readers("crossing")),
    if: rule.if === undefined ? null : readers("start").condition(rule.if),
    while: rule.while === undefined ? null : readers("run").condition(rule.while),
    onceWithin: / /.test(rule.oncePer) ? parseDuration(rule.oncePer) : null,
    quietHours,
    caps: { chat: compileCap(caps.chat), email: compileCap(caps.email) },
    program: compileProgram(rule.steps, readers("run")),
    texts,
    fingerprint: fingerprintOf(rule, {
      quietHours,
      caps,
      texts: [...texts].map((name) => [name, document.texts[name]]),
    }),
  };
}

/** Reads what was checked before; what cannot be read was not. */
function readersOf(rule: Rule, vocabulary: RuleVocabulary, place: Place): Readers {
  const scope = expressionScope(vocabulary, rule.on, place);
  const refuse = ({ problem }: ExpressionProblem): never => {
    throw new Error(`The rule ${rule.name} was not checked: ${problem}.`);
  };
  return {
    condition: (text) => {
      const read = readCondition(text, scope);
      return isExpressionProblem(read) ? refuse(read) : read;
    },
    value: (value, type) => {
      const read = readValue(value, type, scope);
      return isExpressionProblem(read) ? refuse(read) : read;
    },
  };
}

function compileTrigger(on: RuleTrigger, { condition }: Readers): CompiledTrigger {
  if ("moment" in on) return { kind: "moment", name: on.moment };
  if ("stripe" in on) return { kind: "stripe", type: on.stripe };
  if ("becomes" in on) return { kind: "becomes", expression: condition(on.becomes) };
  if ("signal" in on) return { kind: "signal", signal: on.signal, tag: on.tag ?? null };
  if ("manual" in on) return { kind: "manual" };
  return { kind: "date", date: movedDate(on), yearly: on.yearly, at: on.at ?? null };
}

function quietHoursOf(rule: Rule, document: RulesDocument): QuietHours | undefined {
  return rule.quietHours === "none" ? undefined : (rule.quietHours ?? document.quietHours);
}

function compileCap(cap: { readonly messages: number; readonly per: string } | undefined): CompiledCap | undefined {
  return cap && { messages: cap.messages, per: parseDuration(cap.per) };
}

/** By the spelling of the first that sets it; the check sees to it that there is only one. */
function attributesOf({ rules, holdouts }: RulesDocument): ReadonlyMap<string, AttributeType> {
  const set = rules
    .flatMap(({ steps }) => stepsIn({ steps, path: "steps" }))
    .flatMap(({ step }): readonly (readonly [string, AttributeType])[] =>
      "set" in step ? [[step.set.attribute, step.set.type]] : [],
    );
  const ofGroups = Object.values(holdouts).flatMap(({ attribute }): readonly (readonly [string, AttributeType])[] =>
    attribute === undefined ? [] : [[attribute, holdoutType]],
  );
  return new Map([...set, ...ofGroups]);
}

/** Everything that has a say in what the rule does; texts and what it takes from the document as they are now. */
function fingerprintOf(rule: Rule, inherited: Readonly<Record<string, unknown>>): string {
  const { mode: _mode, share: _share, description: _description, ...parts } = rule;
  return fingerprint(JSON.stringify([parts, inherited], withSortedKeys));
}

function withSortedKeys(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
