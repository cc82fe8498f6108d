/** From the mapping's section about companies to rules that can be applied. */
import type { CompanyKeyRule, CompanyNameRule, CompanyRules } from "../companies/rules.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { fingerprint } from "../lib/hash.ts";

/** The section as the document has it, without its attributes. */
export type CompaniesSection = {
  readonly on: boolean;
  readonly key: "customer" | "email_domain" | { readonly metadata: string };
  readonly name: "customer_name" | "key" | { readonly metadata: string };
  readonly plan: boolean;
  readonly monthlySpend?: { readonly currency: string } | undefined;
  readonly excludeDomains?: readonly string[] | undefined;
};

const rulesOf = new WeakMap<Mapping, { readonly rules: CompanyRules | null }>();

/** The rules of a mapping, made once for each; null while companies are off. */
export function companiesIn(mapping: Mapping): CompanyRules | null {
  const known = rulesOf.get(mapping);
  if (known) return known.rules;
  const { companies, primarySubscription, planName, metadataKeys, usage, retired } = mapping.document;
  const salt = JSON.stringify([primarySubscription, planName, metadataKeys, usage, retired]);
  const { companyAttributes: attributes, retiring } = mapping;
  const rules = companyRulesOf(companies, { attributes, retiring, salt });
  rulesOf.set(mapping, { rules });
  return rules;
}

type Beside = Pick<CompanyRules, "attributes" | "retiring"> & { readonly salt: string };

/**
 * The rules in force; null while companies are off. `attributes` are those of the section that are on, compiled. `salt` is
 * whatever else decides what is written, such as the policy for the primary subscription: with other rules every company is
 * looked at again.
 */
function companyRulesOf(
  section: CompaniesSection | undefined,
  { attributes, retiring, salt }: Beside,
): CompanyRules | null {
  if (!section?.on) return null;
  return {
    key: keyRuleOf(section),
    name: nameRuleOf(section.name),
    plan: section.plan,
    spendCurrency: section.monthlySpend?.currency ?? null,
    attributes,
    retiring,
    fingerprint: fingerprint(`${JSON.stringify(section)} ${salt}`),
  };
}

function keyRuleOf({ key, excludeDomains = [] }: CompaniesSection): CompanyKeyRule {
  if (key === "customer") return { kind: "customer" };
  if (key !== "email_domain") return { kind: "metadata", metadataKey: key.metadata };
  return { kind: "email_domain", exclude: new Set(excludeDomains.map((domain) => domain.trim().toLowerCase())) };
}

function nameRuleOf(name: CompaniesSection["name"]): CompanyNameRule {
  return typeof name === "string" ? { kind: name } : { kind: "metadata", metadataKey: name.metadata };
}
