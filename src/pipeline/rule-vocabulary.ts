/** What rules can speak of, put together from the profile's catalogue, the ages and the moments. */
import { moments } from "../../contract/moment.ts";
import type { FactType } from "../../contract/moment-fact.ts";
import { agesOf, type Ages } from "../billing/ages.ts";
import type { CelType } from "../lib/cel.ts";
import { profileTypes } from "../mapping/expression.ts";
import { baseAttributes } from "../mapping/preset.ts";
import type { Profile } from "../model/profile.ts";
import type { RuleVocabulary } from "../rules/vocabulary.ts";

type Age = (ages: Ages) => number | null;

const ages: Readonly<Record<string, Age>> = {
  tenure_days: ({ tenureDays }) => tenureDays,
  days_since_first_payment: ({ daysSinceFirstPayment }) => daysSinceFirstPayment,
  days_since_last_payment: ({ daysSinceLastPayment }) => daysSinceLastPayment,
  days_invoice_open: ({ daysInvoiceOpen }) => daysInvoiceOpen,
  days_to_period_end: ({ daysToPeriodEnd }) => daysToPeriodEnd,
  days_to_trial_end: ({ daysToTrialEnd }) => daysToTrialEnd,
  days_to_cancellation: ({ daysToCancellation }) => daysToCancellation,
  days_to_next_invoice: ({ daysToNextInvoice }) => daysToNextInvoice,
  days_to_card_expiry: ({ daysToCardExpiry }) => daysToCardExpiry,
};

/** Everything that a rule's expressions and texts may name. */
export const ruleVocabulary: RuleVocabulary = {
  profile: profileTypes,
  ages: Object.fromEntries(Object.keys(ages).map((name): [string, CelType] => [name, "int"])),
  dates: baseAttributes.filter(({ type }) => type === "date").map(({ key }) => key),
  amounts: Object.fromEntries(
    baseAttributes.flatMap(({ key, currencyKey }): [string, string][] =>
      currencyKey === undefined ? [] : [[key, currencyKey]],
    ),
  ),
  moments: Object.fromEntries(moments.map(({ name, facts }) => [name, factTypesOf(facts)])),
};

function factTypesOf(facts: Readonly<Record<string, { readonly type: FactType }>>): Readonly<Record<string, FactType>> {
  return Object.fromEntries(Object.entries(facts).map(([name, { type }]) => [name, type]));
}

/** Ages by the names that rules know them by; what cannot be counted is left out. */
export function namedAges(profile: Profile, atS: number): Readonly<Record<string, number>> {
  const counted = agesOf(profile, atS);
  const known = Object.entries(ages).map(([name, age]): [string, number | null] => [name, age(counted)]);
  return Object.fromEntries(known.filter((entry): entry is [string, number] => entry[1] !== null));
}
