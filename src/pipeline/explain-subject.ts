/** Finds whom a question is about and loads what we know of them, without asking Stripe or Intercom. */
import { buildPerson, type PersonCustomer, type PersonProfile } from "../billing/person.ts";
import { groupCatalogue, groupCopies } from "../billing/profile.ts";
import { findCopies, listCustomerCopies } from "../billing/store.ts";
import { mainAccount } from "../connections/connection.ts";
import { findConnection, listJoinedAccounts } from "../connections/store.ts";
import type { Identity } from "../contacts/identity.ts";
import { findCustomersNamed, findIdentities } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
import { evaluateMapping, type Mapping } from "../mapping/mapping.ts";
import { catalogueIdsOf } from "./load-customer.ts";
import { personOptions } from "./person.ts";
import { listSetAttributes, type SetAttribute } from "./rule-origins.ts";
import type { DesiredContact } from "../model/attribute.ts";
import { customerKeyText, isSameCustomer, type CustomerKey } from "../model/customer-key.ts";
import { AppError } from "../model/error.ts";
import type { Profile } from "../model/profile.ts";
import type { Reporting } from "../model/rates.ts";

/** Nobody is known under what was asked for. */
export class CustomerUnknown extends AppError {
  readonly code = "CUSTOMER_UNKNOWN";
  readonly kind = "missing";
  constructor(name: string) {
    super(
      `Nobody is known as “${name}”. Give a Stripe customer id (cus_…), a contact id, an e-mail or your own user id, as Stripe has it.`,
    );
  }
}

/** Several people are known under what was asked for. */
export class CustomerAmbiguous extends AppError {
  readonly code = "CUSTOMER_AMBIGUOUS";
  readonly kind = "invalid";
  constructor(name: string, customers: readonly CustomerKey[]) {
    const shown = customers.map(({ account, customerId }) => `${customerId} (account ${account})`);
    super(
      `“${name}” means several customers: ${shown.join(", ")}. Give the id of one of them, and its account if needed.`,
    );
  }
}

/** What a person's contact should show at present, what rules have set included; null while a part of it has never been read. */
export type Present = {
  readonly primary: PersonCustomer;
  readonly customers: readonly PersonCustomer[];
  readonly profile: Profile;
  readonly policy?: PersonProfile["policy"];
  readonly desired: DesiredContact;
};

export type Subject = {
  /** Who was asked for. */
  readonly asked: CustomerKey;
  /** Who has the contact, or would have it. */
  readonly leader: CustomerKey;
  /** The leader first, then the members. */
  readonly customers: readonly CustomerKey[];
  /** The asked customer's own; undefined before their first sync. */
  readonly identity: Identity | undefined;
  /** The leader's, whose contact it is. */
  readonly holder: Identity | undefined;
  readonly present: Present | null;
  /** What rules have set on the contact, or had. */
  readonly set: readonly SetAttribute[];
};

/** What a subject is found in and judged by. */
export type SubjectGround = {
  readonly pool: Pool;
  readonly mapping: Mapping;
  readonly reporting?: Reporting | undefined;
};

export type Question = { readonly name: string; readonly account?: string | undefined };

/** All Stripe accounts whose data is kept, the main one first. */
export async function listAccounts(pool: Pool): Promise<readonly string[]> {
  return [mainAccount, ...(await listJoinedAccounts(pool))];
}

/** Finds who is meant. Throws CustomerUnknown or CustomerAmbiguous. */
export async function findSubject(ground: SubjectGround, question: Question): Promise<Subject> {
  const { pool } = ground;
  const asked = await findAsked(pool, question);
  const identity = (await findIdentities(pool, [asked])).get(customerKeyText(asked));
  const leader = identity?.leader ?? asked;
  const holder = identity?.leader ? (await findIdentities(pool, [leader])).get(customerKeyText(leader)) : identity;
  const customers = [leader, ...(holder?.members ?? [])];
  const set = await listSetAttributes(pool, leader);
  const present = await loadPresent(ground, customers);
  return { asked, leader, customers, identity, holder, set, present: present && withSet(present, set) };
}

/** The customer who goes by this name; of one person with several, who speaks. Throws CustomerUnknown or CustomerAmbiguous. */
export async function findAsked(pool: Pool, { name, account }: Question): Promise<CustomerKey> {
  const isWanted = (customer: CustomerKey): boolean => account === undefined || customer.account === account;
  const found = [...(await findById(pool, name)), ...(await findCustomersNamed(pool, name))].filter(isWanted);
  const distinct = [...new Map(found.map((customer) => [customerKeyText(customer), customer])).values()];
  const [first] = distinct;
  if (!first) throw new CustomerUnknown(name);
  if (distinct.length === 1) return first;
  const identities = await findIdentities(pool, distinct);
  const leaderOf = (customer: CustomerKey): CustomerKey =>
    identities.get(customerKeyText(customer))?.leader ?? customer;
  if (distinct.every((customer) => isSameCustomer(leaderOf(customer), leaderOf(first)))) return leaderOf(first);
  throw new CustomerAmbiguous(name, distinct);
}

async function findById(pool: Pool, id: string): Promise<readonly CustomerKey[]> {
  const accounts = await listAccounts(pool);
  const found = await Promise.all(
    accounts.map(async (account) => {
      const copies = await findCopies(pool, account, [id]);
      return copies.some(({ kind }) => kind === "customer") ? [{ account, customerId: id }] : [];
    }),
  );
  return found.flat();
}

async function loadPresent(
  { pool, mapping, reporting }: SubjectGround,
  keys: readonly CustomerKey[],
): Promise<Present | null> {
  const loaded = await Promise.all(keys.map((key) => loadCustomer(pool, key)));
  const customers = loaded.filter((customer) => customer !== null);
  if (customers.length === 0) return null;
  const built = buildPerson(customers, personOptions(mapping, reporting));
  return { ...built, customers, desired: evaluateMapping(mapping, built.profile) };
}

/** The mapping's own names are its own. */
function withSet(present: Present, set: readonly SetAttribute[]): Present {
  const { desired } = present;
  const ofRules = Object.fromEntries(set.map(({ name, value }) => [name, value]));
  return { ...present, desired: { ...desired, custom: { ...ofRules, ...desired.custom } } };
}

async function loadCustomer(pool: Pool, { account, customerId }: CustomerKey): Promise<PersonCustomer | null> {
  const copies = (await listCustomerCopies(pool, account, [customerId])).get(customerId) ?? [];
  const grouped = groupCopies(customerId, copies);
  if (!grouped) return null;
  const catalogue = await findCopies(pool, account, catalogueIdsOf(grouped));
  const connection = await findConnection(pool, "stripe", account);
  return {
    account,
    isMain: account === mainAccount,
    livemode: connection?.livemode ?? false,
    copies: { ...grouped, ...groupCatalogue(catalogue) },
  };
}
