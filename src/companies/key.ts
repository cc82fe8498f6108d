/** Station companies: which company a customer counts to. */
import { freeMailDomains } from "./free-mail.ts";
import type { CompanyKeyRule } from "./rules.ts";

/** What a key rule looks at of a Stripe customer. */
export type KeyedCustomer = {
  readonly customerId: string;
  readonly email: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

/** Intercom documents no limit; names of attributes and texts end at 255, and nothing that is longer is an id. */
const keyLengthMax = 255;
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * The company's key, which becomes its `company_id` in Intercom; null when the customer counts to none. Capitals in metadata
 * are kept, since Intercom tells `Acme` from `acme`; domains are compared in small letters.
 */
export function companyKeyOf(rule: CompanyKeyRule, customer: KeyedCustomer): string | null {
  switch (rule.kind) {
    case "customer":
      return customer.customerId;
    case "metadata":
      return usable(metadataValue(customer.metadata, rule.metadataKey));
    case "email_domain":
      return domainKey(customer.email, rule.exclude);
  }
}

/** A metadata value; keys such as `constructor` are none unless somebody gave them a value. */
export function metadataValue(metadata: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(metadata, key) ? metadata[key] : undefined;
}

function usable(text: string | undefined): string | null {
  const key = text?.trim() ?? "";
  return key === "" || key.length > keyLengthMax || unprintable.test(key) ? null : key;
}

/** A host name with a dot, no part of which is empty; internationalised ones in either spelling. */
const hostName = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)+$/u;

function domainKey(email: string | null, exclude: ReadonlySet<string>): string | null {
  const at = email?.lastIndexOf("@") ?? -1;
  if (email === null || at < 1) return null;
  const domain = email
    .slice(at + 1)
    .trim()
    .toLowerCase();
  if (!hostName.test(domain) || isExcluded(domain, freeMailDomains) || isExcluded(domain, exclude)) return null;
  return usable(domain);
}

/** `mail.example.com` is excluded together with `example.com`. */
function isExcluded(domain: string, excluded: ReadonlySet<string>): boolean {
  const parts = domain.split(".");
  return parts.some((_, index) => excluded.has(parts.slice(index).join(".")));
}
