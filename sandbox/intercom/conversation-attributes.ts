/** Attributes of conversations: definitions, and the check of values against them. */
import { z } from "zod";
import { tokenAdmin } from "./admins.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { AttributeValue, ConversationAttribute } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

const types = ["string", "integer", "list", "decimal", "boolean", "datetime", "relationship", "files"] as const;

const reference = z.strictObject({ type: z.enum(["one", "many"]), object_type_id: z.string().optional() });

const updateBody = z.strictObject({
  name: z.string().min(1).optional(),
  description: z.string().optional(),
  multiline: z.boolean().optional(),
  required: z.boolean().optional(),
  visible_to_team_ids: z.array(z.string()).optional(),
  reference: reference.optional(),
});

const createBody = updateBody.extend({
  name: z.string().min(1),
  data_type: z.string(),
  options: z.array(z.strictObject({ label: z.string().min(1) })).optional(),
});

/** List, create, change and archive definitions. */
export function conversationAttributeRoutes(workspace: Workspace): readonly Route[] {
  const { conversationAttributes: attributes } = workspace.tables;
  const path = "/conversations/attributes";
  const scope = "write_data_attributes";
  const found = (id: string) => findAttribute(workspace, id);
  return [
    route({ method: "GET", path, scope: "read_conversations" }, ({ query }) => {
      const withArchived = query.get("include_archived") === "true";
      return ok({
        type: "list",
        data: attributes
          .all()
          .filter((one) => withArchived || !one.archived)
          .map(view),
      });
    }),
    bodyRoute({ method: "POST", path, scope, body: createBody }, ({ body }) => ok(view(create(workspace, body)))),
    route({ method: "GET", path: `${path}/:id`, scope: "read_conversations" }, (call) =>
      ok(view(found(param(call, "id")))),
    ),
    bodyRoute({ method: "PUT", path: `${path}/:id`, scope, body: updateBody }, (call) =>
      ok(view(update(workspace, found(param(call, "id")), call.body))),
    ),
    route({ method: "DELETE", path: `${path}/:id`, scope }, (call) => {
      const attribute = found(param(call, "id"));
      return ok(view(attributes.put({ ...attribute, archived: true, updated_at: workspace.nowS() })));
    }),
  ];
}

/** The given values, or a refusal when one has no definition or not its type. `null` clears a value. */
export function conversationChecks(
  workspace: Workspace,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, AttributeValue | null>> {
  const checked = Object.entries(values).map(([name, value]) => [name, checkedValue(workspace, name, value)] as const);
  return Object.fromEntries(checked);
}

function checkedValue(workspace: Workspace, name: string, value: unknown): AttributeValue | null {
  const attribute = attributeNamed(workspace, name);
  const field = `custom_attributes.${name}`;
  if (attribute === undefined || attribute.archived) {
    throw invalid(`Custom attribute '${name}' does not exist`, field);
  }
  if (value === null) return null;
  if (isScalar(value) && fits(attribute, value)) return value;
  throw invalid(`Custom attribute '${name}' must be a ${attribute.data_type}`, field);
}

function isScalar(value: unknown): value is AttributeValue {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function fits({ data_type: type, options }: ConversationAttribute, value: AttributeValue): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "list":
      return options.some((option) => option.label === value && !option.archived);
    case "integer":
    case "datetime":
      return Number.isSafeInteger(value);
    case "decimal":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "relationship":
    case "files":
      return false;
  }
}

function attributeNamed(workspace: Workspace, name: string): ConversationAttribute | undefined {
  return workspace.tables.conversationAttributes.all().find((attribute) => attribute.name === name);
}

function findAttribute(workspace: Workspace, id: string): ConversationAttribute {
  const attribute = workspace.tables.conversationAttributes.get(id);
  if (attribute === undefined) {
    throw notFound("Conversation attribute not found", "conversation_attribute_not_found");
  }
  return attribute;
}

function create(workspace: Workspace, body: z.output<typeof createBody>): ConversationAttribute {
  const type = types.find((known) => known === body.data_type);
  if (type === undefined) {
    const message = `data_type '${body.data_type}' is not valid. Allowed types: ${types.join(", ")}`;
    throw new Refusal(422, "parameter_invalid", message);
  }
  refuseTakenName(workspace, body.name);
  const now = workspace.nowS();
  return workspace.tables.conversationAttributes.put({
    id: workspace.ids.next("conversation_attribute"),
    name: body.name,
    description: body.description ?? "",
    data_type: type,
    required: body.required ?? false,
    visible_to_team_ids: body.visible_to_team_ids ?? [],
    multiline: body.multiline ?? false,
    options: (body.options ?? []).map(({ label }) => ({ id: optionId(workspace), label, archived: false })),
    reference:
      body.reference === undefined
        ? null
        : { type: body.reference.type, object_type_id: body.reference.object_type_id ?? null },
    archived: false,
    admin_id: tokenAdmin(workspace).id,
    created_at: now,
    updated_at: now,
  });
}

function update(
  workspace: Workspace,
  attribute: ConversationAttribute,
  body: z.output<typeof updateBody>,
): ConversationAttribute {
  if (body.name !== undefined && body.name !== attribute.name) refuseTakenName(workspace, body.name);
  return workspace.tables.conversationAttributes.put({
    ...attribute,
    name: body.name ?? attribute.name,
    description: body.description ?? attribute.description,
    multiline: body.multiline ?? attribute.multiline,
    required: body.required ?? attribute.required,
    visible_to_team_ids: body.visible_to_team_ids ?? attribute.visible_to_team_ids,
    updated_at: workspace.nowS(),
  });
}

function refuseTakenName(workspace: Workspace, name: string): void {
  if (attributeNamed(workspace, name) !== undefined) {
    throw invalid(`A conversation attribute with the name '${name}' already exists`, "name");
  }
}

function optionId(workspace: Workspace): string {
  return workspace.ids.hexFor(workspace.tables.conversationAttributes);
}

/** What a kind of attribute has besides what all have. */
function extras(attribute: ConversationAttribute): object {
  switch (attribute.data_type) {
    case "string":
      return { multiline: attribute.multiline };
    case "list":
      return { options: attribute.options };
    case "relationship":
      return { reference: attribute.reference };
    default:
      return {};
  }
}

function view(attribute: ConversationAttribute) {
  const { id, name, description, data_type, required, visible_to_team_ids, archived } = attribute;
  return {
    type: "conversation_attribute",
    id: Number(id),
    name,
    description,
    data_type,
    required,
    visible_to_team_ids,
    archived,
    created_at: attribute.created_at,
    updated_at: attribute.updated_at,
    admin_id: attribute.admin_id,
    ...extras(attribute),
  };
}
