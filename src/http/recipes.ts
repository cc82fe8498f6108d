/** Recipes: rules that come ready made, and adding one to the rules in force. */
import type { FastifyInstance } from "fastify";
import type { RecipeListing } from "../../contract/recipe.ts";
import { recipeOrder } from "../../contract/rules-api.ts";
import { listingOf } from "../rules/recipes.ts";
import { getRecipe, listRecipes } from "../upkeep/recipe-files.ts";
import { addRecipeToRules, type RecipeAdded } from "../upkeep/rules/add-recipe.ts";
import { mappedNames } from "../upkeep/rules/save-rules.ts";
import { parseInput } from "./input.ts";
import type { RulesDoor } from "./rules.ts";

type ByName = { Params: { name: string } };

/** Adds `GET /api/recipes`, `GET /api/recipes/{name}` and `POST /api/recipes/{name}`. */
export function addRecipes(server: FastifyInstance, { pool, mapping, leave, onChanged }: RulesDoor): void {
  server.get("/api/recipes", async (): Promise<{ recipes: readonly RecipeListing[] }> => {
    return { recipes: (await listRecipes()).map(listingOf) };
  });

  server.get<ByName>("/api/recipes/:name", async (request): Promise<RecipeListing & { source: string }> => {
    const recipe = await getRecipe(request.params.name);
    return { ...listingOf(recipe), source: recipe.source };
  });

  server.post<ByName>("/api/recipes/:name", async (request): Promise<RecipeAdded> => {
    const recipe = await getRecipe(request.params.name);
    const { values, stripeEmails } = parseInput(recipeOrder, request.body ?? {});
    const mapped = mappedNames(await mapping());
    const added = await addRecipeToRules(pool, { recipe, values, stripeEmails, mapped, leave, by: "web" });
    await onChanged();
    return added;
  });
}
