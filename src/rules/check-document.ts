/** Station rules: what is wrong with a document of rules, found before it is saved. Pure; what else there is comes in. */
import type { RuleProblem, RuleProblemCode } from "../../contract/rule-problem.ts";
import { rulesDocument, type RulesDocument } from "../../contract/rule.ts";
import { parseShape, type ShapeProblem } from "../lib/shape-problems.ts";
import { checkLength } from "./check/length.ts";
import { checkSharedNames } from "./check/names.ts";
import { error, fine, warning, type Problems } from "./check/problem.ts";
import { checkRule } from "./check/rule.ts";
import { checkSettings } from "./check/settings.ts";
import { checkTexts } from "./check/texts.ts";
import { checkWellShaped } from "./check/well-shaped.ts";
import { findCycles, type Edge } from "./cycles.ts";
import type { RuleVocabulary } from "./vocabulary.ts";

/** What is known beside the document. */
type CheckOptions = {
  /** Attributes that the mapping writes: no rule may set them. */
  readonly mappedNames?: ReadonlySet<string>;
  /** Webhooks may go to addresses inside of the business's own network. */
  readonly allowsPrivateHosts?: boolean;
};

export type CheckedRules = {
  /** Null when there is any error. */
  readonly document: RulesDocument | null;
  readonly problems: readonly RuleProblem[];
};

/**
 * Checks a document: its shape, names, expressions, texts, the way through the steps, and what its rules do to each other. Each problem
 * says where, and what may have been meant. Never throws, whatever the input.
 */
export function checkRules(input: unknown, vocabulary: RuleVocabulary, options: CheckOptions = {}): CheckedRules {
  const { mappedNames = new Set(), allowsPrivateHosts = false } = options;
  const parsed = parseShape(rulesDocument, input);
  if ("problems" in parsed) {
    const shape = parsed.problems.map((one) => error(shapeCodes[one.kind], one.path, one.problem));
    const isTooMuch = parsed.problems.some(({ path }) => path === "document");
    const others = isTooMuch ? [] : checkWellShaped(input, vocabulary, { allowsPrivateHosts });
    return { document: null, problems: [...shape, ...others] };
  }
  const document = parsed.data;
  const endless = checkLength(document);
  if (endless.length > 0) return { document: null, problems: endless };
  const problems = [
    ...checkSettings(document),
    ...document.rules.flatMap((rule, index) =>
      checkRule({ rule, path: `rules[${index}]`, document, vocabulary, allowsPrivateHosts }),
    ),
    ...checkTexts(document, vocabulary),
    ...checkSharedNames(document, mappedNames),
    ...checkLoops(document),
  ];
  const isBroken = problems.some(({ severity }) => severity === "error");
  return { document: isBroken ? null : document, problems };
}

const shapeCodes: Readonly<Record<ShapeProblem["kind"], RuleProblemCode>> = {
  unknown: "RULE_FIELD_UNKNOWN",
  missing: "RULE_FIELD_MISSING",
  shape: "RULE_SHAPE",
};

/** A loop in which a rule acts once per customer for ever comes to an end; it is hardly meant all the same. */
function checkLoops({ rules }: RulesDocument): Problems {
  return findCycles({ rules }).flatMap((cycle) => {
    const [first] = cycle;
    if (first === undefined) return fine;
    const nameOf = (index: number): string => rules[index]?.name ?? "";
    const way = cycle.map(({ from, words }: Edge) => `${nameOf(from)} ${words}`).join(" → ");
    const ends = cycle.some(({ from }) => rules[from]?.oncePer === "customer");
    const problem = `a loop: ${way} → ${nameOf(first.from)}`;
    const hint = "let one of them begin with something else, or act once for each customer (oncePer: customer)";
    return [
      ends
        ? warning("RULE_LOOP", first.path, `${problem}; each customer goes round once`)
        : error("RULE_LOOP", first.path, `${problem}; ${hint}`),
    ];
  });
}
