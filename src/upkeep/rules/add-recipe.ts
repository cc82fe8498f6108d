/** Adds a recipe to the rules in force: filled in, checked with everything else, and saved as drafts. */
import type { RuleProblem } from "../../../contract/rule-problem.ts";
import type { RulesDocument } from "../../../contract/rule.ts";
import type { Pool } from "../../db/pool.ts";
import { loadRules } from "../../pipeline/rules-in-force.ts";
import { addRecipe, fillRecipe, listingOf, type Recipe } from "../../rules/recipes.ts";
import { RulesInvalid } from "./errors.ts";
import { readRules, saveRules, type Leave } from "./save-rules.ts";

export type RecipeOrder = {
  readonly recipe: Recipe;
  /** What only the business knows, by the names of the recipe's inputs. */
  readonly values: Readonly<Record<string, string>>;
  /** Whether Stripe itself mails customers about failed payments; left out, what the document says already. */
  readonly stripeEmails?: boolean | undefined;
  /** Attributes that the mapping writes. */
  readonly mapped: ReadonlySet<string>;
  readonly leave: Leave;
  readonly by: string;
};

/** What was added, and the version that it came with. */
export type RecipeAdded = {
  readonly version: number;
  readonly rules: readonly string[];
  /** With everything else, as it is in force now. */
  readonly document: RulesDocument;
};

/** Saves the rules with the recipe at their end. Throws RulesInvalid, or DocumentChanged when somebody else was faster. */
export async function addRecipeToRules(pool: Pool, order: RecipeOrder): Promise<RecipeAdded> {
  const { recipe, values, stripeEmails, mapped, leave, by } = order;
  const before = await loadRules(pool);
  const listing = listingOf(recipe);
  const dunning = stripeEmails === undefined ? before.document.dunning : { stripeEmails };
  const filled = fillRecipe(recipe, values);
  const problems = [
    ...("problems" in filled ? filled.problems : []),
    ...(listing.dunning && !dunning ? [emailsUnknown(recipe.name)] : []),
  ];
  if ("problems" in filled || problems.length > 0) throw new RulesInvalid(problems);
  const grown = addRecipe({ ...before.document, ...(dunning ? { dunning } : {}) }, filled);
  if ("problems" in grown) throw new RulesInvalid(grown.problems);
  const rules = readRules(grown.document, mapped, leave);
  const note = `recipe ${recipe.name}`;
  const version = await saveRules(pool, { rules, basedOn: before.version, by, note });
  return { version, rules: listing.rules, document: rules.document };
}

function emailsUnknown(recipe: string): RuleProblem {
  return {
    code: "DUNNING_EMAILS_UNKNOWN",
    path: "dunning.stripeEmails",
    problem: `${recipe} speaks about failed payments, and it is not known whether Stripe mails customers about them itself (Stripe's Dashboard → Billing → Emails); say so with --stripe-emails yes or no, over the API with stripeEmails`,
    severity: "error",
  };
}
