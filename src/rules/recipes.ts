/** Station rules: recipes, rules that come ready made: what one asks for, and how it becomes a part of a document. Pure. */
import { parse } from "yaml";
import {
  recipeFile,
  type RecipeFile,
  type RecipeInput,
  type RecipeListing,
  type recipeInputTypes,
} from "../../contract/recipe.ts";
import type { RuleProblem } from "../../contract/rule-problem.ts";
import { ruleLanguages, type RulesDocument } from "../../contract/rule.ts";
import { isRecord } from "../lib/json.ts";
import { didYouMean } from "../lib/nearest.ts";
import { AppError } from "../model/error.ts";
import { error } from "./check/problem.ts";

/** A file of recipes/ is not what it has to be: the installation is damaged, or the file is somebody's own. */
export class RecipeUnreadable extends AppError {
  readonly code = "RECIPE_UNREADABLE";
  readonly kind = "permanent";
  constructor(name: string, why: string, options?: ErrorOptions) {
    super(`The recipe ${name} cannot be read: ${why}. Install Dunlin again, or mend the file.`, options);
  }
}

/** A recipe as it was read. */
export type Recipe = RecipeFile & {
  readonly name: string;
  /** The file as it stands, with its comments. */
  readonly source: string;
};

/** What a recipe brings to a document; not yet checked as rules. */
export type RecipePart = {
  readonly texts: Readonly<Record<string, unknown>>;
  readonly rules: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
};

/** A document with a part added; it still has to be checked as a whole. */
export type GrownDocument = Omit<RulesDocument, "texts" | "rules"> & {
  readonly texts: Readonly<Record<string, unknown>>;
  readonly rules: readonly unknown[];
};

type Refused = { readonly problems: readonly RuleProblem[] };

/** Reads a recipe's YAML. Throws RecipeUnreadable. */
export function readRecipe(name: string, source: string): Recipe {
  const parsed = recipeFile.safeParse(parseYaml(name, source));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RecipeUnreadable(name, issue ? `${issue.path.join(".")}: ${issue.message}` : "its shape is unknown");
  }
  const declared = new Set(parsed.data.inputs.map((input) => input.name));
  const stray = placeholdersIn(parsed.data).find((placeholder) => !declared.has(placeholder));
  if (stray !== undefined) throw new RecipeUnreadable(name, `\${${stray}} is not among its inputs`);
  return { ...parsed.data, name, source };
}

/** What is told of a recipe before it is added. */
export function listingOf({ name, title, summary, inputs, rules, texts }: Recipe): RecipeListing {
  const written = Object.values(texts).map((text) => (isRecord(text) ? Object.keys(text) : []));
  return {
    name,
    title,
    summary,
    inputs,
    rules: rules.map((rule) => rule.name),
    languages: ruleLanguages.filter((language) => written.every((languages) => languages.includes(language))),
    dunning: rules.some((rule) => rule["dunning"] === true),
  };
}

/** Puts the business's own values in place of `${name}`; says which are missing, unknown or not what they have to be. */
export function fillRecipe(
  { inputs, texts, rules }: Recipe,
  values: Readonly<Record<string, string>>,
): RecipePart | Refused {
  const names = new Set(inputs.map(({ name }) => name));
  const problems = [
    ...Object.keys(values).flatMap((name) =>
      names.has(name)
        ? []
        : [
            error(
              "RECIPE_INPUT_UNKNOWN",
              `inputs.${name}`,
              `the recipe asks for no “${name}”${didYouMean(name, [...names])}`,
            ),
          ],
    ),
    ...inputs.flatMap((input) => problemOf(input, valueOf(input, values))),
  ];
  if (problems.length > 0) return { problems };
  const known = new Map(inputs.map((input) => [input.name, valueOf(input, values) ?? ""]));
  return {
    texts: mapTexts(texts, (text) => fill(text, known)),
    rules: rules.map((rule) => ({ ...mapTexts(rule, (text) => fill(text, known)), name: rule.name })),
  };
}

/** The document with the recipe's texts and rules at its end; refused when one of their names is taken. */
export function addRecipe(document: RulesDocument, part: RecipePart): { readonly document: GrownDocument } | Refused {
  const taken = new Set(document.rules.map(({ name }) => name));
  const twice = part.rules.flatMap(({ name }) =>
    taken.has(name)
      ? [error("RULE_DUPLICATE", "rules", `there is a rule “${name}” already; rename or remove it first`)]
      : [],
  );
  // Its texts came with it.
  if (twice.length === part.rules.length) return { problems: twice };
  const problems = [
    ...twice,
    ...Object.keys(part.texts).flatMap((name) =>
      Object.hasOwn(document.texts, name)
        ? [
            error(
              "RULE_DUPLICATE",
              `texts.${name}`,
              "there is a text of this name already; rename it, or remove it if no rule uses it",
            ),
          ]
        : [],
    ),
  ];
  if (problems.length > 0) return { problems };
  return {
    document: {
      ...document,
      texts: { ...document.texts, ...part.texts },
      rules: [...document.rules, ...part.rules],
    },
  };
}

/** The names of all placeholders in a value, each once. */
export function placeholdersIn(value: unknown): readonly string[] {
  if (typeof value === "string")
    return [...new Set([...value.matchAll(placeholder)].flatMap(([, name]) => name ?? []))];
  const parts = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
  return [...new Set(parts.flatMap(placeholdersIn))];
}

const placeholder = /\$\{([^}]*)\}/g;

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(placeholder, (whole, name: string) => values.get(name) ?? whole);
}

function mapTexts(
  record: Readonly<Record<string, unknown>>,
  change: (text: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, mapText(value, change)]));
}

function mapText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapText(item, change));
  return isRecord(value) ? mapTexts(value, change) : value;
}

function valueOf({ name, default: usual }: RecipeInput, values: Readonly<Record<string, string>>): string | undefined {
  return Object.hasOwn(values, name) ? values[name]?.trim() : usual;
}

/** A value goes into expressions and texts: nothing in it may end the one or begin the other. */
const forms: Readonly<Record<(typeof recipeInputTypes)[number], { readonly pattern: RegExp; readonly form: string }>> =
  {
    id: { pattern: /^\d{1,20}$/, form: "digits, such as 1234567" },
    number: { pattern: /^\d{1,9}(\.\d{1,3})?$/, form: "a number, such as 500 or 49.9" },
    currency: { pattern: /^[A-Z]{3}$/, form: "three capital letters, such as EUR" },
    text: { pattern: /^[^"\\{}%$<>\p{C}]{1,80}$/u, form: 'at most 80 characters, without " \\ { } % $ < >' },
    url: { pattern: /^https:\/\/[^\s"'\\{}$<>()\p{C}]{3,300}$/u, form: "an address that begins with https://" },
  };

function problemOf(input: RecipeInput, value: string | undefined): readonly RuleProblem[] {
  const path = `inputs.${input.name}`;
  if (value === undefined || value === "") {
    return [
      error(
        "RECIPE_INPUT_MISSING",
        path,
        `it is missing: ${input.what.en} (${input.where.en}); for example ${input.example}`,
      ),
    ];
  }
  const { pattern, form } = forms[input.type];
  return pattern.test(value) ? [] : [error("RECIPE_INPUT_INVALID", path, `“${value.slice(0, 40)}” is not ${form}`)];
}

function parseYaml(name: string, source: string): unknown {
  try {
    return parse(source);
  } catch (cause) {
    throw new RecipeUnreadable(name, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
