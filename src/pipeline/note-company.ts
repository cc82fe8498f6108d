/** What a customer who was just synced means to companies: which one they count to, and whether it has to be looked at. */
import type { PersonProfile } from "../billing/person.ts";
import { companyKeyOf } from "../companies/key.ts";
import type { CompanyRules } from "../companies/rules.ts";
import type { CompanyNote } from "../companies/store.ts";
import { fingerprint } from "../lib/hash.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { Lane } from "../model/lane.ts";
import type { PersonCustomer } from "../billing/person.ts";

export type SyncedCustomer = {
  readonly customer: CustomerKey;
  readonly lane: Lane;
  /** The customer first, then who follows. */
  readonly person: Pick<PersonProfile, "profile"> & { readonly customers: readonly PersonCustomer[] };
};

/**
 * The note that `noteCompanies` keeps, in the transaction that ends the customer's job. A company adds up copies of several
 * customers, in which it may see what this customer's own profile does not show; so the note covers every revision.
 */
export function companyNoteOf(rules: CompanyRules, { customer, lane, person }: SyncedCustomer): CompanyNote | null {
  const own = person.customers[0]?.copies;
  if (!own) return null;
  const { deleted, facts } = own.customer;
  const { email, metadata } = facts;
  const key = companyKeyOf(rules.key, { customerId: customer.customerId, email, metadata });
  const revisions = Object.values(own)
    .flat()
    .map(({ id, rev }) => `${id}@${rev}`)
    .toSorted();
  return {
    ...customer,
    key,
    // Of a customer whom we only know to be deleted nothing else is known.
    staysPut: deleted && key === null,
    shows: fingerprint([rules.fingerprint, JSON.stringify(person.profile), ...revisions].join(" ")),
    lane,
  };
}
