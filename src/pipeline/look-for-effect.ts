/** Looks in Intercom for what an effect may have become. */
import type { EffectBody } from "../effects/effect.ts";
import type { Candidate } from "../effects/match.ts";
import type { IntercomClient } from "../intercom/client.ts";
import type { CallOptions } from "../intercom/contacts.ts";
import { getConversation, searchConversations, type Conversation } from "../intercom/conversations.ts";
import { listNotes } from "../intercom/notes.ts";
import { searchTickets } from "../intercom/tickets.ts";

export type Search = {
  readonly effect: EffectBody;
  /** The contact that it was sent to. */
  readonly contactId: string;
  readonly sinceS: number;
};

/** Everything that could be it. Throws Intercom's failures. */
export async function listCandidates(
  intercom: IntercomClient,
  { effect, contactId, sinceS }: Search,
  options: CallOptions,
): Promise<readonly Candidate[]> {
  switch (effect.kind) {
    case "note":
      return (await listNotes(intercom, contactId, options)).map(({ id, createdAtS, adminId, html }) => ({
        objectId: id,
        conversationId: null,
        createdAtS,
        facts: { author: adminId },
        texts: { text: html },
      }));
    case "ticket":
      return (await searchTickets(intercom, { contactId, sinceS }, options)).map((ticket) => ({
        objectId: ticket.id,
        conversationId: null,
        createdAtS: ticket.createdAtS,
        facts: { ticketType: ticket.ticketTypeId },
        texts: { title: ticket.title, text: ticket.description },
      }));
    case "message":
      return (await searchConversations(intercom, { contactId, sinceS }, options)).map(asMessage);
    case "conversation":
      if (effect.action === "open")
        return (await searchConversations(intercom, { contactId, sinceS }, options)).map(asOpened);
      return [...withinConversation(await getConversation(intercom, effect.conversationId, options))];
    case "tag":
    case "untag":
    case "data_event":
    case "webhook":
      return [];
  }
}

/** The conversation that a message began; known by the message's own id. */
function asMessage({ id, createdAtS, source }: Conversation): Candidate {
  return {
    objectId: source.id,
    conversationId: id,
    createdAtS,
    facts: {
      deliveredAs: source.deliveredAs,
      channel: source.type === "email" ? "email" : "inapp",
      author: source.authorId,
    },
    texts: { text: source.html, title: source.subject },
  };
}

function asOpened({ id, createdAtS, source }: Conversation): Candidate {
  return {
    objectId: id,
    conversationId: id,
    createdAtS,
    facts: { deliveredAs: source.deliveredAs },
    texts: { text: source.html },
  };
}

/** What was said in it, and how it stands now. */
function withinConversation(conversation: Conversation): readonly Candidate[] {
  const { id, parts, state, adminAssigneeId, teamAssigneeId } = conversation;
  const said = parts.map((part): Candidate => ({
    objectId: part.id,
    conversationId: id,
    createdAtS: part.createdAtS,
    facts: { part: part.type, author: part.authorId },
    texts: { text: part.html },
  }));
  const facts = { state, adminAssignee: adminAssigneeId ?? "0", teamAssignee: teamAssigneeId ?? "0" };
  return [...said, { objectId: null, conversationId: id, createdAtS: null, facts, texts: {} }];
}
