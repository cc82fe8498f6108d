/** Station rules: a rule that is too long to be looked through. */
import type { RulesDocument } from "../../../contract/rule.ts";
import { stepsIn } from "../steps.ts";
import { error, type Problems } from "./problem.ts";

/** More steps in one rule than a person can follow; branches in branches multiply. */
const stepsMax = 500;

/** Call it before the other checks: some of them take the longer, the more ways lead through a rule. */
export function checkLength({ rules }: RulesDocument): Problems {
  return rules.flatMap(({ steps }, index) => {
    const path = `rules[${index}].steps`;
    const count = stepsIn({ steps, path }).length;
    return count > stepsMax
      ? [error("RULE_TOO_LONG", path, `a rule has at most ${stepsMax} steps, and this one ${count}`)]
      : [];
  });
}
