/** Recipes: rules that come with Dunlin, with their texts, to be added to one's own and then changed at will. */
import { z } from "zod";
import { ruleLanguages } from "./rule.ts";

/** A text for people who run Dunlin. */
const label = z.strictObject({ en: z.string().trim().min(1).max(400), de: z.string().trim().min(1).max(400) });

/**
 * What only the business knows, and what such a value may be.
 * - id: of a team, a teammate or a ticket type in Intercom: digits
 * - number: above or equal to zero, such as 500 or 49.9
 * - currency: three capital letters
 * - text: a name or a code; without what would end a text in an expression or begin one in Liquid
 * - url: an address of the business's own
 */
export const recipeInputTypes = ["id", "number", "currency", "text", "url"] as const;

const recipeInput = z.strictObject({
  /** In the file as `${name}`. */
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "small letters, digits and _, a letter first"),
  type: z.enum(recipeInputTypes),
  /** What it is. */
  what: label,
  /** Where it is found. */
  where: label,
  example: z.string().min(1).max(200),
  /** What it is when nobody says otherwise; a number's is a decimal such as 500. */
  default: z.string().min(1).max(200).optional(),
});

/** A file of recipes/. Texts and rules are checked as a whole once its inputs are filled in. */
export const recipeFile = z.strictObject({
  title: label,
  /** What it does, in one sentence. */
  summary: label,
  inputs: z.array(recipeInput).max(20).default([]),
  texts: z.record(z.string(), z.unknown()),
  rules: z
    .array(z.looseObject({ name: z.string() }))
    .min(1)
    .max(10),
});

/** What is told of a recipe before it is added. */
export const recipeListing = z.object({
  name: z.string(),
  title: label,
  summary: label,
  inputs: z.array(recipeInput),
  /** The names of the rules that it brings. */
  rules: z.array(z.string()),
  languages: z.array(z.enum(ruleLanguages)),
  /** It speaks about failed invoices: the document has to say whether Stripe mails customers itself. */
  dunning: z.boolean(),
});

export type RecipeFile = z.infer<typeof recipeFile>;
export type RecipeInput = z.infer<typeof recipeInput>;
export type RecipeListing = z.infer<typeof recipeListing>;
