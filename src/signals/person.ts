/** What a person's signals say together. */
import type { PersonSignals } from "../model/person-signals.ts";
import { isWriting, type ContactSignal } from "./signal.ts";

/** The latest signal of one kind in one conversation. */
export type LatestSignal = Pick<ContactSignal, "kind" | "conversationId" | "atS"> & {
  /** In which order signals of one second came. */
  readonly seq: number;
};

/**
 * Adds up a person's latest signals. `sinceS` counts for what they wrote; conversations and subscription stand as they stand.
 */
export function addUpSignals(latest: readonly LatestSignal[], sinceS: number): PersonSignals {
  const written = newest(latest.filter(({ kind, atS }) => isWriting(kind) && atS >= sinceS));
  const waiting = waitingConversations(latest);
  const subscription = newest(latest.filter(({ kind }) => kind === "unsubscribed" || kind === "subscribed"));
  return {
    repliedS: written?.atS ?? null,
    conversationId: written?.conversationId ?? newest(waiting)?.conversationId ?? null,
    openConversations: waiting.length,
    unsubscribed: subscription?.kind === "unsubscribed",
  };
}

/** What they wrote last in each conversation in which nothing came after it. */
function waitingConversations(latest: readonly LatestSignal[]): readonly LatestSignal[] {
  const byConversation = new Map<string, LatestSignal>();
  for (const signal of latest) {
    const { conversationId } = signal;
    if (conversationId === null) continue;
    const known = byConversation.get(conversationId);
    if (known === undefined || isLater(signal, known)) byConversation.set(conversationId, signal);
  }
  return [...byConversation.values()].filter(({ kind }) => isWriting(kind));
}

function newest(signals: readonly LatestSignal[]): LatestSignal | undefined {
  return signals.reduce<LatestSignal | undefined>(
    (best, signal) => (best === undefined || isLater(signal, best) ? signal : best),
    undefined,
  );
}

function isLater(a: LatestSignal, b: LatestSignal): boolean {
  return a.atS > b.atS || (a.atS === b.atS && a.seq > b.seq);
}
