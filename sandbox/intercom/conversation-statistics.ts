/** When a conversation's people wrote and closed, as Intercom counts it for reports. What has not happened is left out. */
import type { Conversation, ConversationPart } from "./rows.ts";

/** The statistics that stand in every view of a conversation. */
export function statisticsOf(conversation: Conversation) {
  const { source, parts } = conversation;
  const begunByContact = source.delivered_as === "customer_initiated" ? [conversation.created_at] : [];
  const replies = [...begunByContact, ...timesOf(parts.filter(isByContact))];
  const answers = timesOf(parts.filter(isAnswer));
  const closings = ofType(parts, "close");
  const closes = timesOf(closings);
  const { first_contact_reply_at: firstReply } = conversation;
  return {
    type: "conversation_statistics",
    ...given("first_contact_reply_at", firstReply ?? undefined),
    ...given("last_contact_reply_at", replies.at(-1)),
    ...given("first_admin_reply_at", answers[0]),
    ...given("last_admin_reply_at", answers.at(-1)),
    ...given("first_close_at", closes[0]),
    ...given("last_close_at", closes.at(-1)),
    ...given("last_closed_by_id", closings.at(-1)?.author.id),
    count_reopens: ofType(parts, "open").length,
    count_assignments: ofType(parts, "assignment").length,
    count_conversation_parts: parts.length,
  };
}

function isByContact({ author, body }: ConversationPart): boolean {
  return (author.type === "user" || author.type === "lead") && body !== null;
}

function isAnswer({ author, part_type }: ConversationPart): boolean {
  return author.type === "admin" && (part_type === "comment" || part_type === "quick_reply");
}

function ofType(parts: readonly ConversationPart[], type: string): readonly ConversationPart[] {
  return parts.filter(({ part_type }) => part_type === type);
}

function timesOf(parts: readonly ConversationPart[]): readonly number[] {
  return parts.map(({ created_at }) => created_at).toSorted((a, b) => a - b);
}

function given<Value>(name: string, value: Value | undefined): Readonly<Record<string, Value>> {
  return value === undefined ? {} : { [name]: value };
}
