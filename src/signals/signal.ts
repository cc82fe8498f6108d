/**
 * Station signals: what contacts did in Intercom, or what was done there to them. A signal comes with a notification, or is
 * read where a notification may have been missed; both tell the same thing, so what one has told the other does not tell again.
 */
import { fingerprint } from "../lib/hash.ts";

export const signalKinds = [
  "replied",
  "conversation_opened",
  "conversation_answered",
  "conversation_closed",
  "conversation_deleted",
  "unsubscribed",
  "subscribed",
  "tagged",
  "untagged",
  "archived",
  "merged",
  "deleted",
] as const;

export type SignalKind = (typeof signalKinds)[number];

/** One thing that happened with one contact. */
export type ContactSignal = {
  /** One contact never has two signals with the same id. */
  readonly id: string;
  readonly contactId: string;
  readonly kind: SignalKind;
  readonly conversationId: string | null;
  readonly tag: string | null;
  /** Unix seconds by Intercom's clock. */
  readonly atS: number;
  readonly source: "notification" | "reading";
};

/** What a notification says, as far as signals need it. */
export type Notification = {
  readonly id: string | null;
  readonly topic: string;
  readonly createdS: number;
  readonly contactIds: readonly string[];
  readonly conversationId: string | null;
  readonly tag: string | null;
  /** The contact who wrote, as far as it tells. */
  readonly written: { readonly contactId: string; readonly atS: number | null } | null;
};

/** The notifications that are kept, by topic; see docs/reference/signals.md for what each is good for. */
const kindsByTopic: ReadonlyMap<string, SignalKind> = new Map([
  ["conversation.user.replied", "replied"],
  ["ticket.contact.replied", "replied"],
  ["conversation.user.created", "conversation_opened"],
  ["conversation.admin.replied", "conversation_answered"],
  ["conversation.admin.closed", "conversation_closed"],
  ["conversation.deleted", "conversation_deleted"],
  ["contact.unsubscribed", "unsubscribed"],
  ["contact.subscribed", "subscribed"],
  ["contact.user.tag.created", "tagged"],
  ["contact.lead.tag.created", "tagged"],
  ["contact.user.tag.deleted", "untagged"],
  ["contact.lead.tag.deleted", "untagged"],
  ["contact.archived", "archived"],
  ["contact.merged", "merged"],
  ["contact.deleted", "deleted"],
]);

/** The topics that tell these. */
export function topicsTelling(kinds: ReadonlySet<string>): readonly string[] {
  return [...kindsByTopic].flatMap(([topic, kind]) => (kinds.has(kind) ? [topic] : []));
}

/** What a topic tells; undefined for one that tells nothing about a person. */
export function kindOfTopic(topic: string): SignalKind | undefined {
  return kindsByTopic.get(topic);
}

/** What the person themselves did by writing. */
export function isWriting(kind: SignalKind): boolean {
  return kind === "replied" || kind === "conversation_opened";
}

/**
 * The signals in a notification: of what somebody wrote the writer's alone, of a conversation each participant's, of all else
 * that of the contact it is about.
 */
export function signalsOf(notification: Notification): readonly ContactSignal[] {
  const kind = kindOfTopic(notification.topic);
  if (kind === undefined) return [];
  const atS = (isWriting(kind) ? notification.written?.atS : null) ?? notification.createdS;
  return concernedBy(kind, notification).map((contactId) => ({
    id: notification.id ?? idFor(notification, contactId),
    contactId,
    kind,
    conversationId: notification.conversationId,
    tag: notification.tag,
    atS,
    source: "notification",
  }));
}

function concernedBy(kind: SignalKind, { contactIds, written }: Notification): readonly string[] {
  if (isWriting(kind) && written !== null) return [written.contactId];
  return kind.startsWith("conversation_") ? contactIds : contactIds.slice(0, 1);
}

/** A notification without an id is known by what it says. */
function idFor({ topic, conversationId, tag, createdS }: Notification, contactId: string): string {
  return `said_${fingerprint(JSON.stringify([topic, contactId, conversationId, tag, createdS]))}`;
}
