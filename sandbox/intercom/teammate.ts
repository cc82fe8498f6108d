/** What people do by hand in Intercom, or in its messenger, while the product watches. */
import { archivePerson, deletePerson, mergePeople } from "./contact-lifecycle.ts";
import { contactView, type ContactView } from "./contact-view.ts";
import { createAttribute, type AttributeInput } from "./data-attributes.ts";
import { changePerson, createPerson, findPerson, type ContactInput } from "./person.ts";
import type {
  AttributeModel,
  Contact,
  Conversation,
  DataAttribute,
  DataEvent,
  Message,
  Note,
  Ticket,
  TicketType,
} from "./rows.ts";
import { adminAuthor, tokenAdmin } from "./admins.ts";
import { notFound } from "./refusal.ts";
import { tagContact, tagNamed, untagContact } from "./tags.ts";
import {
  closeByAdmin,
  conversationsOf,
  newPart,
  replyByAdmin,
  replyByContact,
  startByContact,
  startFromMessage,
} from "./talk.ts";
import { answerTicket } from "./tickets.ts";
import type { Workspace } from "./workspace.ts";

type ContactKeys = { readonly external_id?: string | null; readonly email?: string | null };

export type Teammate = {
  /** Puts a person there as if always known: findable at once, no webhook. */
  seedContact(input: ContactInput): Contact;
  /** Everyone with a record, also archived, blocked and merged people. */
  contacts(): readonly Contact[];
  contact(id: string): Contact | undefined;
  /** The contact as the API shows it, whatever its state. */
  contactView(id: string): ContactView | undefined;
  /** Live users with this external id, and if there are none, with this e-mail address. */
  contactsFor(keys: ContactKeys): readonly Contact[];
  conversationsOf(contactId: string): readonly Conversation[];
  messagesTo(contactId: string): readonly Message[];
  eventsOf(contactId: string): readonly DataEvent[];
  notesOn(contactId: string): readonly Note[];
  ticketsOf(contactId: string): readonly Ticket[];
  ticketTypes(): readonly TicketType[];
  adminIds(): readonly string[];
  teamIds(): readonly string[];
  tagNamesOf(contactId: string): readonly string[];
  /** The person writes in the messenger; goes to the latest conversation or message, or begins a conversation. */
  userReplies(contactId: string, text: string): Conversation;
  /** The person begins a conversation of their own, whatever was said before. */
  userStarts(contactId: string, text: string): Conversation;
  /** The person answers in their latest ticket. */
  userRepliesToTicket(contactId: string, text: string): Ticket;
  /** A teammate answers in the person's latest conversation. */
  teammateReplies(contactId: string, text: string): Conversation;
  /** A teammate closes the person's conversations that are not. */
  closeConversations(contactId: string): readonly Conversation[];
  /** A teammate puts a tag on, or takes it off. */
  tagContact(contactId: string, tag: string): void;
  untagContact(contactId: string, tag: string): void;
  editContact(id: string, patch: ContactInput): Contact;
  archiveContact(id: string): void;
  deleteContact(id: string): void;
  mergeContacts(from: string, into: string): Contact;
  addAttribute(input: AttributeInput): DataAttribute;
  /** Definitions of one model in the order of their creation, archived ones included. */
  attributes(model: AttributeModel): readonly DataAttribute[];
  /** How many conversations there are. */
  conversationCount(): number;
};

/** Hands for the tests, the make-believe company and the control page. */
export function createTeammate(workspace: Workspace): Teammate {
  const { people, tables, journal } = workspace;
  const found = (id: string) => findPerson(workspace, id);
  return {
    seedContact: (input) => createPerson(workspace, input, true),
    contacts: () => people.all(),
    contact: (id) => people.get(id),
    contactView(id) {
      const contact = people.get(id);
      return contact === undefined ? undefined : contactView(workspace, contact);
    },
    contactsFor: (keys) => contactsFor(workspace, keys),
    conversationsOf: (contactId) => conversationsOf(workspace, contactId),
    messagesTo: (contactId) => messagesTo(workspace, contactId),
    eventsOf: (contactId) => journal.of(contactId),
    notesOn: (contactId) =>
      (people.get(contactId)?.note_ids ?? []).map((id) => tables.notes.get(id)).filter((note) => note !== undefined),
    ticketsOf: (contactId) => tables.tickets.all().filter((ticket) => ticket.contact_id === contactId),
    ticketTypes: () => tables.ticketTypes.all(),
    adminIds: () => tables.admins.all().map(({ id }) => id),
    teamIds: () => tables.teams.all().map(({ id }) => id),
    tagNamesOf: (contactId) =>
      (people.get(contactId)?.tags ?? [])
        .map(({ id }) => tables.tags.get(id)?.name)
        .filter((name) => name !== undefined),
    userReplies: (contactId, text) => writeInMessenger(workspace, found(contactId), text),
    userStarts: (contactId, text) => startByContact(workspace, found(contactId), { body: text }),
    userRepliesToTicket: (contactId, text) => writeInTicket(workspace, found(contactId), text),
    teammateReplies: (contactId, body) =>
      replyByAdmin(workspace, latestConversation(workspace, contactId), {
        admin: tokenAdmin(workspace),
        kind: "comment",
        body,
      }),
    closeConversations: (contactId) => closeAll(workspace, contactId),
    tagContact: (contactId, tag) => void tagContact(workspace, found(contactId), tagNamed(workspace, tag)),
    untagContact: (contactId, tag) => void untagContact(workspace, found(contactId), tagNamed(workspace, tag)),
    editContact: (id, patch) => changePerson(workspace, found(id), patch),
    archiveContact: (id) => void archivePerson(workspace, found(id)),
    deleteContact: (id) => void deletePerson(workspace, found(id)),
    mergeContacts: (from, into) => mergePeople(workspace, { from: found(from), into: found(into) }),
    addAttribute: (input) => createAttribute(workspace, input),
    attributes: (model) => tables.attributes.all().filter((attribute) => attribute.model === model),
    conversationCount: () => tables.conversations.size,
  };
}

function contactsFor({ people }: Workspace, { external_id = null, email = null }: ContactKeys): readonly Contact[] {
  const isUser = (contact: Contact) => contact.state === "live" && contact.role === "user";
  const byId = external_id === null ? [] : people.withExternalId(external_id).filter(isUser);
  if (byId.length > 0) return byId;
  return email === null ? [] : people.withEmail(email).filter(isUser);
}

function messagesTo(workspace: Workspace, contactId: string): readonly Message[] {
  return workspace.tables.messages.all().filter((message) => message.contact_id === contactId);
}

function writeInMessenger(workspace: Workspace, contact: Contact, text: string): Conversation {
  const conversation = conversationsOf(workspace, contact.id).at(-1);
  const message = messagesTo(workspace, contact.id).findLast((sent) => sent.conversation_id === null);
  if (message !== undefined && message.created_at >= (conversation?.updated_at ?? 0)) {
    return replyByContact(workspace, startFromMessage(workspace, contact, message), { contact, body: text });
  }
  if (conversation === undefined) return startByContact(workspace, contact, { body: text });
  return replyByContact(workspace, conversation, { contact, body: text });
}

function writeInTicket(workspace: Workspace, contact: Contact, text: string): Ticket {
  const tickets = workspace.tables.tickets
    .all()
    .filter(({ contact_id, is_shared }) => contact_id === contact.id && is_shared);
  const latest = tickets.at(-1);
  if (latest === undefined) throw notFound("This person has no ticket that they can see", "ticket_not_found");
  answerTicket(workspace, latest, { type: "comment", text, contact });
  return workspace.tables.tickets.get(latest.id) ?? latest;
}

function latestConversation(workspace: Workspace, contactId: string): Conversation {
  const latest = conversationsOf(workspace, contactId).at(-1);
  if (latest === undefined) throw notFound("This person has no conversation");
  return latest;
}

function closeAll(workspace: Workspace, contactId: string): readonly Conversation[] {
  const author = adminAuthor(tokenAdmin(workspace));
  const open = conversationsOf(workspace, contactId).filter(({ state }) => state !== "closed");
  if (open.length === 0) throw notFound("This person has no open conversation");
  return open.map((one) =>
    closeByAdmin(workspace, one, newPart(workspace, { part_type: "close", body: null, author })),
  );
}
