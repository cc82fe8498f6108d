/** Recipes put in force together on a rules stage, filled in with what the sandbox has. */
import { rulesDocument, type RulesDocument } from "../../contract/rule.ts";
import { addRecipe, fillRecipe, type GrownDocument } from "../../src/rules/recipes.ts";
import { getRecipe } from "../../src/upkeep/recipe-files.ts";
import type { DocumentParts, Stage } from "./rules-journey.ts";

/** These recipes live, in this order; every team and ticket type is the sandbox's first. */
export async function applyRecipes(stage: Stage, names: readonly string[], parts: DocumentParts = {}): Promise<void> {
  const around = { version: 1, dunning: { stripeEmails: false }, business: { name: "Lapwing" }, ...parts };
  let document: RulesDocument | GrownDocument = rulesDocument.parse(around);
  for (const name of names) document = await grow(stage, rulesDocument.parse(document), name);
  await stage.apply(document);
}

async function grow(stage: Stage, document: RulesDocument, name: string): Promise<GrownDocument> {
  const recipe = await getRecipe(name);
  const own = new Map([
    ["team", stage.team],
    ["ticket_type", stage.ticketType],
  ]);
  const values = recipe.inputs.map((input) => [input.name, own.get(input.name) ?? input.example] as const);
  const part = fillRecipe(recipe, Object.fromEntries(values));
  if ("problems" in part) throw new Error(`${name} is not filled in: ${JSON.stringify(part.problems)}`);
  const live = { ...part, rules: part.rules.map((rule) => ({ ...rule, mode: "live" })) };
  const grown = addRecipe(document, live);
  if ("problems" in grown) throw new Error(`${name} does not fit: ${JSON.stringify(grown.problems)}`);
  return grown.document;
}
