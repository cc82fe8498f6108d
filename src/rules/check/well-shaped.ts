/** Station rules: what else is wrong with a document in which some rules have not their shape: who mends it shall hear of all at once. */
import { z } from "zod";
import { rule, rulesDocument } from "../../../contract/rule.ts";
import type { RuleProblem } from "../../../contract/rule-problem.ts";
import { parseShape } from "../../lib/shape-problems.ts";
import type { RuleVocabulary } from "../vocabulary.ts";
import { checkLength } from "./length.ts";
import { fine, type Problems } from "./problem.ts";
import { checkRule } from "./rule.ts";
import { checkTexts } from "./texts.ts";

const withRules = z.looseObject({ rules: z.array(z.unknown()) });

/**
 * The errors of the rules that have their shape, and of the texts that they use. Nothing when something beside the rules has not:
 * rules are checked against that.
 */
export function checkWellShaped(
  input: unknown,
  vocabulary: RuleVocabulary,
  { allowsPrivateHosts }: { readonly allowsPrivateHosts: boolean },
): Problems {
  const split = withRules.safeParse(input);
  if (!split.success) return fine;
  const { rules, ...rest } = split.data;
  const beside = parseShape(rulesDocument, { ...rest, rules: [] });
  if ("problems" in beside) return fine;
  const fit = rules.flatMap((one, index) => {
    const parsed = parseShape(rule, one);
    return "problems" in parsed ? [] : [{ rule: parsed.data, index }];
  });
  const document = { ...beside.data, rules: fit.map((one) => one.rule) };
  if (checkLength(document).length > 0) return fine;
  const problems = [
    ...fit.flatMap((one) =>
      checkRule({ rule: one.rule, path: `rules[${one.index}]`, document, vocabulary, allowsPrivateHosts }),
    ),
    ...checkTexts(document, vocabulary).map((problem) => replaced(problem, fit)),
  ];
  // What warns may be about the rules that were left out: a text that none of the others uses.
  return problems.filter(({ severity }) => severity === "error");
}

/** The same problem at the rule's place in the whole document. */
function replaced(problem: RuleProblem, fit: readonly { readonly index: number }[]): RuleProblem {
  const path = problem.path.replace(/^rules\[(\d+)\]/u, (all, at: string) => {
    const index = fit[Number(at)]?.index;
    return index === undefined ? all : `rules[${index}]`;
  });
  return { ...problem, path };
}
