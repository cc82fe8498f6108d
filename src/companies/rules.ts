/** Station companies: what the mapping asks for of companies, ready to be applied. */
import type { AttributeValue } from "../model/contact.ts";
import type { Profile } from "../model/profile.ts";

/**
 * Which customers are one company.
 * - metadata: whose metadata has the same value under this key
 * - customer: every customer is a company, by Stripe's id
 * - email_domain: whose e-mail has the same domain, unless it is a mail provider's
 */
export type CompanyKeyRule =
  | { readonly kind: "metadata"; readonly metadataKey: string }
  | { readonly kind: "customer" }
  | { readonly kind: "email_domain"; readonly exclude: ReadonlySet<string> };

/** What the company is called: as the customer in Stripe, as a metadata key says, or like its key. */
export type CompanyNameRule =
  | { readonly kind: "customer_name" }
  | { readonly kind: "metadata"; readonly metadataKey: string }
  | { readonly kind: "key" };

/** One custom attribute of companies, by the same sources as those of contacts. */
export type CompanyAttribute = {
  readonly name: string;
  /** What people write there stays until billing changes. */
  readonly isShared: boolean;
  /** Of the profile of all customers of the company together. Never throws. */
  readonly value: (profile: Profile) => AttributeValue;
};

export type CompanyRules = {
  readonly key: CompanyKeyRule;
  readonly name: CompanyNameRule;
  /** Whether Intercom's own field “plan” is filled. */
  readonly plan: boolean;
  /** Intercom's own field “monthly spend” is filled in this currency, lower case; null when it is left alone. */
  readonly spendCurrency: string | null;
  readonly attributes: readonly CompanyAttribute[];
  /** Names that are mapped no more, whose values are being taken out. */
  readonly retiring: readonly string[];
  /** Tells these rules from any others. */
  readonly fingerprint: string;
};
