/** What happens in a conversation: it begins, somebody writes, a teammate acts. All ways in go through here. */
import { adminAuthor, botAuthor } from "./admins.ts";
import { conversationView, partView, priorityOf } from "./conversation-view.ts";
import { htmlOf, plainOf } from "./html.ts";
import { notFound } from "./refusal.ts";
import type { Admin, Author, Contact, Conversation, ConversationPart, ConversationPriority, Message } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

/** A conversation by id, or 404. */
export function findConversation(workspace: Workspace, id: string): Conversation {
  const conversation = workspace.tables.conversations.get(id);
  if (conversation === undefined) throw notFound();
  return conversation;
}

/** A person's conversations, the one that changed last at the end. */
export function conversationsOf(workspace: Workspace, contactId: string): readonly Conversation[] {
  return workspace.tables.conversations
    .all()
    .filter((conversation) => conversation.contact_id === contactId)
    .sort((a, b) => a.updated_at - b.updated_at || Number(a.id) - Number(b.id));
}

/** A contact as the author of something. */
export function contactAuthor(contact: Contact): Author {
  return { type: contact.role, id: contact.id, name: contact.name, email: contact.email };
}

/** Begins a conversation with the words of a contact. */
export function startByContact(
  workspace: Workspace,
  contact: Contact,
  words: { readonly body: string; readonly subject?: string | undefined; readonly createdAt?: number | undefined },
): Conversation {
  const at = words.createdAt ?? workspace.nowS();
  const conversation = begin(workspace, contact, {
    id: workspace.ids.next("message"),
    type: "conversation",
    delivered_as: "customer_initiated",
    subject: words.subject ?? "",
    body: htmlOf(words.body),
    author: contactAuthor(contact),
    at,
  });
  touch(workspace, contact, { last_replied_at: at });
  tell(workspace, "conversation.user.created", { conversation });
  return conversation;
}

/** Turns a teammate's message into a conversation, as happens when the contact answers. */
export function startFromMessage(workspace: Workspace, contact: Contact, message: Message): Conversation {
  const admin = workspace.tables.admins.get(message.admin_id);
  const conversation = begin(workspace, contact, {
    id: message.id,
    type: message.message_type === "email" ? "email" : "conversation",
    delivered_as: "admin_initiated",
    subject: message.subject,
    body: message.body,
    author: admin === undefined ? contactAuthor(contact) : adminAuthor(admin),
    at: message.created_at,
  });
  workspace.tables.messages.put({ ...message, conversation_id: conversation.id });
  return conversation;
}

function begin(
  workspace: Workspace,
  contact: Contact,
  first: Conversation["source"] & { readonly at: number },
): Conversation {
  const { at, ...source } = first;
  const fromContact = source.delivered_as === "customer_initiated";
  const id = workspace.ids.next("conversation");
  workspace.unindexed.conversations.added(id);
  return workspace.tables.conversations.put({
    id,
    contact_id: contact.id,
    title: null,
    state: "open",
    read: !fromContact,
    created_at: at,
    updated_at: at,
    waiting_since: fromContact ? at : null,
    snoozed_until: null,
    admin_assignee_id: 0,
    team_assignee_id: 0,
    company_id: null,
    custom_attributes: {},
    tags: [],
    source,
    first_contact_reply_at: fromContact ? at : null,
    parts: [],
  });
}

/** A contact answers. A closed or snoozed conversation opens again. */
export function replyByContact(
  workspace: Workspace,
  conversation: Conversation,
  reply: { readonly contact: Contact; readonly body: string; readonly createdAt?: number | undefined },
): Conversation {
  const at = reply.createdAt ?? workspace.nowS();
  const reopened = conversation.state !== "open";
  const part = newPart(workspace, {
    part_type: reopened ? "open" : "comment",
    body: reply.body,
    author: contactAuthor(reply.contact),
    at,
  });
  touch(workspace, reply.contact, { last_replied_at: at });
  return addPart(workspace, conversation, {
    part,
    topic: "conversation.user.replied",
    change: {
      state: "open",
      snoozed_until: null,
      read: false,
      waiting_since: conversation.waiting_since ?? at,
      first_contact_reply_at: conversation.first_contact_reply_at ?? at,
    },
  });
}

/** A teammate answers, or writes a note that the contact does not see. */
export function replyByAdmin(
  workspace: Workspace,
  conversation: Conversation,
  reply: {
    readonly admin: Admin;
    readonly kind: "comment" | "note" | "quick_reply";
    readonly body: string;
    readonly createdAt?: number | undefined;
  },
): Conversation {
  const at = reply.createdAt ?? workspace.nowS();
  const part = newPart(workspace, { part_type: reply.kind, body: reply.body, author: adminAuthor(reply.admin), at });
  if (reply.kind === "note")
    return addPart(workspace, conversation, { part, topic: "conversation.admin.noted", change: {} });
  const contact = workspace.people.get(conversation.contact_id);
  if (contact !== undefined) touch(workspace, contact, { last_contacted_at: at });
  return addPart(workspace, conversation, {
    part,
    topic: "conversation.admin.replied",
    change: { waiting_since: null },
  });
}

/** A teammate ends the conversation, perhaps with last words. */
export function closeByAdmin(workspace: Workspace, conversation: Conversation, part: ConversationPart): Conversation {
  return addPart(workspace, conversation, {
    part,
    topic: "conversation.admin.closed",
    change: { state: "closed", snoozed_until: null, waiting_since: null },
  });
}

/** Says how much the conversation matters, in the name of a teammate or else of the Operator. Saying it again changes nothing. */
export function prioritise(
  workspace: Workspace,
  conversation: Conversation,
  { priority, admin }: { readonly priority: ConversationPriority; readonly admin: Admin | null },
): Conversation {
  const previous = priorityOf(conversation);
  if (priority === previous) return conversation;
  const author = admin === null ? botAuthor(workspace) : adminAuthor(admin);
  const part = newPart(workspace, { part_type: "priority_changed", body: null, author });
  return addPart(workspace, conversation, {
    part: { ...part, event_details: { current_priority: priority, previous_priority: previous } },
    topic: "conversation.priority.updated",
    change: { priority },
  });
}

/** Adds something that happened and tells subscribers. */
export function addPart(
  workspace: Workspace,
  conversation: Conversation,
  event: { readonly part: ConversationPart; readonly topic: string | null; readonly change: Partial<Conversation> },
): Conversation {
  const next = workspace.tables.conversations.put({
    ...conversation,
    ...event.change,
    parts: [...conversation.parts, event.part],
    updated_at: workspace.nowS(),
  });
  if (event.topic !== null) tell(workspace, event.topic, { conversation: next, part: event.part });
  return next;
}

/** A part that is not in a conversation yet. */
export function newPart(
  workspace: Workspace,
  part: {
    readonly part_type: string;
    readonly body: string | null;
    readonly author: Author;
    readonly at?: number | undefined;
    readonly assigned_to?: ConversationPart["assigned_to"] | undefined;
  },
): ConversationPart {
  return {
    id: workspace.ids.next("part"),
    part_type: part.part_type,
    body: part.body === null || part.body === "" ? null : htmlOf(part.body),
    created_at: part.at ?? workspace.nowS(),
    author: part.author,
    assigned_to: part.assigned_to ?? null,
  };
}

/** Webhooks carry plain text, and of the parts only the one that is new. */
function tell(
  workspace: Workspace,
  topic: string,
  { conversation, part }: { readonly conversation: Conversation; readonly part?: ConversationPart },
): void {
  workspace.notify(topic, () => {
    const view = conversationView(workspace, conversation);
    const parts = part === undefined ? [] : [{ ...partView(part, conversation), body: plainOf(part.body ?? "") }];
    return {
      ...view,
      source: { ...view.source, body: plainOf(view.source.body), subject: plainOf(view.source.subject) },
      conversation_parts: { type: "conversation_part.list", conversation_parts: parts, total_count: parts.length },
    };
  });
}

function touch(workspace: Workspace, contact: Contact, times: Partial<Contact>): void {
  const present = workspace.people.get(contact.id);
  if (present !== undefined) workspace.people.save({ ...present, ...times, updated_at: workspace.nowS() });
}
