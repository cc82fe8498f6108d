/** What Intercom's notifications mean for our links. They are hints: everything is read again before it is believed. */
import { normaliseEmail } from "../contacts/email.ts";
import { findUnlinkedBy, followMerge, forgetLookups, markForReading, markGone } from "../contacts/store.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { Signal } from "../intercom/webhook.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { queuePeople } from "../queue/sync-jobs.ts";

const appeared = new Set([
  "contact.user.created",
  "contact.lead.signed_up",
  "contact.email.updated",
  "contact.user.updated",
]);

const mustBeRead = new Set(["contact.archived", "contact.unarchive"]);

/** Takes a verified notification: what it changes and who is looked at again are one commit. Answers how many those are. */
export function receiveSignal(pool: Pool, signal: Signal): Promise<number> {
  return transaction(pool, async (tx) => {
    const customers = await affectedCustomers(tx, signal);
    await queuePeople(tx, { customers, lane: "calm" });
    return customers.length;
  });
}

async function affectedCustomers(tx: Queryable, signal: Signal): Promise<readonly CustomerKey[]> {
  const { topic, contactIds } = signal;
  const [first, second] = contactIds;
  if (topic === "contact.deleted") {
    for (const contactId of contactIds) await markGone(tx, contactId);
    return [];
  }
  // The first contact survives, the second one is gone.
  if (topic === "contact.merged" && first !== undefined && second !== undefined)
    return followMerge(tx, { contactId: second, survivorId: first });
  if (mustBeRead.has(topic) && first !== undefined) {
    const customer = await markForReading(tx, first);
    return customer === null ? [] : [customer];
  }
  return appeared.has(topic) ? lookAgain(tx, signal) : [];
}

/** Somebody whom a customer without contact may be. */
async function lookAgain(tx: Queryable, { item }: Signal): Promise<readonly CustomerKey[]> {
  const userId = textOf(item["external_id"]);
  const email = normaliseEmail(textOf(item["email"]));
  if (userId === null && email === null) return [];
  const customers = await findUnlinkedBy(tx, { userId, email });
  await forgetLookups(tx, customers);
  return customers;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
