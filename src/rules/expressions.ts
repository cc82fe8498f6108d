/** Station rules: conditions and values of a rule, read and type-checked, with words for who wrote them. */
import type { RuleProblemCode } from "../../contract/rule-problem.ts";
import type { RuleValue } from "../../contract/rule.ts";
import { isCelProblem, type CelExpression, type CelProblem } from "../lib/cel.ts";
import { dayOf, secondOfIso, startOfDay } from "../lib/calendar.ts";
import { didYouMean, whatThereIs } from "../lib/nearest.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { ProgramValue } from "./program.ts";
import { lastWaits, type ExpressionScope } from "./vocabulary.ts";

/** What is wrong with an expression, with its place in it. */
export type ExpressionProblem = { readonly code: RuleProblemCode; readonly problem: string };

/** Whether reading failed. */
export function isExpressionProblem(read: object): read is ExpressionProblem {
  return "problem" in read;
}

/** Reads a condition: an expression that answers true or false. Never throws. */
export function readCondition(text: string, scope: ExpressionScope): CelExpression | ExpressionProblem {
  const expression = readExpression(text, scope);
  if (isExpressionProblem(expression) || expression.type === "bool") return expression;
  return {
    code: "RULE_TYPE",
    problem:
      expression.type === "dyn"
        ? 'it has to answer true or false for sure; compare what it answers, such as with == "yes"'
        : `it has to answer true or false, and answers ${wordOf(expression.type)}`,
  };
}

/** The answer of an expression that speaks of nothing, and so is always the same; its value is undefined when it fails. */
export function constantOf(expression: CelExpression): { readonly value: unknown } | undefined {
  if (expression.paths.length > 0) return undefined;
  const outcome = expression.evaluate({});
  return "value" in outcome ? outcome : { value: undefined };
}

/** Types of attributes, and those that a value may have without being told one. */
type ValueType = AttributeType | "any";

/** Reads a value that is written down or worked out, and fits it to a type. Never throws. */
export function readValue(value: RuleValue, type: ValueType, scope: ExpressionScope): ProgramValue | ExpressionProblem {
  if (typeof value !== "object") return literalOf(value, type);
  const expression = readExpression(value.cel, scope);
  if (isExpressionProblem(expression)) return expression;
  const problem = misfit(expression.type, type);
  return problem === null ? { cel: expression } : { code: "RULE_TYPE", problem };
}

function literalOf(value: string | number | boolean, type: ValueType): ProgramValue | ExpressionProblem {
  if (type === "date") return dateOf(value);
  const fits = type === "any" || type === typeof value || (typeof value === "number" && isNumber(value, type));
  return fits
    ? { literal: value }
    : { code: "RULE_TYPE", problem: `${JSON.stringify(value)} cannot be written as ${type}` };
}

function isNumber(value: number, type: ValueType): boolean {
  return type === "float" || (type === "integer" && Number.isSafeInteger(value));
}

/** A day or an instant as text, or unix seconds. */
function dateOf(value: string | number | boolean): ProgramValue | ExpressionProblem {
  const atS = typeof value === "string" ? secondOfDate(value) : value;
  if (typeof atS === "number" && Number.isSafeInteger(atS)) return { literal: atS };
  const problem = `${JSON.stringify(value)} is no date; write 2026-11-30, 2026-11-30T09:00:00Z or unix seconds`;
  return { code: "RULE_TYPE", problem };
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function secondOfDate(text: string): number {
  const day = /^(\d{4}-\d\d-\d\d)(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.exec(text)?.[1] ?? "";
  const startS = startOfDay(day);
  return Number.isNaN(startS) || dayOf(startS) !== day ? Number.NaN : secondOfIso(text);
}

const attributeTypes: Readonly<Record<string, AttributeType>> = {
  string: "string",
  int: "integer",
  double: "float",
  bool: "boolean",
  timestamp: "date",
};

/** How an expression is made to answer another type. */
const conversions: Readonly<Record<AttributeType, string>> = {
  string: "string(…)",
  integer: "int(…)",
  float: "double(…)",
  boolean: "a comparison",
  date: "timestamp(…)",
};

/** Why an answer of this type of CEL's cannot become the type; null when it can, or when only the evaluation tells. */
function misfit(from: string, to: ValueType): string | null {
  if (from === "dyn") return null;
  const type = attributeTypes[from];
  if (type === undefined) return `it answers ${wordOf(from)}, which cannot be sent as one value`;
  if (to === "any" || type === to || (type === "integer" && to === "float")) return null;
  return `it answers ${wordOf(from)}, which is no ${to}; make one of it with ${conversions[to]}`;
}

const codes: Readonly<Record<CelProblem["kind"], RuleProblemCode>> = {
  syntax: "RULE_EXPRESSION",
  name: "RULE_NAME_UNKNOWN",
  type: "RULE_TYPE",
  cost: "RULE_EXPRESSION_COST",
};

function readExpression(text: string, scope: ExpressionScope): CelExpression | ExpressionProblem {
  const read = scope.reader.read(text);
  if (isCelProblem(read)) return { code: codes[read.kind], problem: explained(read, text, scope) };
  const problem = unknownWait(text);
  return problem === null ? read : { code: "RULE_WAIT_RESULT", problem };
}

/** `run.last_wait` compared with a word that it never is. */
function unknownWait(text: string): string | null {
  for (const [, double, single] of text.matchAll(/\brun\.last_wait\s*[!=]=\s*(?:"([^"\\]*)"|'([^'\\]*)')/g)) {
    const word = double ?? single ?? "";
    if (!lastWaits.some((known) => known === word)) {
      return `run.last_wait is one of ${lastWaits.join(", ")}, never “${word}”${didYouMean(word, lastWaits)}`;
    }
  }
  return null;
}

/** The problem in our words, with a hint and its place. */
function explained(found: CelProblem, text: string, scope: ExpressionScope): string {
  const place = found.position === null ? "" : ` (character ${found.position})`;
  return `${inWords(found, text, scope)}${place}`;
}

type Translation = readonly [RegExp, (parts: readonly string[], where: Where) => string];
type Where = { readonly before: string; readonly scope: ExpressionScope };

/** Messages of the package that say too little to who is not a programmer. */
const translations: readonly Translation[] = [
  [/^No such key: (.+)$/, ([, key = ""], { before, scope }) => unknownField(key, before, scope.schema)],
  [/^Unknown variable: (.+)$/, ([, name = ""], { scope }) => unknownVariable(name, scope.schema, scope.place)],
  [/^no such overload: (\S+) (\S+) (\S+)$/, ([, left = "", operator = "", right = ""]) => unfit(left, operator, right)],
  [/^Unexpected character: =$/, () => "one = says nothing; == compares"],
  [/^Unexpected character: ([|&])$/, ([, sign = ""]) => `one ${sign} says nothing; || is or, && is and`],
  [/^Unexpected token: EOF$/, () => "it ends too early: something is missing behind it, or a bracket is open"],
];

function inWords({ problem, position }: CelProblem, text: string, scope: ExpressionScope): string {
  const before = text.slice(0, (position ?? 1) - 1);
  for (const [pattern, words] of translations) {
    const parts = pattern.exec(problem);
    if (parts) return words(parts, { before, scope });
  }
  return problem;
}

function unknownField(key: string, before: string, schema: ExpressionScope["schema"]): string {
  const variable = /(\w+)\s*(?:\.\s*\??|\[\s*\??\s*)$/.exec(before)?.[1] ?? "";
  const fields = Object.hasOwn(schema, variable) ? Object.keys(schema[variable] ?? {}) : [];
  if (fields.length === 0) return `there is no “${key}”`;
  return `${variable} has no “${key}”${whatThereIs(key, fields)}`;
}

function unknownVariable(name: string, schema: ExpressionScope["schema"], place: ExpressionScope["place"]): string {
  if (name === "moment") {
    return place === "crossing"
      ? "there is no “moment” in becomes: it is looked at whenever the customer changes"
      : "there is no “moment” here: only the triggers moment, stripe and signal bring facts along";
  }
  if (name === "run") return "there is no “run” here: the rule is only just being triggered";
  const owner = Object.keys(schema).find((variable) => Object.hasOwn(schema[variable] ?? {}, name));
  const hint = owner === undefined ? didYouMean(name, Object.keys(schema)) : `; did you mean “${owner}.${name}”?`;
  return `there is no “${name}”${hint}`;
}

function unfit(left: string, operator: string, right: string): string {
  const isNumbers = [left, right].toSorted().join(" ") === "double int";
  const hint = isNumbers ? "; write the whole number with a point, such as 80.0, or convert with double(…)" : "";
  return `“${operator}” does not go with ${wordOf(left)} and ${wordOf(right)}${hint}`;
}

const words: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  double: "a number with decimals",
  bool: "true or false",
  timestamp: "an instant",
  "google.protobuf.Timestamp": "an instant",
  "google.protobuf.Duration": "a duration",
  list: "a list",
  map: "a map",
  null: "nothing",
  dyn: "what only its evaluation tells",
};

function wordOf(type: string): string {
  return words[type] ?? (type.startsWith("$") ? "all fields of a variable" : type);
}

/** Amounts whose size it asks for without naming their currency, by path; comparing with zero needs none. */
export function bareAmounts(
  expression: CelExpression,
  text: string,
  { amounts }: ExpressionScope,
): readonly { readonly amount: string; readonly currency: string }[] {
  return [...amounts].flatMap(([amount, currency]) =>
    expression.paths.includes(amount) && !expression.paths.includes(currency) && asksForSize(amount, text)
      ? [{ amount, currency }]
      : [],
  );
}

function asksForSize(amount: string, text: string): boolean {
  const path = amount.replaceAll(".", String.raw`\.`);
  const harmless = new RegExp(String.raw`has\(\s*${path}\s*\)|\b${path}\s*(?:[<>]=?|[!=]=)\s*0(?:\.0+)?(?![\d.])`, "g");
  return new RegExp(String.raw`\b${path}\b`).test(text.replaceAll(harmless, ""));
}
