/** Brings together who a contact is about: the leader and the further customers of the person, and what they ask for. */
import { buildPerson, type PersonCustomer, type PersonOptions, type PersonProfile } from "../billing/person.ts";
import type { CustomerCopies } from "../billing/profile.ts";
import { listCustomerCopies } from "../billing/store.ts";
import { mainAccount } from "../connections/connection.ts";
import type { Identified } from "../contacts/store.ts";
import { evaluateMapping, type Mapping } from "../mapping/mapping.ts";
import type { DesiredContact } from "../model/attribute.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { Reporting } from "../model/rates.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { findRuleAttributes } from "../rules/store.ts";
import type { Contexts } from "./context.ts";
import { completeCopies, storedCopies, type ProductCache } from "./load-customer.ts";

/** A person, as Stripe knows them, and the contact that the mapping asks for. */
export type Person = PersonProfile & {
  /** The leader first, then the members. */
  readonly customers: readonly PersonCustomer[];
  readonly desired: DesiredContact;
  /** The mapping that asks for it; another one may be in force by the time that it is written. */
  readonly mapping: Mapping;
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

/** The person whom a customer leads, complete; null when Stripe does not know the customer. */
export async function loadPerson(
  contexts: Contexts,
  products: ProductCache,
  own: CustomerKey & { readonly copies: readonly ObjectCopy[]; readonly members: readonly CustomerKey[] },
): Promise<Person | null> {
  const customer = await completeCustomer(contexts, products, own);
  if (!customer) return null;
  const person = personOf(contexts, [customer, ...(await loadMembers(contexts, products, own.members))]);
  const everybody = [own, ...own.members];
  return withSet(person, setOn(await findSet(contexts, everybody), everybody));
}

type SetByRules = Readonly<Record<string, AttributeValue>>;

/** What rules have set on these customers. */
function findSet(contexts: Contexts, customers: readonly CustomerKey[]): Promise<ReadonlyMap<string, SetByRules>> {
  const { rules, pool } = contexts.main;
  return rules?.now().setsAttributes === true
    ? findRuleAttributes(pool, customers)
    : Promise.resolve(new Map<string, SetByRules>());
}

/** On a person: what was set on those who follow before they did stays, unless the leader, who is the first, has it too. */
function setOn(set: ReadonlyMap<string, SetByRules>, everybody: readonly CustomerKey[]): SetByRules | undefined {
  const found = everybody.map((one) => set.get(customerKeyText(one))).filter((one) => one !== undefined);
  if (found.length < 2) return found[0];
  return Object.fromEntries(found.toReversed().flatMap((one) => Object.entries(one)));
}

/** The mapping's own names are its own. */
function withSet(person: Person, set: SetByRules | undefined): Person {
  if (!set) return person;
  const { desired } = person;
  return { ...person, desired: { ...desired, custom: { ...set, ...desired.custom } } };
}

/** Puts a person together from complete customers; the first of them is the leader. */
export function personOf(contexts: Contexts, customers: readonly PersonCustomer[]): Person {
  const mapping = contexts.main.mapping();
  const built = buildPerson(customers, personOptions(mapping, contexts.main.reporting));
  return { ...built, customers, mapping, desired: evaluateMapping(mapping, built.profile) };
}

/** What a person's profile rests on beside the copies: the mapping's rules, and the currency of reports. */
export function personOptions({ document, metadataKeys }: Mapping, reporting: Reporting | undefined): PersonOptions {
  const { usage, primarySubscription: primary, planName } = document;
  return { reporting, usage, primary, planName, metadataKeys };
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

/** A person as far as our copies tell, and whether one of them is missing. */
export type StoredPerson = { readonly person: Person; readonly isComplete: boolean };

/** The people behind these leaders as far as our copies tell, by the leader's `customerKeyText`. Asks no vendor. */
export function loadStoredPeople(
  contexts: Contexts,
  products: ProductCache,
  leaders: readonly Identified[],
): Promise<ReadonlyMap<string, StoredPerson>> {
  return loadEach(contexts, leaders, async (all, set) => {
    const found = await Promise.all(all.map((one) => storedCustomer(contexts, products, one)));
    const customers = found.flatMap((one) => one?.customer ?? []);
    if (customers.length === 0) return null;
    const isComplete = found.every((one) => one?.isComplete === true);
    return { person: withSet(personOf(contexts, customers), set), isComplete };
  });
}

async function storedCustomer(
  contexts: Contexts,
  products: ProductCache,
  { account, customerId, copies }: LoadedCustomer,
): Promise<{ readonly customer: PersonCustomer; readonly isComplete: boolean } | null> {
  const context = contexts.of(account);
  const stored = await storedCopies(context, products, { customerId, copies });
  if (!stored) return null;
  const { livemode } = context.stripe;
  const customer = { account, isMain: account === mainAccount, livemode, copies: stored.copies };
  return { customer, isComplete: stored.isComplete };
}

/** The people behind these leaders, by the leader's `customerKeyText`; who is unknown to Stripe altogether is left out. */
export function loadPeople(
  contexts: Contexts,
  products: ProductCache,
  leaders: readonly Identified[],
): Promise<ReadonlyMap<string, Person>> {
  return loadEach(contexts, leaders, async (all, set) => {
    const complete = await Promise.all(all.map((one) => completeCustomer(contexts, products, one)));
    const customers = complete.filter((one) => one !== null);
    return customers.length === 0 ? null : withSet(personOf(contexts, customers), set);
  });
}

type LoadedCustomer = CustomerKey & { readonly copies: readonly ObjectCopy[] };

/** Loads the copies of all of them at once, and makes something of each leader with their members. */
async function loadEach<T>(
  contexts: Contexts,
  leaders: readonly Identified[],
  make: (customers: readonly LoadedCustomer[], set: SetByRules | undefined) => Promise<T | null>,
): Promise<ReadonlyMap<string, T>> {
  const groups = leaders.map(({ customer, identity }) => ({
    customer,
    everybody: [customer, ...identity.members],
    all: [customer, ...identity.members].filter(({ account }) => contexts.has(account)),
  }));
  const copies = await loadCopies(
    contexts,
    groups.flatMap(({ all }) => all),
  );
  const set = await findSet(
    contexts,
    groups.flatMap(({ everybody }) => everybody),
  );
  const made = await Promise.all(
    groups.map(async ({ customer, everybody, all }) => {
      const key = customerKeyText(customer);
      const one = await make(
        all.map((member) => ({ ...member, copies: copies.get(customerKeyText(member)) ?? [] })),
        setOn(set, everybody),
      );
      return one === null ? [] : [[key, one] as const];
    }),
  );
  return new Map(made.flat());
}
