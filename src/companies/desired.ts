/** Station companies: the company that the mapping asks for, from the profile of all its customers together. */
import { Decimal } from "decimal.js";
import type { AttributeValue, CustomAttributes } from "../model/contact.ts";
import { decimalsOf } from "../model/money.ts";
import { isUnknown, type Profile, type Unknown } from "../model/profile.ts";
import { metadataValue } from "./key.ts";
import type { CompanyAttribute, CompanyRules } from "./rules.ts";

/** What a company's name is taken from. */
export type NamingCustomer = {
  readonly customerId: string;
  readonly createdS: number;
  readonly deleted: boolean;
  readonly name: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

/** The customers of a company: each for the name, all together for the rest. */
export type Membership = { readonly customers: readonly NamingCustomer[]; readonly profile: Profile };

export type DesiredCompany = {
  /** Null when there is nothing to say. */
  readonly name: string | null;
  /** Undefined when the mapping leaves the field alone; null when there is no plan. */
  readonly plan: string | null | undefined;
  /** Undefined when the mapping leaves the field alone; null when it is not known. */
  readonly monthlySpend: number | null | undefined;
  readonly custom: CustomAttributes;
  /** What could not be said, and why. */
  readonly unknowns: readonly (readonly [field: string, reason: string])[];
};

/** Intercom refuses longer texts (help article 179). */
const textLengthMax = 255;

/** Intercom: “this has an upper limit of 2**31-1” (description of POST /companies). */
const spendMax = 2_147_483_647;

/**
 * The company that these customers ask for. Without any (`membership` null) everything that Dunlin has said is taken back:
 * nobody pays for it any more.
 */
export function desiredCompany(rules: CompanyRules, key: string, membership: Membership | null): DesiredCompany {
  if (!membership) return nothingDesired(rules);
  const { customers, profile } = membership;
  return {
    name: nameOf(rules, key, customers),
    plan: rules.plan ? fit(profile.subscription?.plan?.name ?? null) : undefined,
    ...spendFields(rules, profile),
    custom: customOf(rules, ({ value }) => value(profile)),
  };
}

function nothingDesired(rules: CompanyRules): DesiredCompany {
  return {
    name: null,
    plan: rules.plan ? null : undefined,
    monthlySpend: rules.spendCurrency === null ? undefined : null,
    custom: customOf(rules, () => null),
    unknowns: [],
  };
}

function customOf(
  { attributes, retiring }: CompanyRules,
  value: (attribute: CompanyAttribute) => AttributeValue,
): CustomAttributes {
  return Object.fromEntries([
    ...attributes.map((attribute): [string, AttributeValue] => [attribute.name, value(attribute)]),
    ...retiring.map((name): [string, AttributeValue] => [name, null]),
  ]);
}

function spendFields(
  { spendCurrency }: CompanyRules,
  profile: Profile,
): Pick<DesiredCompany, "monthlySpend" | "unknowns"> {
  if (spendCurrency === null) return { monthlySpend: undefined, unknowns: [] };
  const spend = spendOf(profile, spendCurrency);
  if (typeof spend === "number") return { monthlySpend: spend, unknowns: [] };
  return { monthlySpend: null, unknowns: [["monthly_spend", spend.unknown]] };
}

/** The oldest customer that says a name speaks: whose subscription is the best today may be another one tomorrow. */
function nameOf({ name: rule }: CompanyRules, key: string, customers: readonly NamingCustomer[]): string | null {
  if (rule.kind === "key") return fit(key);
  const living = customers.filter(({ deleted }) => !deleted);
  const oldestFirst = (living.length > 0 ? living : customers).toSorted(
    (a, b) => a.createdS - b.createdS || a.customerId.localeCompare(b.customerId),
  );
  const say = ({ name, metadata }: NamingCustomer): string =>
    (rule.kind === "metadata" ? metadataValue(metadata, rule.metadataKey) : name)?.trim() ?? "";
  const said = oldestFirst.map(say).find((text) => text !== "");
  return fit(said ?? key);
}

/** Monthly recurring revenue in whole units, half a unit rounded up; never added up or converted across currencies. */
function spendOf({ recurring }: Profile, currency: string): number | Unknown {
  if (isUnknown(recurring)) return recurring;
  const { mrrMinor } = recurring;
  if (recurring.currency !== null && recurring.currency !== currency && mrrMinor !== 0) {
    const [has, wanted] = [recurring.currency.toUpperCase(), currency.toUpperCase()];
    return { unknown: `The monthly recurring revenue is in ${has}, the mapping asks for ${wanted}.` };
  }
  const major = new Decimal(mrrMinor).div(new Decimal(10).pow(decimalsOf(currency)));
  const whole = major.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber();
  if (whole > spendMax) return { unknown: `${whole} is more than Intercom's field can hold (${spendMax}).` };
  return whole;
}

function fit(text: string | null): string | null {
  if (text === null || text.length <= textLengthMax) return text;
  // A cut between two halves of one character would leave a broken one.
  return `${text.slice(0, textLengthMax - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
