/** Definitions of custom attributes on contacts and companies: they must exist before a value is written. */
import { z } from "zod";
import { attributeKey, findDefinition } from "./attribute-values.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { AttributeModel, AttributeType, DataAttribute } from "./rows.ts";
import { standardAttributes, standardNames } from "./standard-attributes.ts";
import { tokenAdmin } from "./admins.ts";
import type { Workspace } from "./workspace.ts";

/** Per workspace, contacts and companies together. */
const definitionMax = 250;

/** Letters, digits, currency symbols but the dollar, hyphens; in practice also spaces and underscores. */
const nameShape = /^[\p{L}\p{N}\p{Sc}\-_ ]+$/u;

const optionList = z.array(z.strictObject({ value: z.string() }));

const createBody = z.strictObject({
  name: z.string().min(1),
  model: z.string(),
  data_type: z.string(),
  description: z.string().nullish(),
  messenger_writable: z.boolean().optional(),
  options: z.unknown().optional(),
});

const updateBody = z.strictObject({
  description: z.string().nullish(),
  archived: z.boolean().optional(),
  messenger_writable: z.boolean().optional(),
  options: z.unknown().optional(),
});

/** What a teammate or the API says about a new attribute. */
export type AttributeInput = {
  readonly name: string;
  readonly model: string;
  readonly data_type: string;
  readonly description?: string | null | undefined;
  readonly messenger_writable?: boolean | undefined;
  readonly options?: unknown;
};

/** List, create and change definitions. */
export function dataAttributeRoutes(workspace: Workspace): readonly Route[] {
  const write = "write_data_attributes";
  return [
    route({ method: "GET", path: "/data_attributes", scope: "read_users" }, ({ query }) =>
      ok(listAttributes(workspace, query)),
    ),
    bodyRoute({ method: "POST", path: "/data_attributes", scope: write, body: createBody }, ({ body }) =>
      ok(attributeView(createAttribute(workspace, body))),
    ),
    bodyRoute({ method: "PUT", path: "/data_attributes/:id", scope: write, body: updateBody }, (call) =>
      ok(attributeView(changeAttribute(workspace, Number(param(call, "id")), call.body))),
    ),
  ];
}

/** Creates a definition; a name is free only once for contacts and companies together. */
export function createAttribute(workspace: Workspace, input: AttributeInput): DataAttribute {
  const model = readModel(input.model);
  const type = readType(input.data_type);
  refuseName(workspace, model, input.name);
  if (workspace.tables.attributes.size >= definitionMax) {
    throw invalid(`You have reached the limit of ${definitionMax} custom data attributes`);
  }
  const now = workspace.nowS();
  return workspace.tables.attributes.put({
    id: attributeKey(model, input.name),
    number: Number(workspace.ids.next("attribute")),
    model,
    name: input.name,
    description: input.description ?? null,
    data_type: type,
    options: input.data_type === "options" ? readOptions(input.options) : null,
    messenger_writable: input.messenger_writable ?? false,
    archived: false,
    admin_id: tokenAdmin(workspace).id,
    created_at: now,
    updated_at: now,
  });
}

function readModel(model: string): AttributeModel {
  if (model === "contact" || model === "company") return model;
  throw invalid("The Data Attribute model field must be either contact or company", "model");
}

/** How each type that can be asked for reads back. */
const readBack: Readonly<Record<string, AttributeType>> = {
  string: "string",
  integer: "integer",
  float: "float",
  boolean: "boolean",
  datetime: "date",
  date: "date",
  options: "string",
};

function readType(type: string): AttributeType {
  const known = Object.hasOwn(readBack, type) ? readBack[type] : undefined;
  if (known === undefined) throw invalid("Data Type isn't an option", "data_type");
  return known;
}

function readOptions(options: unknown): readonly string[] {
  const list = optionList.safeParse(options);
  if (!list.success) throw invalid("Options isn't an array", "options");
  if (list.data.length < 2) throw invalid("The Data Attribute options need at least two values", "options");
  return list.data.map((option) => option.value);
}

const words: Readonly<Record<AttributeModel, string>> = { contact: "people", company: "company" };

function refuseName(workspace: Workspace, model: AttributeModel, name: string): void {
  if (!nameShape.test(name) || name.includes("$")) {
    const message =
      "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens";
    throw invalid(message, "name");
  }
  const other = model === "contact" ? "company" : "contact";
  const own = findDefinition(workspace, model, name) !== undefined || standardNames[model].has(name);
  const holder = own ? model : findDefinition(workspace, other, name) === undefined ? undefined : other;
  if (holder === undefined) return;
  throw invalid(
    `You already have '${name}' in your ${words[holder]} data. To save this as new ${words[model]} data, use a different name.`,
    "name",
  );
}

function changeAttribute(workspace: Workspace, number: number, input: z.output<typeof updateBody>): DataAttribute {
  const { attributes } = workspace.tables;
  const attribute = attributes.all().find((candidate) => candidate.number === number);
  if (attribute === undefined) {
    throw notFound("We couldn't find that data attribute to update", "field_not_found");
  }
  return attributes.put({
    ...attribute,
    description: input.description === undefined ? attribute.description : input.description,
    archived: input.archived ?? attribute.archived,
    messenger_writable: input.messenger_writable ?? attribute.messenger_writable,
    options: input.options === undefined ? attribute.options : readOptions(input.options),
    updated_at: workspace.nowS(),
  });
}

function listAttributes(workspace: Workspace, query: URLSearchParams) {
  const model = query.get("model");
  if (model === "conversation") {
    const message = "model=conversation is no longer supported. Use GET /conversations/attributes instead";
    throw new Refusal(422, "parameter_invalid", message);
  }
  const models: readonly AttributeModel[] = model === null ? ["contact", "company"] : [readModel(model)];
  const withArchived = query.get("include_archived") === "true";
  const custom = workspace.tables.attributes
    .all()
    .filter((attribute) => models.includes(attribute.model) && (withArchived || !attribute.archived));
  const standard = models.flatMap((name) => standardAttributes[name]);
  return { type: "list", data: [...standard, ...custom.map(attributeView)] };
}

function attributeView(attribute: DataAttribute) {
  const { number, name, description, options } = attribute;
  return {
    type: "data_attribute",
    id: number,
    name,
    full_name: `custom_attributes.${name}`,
    label: name,
    ...(description === null ? {} : { description }),
    data_type: attribute.data_type,
    ...(options === null ? {} : { options }),
    api_writable: true,
    ui_writable: false,
    messenger_writable: attribute.messenger_writable,
    custom: true,
    archived: attribute.archived,
    admin_id: attribute.admin_id,
    created_at: attribute.created_at,
    updated_at: attribute.updated_at,
    model: attribute.model,
  };
}
