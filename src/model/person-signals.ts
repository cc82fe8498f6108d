/** What happened in Intercom with one person, as far as rules ask. */

export type PersonSignals = {
  /** When the person last wrote to us since the moment that was asked about, in unix seconds; what we wrote in their name does not count. */
  readonly repliedS: number | null;
  /** Where they wrote that; without it, the latest conversation that waits for us. */
  readonly conversationId: string | null;
  /** Conversations of theirs that are open and in which they wrote last. */
  readonly openConversations: number;
  /** They want no e-mails. */
  readonly unsubscribed: boolean;
};
