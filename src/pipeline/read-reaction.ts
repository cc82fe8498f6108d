/** Asks Intercom whether a person has reacted, for when nobody told us: deliveries of notifications get lost, and nobody repeats them. */
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { IntercomClient } from "../intercom/client.ts";
import type { CallOptions } from "../intercom/contacts.ts";
import { IntercomContactMerged } from "../intercom/failure.ts";
import { getContactStanding, searchConversationStandings, type ConversationStanding } from "../intercom/standing.ts";
import type { PersonSignals } from "../model/person-signals.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import { signalsInReading, type ContactReading, type ConversationReading } from "../signals/reading.ts";
import { findPersonSignals } from "../signals/store.ts";
import { keepHeard, type HeardSignal, type OnKept } from "./keep-signals.ts";
import { takeMerge } from "./receive-signal.ts";

export type ReactionGround = {
  readonly pool: Pool;
  readonly intercom: IntercomClient;
  /** The clock that rules go by. */
  readonly nowMs: () => number;
  readonly onKept?: OnKept;
};

/** Whose reaction, and since when, in unix seconds. */
export type ReactionQuestion = { readonly contactId: string; readonly sinceS: number };

/**
 * Reads the contact and their conversations (two calls), keeps what no notification has told, and answers what is known then.
 * Of a contact that was merged the survivor is asked. Call it before a wait for an answer ends by time. Throws Intercom's
 * failures; IntercomNotFound when the contact is gone.
 */
export async function readReaction(
  ground: ReactionGround,
  question: ReactionQuestion,
  options: CallOptions,
): Promise<PersonSignals> {
  const { contactId } = question;
  try {
    const { contact, conversations } = await readStandings(ground.intercom, question, options);
    return await keepReading(ground, question, { contactId, ...contact, conversations });
  } catch (error) {
    if (!(error instanceof IntercomContactMerged) || error.canonicalContactId === contactId) throw error;
    const survivorId = error.canonicalContactId;
    await transaction(ground.pool, async (tx) => {
      await queuePeople(tx, { customers: await takeMerge(tx, { contactId, survivorId }), lane: "calm" });
    });
    return readReaction(ground, { ...question, contactId: survivorId }, options);
  }
}

async function readStandings(intercom: IntercomClient, question: ReactionQuestion, options: CallOptions) {
  const [contact, conversations] = await Promise.all([
    getContactStanding(intercom, question.contactId, options),
    searchConversationStandings(intercom, question, options),
  ]);
  return { contact, conversations };
}

type Standings = Omit<ContactReading, "conversations"> & { readonly conversations: readonly ConversationStanding[] };

function keepReading(
  { pool, nowMs, onKept }: ReactionGround,
  { contactId, sinceS }: ReactionQuestion,
  { conversations, ...contact }: Standings,
): Promise<PersonSignals> {
  const words = new Map(conversations.map(({ id, html }) => [id, html]));
  const reading = { ...contact, conversations: conversations.map((one) => asReading(one, contactId)) };
  return transaction(pool, async (tx) => {
    const { unsubscribed: isUnsubscribed } = await findPersonSignals(tx, contactId, sinceS);
    const scope = { sinceS, nowS: Math.floor(nowMs() / 1000), isUnsubscribed };
    const heard = signalsInReading(reading, scope).map((signal): HeardSignal => ({
      ...signal,
      words: words.get(signal.conversationId ?? "") ?? "",
    }));
    await keepHeard(tx, heard, onKept);
    return findPersonSignals(tx, contactId, sinceS);
  });
}

function asReading(standing: ConversationStanding, contactId: string): ConversationReading {
  const { id, begunBy, createdS, lastContactReplyS, lastAdminReplyS, lastCloseS, isClosed, updatedS } = standing;
  return {
    id,
    openedS: begunBy === contactId ? createdS : null,
    repliedS: lastContactReplyS,
    answeredS: lastAdminReplyS,
    closedS: isClosed ? (lastCloseS ?? updatedS) : null,
  };
}
