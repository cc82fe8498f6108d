/** What was read in Intercom, as the signals that its notifications would have been. */
import { fingerprint } from "../lib/hash.ts";
import type { ContactSignal, SignalKind } from "./signal.ts";

/** How a contact stands in Intercom; moments in unix seconds. */
export type ContactReading = {
  readonly contactId: string;
  /** When they last wrote, wherever that was. */
  readonly lastRepliedS: number | null;
  readonly unsubscribed: boolean;
  readonly conversations: readonly ConversationReading[];
};

/** How one of their conversations stands. */
export type ConversationReading = {
  readonly id: string;
  /** When the contact began it with words of their own; null for one that others began. */
  readonly openedS: number | null;
  /** When they last wrote into it. */
  readonly repliedS: number | null;
  readonly answeredS: number | null;
  /** Null while it is not closed. */
  readonly closedS: number | null;
};

export type ReadingScope = {
  /** What they wrote before is of no interest. */
  readonly sinceS: number;
  readonly nowS: number;
  /** What is known so far. */
  readonly isUnsubscribed: boolean;
};

/** Clocks and indexes round differently; a moment within so many seconds is the same one. */
export const sameMomentS = 5;

/**
 * The signals in a reading. Searching lags behind: that somebody wrote shows on the contact before their conversation is
 * found, and is a reply without a conversation then.
 */
export function signalsInReading(reading: ContactReading, scope: ReadingScope): readonly ContactSignal[] {
  const make = maker(reading.contactId);
  const written = reading.conversations.flatMap(({ openedS, repliedS }) => [openedS ?? 0, repliedS ?? 0]);
  const latestFound = Math.max(0, ...written);
  const { lastRepliedS, unsubscribed } = reading;
  const isUnexplained = lastRepliedS !== null && lastRepliedS > latestFound + sameMomentS;
  return [
    ...reading.conversations.flatMap((conversation) => inConversation(conversation, scope, make)),
    ...(isUnexplained && lastRepliedS >= scope.sinceS ? [make("replied", null, lastRepliedS)] : []),
    ...(unsubscribed === scope.isUnsubscribed
      ? []
      : [make(unsubscribed ? "unsubscribed" : "subscribed", null, scope.nowS)]),
  ];
}

type Make = (kind: SignalKind, conversationId: string | null, atS: number) => ContactSignal;

function maker(contactId: string): Make {
  return (kind, conversationId, atS) => ({
    id: `read_${fingerprint(JSON.stringify([kind, conversationId, atS]))}`,
    contactId,
    kind,
    conversationId,
    tag: null,
    atS,
    source: "reading",
  });
}

function inConversation(
  { id, openedS, repliedS, answeredS, closedS }: ConversationReading,
  { sinceS }: ReadingScope,
  make: Make,
): readonly ContactSignal[] {
  const isNew = (atS: number | null): atS is number => atS !== null && atS >= sinceS;
  // The words that begin a conversation may count as a reply in its statistics, too.
  const isReply = isNew(repliedS) && (openedS === null || repliedS > openedS);
  return [
    ...(isNew(openedS) ? [make("conversation_opened", id, openedS)] : []),
    ...(isReply ? [make("replied", id, repliedS)] : []),
    ...(isNew(answeredS) ? [make("conversation_answered", id, answeredS)] : []),
    ...(isNew(closedS) ? [make("conversation_closed", id, closedS)] : []),
  ];
}
