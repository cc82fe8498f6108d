/** Contacts in Intercom: read, search, list, create, update, archive. */
import { z } from "zod";
import type { Lane } from "../model/lane.ts";
import type { AttributeValue, Contact, ContactDraft, ContactPatch, CustomAttributes } from "../model/contact.ts";
import type { IntercomClient } from "./client.ts";
import { IntercomNotFound } from "./failure.ts";
import { searchAll } from "./pages.ts";

/** Which lane a call takes, how to call it off, and what must hold when it leaves. */
export type CallOptions = {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
  readonly guard?: () => Promise<void>;
};

const text = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === "" ? null : value));

/** Only plain values: lists and objects are not attributes that we could have written. */
const attributes = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((record): CustomAttributes => Object.fromEntries(Object.entries(record ?? {}).filter(isPlain)));

const contactSchema = z
  .object({
    id: z.string().min(1),
    role: z.enum(["user", "lead"]).catch("lead"), // an unknown role must never pass for a user
    external_id: text,
    email: text,
    phone: text,
    name: text,
    custom_attributes: attributes,
  })
  .transform((raw): Contact => ({
    id: raw.id,
    role: raw.role,
    externalId: raw.external_id,
    email: raw.email,
    phone: raw.phone,
    name: raw.name,
    customAttributes: raw.custom_attributes,
  }));

const pageSchema = z
  .object({
    data: z.array(contactSchema),
    total_count: z.number().nullish(),
    pages: z.object({ next: z.object({ starting_after: z.string().nullish() }).nullish() }).nullish(),
  })
  .transform((raw): ContactPage => ({
    contacts: raw.data,
    total: raw.total_count ?? null,
    cursor: raw.pages?.next?.starting_after ?? null,
  }));

const foundSchema = pageSchema.transform(({ contacts, cursor }) => ({ items: contacts, cursor }));

const ignored = z.unknown();

/** One page of contacts; `cursor` is null on the last one. */
export type ContactPage = {
  readonly contacts: readonly Contact[];
  readonly total: number | null;
  readonly cursor: string | null;
};

/** Reads one contact. Throws IntercomNotFound (also for archived ones) or IntercomContactMerged. */
export async function getContact(client: IntercomClient, id: string, options: CallOptions): Promise<Contact> {
  const read = { method: "GET", path: "/contacts/{id}", params: { id }, effect: "read" } as const;
  return (await client.request({ ...read, schema: contactSchema, ...options })).data;
}

/** Finds the user with this id of the business; leads are never found by it. */
export async function findContactByExternalId(
  client: IntercomClient,
  externalId: string,
  options: CallOptions,
): Promise<Contact | null> {
  try {
    const { data } = await client.request({
      method: "GET",
      path: "/contacts/find_by_external_id/{externalId}",
      params: { externalId },
      effect: "read",
      schema: contactSchema,
      ...options,
    });
    return data;
  } catch (error) {
    if (error instanceof IntercomNotFound) return null;
    throw error;
  }
}

/** Everybody with one of these e-mails, users and leads alike; a contact created seconds ago may be missing. */
export async function searchContactsByEmail(
  client: IntercomClient,
  emails: readonly string[],
  options: CallOptions,
): Promise<readonly Contact[]> {
  if (emails.length === 0) return [];
  const value = emails.length === 1 ? { operator: "=", value: emails[0] } : { operator: "IN", value: emails };
  const query = { field: "email", ...value };
  const search = { what: "contacts with these e-mails", path: "/contacts/search", query, schema: foundSchema } as const;
  return searchAll(client, search, options);
}

/** One page of all contacts (at most 150); begin with cursor null. */
export async function listContacts(
  client: IntercomClient,
  { cursor, perPage = 150 }: { readonly cursor: string | null; readonly perPage?: number },
  options: CallOptions,
): Promise<ContactPage> {
  const query = { per_page: perPage, starting_after: cursor ?? undefined };
  return (
    await client.request({ method: "GET", path: "/contacts", query, effect: "read", schema: pageSchema, ...options })
  ).data;
}

/** What Intercom made of a write, and the id under which Intercom's support finds the call; null when it gave none. */
export type ContactWritten = { readonly contact: Contact; readonly requestId: string | null };

/** Creates a contact. Throws IntercomConflict when one with these details exists. */
export async function createContact(
  client: IntercomClient,
  draft: ContactDraft,
  options: CallOptions,
): Promise<ContactWritten> {
  const create = { method: "POST", path: "/contacts", body: toWire(draft), effect: "once" } as const;
  const { data, requestId } = await client.request({ ...create, schema: contactSchema, ...options });
  return { contact: data, requestId };
}

/** Changes what the patch names and answers the contact as Intercom has it then. */
export async function updateContact(
  client: IntercomClient,
  { id, patch }: { readonly id: string; readonly patch: ContactPatch },
  options: CallOptions,
): Promise<ContactWritten> {
  const update = { method: "PUT", path: "/contacts/{id}", params: { id }, body: toWire(patch) } as const;
  const { data, requestId } = await client.request({
    ...update,
    effect: "idempotent",
    schema: contactSchema,
    ...options,
  });
  return { contact: data, requestId };
}

/** Hides the contact; it comes back by itself when the person returns. */
export async function archiveContact(client: IntercomClient, id: string, options: CallOptions): Promise<void> {
  const archive = { method: "POST", path: "/contacts/{id}/archive", params: { id }, effect: "idempotent" } as const;
  await client.request({ ...archive, schema: ignored, ...options });
}

/** Brings an archived contact back. */
export async function unarchiveContact(client: IntercomClient, id: string, options: CallOptions): Promise<void> {
  const unarchive = { method: "POST", path: "/contacts/{id}/unarchive", params: { id }, effect: "idempotent" } as const;
  await client.request({ ...unarchive, schema: ignored, ...options });
}

/** The body as Intercom names it; what the patch leaves out stays out of the JSON. */
function toWire(patch: ContactPatch): Readonly<Record<string, unknown>> {
  return {
    role: patch.role,
    external_id: patch.externalId,
    email: patch.email,
    phone: patch.phone,
    name: patch.name,
    signed_up_at: patch.signedUpAtS,
    custom_attributes: patch.customAttributes,
  };
}

function isPlain(entry: [string, unknown]): entry is [string, AttributeValue] {
  const value = entry[1];
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
