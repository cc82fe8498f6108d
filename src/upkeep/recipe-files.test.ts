/** The recipes that come with Dunlin: each is a sound set of rules, says the same in both languages, and has its page. */
import { readdir, readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { ruleLanguages, rulesDocument, type RuleLanguage, type RulesDocument } from "../../contract/rule.ts";
import { isRecord } from "../lib/json.ts";
import { packageFolder } from "../lib/package-folder.ts";
import { ruleVocabulary } from "../pipeline/rule-vocabulary.ts";
import { checkRules } from "../rules/check-document.ts";
import { addRecipe, fillRecipe, listingOf, placeholdersIn, type Recipe } from "../rules/recipes.ts";
import { renderText, type TextChannel, type WrittenText } from "../rules/texts/render.ts";
import { textScopeOf, type TextFact, type TextFacts, type TextScope, type TextType } from "../rules/texts/scope.ts";
import { getRecipe, listRecipes, recipeNames } from "./recipe-files.ts";

const emptyDocument = rulesDocument.parse({ version: 1, dunning: { stripeEmails: false } });
const nowS = Date.UTC(2026, 10, 15, 9) / 1000;

/** Every fact that a text may name. */
const scope: TextScope = textScopeOf(ruleVocabulary, Object.assign({}, ...Object.values(ruleVocabulary.moments)));

/** What may be unknown about anybody: no text may need it. */
const optional = new Set([
  "customer",
  "failure",
  "saving",
  "profile.open_invoice_amount",
  "profile.subscription_period_end",
  "profile.next_invoice_at",
  "profile.first_payment_at",
  "moment.plan",
  "moment.dispute_reason",
]);

const examples: Readonly<Record<TextType, TextFact>> = {
  text: "Anna Berger",
  number: 84.5,
  flag: true,
  date: { atS: nowS + 5 * 86_400 },
  money: { amountMinor: 4900, currency: "eur" },
  link: { url: "https://billing.example.com/l/abc" },
  map: {},
};

function factsWithout(unknown: ReadonlySet<string>): TextFacts {
  return Object.fromEntries(
    Object.entries(scope).map(([group, fields]) => [
      group,
      Object.fromEntries(
        Object.entries(fields).flatMap(([field, type]) =>
          unknown.has(group) || unknown.has(`${group}.${field}`) ? [] : [[field, examples[type]]],
        ),
      ),
    ]),
  );
}

const fullFacts = factsWithout(new Set());
const sparseFacts = factsWithout(optional);

/** The recipe in a document of its own, filled with its examples. */
function grown(recipe: Recipe): unknown {
  const values = Object.fromEntries(recipe.inputs.map(({ name, example }) => [name, example]));
  const part = fillRecipe(recipe, values);
  if ("problems" in part) throw new Error(JSON.stringify(part.problems));
  const added = addRecipe(emptyDocument, part);
  if ("problems" in added) throw new Error(JSON.stringify(added.problems));
  return added.document;
}

function checked(recipe: Recipe): RulesDocument {
  const { document, problems } = checkRules(grown(recipe), ruleVocabulary);
  if (document === null) throw new Error(JSON.stringify(problems, null, 2));
  return document;
}

function written(document: RulesDocument, name: string, rendering: Rendering): WrittenText {
  const text = document.texts[name]?.[rendering.language];
  if (!text) throw new Error(`${name} has no text in ${rendering.language}`);
  const { facts, ...options } = rendering;
  const result = renderText(text, facts, { ...options, timeZone: "Europe/Berlin", nowS });
  if ("missing" in result) throw new Error(`${name} (${rendering.language}) lacks ${result.missing.join(", ")}`);
  return result;
}

type Rendering = { readonly language: RuleLanguage; readonly channel: TextChannel; readonly facts: TextFacts };

function targetsIn(body: string): readonly string[] {
  return [...body.matchAll(/\]\(([^)]*)\)/g)].map(([, target = ""]) => target).toSorted();
}

describe.each(recipeNames)("the recipe %s", (name) => {
  let recipe: Recipe;
  beforeAll(async () => {
    recipe = await getRecipe(name);
  });

  it("is sound: nothing in it is wrong, or even doubtful", () => {
    expect(checkRules(grown(recipe), ruleVocabulary).problems).toEqual([]);
  });

  it("arrives as a draft that acts for nobody", () => {
    expect(checked(recipe).rules.map(({ mode, share, holdout }) => [mode, share, holdout])).toEqual(
      recipe.rules.map(() => ["draft", 100, 0]),
    );
  });

  it("asks only for what it uses", () => {
    const used = placeholdersIn({ texts: recipe.texts, rules: recipe.rules });
    expect(used.toSorted()).toEqual(recipe.inputs.map((input) => input.name).toSorted());
  });

  it("says everything in both languages, with the same ways on", () => {
    const { texts } = checked(recipe);
    expect(Object.keys(texts).length).toBeGreaterThan(0);
    for (const [key, text] of Object.entries(texts)) {
      expect(Object.keys(text).toSorted(), key).toEqual(ruleLanguages.toSorted());
      expect(targetsIn(text.de?.body ?? ""), key).toEqual(targetsIn(text.en?.body ?? ""));
      expect(text.de?.subject === undefined, key).toBe(text.en?.subject === undefined);
    }
  });

  it.each(ruleLanguages)("can be written in %s, whatever is not known about a customer", (language) => {
    const document = checked(recipe);
    for (const key of Object.keys(document.texts)) {
      for (const facts of [fullFacts, sparseFacts]) {
        const { subject, body } = written(document, key, { language, channel: "plain", facts });
        expect(`${subject ?? ""} ${body}`, key).not.toMatch(/ {2,}\S|\{\{|\{%|undefined|null|NaN| [.,]/);
      }
    }
  });

  it("keeps to the point in the chat: sixty words at most", () => {
    const document = checked(recipe);
    for (const key of chatTexts(recipe)) {
      for (const language of ruleLanguages) {
        const { body } = written(document, key, { language, channel: "plain", facts: fullFacts });
        const words = body
          .replaceAll(/https?:\S+/g, "")
          .split(/[\s()]+/)
          .filter((word) => /\p{L}|\d/u.test(word));
        expect(words.length, `${key} (${language}): ${body}`).toBeLessThanOrEqual(60);
      }
    }
  });

  it("writes German with its own letters, and says Sie", () => {
    for (const [key, text] of Object.entries(checked(recipe).texts)) {
      const german = `${text.de?.subject ?? ""} ${text.de?.body ?? ""}`.replaceAll(/\{[{%].*?[%}]\}|https?:\S+/g, "");
      expect(german, key).not.toMatch(
        /\b(fuer|ueber|koenn|moecht|waer|muess|naechst|zurueck|gruess|spaet|groess|haett)/i,
      );
      expect(german, key).not.toMatch(/\b(du|dir|dich|dein\w*|euch|euer\w*)\b/i);
    }
  });

  it("has a page that shows its texts as they are, and what it asks for", async () => {
    const page = await readFile(packageFolder(`docs/recipes/${name}.md`), "utf8");
    for (const [key, text] of Object.entries(rawTexts(recipe))) {
      expect(page, key).toContain(`### \`${key}\``);
      for (const words of text) expect(page, key).toContain(words);
    }
    for (const input of recipe.inputs)
      expect(page).toContain(`| \`${input.name}\` | ${input.what.en} | ${input.where.en} |`);
    for (const rule of recipe.rules) expect(page).toContain(`\`${rule.name}\``);
    for (const chapter of [
      "When",
      "Texts",
      "What to set up",
      "What it does not do",
      "How to measure it",
      "Data that it uses",
    ]) {
      expect(page).toContain(`\n## ${chapter}\n`);
    }
  });
});

/** Subjects and bodies as they stand in the file, before anything is filled in. */
function rawTexts({ texts }: Recipe): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(texts).map(([key, languages]) => [key, wordsIn(languages)]));
}

function wordsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value.trim()];
  return isRecord(value) ? Object.values(value).flatMap(wordsIn) : [];
}

function chatTexts(recipe: Recipe): readonly string[] {
  return [...JSON.stringify(recipe.rules).matchAll(/"channel":"chat","text":"([^"]+)"/g)].map(([, text = ""]) => text);
}

describe("recipes", () => {
  it("are all there, and no file is left out", async () => {
    const files = await readdir(packageFolder("recipes"));
    expect(files.toSorted()).toEqual(recipeNames.map((name) => `${name}.yaml`).toSorted());
  });

  it("stand in the table of the docs, with what they do", async () => {
    const table = await readFile(packageFolder("docs/recipes/README.md"), "utf8");
    for (const { name, title, summary } of await listRecipes()) {
      expect(table).toContain(`| [${title.en}](${name}.md) \`${name}\` | ${summary.en} |`);
    }
  });

  it("can all be added to one document", async () => {
    let document = emptyDocument;
    for (const recipe of await listRecipes()) {
      const part = fillRecipe(recipe, Object.fromEntries(recipe.inputs.map(({ name, example }) => [name, example])));
      if ("problems" in part) throw new Error(recipe.name);
      const added = addRecipe(document, part);
      if ("problems" in added) throw new Error(JSON.stringify(added.problems));
      const { document: sound, problems } = checkRules(added.document, ruleVocabulary);
      expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
      document = sound ?? document;
    }
    expect(document.rules.length).toBeGreaterThanOrEqual(recipeNames.length);
  });

  it("say which of them speak about failed payments", async () => {
    const speaking = (await listRecipes()).map(listingOf).filter(({ dunning }) => dunning);
    expect(speaking.map(({ name }) => name)).toEqual(["churn-preventer", "sepa-soft-landing"]);
  });

  it("are asked for by name", async () => {
    await expect(getRecipe("../package")).rejects.toMatchObject({ code: "RECIPE_UNKNOWN" });
  });
});
