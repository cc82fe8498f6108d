/** Notes on contacts: only teammates see them. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { allPages, nextCursor } from "./pages.ts";
import { anyId, optionalId, type Written } from "./written.ts";

/** A note as Intercom keeps it: HTML, whatever was sent. */
export type Note = {
  readonly id: string;
  readonly html: string;
  readonly createdAtS: number;
  readonly adminId: string | null;
};

export type NoteDraft = {
  readonly contactId: string;
  readonly text: string;
  /** The author; without one it is the token's owner. */
  readonly adminId?: string | undefined;
};

const noteSchema = z
  .object({
    id: anyId,
    body: z.string().nullish(),
    created_at: z.number(),
    author: z.object({ id: optionalId }).nullish(),
  })
  .transform(({ id, body, created_at, author }): Note => ({
    id,
    html: body ?? "",
    createdAtS: created_at,
    adminId: author?.id ?? null,
  }));

const listSchema = z.object({ data: z.array(noteSchema), pages: nextCursor });

/** Writes a note. Nothing protects from writing it twice. */
export async function createNote(
  client: IntercomClient,
  { contactId, text, adminId }: NoteDraft,
  options: CallOptions,
): Promise<Written<Note>> {
  const create = { method: "POST", path: "/contacts/{id}/notes", params: { id: contactId } } as const;
  const body = { body: text, admin_id: adminId };
  const { data, requestId } = await client.request({ ...create, body, effect: "once", schema: noteSchema, ...options });
  return { value: data, requestId };
}

/** All notes on a contact. The list is complete at once: it is not a search. */
export function listNotes(client: IntercomClient, contactId: string, options: CallOptions): Promise<readonly Note[]> {
  const read = { method: "GET", path: "/contacts/{id}/notes", params: { id: contactId }, effect: "read" } as const;
  return allPages("notes on this contact", async (cursor) => {
    const query = cursor === null ? {} : { starting_after: cursor };
    const { data } = await client.request({ ...read, query, schema: listSchema, ...options });
    return { items: data.data, cursor: data.pages };
  });
}
