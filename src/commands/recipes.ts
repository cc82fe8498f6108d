/** `dunlin recipes`: rules that come ready made, to be looked at and added to one's own. */
import { userInfo } from "node:os";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { RecipeListing } from "../../contract/recipe.ts";
import type { RuleProblem } from "../../contract/rule-problem.ts";
import type { Config } from "../config.ts";
import type { Installation } from "../installation.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import { listingOf } from "../rules/recipes.ts";
import { getRecipe, listRecipes } from "../upkeep/recipe-files.ts";
import { addRecipeToRules, type RecipeAdded } from "../upkeep/rules/add-recipe.ts";
import { checkNamedThings } from "../upkeep/rules/check-workspace.ts";
import { leaveOf, mappedNames } from "../upkeep/rules/save-rules.ts";
import { withInstallation } from "./connect.ts";
import { withProblems } from "./problems.ts";
import { withIntercom } from "./with-intercom.ts";
import { tableLines } from "./table.ts";
import { say, sayAll } from "./terminal.ts";

type Json = { readonly json?: boolean };
type AddOptions = Json & { readonly set: Readonly<Record<string, string>>; readonly stripeEmails?: "yes" | "no" };

/** Adds the command and its three verbs. */
export function registerRecipes(program: Command, config: () => Config): void {
  const recipes = program
    .command("recipes")
    .description("rules that come ready made, with texts in English and German");
  recipes
    .command("list", { isDefault: true })
    .description("list the recipes")
    .option("--json", "print them as JSON")
    .action(async ({ json = false }: Json) => {
      const listings = (await listRecipes()).map(listingOf);
      if (json) say(JSON.stringify({ recipes: listings }, null, 2));
      else sayAll(recipeLines(listings));
    });
  recipes
    .command("show <recipe>")
    .description("print a recipe as its file has it, with what it asks for")
    .option("--json", "print what it asks for as JSON")
    .action(async (name: string, { json = false }: Json) => {
      const recipe = await getRecipe(name);
      if (json) say(JSON.stringify(listingOf(recipe), null, 2));
      else say(recipe.source.trimEnd());
    });
  recipes
    .command("add <recipe>")
    .description("add a recipe to the rules in force, as drafts: nothing happens until you switch them on")
    .option("--set <name=value>", "what it asks for; as often as needed", collect, {})
    .addOption(
      new Option("--stripe-emails <answer>", "whether Stripe mails customers about failed payments itself").choices([
        "yes",
        "no",
      ]),
    )
    .option("--json", "print what was added as JSON")
    .action(async (name: string, { set, stripeEmails, json = false }: AddOptions) => {
      const recipe = await getRecipe(name);
      const add = async (installation: Installation): Promise<void> => {
        const { pool } = installation;
        const added = await addRecipeToRules(pool, {
          recipe,
          values: set,
          stripeEmails: stripeEmails === undefined ? undefined : stripeEmails === "yes",
          leave: leaveOf(config()),
          mapped: mappedNames(await loadMapping(pool, config().attributePreset)),
          by: userInfo().username,
        });
        const { version, rules, document } = added;
        const own = document.rules.filter((rule) => rules.includes(rule.name));
        const { problems } = await withIntercom(config(), installation, (intercom) =>
          checkNamedThings({ rules: own }, intercom),
        );
        if (json) return say(JSON.stringify({ version, rules, problems }, null, 2));
        sayAll(addedLines(added));
        sayAll(missingLines(problems));
      };
      await withInstallation(config(), (it) => withProblems(`${name} was not added`, () => add(it)));
      if (process.exitCode === 1) sayAll(["", `What it asks for, and where to find it: dunlin recipes show ${name}`]);
    });
}

function collect(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Write it as name=value.");
  return { ...before, [name.trim()]: value.trim() };
}

/** The recipes with what each does, and what each asks for. */
export function recipeLines(listings: readonly RecipeListing[]): readonly string[] {
  const asked = ({ inputs }: RecipeListing): string =>
    inputs
      .filter((input) => input.default === undefined)
      .map(({ name }) => name)
      .join(", ");
  const rows = listings.flatMap((listing) => {
    const [first = "", ...more] = wrapped(listing.summary.en);
    const inputs = asked(listing);
    return [
      [listing.name, first],
      ...[...more, ...(inputs === "" ? [] : [`asks for ${inputs}`])].map((line) => ["", line]),
    ];
  });
  return [
    ...tableLines([["RECIPE", "WHAT IT DOES"], ...rows]),
    "",
    "Look at one, and at where to find what it asks for, then add it:",
    "  → dunlin recipes show <recipe>",
    "  → dunlin recipes add <recipe> --set <name>=<value>",
  ];
}

const lineMax = 80;

/** A sentence in lines that fit beside the names of recipes. */
function wrapped(text: string): readonly string[] {
  return text.split(" ").reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= lineMax) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}

/** What the new rules name and Intercom does not have, each once. */
export function missingLines(problems: readonly RuleProblem[]): readonly string[] {
  return [...new Set(problems.map(({ problem }) => problem))].map((problem) => `  ! ${problem}`);
}

/** The rules that came, and how they are tried and switched on. */
export function addedLines({ version, rules }: Pick<RecipeAdded, "version" | "rules">): readonly string[] {
  const [first = ""] = rules;
  return [
    `✓ Version ${version} of the rules has ${rules.join(", ")}, as ${rules.length === 1 ? "a draft" : "drafts"}: nothing happens yet.`,
    `  → dunlin rules test ${first} <customer>`,
    `  → dunlin rules mode ${first} shadow`,
  ];
}
