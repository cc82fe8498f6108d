/** Compares every value of every Intercom contact with what Stripe's state asks for. */
import type Stripe from "stripe";
import { expect } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectedAttributes } from "./expected-attributes.ts";
import { OneOf, type Expected } from "./expected-value.ts";
import { readStripeState } from "./stripe-state.ts";

export type ContactsOptions = {
  readonly prefix?: "stripe" | "billing";
  /** Whether customers of whom only an e-mail is known get a contact made; the default of the product is no. */
  readonly createAll?: boolean;
  /** Customers whose contact a person has changed, so that it is looked at by the test itself. */
  readonly except?: readonly string[];
  /** Looks at these customers alone. */
  readonly only?: readonly string[];
};

type Contact = ReturnType<Sandbox["intercom"]["contacts"]>[number];

/** Fails with every difference there is. */
export async function expectContactsRight(sandbox: Sandbox, options: ContactsOptions = {}): Promise<void> {
  expect(await findDifferences(sandbox, options)).toEqual([]);
}

/** Every difference as a line: contacts that are missing, doubled, wrong, or written to although they belong to nobody. */
export async function findDifferences(sandbox: Sandbox, options: ContactsOptions = {}): Promise<readonly string[]> {
  const { prefix = "stripe", createAll = false, except = [], only } = options;
  const state = await readStripeState(sandbox);
  const contacts = sandbox.intercom.contacts().filter((contact) => contact.state === "live" && contact.role === "user");
  const owned = new Set<string>();
  const differences = state.customers.flatMap((customer) => {
    const found = contactsOf(customer, contacts);
    // Of two contacts that answer to one address neither is the customer's.
    if (found.length === 1 || userIdOf(customer) !== null) for (const { id } of found) owned.add(id);
    if (except.includes(customer.id) || only?.includes(customer.id) === false) return [];
    const mustExist = userIdOf(customer) !== null || (createAll && customer.email !== null);
    return judge(customer, found, { mustExist, prefix, expected: expectedAttributes(state, customer) });
  });
  const strangers = contacts.filter(
    ({ id, custom_attributes: custom }) =>
      !owned.has(id) && Object.keys(custom).some((name) => name.startsWith(`${prefix}_`) && custom[name] !== null),
  );
  if (only !== undefined) return differences;
  return [
    ...differences,
    ...strangers.map(({ id, email }) => `contact ${id} (${email}) belongs to no customer and has billing data`),
  ];
}

/** Fails unless this contact shows the customer's billing; who the contact is besides that is left open. */
export async function expectBillingOn(sandbox: Sandbox, contactId: string, customerId: string): Promise<void> {
  const state = await readStripeState(sandbox);
  const customer = state.customers.find(({ id }) => id === customerId);
  const contact = sandbox.intercom.contact(contactId);
  if (customer === undefined || contact === undefined)
    throw new Error("The test names a customer or contact that is gone.");
  expect(
    compareAttributes(customer, contact, { prefix: "stripe", expected: expectedAttributes(state, customer) }),
  ).toEqual([]);
}

/** By the user id; without one, by the address alone. */
function contactsOf(customer: Stripe.Customer, contacts: readonly Contact[]): readonly Contact[] {
  const userId = userIdOf(customer);
  const byUserId = contacts.filter((contact) => userId !== null && contact.external_id === userId);
  if (byUserId.length > 0) return byUserId;
  const byEmail = contacts.filter((contact) => isSameAddress(contact.email, customer.email));
  return userId === null ? byEmail : byEmail.filter((contact) => contact.external_id === null);
}

function userIdOf({ metadata }: Stripe.Customer): string | null {
  return metadata["user_id"] ?? null;
}

function isSameAddress(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a.trim().toLowerCase() === b.trim().toLowerCase();
}

type Judged = Wanted & { readonly mustExist: boolean };

function judge(
  customer: Stripe.Customer,
  found: readonly Contact[],
  { mustExist, ...wanted }: Judged,
): readonly string[] {
  const [first, ...others] = found;
  if (first === undefined) return mustExist ? [`${whoIs(customer)}: no contact`] : [];
  if (others.length > 0) return userIdOf(customer) === null ? [] : [`${whoIs(customer)}: ${found.length} contacts`];
  return compare(customer, first, wanted);
}

type Wanted = { readonly prefix: string; readonly expected: Expected };

function compare(customer: Stripe.Customer, contact: Contact, wanted: Wanted): readonly string[] {
  const who = whoIs(customer);
  return [
    ...compareAttributes(customer, contact, wanted),
    ...(isSameAddress(contact.email, customer.email)
      ? []
      : [`${who} email: shows ${contact.email}, must show ${customer.email}`]),
    ...(contact.name === customer.name ? [] : [`${who} name: shows ${contact.name}, must show ${customer.name}`]),
  ];
}

function compareAttributes(
  customer: Stripe.Customer,
  contact: Contact,
  { prefix, expected }: Wanted,
): readonly string[] {
  const who = whoIs(customer);
  const attributes = Object.entries(expected).flatMap(([key, value]) => {
    const shown = contact.custom_attributes[`${prefix}_${key}`] ?? null;
    return fits(shown, value)
      ? []
      : [`${who} ${prefix}_${key}: shows ${JSON.stringify(shown)}, must show ${textOf(value)}`];
  });
  const names = Object.keys(contact.custom_attributes).filter((name) => name.startsWith(`${prefix}_`));
  const unknown = names.filter((name) => !(name.slice(prefix.length + 1) in expected));
  return [...attributes, ...unknown.map((name) => `${who} ${name}: nobody asked for it`)];
}

function whoIs({ id, name }: Stripe.Customer): string {
  return `${id} (${name})`;
}

function fits(shown: unknown, value: Expected[string]): boolean {
  return value instanceof OneOf ? value.values.some((one) => one === shown) : shown === value;
}

function textOf(value: Expected[string] | undefined): string {
  return value instanceof OneOf ? `one of ${JSON.stringify(value.values)}` : JSON.stringify(value);
}
