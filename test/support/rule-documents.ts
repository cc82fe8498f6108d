/** Documents of rules with one part that matters, and what the check says to them. */
import { ruleVocabulary } from "../../src/pipeline/rule-vocabulary.ts";
import { checkRules } from "../../src/rules/check-document.ts";

export const hello = { en: { subject: "Hello", body: "Hello" }, de: { subject: "Hallo", body: "Hallo" } };
export const message = { message: { channel: "chat", text: "hello" } };

/** A rule that is right; what is given replaces its parts. */
export function aRule(parts: object = {}): object {
  const whole = { name: "one", description: "Says hello.", purpose: "Try it.", on: { manual: true }, steps: [message] };
  return { ...whole, ...parts };
}

/** A document with one rule that is right; what is given replaces its parts. */
export function aDocument(rule: object, document: object = {}): object {
  return { version: 1, texts: { hello }, rules: [aRule(rule)], ...document };
}

/** Each problem in a line: `error rules[0].if: …`. */
export function problemsOf(input: unknown, mappedNames: ReadonlySet<string> = new Set()): readonly string[] {
  const { problems } = checkRules(input, ruleVocabulary, { mappedNames });
  return problems.map(({ path, problem, severity }) => `${severity} ${path}: ${problem}`);
}

export function inRule(rule: object, document?: object): readonly string[] {
  return problemsOf(aDocument(rule, document));
}

/** Of steps behind a message. */
export function inSteps(...steps: readonly object[]): readonly string[] {
  return inRule({ steps: [message, ...steps] });
}

export function inDocument(document: object): readonly string[] {
  return inRule({}, document);
}
