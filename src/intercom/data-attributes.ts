/** Definitions of custom attributes: they must exist before a contact or a company can carry a value. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";

/** Types that can be asked for; `datetime` and `options` read back as `date` and `string`. */
export type AttributeType = "string" | "integer" | "float" | "boolean" | "datetime" | "date" | "options";

/** A definition as Intercom lists it. Standard attributes have no id and cannot be changed. */
export type AttributeDefinition = {
  readonly id: string | null;
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  readonly dataType: string;
  readonly options: readonly string[];
  readonly custom: boolean;
  readonly archived: boolean;
  readonly apiWritable: boolean;
};

/** Whose attributes: people and companies have lists of their own, but a name serves only one of the two. */
export type AttributeModel = "contact" | "company";

export type AttributeDraft = {
  /** Left out, it is an attribute of contacts. */
  readonly model?: AttributeModel;
  readonly name: string;
  readonly dataType: AttributeType;
  readonly description?: string;
  /** Only for type `options`, at least two. */
  readonly options?: readonly string[];
};

export type AttributePatch = {
  readonly description?: string;
  readonly archived?: boolean;
  readonly options?: readonly string[];
};

const option = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]);

const definitionSchema = z
  .object({
    id: z.union([z.string(), z.number().transform(String)]).nullish(),
    name: z.string(),
    label: z.string().nullish(),
    description: z.string().nullish(),
    data_type: z.string(),
    options: z.array(option).nullish(),
    custom: z.boolean().nullish(),
    archived: z.boolean().nullish(),
    api_writable: z.boolean().nullish(),
  })
  .transform((raw): AttributeDefinition => ({
    id: raw.id ?? null,
    name: raw.name,
    label: raw.label ?? raw.name,
    description: raw.description ?? null,
    dataType: raw.data_type,
    options: raw.options ?? [],
    custom: raw.custom ?? false,
    archived: raw.archived ?? false,
    apiWritable: raw.api_writable ?? false,
  }));

const listSchema = z.object({ data: z.array(definitionSchema) });

/** All attributes that contacts can have, standard ones included. The list has no pages. */
export async function listContactAttributes(
  client: IntercomClient,
  { includeArchived }: { readonly includeArchived: boolean },
  options: CallOptions,
): Promise<readonly AttributeDefinition[]> {
  return listAttributes(client, { model: "contact", includeArchived }, options);
}

/** All attributes that contacts, or companies, can have, standard ones included. The list has no pages. */
export async function listAttributes(
  client: IntercomClient,
  { model, includeArchived }: { readonly model: AttributeModel; readonly includeArchived: boolean },
  options: CallOptions,
): Promise<readonly AttributeDefinition[]> {
  const query = { model, include_archived: includeArchived };
  const list = { method: "GET", path: "/data_attributes", query, effect: "read" } as const;
  return (await client.request({ ...list, schema: listSchema, ...options })).data.data;
}

/** Defines an attribute on contacts, or on companies. People in the Messenger can never write it: billing values must not be forged. */
export async function createAttribute(
  client: IntercomClient,
  draft: AttributeDraft,
  options: CallOptions,
): Promise<AttributeDefinition> {
  const body = {
    name: draft.name,
    model: draft.model ?? "contact",
    data_type: draft.dataType,
    description: draft.description,
    messenger_writable: false,
    options: toOptions(draft.options),
  };
  const create = { method: "POST", path: "/data_attributes", body, effect: "once" } as const;
  return (await client.request({ ...create, schema: definitionSchema, ...options })).data;
}

/** Changes description, options or the archived state; Intercom cannot change a type. */
export async function updateAttribute(
  client: IntercomClient,
  { id, patch }: { readonly id: string; readonly patch: AttributePatch },
  options: CallOptions,
): Promise<AttributeDefinition> {
  const body = { description: patch.description, archived: patch.archived, options: toOptions(patch.options) };
  const update = { method: "PUT", path: "/data_attributes/{id}", params: { id }, body } as const;
  return (await client.request({ ...update, effect: "idempotent", schema: definitionSchema, ...options })).data;
}

function toOptions(values: readonly string[] | undefined): readonly { value: string }[] | undefined {
  return values?.map((value) => ({ value }));
}
