/** Tags: made by name, put on contacts by id. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { anyId } from "./written.ts";

export type Tag = { readonly id: string; readonly name: string };

const tagSchema = z.object({ id: anyId, name: z.string() });
const listSchema = z.object({ data: z.array(tagSchema) });

/** The tag of this name, made if there is none; case does not count. */
export async function ensureTag(client: IntercomClient, name: string, options: CallOptions): Promise<Tag> {
  const create = { method: "POST", path: "/tags", body: { name }, effect: "idempotent" } as const;
  return (await client.request({ ...create, schema: tagSchema, ...options })).data;
}

export type Tagging = { readonly contactId: string; readonly tagId: string };

/** Puts a tag on a contact; one that is there stays. Answers Intercom's name of the call. */
export async function tagContact(
  client: IntercomClient,
  { contactId, tagId }: Tagging,
  options: CallOptions,
): Promise<string | null> {
  const tag = { method: "POST", path: "/contacts/{id}/tags", params: { id: contactId }, body: { id: tagId } } as const;
  return (await client.request({ ...tag, effect: "idempotent", schema: tagSchema, ...options })).requestId;
}

/** Takes a tag off a contact. Throws IntercomNotFound when it is not there. Answers Intercom's name of the call. */
export async function untagContact(
  client: IntercomClient,
  { contactId, tagId }: Tagging,
  options: CallOptions,
): Promise<string | null> {
  const path = "/contacts/{contactId}/tags/{tagId}";
  const untag = { method: "DELETE", path, params: { contactId, tagId }, effect: "idempotent" } as const;
  return (await client.request({ ...untag, schema: z.unknown(), ...options })).requestId;
}

/** The tags on a contact. */
export async function listTagsOf(
  client: IntercomClient,
  contactId: string,
  options: CallOptions,
): Promise<readonly Tag[]> {
  const read = { method: "GET", path: "/contacts/{id}/tags", params: { id: contactId }, effect: "read" } as const;
  return (await client.request({ ...read, schema: listSchema, ...options })).data.data;
}
