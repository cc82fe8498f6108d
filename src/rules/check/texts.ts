/** Station rules: checks the texts that rules use: that they are there, in the languages that are needed, and what they name. */
import { ruleLanguages, type RuleLanguage, type RulesDocument, type RuleText } from "../../../contract/rule.ts";
import type { RuleProblem } from "../../../contract/rule-problem.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { stepsIn, textsOf, type TextUse } from "../steps.ts";
import { checkText } from "../texts/check.ts";
import { textScopeOf, type TextScope } from "../texts/scope.ts";
import { factsKey, momentFacts, type RuleVocabulary } from "../vocabulary.ts";
import { error, fine, warning, type Problems } from "./problem.ts";

/** One use of a text by one rule; the key is the same for rules that let a text name the same. */
type Use = TextUse & { readonly rule: string; readonly scope: TextScope; readonly key: string };

const languageNames: Readonly<Record<RuleLanguage, string>> = { en: "English", de: "German" };

/** So many missing texts are told, each with what may have been meant. */
const toldMax = 100;

/** Checks all texts of a document. */
export function checkTexts(document: RulesDocument, vocabulary: RuleVocabulary): Problems {
  const uses = usesOf(document, vocabulary);
  const names = Object.keys(document.texts);
  const unknown = uses.filter(({ text }) => !Object.hasOwn(document.texts, text));
  const byText = new Map<string, Use[]>(names.map((name) => [name, []]));
  for (const use of uses) byText.get(use.text)?.push(use);
  return [
    ...unknown
      .slice(0, toldMax)
      .map(({ text, path }) =>
        error("TEXT_UNKNOWN", path, `there is no text “${text}” in texts${didYouMean(text, names)}`),
      ),
    ...names.flatMap((name) => checkNamed({ name, document, uses: byText.get(name) ?? [] })),
  ];
}

function usesOf(document: RulesDocument, vocabulary: RuleVocabulary): readonly Use[] {
  const scopes = new Map<string, TextScope>();
  return document.rules.flatMap(({ name: rule, on, steps }, index) => {
    const key = factsKey(vocabulary, on);
    const scope = scopes.get(key) ?? textScopeOf(vocabulary, momentFacts(vocabulary, on) ?? {});
    scopes.set(key, scope);
    const placed = stepsIn({ steps, path: `rules[${index}].steps` });
    return placed.flatMap(textsOf).map((use) => ({ ...use, rule, scope, key }));
  });
}

type NamedText = { readonly name: string; readonly document: RulesDocument; readonly uses: readonly Use[] };

function checkNamed(named: NamedText): Problems {
  const { name, document, uses } = named;
  const path = `texts.${name}`;
  if (uses.length === 0) return [warning("TEXT_UNUSED", path, "no rule uses this text")];
  const written = ruleLanguages.filter((language) => document.texts[name]?.[language] !== undefined);
  if (written.length === 0) return [error("TEXT_LANGUAGE_MISSING", path, "it is written in no language")];
  return [
    ...checkLanguages(named, written),
    ...written.flatMap((language) => checkWritten(document.texts[name]?.[language], `${path}.${language}`, uses)),
  ];
}

/** What only teammates read may be in one language; what customers read may not, without somebody having meant it. */
function checkLanguages({ name, document, uses }: NamedText, written: readonly RuleLanguage[]): Problems {
  const missing = ruleLanguages.filter((language) => !written.includes(language));
  const isRead = uses.some(({ use }) => use !== "note" && use !== "title");
  return missing.flatMap((language) => {
    const path = `texts.${name}.${language}`;
    if (language === document.language) {
      return [
        error(
          "TEXT_LANGUAGE_MISSING",
          path,
          `it is missing, and ${languageNames[language]} is the language for everybody whose own is not known`,
        ),
      ];
    }
    return isRead
      ? [
          warning(
            "TEXT_LANGUAGE_MISSING",
            path,
            `it is missing: customers who speak ${languageNames[language]} get it in ${languageNames[document.language]}`,
          ),
        ]
      : [];
  });
}

function checkWritten(text: RuleText | undefined, path: string, uses: readonly Use[]): Problems {
  if (text === undefined) return fine;
  const isMail = uses.some(({ use }) => use === "email");
  const isTitle = uses.some(({ use }) => use === "title");
  return [
    ...(isMail && text.subject === undefined
      ? [error("TEXT_SUBJECT_MISSING", `${path}.subject`, "an e-mail needs a subject")]
      : []),
    ...(isTitle && text.body.includes("\n")
      ? [error("TEXT_LINES", `${path}.body`, "the title of a ticket is one line")]
      : []),
    ...checkNames(text, path, uses),
  ];
}

type Named = Pick<RuleProblem, "code" | "path" | "problem"> & { readonly rules: string[] };

/** Once for all rules that let it name the same. What is wrong in some rules only names one of them. */
function checkNames(text: RuleText, path: string, uses: readonly Use[]): Problems {
  const first = new Map(uses.toReversed().map((use) => [use.key, use]));
  const found = new Map<string, Named>();
  for (const { scope, rule } of first.values()) {
    for (const { code, part, problem, position } of checkText(text, scope)) {
      const place = position === null ? "" : placeIn(text[part] ?? "", position);
      const one = { code, path: `${path}.${part}`, problem: `${problem}${place}`, rules: [] };
      const key = `${one.path}: ${one.problem}`;
      const known = found.get(key) ?? one;
      known.rules.push(rule);
      found.set(key, known);
    }
  }
  return [...found.values()].map((one) => {
    const where = one.rules.length < first.size ? `, in the rule ${one.rules[0] ?? ""}` : "";
    return error(one.code, one.path, `${one.problem}${where}`);
  });
}

/** In a text of several lines the line helps more than a count from its beginning. */
function placeIn(written: string, position: number): string {
  const before = written.slice(0, position - 1).split("\n");
  if (!written.trim().includes("\n")) return ` (character ${position})`;
  return ` (line ${before.length} of the text, character ${(before.at(-1)?.length ?? 0) + 1})`;
}
