/** Tickets: created, and found again by contact. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { nextCursor, ofContactSince, searchAll, type Page } from "./pages.ts";
import { anyId, optionalId, type Written } from "./written.ts";

export type Ticket = {
  readonly id: string;
  readonly ticketTypeId: string | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly createdAtS: number;
};

export type TicketDraft = {
  readonly contactId: string;
  readonly ticketTypeId: string;
  readonly title: string;
  readonly description?: string | undefined;
  /** By the names of the type's attributes; of a list the item's id. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly assignedAdminId?: string | undefined;
  readonly assignedTeamId?: string | undefined;
};

/** The two attributes that every type has. */
const titleName = "_default_title_";
const descriptionName = "_default_description_";

const text = z.string().nullish().catch(null);

const ticketSchema = z
  .object({
    id: anyId,
    ticket_type: z.object({ id: optionalId }).nullish(),
    ticket_attributes: z.object({ [titleName]: text, [descriptionName]: text }).nullish(),
    created_at: z.number(),
  })
  .transform((raw): Ticket => ({
    id: raw.id,
    ticketTypeId: raw.ticket_type?.id ?? null,
    title: raw.ticket_attributes?.[titleName] ?? null,
    description: raw.ticket_attributes?.[descriptionName] ?? null,
    createdAtS: raw.created_at,
  }));

const pageSchema = z
  .object({ tickets: z.array(ticketSchema), pages: nextCursor })
  .transform((raw): Page<Ticket> => ({ items: raw.tickets, cursor: raw.pages }));

/** Creates a ticket for a contact. Nothing protects from creating it twice. */
export async function createTicket(
  client: IntercomClient,
  draft: TicketDraft,
  options: CallOptions,
): Promise<Written<Ticket>> {
  const { data, requestId } = await client.request({
    method: "POST",
    path: "/tickets",
    body: toWire(draft),
    effect: "once",
    schema: ticketSchema,
    ...options,
  });
  return { value: data, requestId };
}

function toWire(draft: TicketDraft): unknown {
  const { assignedAdminId, assignedTeamId } = draft;
  const assignment = { admin_assignee_id: assignedAdminId, team_assignee_id: assignedTeamId };
  return {
    ticket_type_id: draft.ticketTypeId,
    contacts: [{ id: draft.contactId }],
    ticket_attributes: { ...draft.attributes, [titleName]: draft.title, [descriptionName]: draft.description },
    ...(assignedAdminId === undefined && assignedTeamId === undefined ? {} : { assignment }),
  };
}

/** A contact's tickets since this moment, and some older ones; one created seconds ago may be missing. */
export function searchTickets(
  client: IntercomClient,
  which: { readonly contactId: string; readonly sinceS: number },
  options: CallOptions,
): Promise<readonly Ticket[]> {
  const query = ofContactSince(which);
  return searchAll(
    client,
    { what: "tickets of this contact", path: "/tickets/search", query, schema: pageSchema },
    options,
  );
}
