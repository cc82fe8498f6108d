/** Brings together who a contact is about: the leader and the further customers of the person, and what they ask for. */
import { buildPerson, type PersonCustomer, type PersonProfile } from "../billing/person.ts";
import type { CustomerCopies } from "../billing/profile.ts";
import { listCustomerCopies } from "../billing/store.ts";
import { mainAccount } from "../connections/connection.ts";
import type { Identified } from "../contacts/store.ts";
import { evaluateMapping } from "../mapping/evaluate.ts";
import type { DesiredContact } from "../model/attribute.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { Contexts } from "./context.ts";
import { completeCopies, type ProductCache } from "./load-customer.ts";

/** A person, as Stripe knows them, and the contact that the mapping asks for. */
export type Person = PersonProfile & {
  /** The leader first, then the members. */
  readonly customers: readonly PersonCustomer[];
  readonly desired: DesiredContact;
};

/** The stored copies of these customers, by `customerKeyText`. */
export async function loadCopies(
  contexts: Contexts,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, readonly ObjectCopy[]>> {
  const accounts = [...new Set(customers.map(({ account }) => account))];
  const found = await Promise.all(
    accounts.map(async (account) => {
      const ids = customers.filter((customer) => customer.account === account).map(({ customerId }) => customerId);
      const copies = await listCustomerCopies(contexts.main.pool, account, ids);
      return [...copies].map(
        ([customerId, own]) =>
          [customerKeyText({ account, customerId }), own] satisfies [string, readonly ObjectCopy[]],
      );
    }),
  );
  return new Map(found.flat());
}

/** One of a person's customers, complete; null when Stripe does not know them. */
export async function completeCustomer(
  contexts: Contexts,
  products: ProductCache,
  { account, customerId, copies }: CustomerKey & { readonly copies: readonly ObjectCopy[] },
): Promise<PersonCustomer | null> {
  const context = contexts.of(account);
  const complete: CustomerCopies | null = await completeCopies(context, products, { customerId, copies });
  if (!complete) return null;
  return { account, isMain: account === mainAccount, livemode: context.stripe.livemode, copies: complete };
}

/** Puts a person together from complete customers; the first of them is the leader. */
export function personOf(contexts: Contexts, customers: readonly PersonCustomer[]): Person {
  const { primary, profile } = buildPerson(customers, contexts.main.reporting);
  return { primary, profile, customers, desired: evaluateMapping(contexts.main.preset, profile) };
}

/** The customers that follow a leader, complete; those that Stripe does not know, or of an account that is not connected, are left out. */
export async function loadMembers(
  contexts: Contexts,
  products: ProductCache,
  members: readonly CustomerKey[],
): Promise<readonly PersonCustomer[]> {
  const connected = members.filter(({ account }) => contexts.has(account));
  if (connected.length === 0) return [];
  const copies = await loadCopies(contexts, connected);
  const complete = await Promise.all(
    connected.map((member) =>
      completeCustomer(contexts, products, { ...member, copies: copies.get(customerKeyText(member)) ?? [] }),
    ),
  );
  return complete.filter((customer) => customer !== null);
}

/** The people behind these leaders, by the leader's `customerKeyText`; who is unknown to Stripe altogether is left out. */
export async function loadPeople(
  contexts: Contexts,
  products: ProductCache,
  leaders: readonly Identified[],
): Promise<ReadonlyMap<string, Person>> {
  const groups = leaders.map(({ customer, identity }) => ({
    customer,
    all: [customer, ...identity.members].filter(({ account }) => contexts.has(account)),
  }));
  const copies = await loadCopies(
    contexts,
    groups.flatMap(({ all }) => all),
  );
  const people = await Promise.all(
    groups.map(async ({ customer, all }) => {
      const complete = await Promise.all(
        all.map((one) =>
          completeCustomer(contexts, products, { ...one, copies: copies.get(customerKeyText(one)) ?? [] }),
        ),
      );
      const customers = complete.filter((one) => one !== null);
      return customers.length === 0 ? [] : [[customerKeyText(customer), personOf(contexts, customers)] as const];
    }),
  );
  return new Map(people.flat());
}
