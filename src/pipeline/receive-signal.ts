/** What Intercom's notifications mean for our links. They are hints: everything is read again before it is believed. */
import { normaliseEmail } from "../contacts/email.ts";
import { findUnlinkedBy, forgetLookups, markForReading, markGone } from "../contacts/store.ts";
import type { Signal } from "../intercom/webhook.ts";
import { queueCustomers } from "../queue/sync-jobs.ts";
import type { SyncContext } from "./context.ts";

const appeared = new Set([
  "contact.user.created",
  "contact.lead.signed_up",
  "contact.email.updated",
  "contact.user.updated",
]);

const mustBeRead = new Set(["contact.archived", "contact.unarchive", "contact.merged"]);

/** Takes a verified notification. Answers how many customers are looked at again because of it. */
export async function receiveSignal(context: SyncContext, signal: Signal): Promise<number> {
  const customerIds = await affectedCustomers(context, signal);
  await queueCustomers(context.pool, { account: context.account, customerIds, lane: "calm" });
  return customerIds.length;
}

async function affectedCustomers(context: SyncContext, signal: Signal): Promise<readonly string[]> {
  const { pool, account } = context;
  if (signal.topic === "contact.deleted") {
    for (const contactId of signal.contactIds) await markGone(pool, account, contactId);
    return [];
  }
  if (mustBeRead.has(signal.topic)) return readAgain(context, signal);
  return appeared.has(signal.topic) ? lookAgain(context, signal) : [];
}

/** Of a merge the first contact survives and the second one is gone. */
async function readAgain({ pool, account }: SyncContext, { topic, contactIds }: Signal): Promise<readonly string[]> {
  const [first, second] = contactIds;
  if (first === undefined) return [];
  const isMerge = topic === "contact.merged" && second !== undefined;
  const customerId = await markForReading(pool, account, {
    contactId: isMerge ? second : first,
    survivorId: isMerge ? first : null,
  });
  return customerId === null ? [] : [customerId];
}

/** Somebody whom a customer without contact may be. */
async function lookAgain({ pool, account }: SyncContext, { item }: Signal): Promise<readonly string[]> {
  const userId = textOf(item["external_id"]);
  const email = normaliseEmail(textOf(item["email"]));
  if (userId === null && email === null) return [];
  const customerIds = await findUnlinkedBy(pool, account, { userId, email });
  await forgetLookups(pool, account, customerIds);
  return customerIds;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
