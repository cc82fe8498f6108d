/** One Intercom contact as the right column shows it: attributes, tags, notes, conversations, events. */
import type { Contact, Conversation, ConversationPart, Message } from "../intercom/rows.ts";
import type { ControlParts } from "./parts.ts";

const shownMax = 100;
const eventsShown = 20;

/** Contacts whose name, address or id contains the text, also archived ones. */
export function findContacts({ intercom }: ControlParts, text: string) {
  const wanted = text.trim().toLowerCase();
  const fits = (contact: Contact) =>
    [contact.name, contact.email, contact.external_id, contact.id].some((value) =>
      value?.toLowerCase().includes(wanted),
    );
  const found = intercom.contacts().filter(fits);
  return {
    total: found.length,
    contacts: found
      .slice(0, shownMax)
      .map(({ id, name, email, role, external_id, state }) => ({ id, name, email, role, external_id, state })),
  };
}

/** Everything about one contact; `undefined` when Intercom has no record of it. */
export function contactStory(parts: ControlParts, id: string) {
  const { intercom } = parts;
  const contact = intercom.contact(id);
  if (contact === undefined) return undefined;
  const { name, email, role, external_id, state, phone, unsubscribed_from_emails } = contact;
  return {
    contact: {
      id,
      name,
      email,
      role,
      external_id,
      state,
      phone,
      unsubscribed_from_emails,
      updated_at: contact.updated_at,
      merged_into: contact.merged_into,
    },
    attributes: attributesOf(parts, contact),
    tags: intercom.tagNamesOf(id),
    notes: intercom
      .notesOn(id)
      .map(({ id: note, body, created_at }) => ({ id: note, text: plain(body), at: created_at })),
    conversations: intercom.conversationsOf(id).map(conversationView),
    messages: intercom
      .messagesTo(id)
      .filter((message) => message.conversation_id === null)
      .map(messageView),
    events: intercom
      .eventsOf(id)
      .slice(-eventsShown)
      .reverse()
      .map((event) => ({ name: event.event_name, at: event.created_at, metadata: event.metadata })),
  };
}

/** In the order in which they were defined, so that a value does not jump about when it changes. */
function attributesOf({ intercom }: ControlParts, contact: Contact) {
  return intercom
    .attributes("contact")
    .filter((definition) => Object.hasOwn(contact.custom_attributes, definition.name))
    .map(({ name, data_type }) => ({ name, type: data_type, value: contact.custom_attributes[name] ?? null }));
}

function conversationView(conversation: Conversation) {
  const first = {
    author: conversation.source.author,
    text: words(conversation.source),
    at: conversation.created_at,
    kind: "comment",
  };
  return {
    id: conversation.id,
    state: conversation.state,
    priority: conversation.priority ?? "none",
    title: conversation.title,
    attributes: conversation.custom_attributes,
    parts: [first, ...conversation.parts.map(partView)],
  };
}

function partView(part: ConversationPart) {
  return {
    author: part.author,
    text: part.body === null ? null : plain(part.body),
    at: part.created_at,
    kind: part.part_type,
  };
}

function messageView(message: Message) {
  return {
    id: message.id,
    type: message.message_type,
    subject: message.subject,
    text: plain(message.body),
    at: message.created_at,
  };
}

function words(source: Conversation["source"]): string {
  return source.subject === "" ? plain(source.body) : `${source.subject}\n${plain(source.body)}`;
}

/** The page shows text only; markup of others never reaches it. */
function plain(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>|<\/(p|li|h\d|div)>\s*/gi, "\n")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => entities[name] ?? "")
    .trim();
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
