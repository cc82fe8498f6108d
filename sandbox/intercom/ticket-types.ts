/** Ticket types with their attributes, and the four states every ticket can have. */
import { z } from "zod";
import { invalid, notFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { TicketAttribute, TicketState, TicketType } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

const categories = ["Customer", "Back-office", "Tracker"] as const;

const typeBody = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  category: z.enum(categories).optional(),
  icon: z.string().optional(),
  is_internal: z.boolean().optional(),
});

const attributeBody = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  data_type: z.enum(["string", "list", "integer", "decimal", "boolean", "datetime", "files"]),
  required_to_create: z.boolean().optional(),
  required_to_create_for_contacts: z.boolean().optional(),
  visible_on_create: z.boolean().optional(),
  visible_to_contacts: z.boolean().optional(),
  multiline: z.boolean().optional(),
  list_items: z.string().optional(),
  allow_multiple_values: z.boolean().optional(),
});

const firstStates = [
  ["submitted", "Submitted", "Submitted"],
  ["in_progress", "In progress", "In progress"],
  ["waiting_on_customer", "Waiting on customer", "Waiting on you"],
  ["resolved", "Resolved", "Resolved"],
] as const;

/** Fills an empty workspace with the four states and two types. */
export function seedTickets(workspace: Workspace): void {
  const { ids, tables } = workspace;
  if (tables.ticketStates.size > 0) return;
  for (const [category, internal_label, external_label] of firstStates) {
    tables.ticketStates.put({ id: ids.next("ticket_state"), category, internal_label, external_label });
  }
  createType(workspace, {
    name: "Billing question",
    description: "A customer asks about an invoice",
    category: "Customer",
  });
  createType(workspace, { name: "Billing task", description: "Work for the billing team", category: "Back-office" });
}

/** States, types and their attributes. */
export function ticketTypeRoutes(workspace: Workspace): readonly Route[] {
  const { ticketStates, ticketTypes } = workspace.tables;
  const read = (path: string) => ({ method: "GET", path, scope: "read_tickets" }) as const;
  const scope = "write_tickets";
  return [
    route(read("/ticket_states"), () => {
      const types = { type: "list", data: ticketTypes.all().map((type) => typeView(workspace, type)) };
      const data = ticketStates.all().map((state) => ({ ...stateView(state), archived: false, ticket_types: types }));
      return ok({ type: "list", data });
    }),
    route(read("/ticket_types"), () =>
      ok({ type: "list", data: ticketTypes.all().map((type) => typeView(workspace, type)) }),
    ),
    bodyRoute({ method: "POST", path: "/ticket_types", scope, body: typeBody }, ({ body }) =>
      ok(typeView(workspace, createType(workspace, body))),
    ),
    route(read("/ticket_types/:id"), (call) => ok(typeView(workspace, findType(workspace, param(call, "id"))))),
    bodyRoute({ method: "POST", path: "/ticket_types/:id/attributes", scope, body: attributeBody }, (call) =>
      ok(addAttribute(workspace, findType(workspace, param(call, "id")), call.body)),
    ),
  ];
}

/** A ticket type by id, or 404. */
export function findType(workspace: Workspace, id: string): TicketType {
  const type = workspace.tables.ticketTypes.get(id);
  if (type === undefined) throw notFound("Ticket type not found", "ticket_type_not_found");
  return type;
}

function createType(workspace: Workspace, body: z.output<typeof typeBody>): TicketType {
  const now = workspace.nowS();
  const standard = (name: string, multiline: boolean): TicketAttribute => ({
    ...blankAttribute(workspace, { name, description: "", data_type: "string" }),
    multiline,
    default: true,
  });
  return workspace.tables.ticketTypes.put({
    id: workspace.ids.next("ticket_type"),
    name: body.name,
    description: body.description ?? "",
    icon: body.icon ?? "🎟️",
    category: body.category ?? "Customer",
    is_internal: body.is_internal ?? false,
    attributes: [standard("_default_title_", false), standard("_default_description_", true)],
    created_at: now,
    updated_at: now,
  });
}

function blankAttribute(
  workspace: Workspace,
  given: Pick<TicketAttribute, "name" | "description" | "data_type">,
): TicketAttribute {
  return {
    id: workspace.ids.next("ticket_type_attribute"),
    ...given,
    required_to_create: false,
    visible_to_contacts: true,
    list_items: [],
    multiline: false,
    default: false,
    created_at: workspace.nowS(),
  };
}

function addAttribute(workspace: Workspace, type: TicketType, body: z.output<typeof attributeBody>) {
  if (type.attributes.some((attribute) => attribute.name === body.name)) {
    throw invalid(`An attribute with the name '${body.name}' already exists on this ticket type`, "name");
  }
  const attribute: TicketAttribute = {
    ...blankAttribute(workspace, body),
    required_to_create: body.required_to_create ?? false,
    visible_to_contacts: body.visible_to_contacts ?? true,
    multiline: body.multiline ?? false,
    list_items: (body.list_items ?? "")
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  };
  const changed = workspace.tables.ticketTypes.put({
    ...type,
    attributes: [...type.attributes, attribute],
    updated_at: workspace.nowS(),
  });
  return attributeView(workspace, changed, attribute);
}

/** A state as tickets and types carry it. */
export function stateView(state: TicketState) {
  const { id, category, internal_label, external_label } = state;
  return { type: "ticket_state", id, category, internal_label, external_label };
}

/** A type with attributes and states. */
export function typeView(workspace: Workspace, type: TicketType) {
  return {
    type: "ticket_type",
    id: type.id,
    name: type.name,
    description: type.description,
    icon: type.icon,
    workspace_id: workspace.appId,
    archived: false,
    created_at: type.created_at,
    updated_at: type.updated_at,
    is_internal: type.is_internal,
    ticket_type_attributes: {
      type: "list",
      data: type.attributes.map((attribute) => attributeView(workspace, type, attribute)),
    },
    category: type.category,
    ticket_states: { type: "list", data: workspace.tables.ticketStates.all().map(stateView) },
  };
}

function attributeView(workspace: Workspace, type: TicketType, attribute: TicketAttribute) {
  return {
    type: "ticket_type_attribute",
    id: attribute.id,
    workspace_id: workspace.appId,
    name: attribute.name,
    description: attribute.description,
    data_type: attribute.data_type,
    input_options:
      attribute.data_type === "list" ? { list_options: attribute.list_items } : { multiline: attribute.multiline },
    order: type.attributes.indexOf(attribute),
    required_to_create: attribute.required_to_create,
    required_to_create_for_contacts: false,
    visible_on_create: true,
    visible_to_contacts: attribute.visible_to_contacts,
    default: attribute.default,
    ticket_type_id: Number(type.id),
    archived: false,
    created_at: attribute.created_at,
    updated_at: attribute.created_at,
  };
}
