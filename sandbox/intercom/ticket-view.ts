/** Tickets as the API shows them. */
import { contactReference } from "./contact-view.ts";
import { authorView } from "./conversation-view.ts";
import { notFound } from "./refusal.ts";
import type { Ticket, TicketPart, TicketState } from "./rows.ts";
import { findType, stateView, typeView } from "./ticket-types.ts";
import type { Workspace } from "./workspace.ts";

/** The whole ticket. */
export function ticketView(workspace: Workspace, ticket: Ticket) {
  const contact = workspace.people.get(ticket.contact_id);
  const type = findType(workspace, ticket.ticket_type_id);
  const links =
    ticket.conversation_id === null ? [] : [{ type: "conversation", id: ticket.conversation_id, category: null }];
  return {
    type: "ticket" as const,
    id: ticket.id,
    ticket_id: ticket.ticket_id,
    ticket_attributes: ticket.ticket_attributes,
    ticket_state: stateView(stateOf(workspace, ticket)),
    ticket_type: typeView(workspace, type),
    contacts: { type: "contact.list", contacts: contact === undefined ? [] : [contactReference(contact)] },
    admin_assignee_id: ticket.admin_assignee_id,
    team_assignee_id: ticket.team_assignee_id,
    company_id: ticket.company_id,
    created_at: ticket.created_at,
    updated_at: ticket.updated_at,
    ticket_parts: {
      type: "ticket_part.list",
      ticket_parts: ticket.parts.map(ticketPartView),
      total_count: ticket.parts.length,
    },
    open: ticket.open,
    ...(ticket.snoozed_until === null ? {} : { snoozed_until: ticket.snoozed_until }),
    linked_objects: { type: "list", data: links, total_count: links.length, has_more: false },
    category: type.category,
    is_shared: ticket.is_shared,
  };
}

/** The state a ticket is in. */
export function stateOf(workspace: Workspace, ticket: Ticket): TicketState {
  const state = workspace.tables.ticketStates.get(ticket.ticket_state_id);
  if (state === undefined) throw notFound("Ticket state not found", "ticket_state_not_found");
  return state;
}

/** A part by itself, as replies are answered. */
export function ticketPartView(part: TicketPart) {
  return {
    type: "ticket_part" as const,
    id: part.id,
    part_type: part.part_type,
    ...(part.body === null ? {} : { body: part.body }),
    ...(part.ticket_state === null ? {} : { ticket_state: part.ticket_state }),
    ...(part.previous_ticket_state === null ? {} : { previous_ticket_state: part.previous_ticket_state }),
    created_at: part.created_at,
    updated_at: part.created_at,
    author: ticketAuthor(part),
    attachments: [],
    redacted: false,
  };
}

/** Tickets call every contact a user. */
function ticketAuthor(part: TicketPart) {
  const view = authorView(part.author);
  return view.type === "lead" ? { ...view, type: "user" } : view;
}
