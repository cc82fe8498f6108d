/** The recipes that come with Dunlin: files of recipes/ beside package.json, read when somebody asks for them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "../lib/package-folder.ts";
import { AppError } from "../model/error.ts";
import { readRecipe, RecipeUnreadable, type Recipe } from "../rules/recipes.ts";

/** There is no recipe of this name. */
export class RecipeUnknown extends AppError {
  readonly code = "RECIPE_UNKNOWN";
  readonly kind = "missing";
  constructor(name: string) {
    super(`There is no recipe “${name.slice(0, 60)}”. There are: ${recipeNames.join(", ")}.`);
  }
}

/** In the order in which people may want them. */
export const recipeNames = [
  "churn-preventer",
  "sepa-soft-landing",
  "expiring-card",
  "delinquent-gate",
  "dispute-and-fraud-alert",
  "trial-converter",
  "onboarding-by-product",
  "usage-consultant",
  "monthly-to-yearly",
  "upsell-scout",
  "credit-balance-reminder",
  "anniversary",
  "subscription-ending-soon",
  "win-back",
] as const;

/** All recipes, in the order of `recipeNames`. Throws RecipeUnreadable. */
export async function listRecipes(): Promise<readonly Recipe[]> {
  return await Promise.all(recipeNames.map(read));
}

/** One recipe. Throws RecipeUnknown, or RecipeUnreadable. */
export async function getRecipe(name: string): Promise<Recipe> {
  const known = recipeNames.find((one) => one === name);
  if (known === undefined) throw new RecipeUnknown(name);
  return await read(known);
}

async function read(name: string): Promise<Recipe> {
  const source = await readFile(join(packageFolder("recipes"), `${name}.yaml`), "utf8").catch((cause: unknown) => {
    throw new RecipeUnreadable(name, cause instanceof Error ? cause.message : String(cause), { cause });
  });
  return readRecipe(name, source);
}
