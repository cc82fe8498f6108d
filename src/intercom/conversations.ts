/** Conversations: opened, written into, assigned, prioritised, closed, read and searched by contact. */
import { z } from "zod";
import type { ConversationPriority } from "../../contract/effect.ts";
import type { IntercomClient, IntercomRequest } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { IntercomPreviewRefused } from "./failure.ts";
import { nextCursor, ofContactSince, searchAll, type Page } from "./pages.ts";
import { anyId, optionalId, type Written } from "./written.ts";

/** One thing that was said or done in a conversation. */
export type ConversationPart = {
  readonly id: string;
  /** comment, note, assignment, close … */
  readonly type: string;
  readonly html: string;
  readonly createdAtS: number;
  readonly authorId: string | null;
};

export type Conversation = {
  readonly id: string;
  readonly createdAtS: number;
  readonly state: string | null;
  readonly adminAssigneeId: string | null;
  readonly teamAssigneeId: string | null;
  /** How it began. Its id is that of the message that began it. */
  readonly source: {
    readonly id: string | null;
    /** conversation, email … */
    readonly type: string | null;
    /** admin_initiated, customer_initiated … */
    readonly deliveredAs: string | null;
    readonly subject: string;
    readonly html: string;
    readonly authorId: string | null;
  };
  /** The latest five hundred; none in what a search found. */
  readonly parts: readonly ConversationPart[];
};

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

const partSchema = z
  .object({
    id: anyId,
    part_type: z.string(),
    body: text,
    created_at: z.number(),
    author: z.object({ id: optionalId }).nullish(),
  })
  .transform((raw): ConversationPart => ({
    id: raw.id,
    type: raw.part_type,
    html: raw.body,
    createdAtS: raw.created_at,
    authorId: raw.author?.id ?? null,
  }));

const noSource = { id: null, type: null, deliveredAs: null, subject: "", html: "", authorId: null };

const sourceSchema = z
  .object({
    id: optionalId,
    type: z.string().nullish(),
    delivered_as: z.string().nullish(),
    subject: text,
    body: text,
    author: z.object({ id: optionalId }).nullish(),
  })
  .transform((raw): Conversation["source"] => ({
    id: raw.id,
    type: raw.type ?? null,
    deliveredAs: raw.delivered_as ?? null,
    subject: raw.subject,
    html: raw.body,
    authorId: raw.author?.id ?? null,
  }));

const conversationSchema = z
  .object({
    id: anyId,
    created_at: z.number(),
    state: z.string().nullish(),
    admin_assignee_id: optionalId,
    team_assignee_id: optionalId,
    source: sourceSchema.nullish(),
    conversation_parts: z.object({ conversation_parts: z.array(partSchema) }).nullish(),
  })
  .transform((raw): Conversation => ({
    id: raw.id,
    createdAtS: raw.created_at,
    state: raw.state ?? null,
    adminAssigneeId: raw.admin_assignee_id,
    teamAssigneeId: raw.team_assignee_id,
    source: raw.source ?? noSource,
    parts: raw.conversation_parts?.conversation_parts ?? [],
  }));

const pageSchema = z
  .object({ conversations: z.array(conversationSchema), pages: nextCursor })
  .transform((raw): Page<Conversation> => ({ items: raw.conversations, cursor: raw.pages }));

/** The message that began it is answered, not the conversation. */
const openedSchema = z
  .object({ id: anyId, conversation_id: anyId })
  .transform((raw) => ({ messageId: raw.id, conversationId: raw.conversation_id }));

export type Opened = z.output<typeof openedSchema>;

/** Begins a conversation in the contact's name; plain text only. Nothing protects from beginning it twice. */
export async function openConversation(
  client: IntercomClient,
  { contactId, text: body }: { readonly contactId: string; readonly text: string },
  options: CallOptions,
): Promise<Written<Opened>> {
  const { data, requestId } = await client.request({
    method: "POST",
    path: "/conversations",
    body: { from: { type: "contact", id: contactId }, body },
    effect: "once",
    schema: openedSchema,
    ...options,
  });
  return { value: data, requestId };
}

export type Reply = {
  readonly conversationId: string;
  /** A comment reaches the contact, a note only teammates. */
  readonly type: "comment" | "note";
  readonly text: string;
  readonly adminId: string;
};

/** Writes into a conversation; answers it with the new part. Nothing protects from writing twice. */
export function replyToConversation(
  client: IntercomClient,
  { conversationId, type, text: body, adminId }: Reply,
  options: CallOptions,
): Promise<Written<Conversation>> {
  const path = "/conversations/{id}/reply";
  const sent = { type: "admin", message_type: type, admin_id: adminId, body };
  return change(client, { path, conversationId, body: sent, effect: "once" }, options);
}

export type Assignment = {
  readonly conversationId: string;
  readonly assignee: { readonly type: "admin" | "team"; readonly id: string };
  /** Who assigns. */
  readonly adminId: string;
};

/** Assigns a conversation. A second time adds a line to it, so it counts as happening once. */
export function assignConversation(
  client: IntercomClient,
  { conversationId, assignee, adminId }: Assignment,
  options: CallOptions,
): Promise<Written<Conversation>> {
  const body = { message_type: "assignment", type: assignee.type, admin_id: adminId, assignee_id: assignee.id };
  return change(client, { path: partsPath, conversationId, body, effect: "once" }, options);
}

export type Prioritisation = {
  readonly conversationId: string;
  readonly priority: ConversationPriority;
  /** Who says so. */
  readonly adminId: string;
};

/** Preview may change without a new number, so nothing of its answer is asked for; null when it shows no priority. */
const prioritisedSchema = z.object({ priority: z.string().nullable() }).catch({ priority: null });

const previewSetsIt =
  "Only the version Preview of Intercom's API sets priorities: where a workspace lacks it, assign the conversation to a team, or tag the contact.";

/**
 * Sets a conversation's priority, which can be repeated. Other versions can only read it, so this is asked of Preview; an
 * answer that shows another priority is one of those that took no notice. Throws IntercomPreviewRefused.
 */
export async function prioritiseConversation(
  client: IntercomClient,
  { conversationId, priority, adminId }: Prioritisation,
  options: CallOptions,
): Promise<Written<{ readonly id: string }>> {
  const call = {
    method: "PUT",
    path: "/conversations/{id}",
    effect: "idempotent",
    preview: previewSetsIt,
  } as const;
  const { data, requestId } = await client.request({
    ...call,
    params: { id: conversationId },
    body: { priority, admin_id: adminId },
    schema: prioritisedSchema,
    ...options,
  });
  const isHeeded = data.priority === null || data.priority === priority;
  if (!isHeeded) throw new IntercomPreviewRefused(call, { status: 200, vendorCode: null, requestId });
  return { value: { id: conversationId }, requestId };
}

/** Closes a conversation. A second time adds a line to it, so it counts as happening once. */
export function closeConversation(
  client: IntercomClient,
  { conversationId, adminId }: { readonly conversationId: string; readonly adminId: string },
  options: CallOptions,
): Promise<Written<Conversation>> {
  const body = { message_type: "close", type: "admin", admin_id: adminId };
  return change(client, { path: partsPath, conversationId, body, effect: "once" }, options);
}

const partsPath = "/conversations/{id}/parts";

async function change(
  client: IntercomClient,
  { conversationId, ...call }: Pick<IntercomRequest<unknown>, "path" | "body" | "effect"> & { conversationId: string },
  options: CallOptions,
): Promise<Written<Conversation>> {
  const params = { id: conversationId };
  const { data, requestId } = await client.request({
    method: "POST",
    ...call,
    params,
    schema: conversationSchema,
    ...options,
  });
  return { value: data, requestId };
}

/** Reads a conversation with its parts. Throws IntercomNotFound. */
export async function getConversation(client: IntercomClient, id: string, options: CallOptions): Promise<Conversation> {
  const read = { method: "GET", path: "/conversations/{id}", params: { id }, effect: "read" } as const;
  return (await client.request({ ...read, schema: conversationSchema, ...options })).data;
}

/** A contact's conversations since this moment, and some older ones, without parts; one of the last seconds may be missing. */
export function searchConversations(
  client: IntercomClient,
  which: { readonly contactId: string; readonly sinceS: number },
  options: CallOptions,
): Promise<readonly Conversation[]> {
  const query = ofContactSince(which);
  return searchAll(
    client,
    { what: "conversations of this contact", path: "/conversations/search", query, schema: pageSchema },
    options,
  );
}
