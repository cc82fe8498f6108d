/** Conversations as the API shows them, alone with their parts or in lists without. */
import { appliedTagView } from "./tags.ts";
import { contactReference } from "./contact-view.ts";
import { statisticsOf } from "./conversation-statistics.ts";
import type { Author, Conversation, ConversationPart, ConversationPriority } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

/** The conversation with all its parts. */
export function conversationView(workspace: Workspace, conversation: Conversation) {
  return {
    ...conversationListItem(workspace, conversation),
    conversation_parts: {
      type: "conversation_part.list",
      conversation_parts: conversation.parts.map((part) => partView(part, conversation)),
      total_count: conversation.parts.length,
    },
  };
}

/** The conversation as lists and searches show it. */
export function conversationListItem(workspace: Workspace, conversation: Conversation) {
  const contact = workspace.people.get(conversation.contact_id);
  return {
    type: "conversation" as const,
    id: conversation.id,
    title: conversation.title,
    created_at: conversation.created_at,
    updated_at: conversation.updated_at,
    waiting_since: conversation.waiting_since,
    snoozed_until: conversation.snoozed_until,
    source: sourceView(conversation),
    contacts: { type: "contact.list", contacts: contact === undefined ? [] : [contactReference(contact)] },
    first_contact_reply:
      conversation.first_contact_reply_at === null
        ? null
        : { created_at: conversation.first_contact_reply_at, type: "conversation", url: null },
    admin_assignee_id: conversation.admin_assignee_id,
    team_assignee_id: conversation.team_assignee_id,
    company_id: conversation.company_id,
    open: conversation.state === "open",
    state: conversation.state,
    read: conversation.read,
    tags: { type: "tag.list", tags: conversation.tags.map((applied) => appliedTagView(workspace, applied)) },
    priority: priorityOf(conversation),
    sla_applied: null,
    statistics: statisticsOf(conversation),
    conversation_rating: null,
    teammates: { type: "admin.list", teammates: teammates(conversation) },
    custom_attributes: conversation.custom_attributes,
    topics: {},
    ticket: null,
    linked_objects: { type: "list", data: [], total_count: 0, has_more: false },
    ai_agent: null,
    ai_agent_participated: false,
  };
}

/** How much it matters. */
export function priorityOf({ priority }: Conversation): ConversationPriority {
  return priority ?? "none";
}

function sourceView({ source }: Conversation) {
  return {
    type: source.type,
    id: source.id,
    delivered_as: source.delivered_as,
    subject: source.subject,
    body: source.body,
    author: authorView(source.author),
    attachments: [],
    url: null,
    redacted: false,
  };
}

/** A part by itself. */
export function partView(part: ConversationPart, conversation: Conversation) {
  return {
    type: "conversation_part" as const,
    id: part.id,
    part_type: part.part_type,
    body: part.body,
    created_at: part.created_at,
    updated_at: part.created_at,
    notified_at: part.created_at,
    assigned_to: part.assigned_to,
    author: authorView(part.author),
    attachments: [],
    external_id: null,
    redacted: false,
    email_message_metadata: null,
    metadata: {},
    state: conversation.state,
    tags: [],
    event_details: part.event_details ?? null,
    app_package_code: null,
  };
}

/** Who wrote something. */
export function authorView(author: Author) {
  return { type: author.type, id: author.id, name: author.name, email: author.email ?? "" };
}

function teammates(conversation: Conversation) {
  const authors = [conversation.source.author, ...conversation.parts.map((part) => part.author)];
  const ids = new Set(authors.filter((author) => author.type === "admin").map((author) => author.id));
  return [...ids].map((id) => ({ type: "admin", id }));
}
