/** The ticket endpoints: create, read, change, delete, reply, tag. */
import { z } from "zod";
import { adminAuthor, botAuthor, findAdmin } from "./admins.ts";
import { replyBody, replyingContact } from "./conversations.ts";
import { htmlOf } from "./html.ts";
import { createPerson, findPerson } from "./person.ts";
import { absent, invalid, notFound, personNotFound, Refusal } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { Author, Contact, Ticket, TicketPart, TicketStateCategory, TicketType } from "./rows.ts";
import { anyObject, idShape, unixSeconds } from "./shapes.ts";
import { appliedTagView, applyTag, findTag } from "./tags.ts";
import { contactAuthor } from "./talk.ts";
import { findType } from "./ticket-types.ts";
import { stateOf, ticketPartView, ticketView } from "./ticket-view.ts";
import type { Workspace } from "./workspace.ts";

const createBody = z.strictObject({
  ticket_type_id: idShape,
  contacts: z
    .array(
      z.strictObject({ id: z.string().optional(), external_id: z.string().optional(), email: z.string().optional() }),
    )
    .length(1),
  ticket_attributes: anyObject.optional(),
  company_id: z.string().optional(),
  conversation_to_link_id: idShape.optional(),
  created_at: unixSeconds.optional(),
  assignment: z
    .strictObject({ admin_assignee_id: idShape.optional(), team_assignee_id: idShape.optional() })
    .optional(),
  skip_notifications: z.boolean().optional(),
});

const updateBody = z.strictObject({
  ticket_attributes: anyObject.optional(),
  ticket_state_id: idShape.optional(),
  company_id: z.string().nullish(),
  open: z.boolean().optional(),
  is_shared: z.boolean().optional(),
  snoozed_until: unixSeconds.optional(),
  admin_id: idShape.optional(),
  assignee_id: idShape.optional(),
  skip_notifications: z.boolean().optional(),
});

const tagBody = z.strictObject({ id: idShape, admin_id: idShape });

/** Tickets one by one. */
export function ticketRoutes(workspace: Workspace): readonly Route[] {
  const scope = "write_tickets";
  const found = (id: string) => findTicket(workspace, id);
  const view = (ticket: Ticket) => ok(ticketView(workspace, ticket));
  return [
    bodyRoute({ method: "POST", path: "/tickets", scope, body: createBody }, ({ body }) =>
      view(createTicket(workspace, body)),
    ),
    route({ method: "GET", path: "/tickets/:id", scope: "read_tickets" }, (call) => view(found(param(call, "id")))),
    bodyRoute({ method: "PUT", path: "/tickets/:id", scope, body: updateBody }, (call) =>
      view(changeTicket(workspace, found(param(call, "id")), call.body)),
    ),
    route({ method: "DELETE", path: "/tickets/:id", scope }, (call) => {
      const { id } = found(param(call, "id"));
      workspace.tables.tickets.delete(id);
      return ok({ id, object: "ticket", deleted: true });
    }),
    bodyRoute({ method: "POST", path: "/tickets/:id/reply", scope, body: withCrossPost() }, (call) =>
      ok(ticketPartView(replyToTicket(workspace, found(param(call, "id")), call.body))),
    ),
    bodyRoute({ method: "POST", path: "/tickets/:id/tags", scope, body: tagBody }, (call) => {
      const ticket = found(param(call, "id"));
      const tag = findTag(workspace, call.body.id);
      const applied = ticket.tags.find((one) => one.id === tag.id) ?? applyTag(workspace, tag, call.body.admin_id);
      const others = ticket.tags.filter((one) => one.id !== tag.id);
      workspace.tables.tickets.put({ ...ticket, tags: [...others, applied] });
      return ok(appliedTagView(workspace, applied));
    }),
  ];
}

/** Replies to tickets may also be posted to linked conversations. */
function withCrossPost() {
  const [admin, contact] = replyBody.options;
  return z.discriminatedUnion("type", [admin.extend({ cross_post: z.boolean().optional() }), contact]);
}

function findTicket(workspace: Workspace, id: string): Ticket {
  const ticket = workspace.tables.tickets.get(id);
  if (ticket === undefined) throw notFound("Ticket not found", "ticket_not_found");
  return ticket;
}

function createTicket(workspace: Workspace, body: z.output<typeof createBody>): Ticket {
  const type = findType(workspace, body.ticket_type_id);
  checkAttributes(type, body.ticket_attributes ?? {});
  const contact = ticketContact(workspace, body.contacts[0] ?? {});
  const now = body.created_at ?? workspace.nowS();
  const [submitted] = workspace.tables.ticketStates.all();
  const id = workspace.ids.next("ticket");
  workspace.unindexed.tickets.added(id);
  const ticket = workspace.tables.tickets.put({
    id,
    ticket_id: workspace.ids.next("ticket_number"),
    ticket_type_id: type.id,
    ticket_state_id: submitted?.id ?? "",
    contact_id: contact.id,
    ticket_attributes: { _default_title_: null, _default_description_: null, ...body.ticket_attributes },
    open: true,
    is_shared: type.category === "Customer",
    snoozed_until: null,
    admin_assignee_id: assignee(workspace, "admins", body.assignment?.admin_assignee_id),
    team_assignee_id: assignee(workspace, "teams", body.assignment?.team_assignee_id),
    company_id: body.company_id ?? null,
    conversation_id: body.conversation_to_link_id ?? null,
    tags: [],
    parts: [statePart(workspace, { author: botAuthor(workspace), from: "submitted", to: "submitted" })],
    created_at: now,
    updated_at: now,
  });
  workspace.notify("ticket.created", () => ticketView(workspace, ticket));
  return ticket;
}

/** Exactly one of id, external id or e-mail; an unknown address becomes a new contact. */
function ticketContact(
  workspace: Workspace,
  wanted: {
    readonly id?: string | undefined;
    readonly external_id?: string | undefined;
    readonly email?: string | undefined;
  },
): Contact {
  const given = [wanted.id, wanted.external_id, wanted.email].filter((key) => key !== undefined);
  if (given.length !== 1) throw absent("contacts needs exactly one of id, external_id or email", "contacts");
  if (wanted.id !== undefined) return findPerson(workspace, wanted.id);
  const { people } = workspace;
  const isLive = (contact: Contact) => contact.state === "live";
  if (wanted.external_id === undefined) {
    const email = wanted.email ?? "";
    return people.withEmail(email).find(isLive) ?? createPerson(workspace, { email });
  }
  const found = people.withExternalId(wanted.external_id).find(isLive);
  if (found === undefined) throw personNotFound();
  return found;
}

function assignee(workspace: Workspace, table: "admins" | "teams", id: string | undefined): number {
  if (id === undefined || id === "0") return 0;
  if (workspace.tables[table].get(id) === undefined) throw notFound("Assignee not found", "assignee_not_found");
  return Number(id);
}

function checkAttributes(type: TicketType, values: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(values)) {
    if (type.attributes.some((attribute) => attribute.name === name)) continue;
    throw invalid(
      `Ticket attribute '${name}' does not exist on ticket type '${type.name}'`,
      `ticket_attributes.${name}`,
    );
  }
}

function changeTicket(workspace: Workspace, before: Ticket, body: z.output<typeof updateBody>): Ticket {
  checkAttributes(findType(workspace, before.ticket_type_id), body.ticket_attributes ?? {});
  const author = body.admin_id === undefined ? botAuthor(workspace) : adminAuthor(findAdmin(workspace, body.admin_id));
  const moved =
    body.ticket_state_id === undefined ? before : moveTicket(workspace, before, { to: body.ticket_state_id, author });
  const after = workspace.tables.tickets.put({
    ...moved,
    ...assignmentAfter(workspace, before, body.assignee_id),
    ticket_attributes: { ...before.ticket_attributes, ...body.ticket_attributes },
    company_id: body.company_id === undefined ? before.company_id : body.company_id,
    open: body.open ?? moved.open,
    is_shared: body.is_shared ?? before.is_shared,
    snoozed_until: body.open === false ? null : (body.snoozed_until ?? before.snoozed_until),
    updated_at: workspace.nowS(),
  });
  announce(workspace, before, after);
  return after;
}

function assignmentAfter(
  workspace: Workspace,
  ticket: Ticket,
  id: string | undefined,
): Pick<Ticket, "admin_assignee_id" | "team_assignee_id"> {
  const { admin_assignee_id, team_assignee_id } = ticket;
  if (id === undefined) return { admin_assignee_id, team_assignee_id };
  if (id === "0") return { admin_assignee_id: 0, team_assignee_id: 0 };
  if (workspace.tables.teams.get(id) !== undefined) return { admin_assignee_id, team_assignee_id: Number(id) };
  return { admin_assignee_id: assignee(workspace, "admins", id), team_assignee_id };
}

/** Setting the state a ticket has already is refused, like a state that does not exist. */
function moveTicket(
  workspace: Workspace,
  ticket: Ticket,
  move: { readonly to: string; readonly author: Author },
): Ticket {
  const state = workspace.tables.ticketStates.get(move.to);
  if (state === undefined || state.id === ticket.ticket_state_id) {
    const message = "Ticket state id is not valid or is not associated with the ticket type";
    throw new Refusal(400, "ticket_state_id_invalid", message);
  }
  const from = stateOf(workspace, ticket).category;
  const part = statePart(workspace, { author: move.author, from, to: state.category });
  return { ...ticket, ticket_state_id: state.id, parts: [...ticket.parts, part] };
}

function statePart(
  workspace: Workspace,
  change: { readonly author: Author; readonly from: TicketStateCategory; readonly to: TicketStateCategory },
): TicketPart {
  return {
    id: workspace.ids.next("part"),
    part_type: "ticket_state_updated_by_admin",
    body: null,
    created_at: workspace.nowS(),
    author: change.author,
    ticket_state: change.to,
    previous_ticket_state: change.from,
  };
}

/** Resolved tickets stand in `data.item`, closed ones in `data.item.ticket`. */
function announce(workspace: Workspace, before: Ticket, after: Ticket): void {
  const view = () => ticketView(workspace, after);
  if (before.ticket_state_id !== after.ticket_state_id) {
    workspace.notify("ticket.state.updated", view);
    if (stateOf(workspace, after).category === "resolved") workspace.notify("ticket.resolved", view);
  }
  if (before.admin_assignee_id !== after.admin_assignee_id) workspace.notify("ticket.admin.assigned", view);
  if (before.team_assignee_id !== after.team_assignee_id) workspace.notify("ticket.team.assigned", view);
  if (before.open && !after.open) workspace.notify("ticket.closed", () => ({ ticket: view() }));
}

function replyToTicket(workspace: Workspace, ticket: Ticket, body: z.output<typeof replyBody>): TicketPart {
  const type = findType(workspace, ticket.ticket_type_id);
  if (body.type === "user" && type.category === "Back-office") {
    throw new Refusal(400, "parameter_mismatch", "User replies are not allowed on Backoffice tickets");
  }
  const words = { type: body.message_type, text: body.body ?? "", createdAt: body.created_at };
  if (body.type === "user")
    return answerTicket(workspace, ticket, { ...words, contact: replyingContact(workspace, body) });
  const author = adminAuthor(findAdmin(workspace, body.admin_id));
  return addReply(workspace, ticket, { ...words, author, topic: replyTopic(body) });
}

type Words = { readonly type: string; readonly text: string; readonly createdAt?: number | undefined };

/** A contact answers in a ticket. */
export function answerTicket(
  workspace: Workspace,
  ticket: Ticket,
  { contact, ...words }: Words & { readonly contact: Contact },
): TicketPart {
  const at = words.createdAt ?? workspace.nowS();
  const present = workspace.people.get(contact.id);
  if (present !== undefined) workspace.people.save({ ...present, last_replied_at: at, updated_at: workspace.nowS() });
  return addReply(workspace, ticket, { ...words, author: contactAuthor(contact), topic: "ticket.contact.replied" });
}

function addReply(
  workspace: Workspace,
  ticket: Ticket,
  reply: Words & { readonly author: Author; readonly topic: string },
): TicketPart {
  const part: TicketPart = {
    id: workspace.ids.next("part"),
    part_type: reply.type,
    body: reply.text === "" ? null : htmlOf(reply.text),
    created_at: reply.createdAt ?? workspace.nowS(),
    author: reply.author,
    ticket_state: null,
    previous_ticket_state: null,
  };
  const after = workspace.tables.tickets.put({
    ...ticket,
    parts: [...ticket.parts, part],
    updated_at: workspace.nowS(),
  });
  workspace.notify(reply.topic, () => ({
    ticket: ticketView(workspace, after),
    ticket_part: ticketPartView(part),
  }));
  return part;
}

function replyTopic(body: Extract<z.output<typeof replyBody>, { readonly type: "admin" }>): string {
  return body.message_type === "note" ? "ticket.note.created" : "ticket.admin.replied";
}
