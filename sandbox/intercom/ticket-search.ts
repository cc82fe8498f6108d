/** POST /tickets/search and what tickets can be searched by. */
import { daysOf } from "./days.ts";
import { conversationPages, pageRequest } from "./pages.ts";
import { bodyRoute, ok, type Route } from "./route.ts";
import type { Ticket, TicketCategory } from "./rows.ts";
import { readQuery, type Field } from "./search-query.ts";
import { resultPage } from "./search-results.ts";
import { searchBody } from "./shapes.ts";
import { findType } from "./ticket-types.ts";
import { stateOf, ticketView } from "./ticket-view.ts";
import type { Workspace } from "./workspace.ts";

/** The search endpoint. */
export function ticketSearchRoutes(workspace: Workspace): readonly Route[] {
  const days = daysOf(workspace.timezone);
  const fields = ticketFields(workspace);
  const fieldOf = (name: string) => fields.get(name);
  const line = { method: "POST", path: "/tickets/search", scope: "read_tickets", body: searchBody } as const;
  return [
    bodyRoute(line, ({ body }) => {
      const { pagination, sort } = body;
      const request = pageRequest(conversationPages, {
        perPage: pagination?.per_page,
        startingAfter: pagination?.starting_after,
      });
      const query = readQuery(body.query, fieldOf, days);
      const found = workspace.tables.tickets
        .all()
        .filter((item) => query.test(item) && workspace.unindexed.tickets.shows(item.id));
      const page = resultPage(found, request, { sort, field: fieldOf, position: (item) => Number(item.id) });
      return ok({
        type: "ticket.list",
        tickets: page.items.map((ticket) => ticketView(workspace, ticket)),
        total_count: found.length,
        pages: page.pages,
      });
    }),
  ];
}

/** Searches have their own words for the categories. */
const categoryWords: Readonly<Record<TicketCategory, string>> = {
  Customer: "request",
  "Back-office": "task",
  Tracker: "tracker",
};

function ticketFields(workspace: Workspace): ReadonlyMap<string, Field<Ticket>> {
  const attribute = (item: Ticket, name: string) => {
    const value = item.ticket_attributes[name];
    return typeof value === "string" ? value : null;
  };
  return new Map<string, Field<Ticket>>([
    ["id", { kind: "string", read: (item) => item.id }],
    ["created_at", { kind: "moment", read: (item) => item.created_at }],
    ["updated_at", { kind: "moment", read: (item) => item.updated_at }],
    ["snoozed_until", { kind: "moment", read: (item) => item.snoozed_until }],
    ["title", { kind: "string", read: (item) => attribute(item, "_default_title_") }],
    ["description", { kind: "string", read: (item) => attribute(item, "_default_description_") }],
    ["category", { kind: "string", read: (item) => categoryWords[findType(workspace, item.ticket_type_id).category] }],
    ["ticket_type_id", { kind: "string", read: (item) => item.ticket_type_id }],
    ["contact_ids", { kind: "string", read: (item) => [item.contact_id] }],
    ["admin_assignee_id", { kind: "string", read: (item) => String(item.admin_assignee_id) }],
    ["team_assignee_id", { kind: "string", read: (item) => String(item.team_assignee_id) }],
    ["open", { kind: "boolean", read: (item) => item.open }],
    ["state", { kind: "string", read: (item) => stateOf(workspace, item).category }],
  ]);
}
