/** Station rules: what texts may speak of, by name and type, and the values that they are filled with. */
import type { FactType } from "../../../contract/moment-fact.ts";
import type { CelType } from "../../lib/cel.ts";
import type { Money } from "../../model/money.ts";

/** What a variable is. `map` has names of its own below it, such as `profile.metadata.tier`. */
export type TextType = FactType | "map";

/** What texts may name: groups such as `profile`, and in each its fields. */
export type TextScope = Readonly<Record<string, Readonly<Record<string, TextType>>>>;

/** An instant in unix seconds. */
export type TextInstant = { readonly atS: number };

/** An address of ours or of Stripe's Dashboard, never one that a customer chose. */
export type TextLink = { readonly url: string };

export type TextFact = string | number | boolean | Money | TextInstant | TextLink | Readonly<Record<string, string>>;

/** Values by group and field; what is left out is not known. Text is a link where `isLinkName` says so. */
export type TextFacts = Readonly<Record<string, Readonly<Record<string, TextFact>>>>;

/** The part of the rules' vocabulary that texts can speak of. */
type Speakable = {
  readonly profile: Readonly<Record<string, CelType>>;
  readonly ages: Readonly<Record<string, CelType>>;
  readonly amounts: Readonly<Record<string, string>>;
};

const typesOfCel: Readonly<Record<CelType, TextType | null>> = {
  string: "text",
  int: "number",
  double: "number",
  bool: "flag",
  timestamp: "date",
  map: "map",
  list: null,
};

/** The purposes that a link of ours can have. */
export const linkPurposes = ["update_payment_method", "try_again", "show_saving", "switch_plan"] as const;

/**
 * Whether this name is of an address that Dunlin makes: those of the group `link`, and fields called so, which lead to Stripe's
 * Dashboard. Metadata is never one, whatever its key.
 */
export function isLinkName(name: string): boolean {
  return /^(?:link\.\w+|(?:profile|moment)\.\w+_link)$/.test(name);
}

/** What every text may name, whatever starts its rule. */
const always: TextScope = {
  customer: { name: "text", first_name: "text" },
  business: { name: "text" },
  link: Object.fromEntries(linkPurposes.map((purpose) => [purpose, "link" as const])),
  saving: { per_month: "money", per_year: "money", plan: "text", current_plan: "text" },
  failure: { reason: "text", advice: "text" },
};

/**
 * What a text may name in a rule that is started by something with these facts (none: no facts). Amounts are money, so that
 * they are never written without their currency.
 */
export function textScopeOf(vocabulary: Speakable, moment: Readonly<Record<string, FactType>> = {}): TextScope {
  const fields = (group: string, types: Readonly<Record<string, CelType>>): Record<string, TextType> =>
    Object.fromEntries(
      Object.entries(types).flatMap(([name, celType]): [string, TextType][] => {
        if (isLinkName(`${group}.${name}`)) return [[name, "link"]];
        const type = Object.hasOwn(vocabulary.amounts, name) ? "money" : typesOfCel[celType];
        return type === null ? [] : [[name, type]];
      }),
    );
  return {
    ...always,
    profile: fields("profile", vocabulary.profile),
    ages: fields("ages", vocabulary.ages),
    moment: { ...moment, ...("amount" in moment && "currency" in moment ? { amount: "money" as const } : {}) },
  };
}
