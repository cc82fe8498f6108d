/**
 * What Intercom's notifications mean. For our links they are hints: everything is read again before it is believed. What people
 * did is kept as it is told.
 */
import { normaliseEmail } from "../contacts/email.ts";
import { findUnlinkedBy, followMerge, forgetLookups, markForReading, markGone } from "../contacts/store.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { Signal } from "../intercom/webhook.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import { kindOfTopic, signalsOf } from "../signals/signal.ts";
import { findParticipants, forgetSignals, moveSignals, noteTopic } from "../signals/store.ts";
import { keepHeard, type OnKept } from "./keep-signals.ts";

const appeared = new Set([
  "contact.user.created",
  "contact.lead.signed_up",
  "contact.email.updated",
  "contact.user.updated",
]);

const mustBeRead = new Set(["contact.archived", "contact.unarchive"]);

/**
 * Takes a verified notification: what it changes, what is kept of it, what `onKept` does about that and who is looked at again
 * are one commit. Answers how many those are. The transaction may run more than once until it is committed.
 */
export function receiveSignal(pool: Pool, signal: Signal, onKept?: OnKept): Promise<number> {
  return transaction(pool, async (tx) => {
    await noteTopic(tx, signal.topic);
    const customers = await affectedCustomers(tx, signal);
    // Jobs before turns, as everywhere, so that nobody waits in a circle.
    await queuePeople(tx, { customers, lane: "calm" });
    await keepSignal(tx, signal, onKept);
    return customers.length;
  });
}

/** Some versions do not name the people in a conversation; then those count of whom it is known. */
async function keepSignal(tx: Queryable, signal: Signal, onKept: OnKept | undefined): Promise<void> {
  if (kindOfTopic(signal.topic) === undefined) return;
  const { conversationId, contactIds: named } = signal;
  const isNameless = named.length === 0 && conversationId !== null;
  const contactIds = isNameless ? await findParticipants(tx, conversationId) : named;
  const heard = signalsOf({ ...signal, contactIds });
  const words = signal.written?.text ?? "";
  await keepHeard(
    tx,
    heard.map((one) => ({ ...one, words })),
    onKept,
  );
}

async function affectedCustomers(tx: Queryable, signal: Signal): Promise<readonly CustomerKey[]> {
  const { topic, contactIds } = signal;
  const [first, second] = contactIds;
  if (topic === "contact.deleted") {
    for (const contactId of contactIds) {
      await markGone(tx, contactId);
      await forgetSignals(tx, contactId);
    }
    return [];
  }
  // The first contact survives, the second one is gone.
  if (topic === "contact.merged" && first !== undefined && second !== undefined)
    return takeMerge(tx, { contactId: second, survivorId: first });
  if (mustBeRead.has(topic) && first !== undefined) {
    const customer = await markForReading(tx, first);
    return customer === null ? [] : [customer];
  }
  return appeared.has(topic) ? lookAgain(tx, signal) : [];
}

/** One contact went into another one: its customer and its signals go along. Answers who has to be looked at. */
export async function takeMerge(
  tx: Queryable,
  merge: { readonly contactId: string; readonly survivorId: string },
): Promise<readonly CustomerKey[]> {
  await moveSignals(tx, merge.contactId, merge.survivorId);
  return followMerge(tx, merge);
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
