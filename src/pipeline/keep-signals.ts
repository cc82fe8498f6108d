/** Keeps what happened in Intercom with contacts of customers, and tells whoever wants to know of what is new. */
import { listLeadersByContact } from "../contacts/store.ts";
import type { Queryable } from "../db/pool.ts";
import { saysSame } from "../effects/match.ts";
import { listOpenings } from "../effects/store.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { ContactSignal } from "../signals/signal.ts";
import { keepSignals } from "../signals/store.ts";

/** A signal that was not known before, and the leader of the person it is about. */
export type KeptSignal = ContactSignal & { readonly customer: CustomerKey };

/** Called inside the transaction that keeps the signals, never with none, and never again for a signal that came before. */
export type OnKept = (tx: Queryable, kept: readonly KeptSignal[]) => Promise<void>;

/** A signal with the words that began the conversation, by which one of our own making is known; they are not kept. */
export type HeardSignal = ContactSignal & { readonly words: string };

/** Keeps, inside the caller's transaction, what concerns customers and is not our own doing. */
export async function keepHeard(tx: Queryable, heard: readonly HeardSignal[], onKept?: OnKept): Promise<void> {
  if (heard.length === 0) return;
  const leaders = await listLeadersByContact(tx, [...new Set(heard.map(({ contactId }) => contactId))]);
  const customers = new Map(leaders.map(({ identity, customer }) => [identity.contactId, customer]));
  const theirs = heard.filter(({ contactId }) => customers.has(contactId));
  const kept = await keepSignals(tx, await withoutOurs(tx, theirs));
  const known = kept.flatMap((signal) => {
    const customer = customers.get(signal.contactId);
    return customer ? [{ ...signal, customer }] : [];
  });
  if (known.length > 0) await onKept?.(tx, known);
}

/**
 * A conversation that the ledger began in the contact's name is no word of theirs, though Intercom tells it as one. While the
 * call is under way its id is not known yet, so it is known by what it says.
 */
async function withoutOurs(tx: Queryable, heard: readonly HeardSignal[]): Promise<readonly ContactSignal[]> {
  const opened = heard.filter(({ kind }) => kind === "conversation_opened");
  if (opened.length === 0) return heard.map(withoutWords);
  const ours = await listOpenings(tx, {
    conversationIds: opened.flatMap(({ conversationId }) => conversationId ?? []),
    contactIds: opened.map(({ contactId }) => contactId),
  });
  const isOurs = ({ kind, conversationId, contactId, words }: HeardSignal): boolean =>
    kind === "conversation_opened" &&
    ours.some((one) =>
      one.conversationId === null
        ? one.contactId === contactId && saysSame(one.text, words)
        : one.conversationId === conversationId,
    );
  return heard.filter((signal) => !isOurs(signal)).map(withoutWords);
}

function withoutWords({ words: _words, ...signal }: HeardSignal): ContactSignal {
  return signal;
}
