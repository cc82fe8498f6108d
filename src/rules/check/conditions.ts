/** Station rules: checks the conditions and values of one rule, each in its place. */
import type { Rule, RulesDocument, RuleValue } from "../../../contract/rule.ts";
import type { AttributeType } from "../../model/attribute.ts";
import { bareAmounts, constantOf, isExpressionProblem, readCondition, readValue } from "../expressions.ts";
import { expressionScope, momentFacts, type Place, type RuleVocabulary } from "../vocabulary.ts";
import { error, fine, warning, type Problems } from "./problem.ts";

/** A rule that is checked, and where it stands in its document. */
export type CheckedRule = {
  readonly rule: Rule;
  /** Such as `rules[2]`. */
  readonly path: string;
  readonly document: RulesDocument;
  readonly vocabulary: RuleVocabulary;
  /** Webhooks may go to addresses inside of the business's own network. */
  readonly allowsPrivateHosts: boolean;
};

/** A condition, its place in the document, and when it is looked at. */
type PlacedText = { readonly text: string; readonly path: string; readonly place: Place };

export type CheckedCondition = {
  readonly problems: Problems;
  /** What it always answers; null when that depends on the customer, or when it cannot be read. */
  readonly always: boolean | null;
};

/** Checks a condition: what it names, its types, that it answers true or false. */
export function checkCondition({ text, path, place }: PlacedText, checked: CheckedRule): CheckedCondition {
  if (speaksOfLostMoment(text, checked)) return { problems: fine, always: null };
  const scope = expressionScope(checked.vocabulary, checked.rule.on, place);
  const read = readCondition(text, scope);
  if (isExpressionProblem(read)) return { problems: [error(read.code, path, read.problem)], always: null };
  const constant = constantOf(read);
  if (constant) return { problems: fine, always: constant.value === true };
  const problems = bareAmounts(read, text, scope).map(({ amount, currency }) =>
    warning(
      "RULE_CURRENCY",
      path,
      `${amount} is in each customer's own currency; say which one is meant with ${currency}`,
    ),
  );
  return { problems, always: null };
}

/** Checks a value, and that it fits its type. */
export function checkValue(
  { value, path }: { readonly value: RuleValue; readonly path: string },
  type: AttributeType | "any",
  checked: CheckedRule,
): Problems {
  if (typeof value === "object" && speaksOfLostMoment(value.cel, checked)) return fine;
  const read = readValue(value, type, expressionScope(checked.vocabulary, checked.rule.on, "run"));
  if (!isExpressionProblem(read)) return fine;
  return [error(read.code, typeof value === "object" ? `${path}.cel` : path, read.problem)];
}

/** Where the trigger itself names no moment that there is, its facts cannot be told right or wrong. */
function speaksOfLostMoment(text: string, { rule: { on }, vocabulary }: CheckedRule): boolean {
  return "moment" in on && momentFacts(vocabulary, on) === null && /\bmoment\b/.test(text);
}
