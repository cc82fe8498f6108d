/** Says who somebody is: which contact is theirs and why, and which Stripe customers they are. */
import type { AttributeExplanation, ExplainCustomer, ExplainIdentity } from "../../contract/explain.ts";
import { listCustomerLabels } from "../billing/store.ts";
import type { Identity } from "../contacts/identity.ts";
import { findLinkedAt } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
import { customerKeyText, isSameCustomer, type CustomerKey } from "../model/customer-key.ts";
import type { Present, Subject } from "./explain-subject.ts";
import { identityText } from "./left-out.ts";

export type PersonSource = {
  readonly pool: Pool;
  readonly nowMs: () => number;
  /** The address of a contact in Intercom's own pages. */
  readonly contactUrl: (contactId: string) => string | null;
};

/** The part of every explanation that says whom it is about. */
export async function describeSubject(
  source: PersonSource,
  subject: Subject,
): Promise<Pick<AttributeExplanation, "now" | "customer" | "identity">> {
  const { asked, leader, customers, identity, holder, present } = subject;
  const label = await labelFinder(source.pool, [asked, ...customers]);
  const contactId = holder?.contactId ?? null;
  const members = customers.map((one) => ({
    ...label(one),
    isPrimary: isPrimary(one, present),
    isLeader: isSameCustomer(one, leader),
  }));
  return {
    now: new Date(source.nowMs()).toISOString(),
    customer: label(asked),
    identity: {
      ...describeLink(identity),
      contactId,
      contactUrl: contactId === null ? null : source.contactUrl(contactId),
      linkedAt: (await findLinkedAt(source.pool, asked))?.toISOString() ?? null,
      customers: members.toSorted((a, b) => Number(b.isPrimary) - Number(a.isPrimary)),
    },
  };
}

function describeLink(
  identity: Identity | undefined,
): Pick<ExplainIdentity, "state" | "matchedBy" | "text" | "checkedAt"> {
  if (!identity) {
    const text = "The customer has not been looked up in Intercom yet.";
    return { state: "new", matchedBy: null, text, checkedAt: null };
  }
  const { state, matchedBy, checkedAtMs } = identity;
  return { state, matchedBy, text: identityText(identity), checkedAt: new Date(checkedAtMs).toISOString() };
}

function isPrimary(customer: CustomerKey, present: Present | null): boolean {
  if (!present) return false;
  const { account, copies } = present.primary;
  return isSameCustomer(customer, { account, customerId: copies.customer.id });
}

async function labelFinder(
  pool: Pool,
  customers: readonly CustomerKey[],
): Promise<(customer: CustomerKey) => ExplainCustomer> {
  const accounts = [...new Set(customers.map(({ account }) => account))];
  const labels = new Map<string, string>();
  for (const account of accounts) {
    const ids = customers.filter((one) => one.account === account).map(({ customerId }) => customerId);
    for (const [customerId, label] of await listCustomerLabels(pool, account, ids))
      labels.set(customerKeyText({ account, customerId }), label);
  }
  return ({ account, customerId }) => ({
    account,
    id: customerId,
    label: labels.get(customerKeyText({ account, customerId })) ?? null,
  });
}
