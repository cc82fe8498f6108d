/** What Intercom's notifications mean for our links. They are hints: everything is read again before it is believed. */
import { normaliseEmail } from "../contacts/email.ts";
import { findUnlinkedBy, followMerge, forgetLookups, markForReading, markGone } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
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

/** Takes a verified notification. Answers how many customers are looked at again because of it. */
export async function receiveSignal(pool: Pool, signal: Signal): Promise<number> {
  const customers = await affectedCustomers(pool, signal);
  await queuePeople(pool, { customers, lane: "calm" });
  return customers.length;
}

async function affectedCustomers(pool: Pool, signal: Signal): Promise<readonly CustomerKey[]> {
  const { topic, contactIds } = signal;
  const [first, second] = contactIds;
  if (topic === "contact.deleted") {
    for (const contactId of contactIds) await markGone(pool, contactId);
    return [];
  }
  if (topic === "contact.merged" && first !== undefined && second !== undefined) {
    // The first contact survives, the second one is gone.
    return listOf(await transaction(pool, (tx) => followMerge(tx, { contactId: second, survivorId: first })));
  }
  if (mustBeRead.has(topic)) return first === undefined ? [] : listOf(await markForReading(pool, first));
  return appeared.has(topic) ? lookAgain(pool, signal) : [];
}

function listOf(customer: CustomerKey | null): readonly CustomerKey[] {
  return customer === null ? [] : [customer];
}

/** Somebody whom a customer without contact may be. */
async function lookAgain(pool: Pool, { item }: Signal): Promise<readonly CustomerKey[]> {
  const userId = textOf(item["external_id"]);
  const email = normaliseEmail(textOf(item["email"]));
  if (userId === null && email === null) return [];
  const customers = await findUnlinkedBy(pool, { userId, email });
  await forgetLookups(pool, customers);
  return customers;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
