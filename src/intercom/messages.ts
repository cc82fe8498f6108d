/** Messages from a teammate to a contact: into the Messenger or by e-mail. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { IntercomRejected } from "./failure.ts";
import { anyId, optionalId, type Written } from "./written.ts";

export type MessageDraft = {
  readonly to: { readonly contactId: string; readonly role: "user" | "lead" };
  /** The teammate it comes from. */
  readonly adminId: string;
  readonly text: string;
  readonly channel:
    | { readonly type: "inapp" }
    | { readonly type: "email"; readonly subject: string; readonly template: "plain" | "personal" };
};

export type Message = {
  readonly id: string;
  readonly conversationId: string | null;
};

const messageSchema = z
  .object({ id: anyId, conversation_id: optionalId })
  .transform((raw): Message => ({ id: raw.id, conversationId: raw.conversation_id }));

/**
 * Sends a message. There is no idempotency key: after a lost answer it must be looked for, never sent blindly again. The
 * conversation is asked for at once, as without it a message cannot be found before the contact answers. Throws
 * IntercomNotFound for a contact that was created a moment ago.
 */
export async function sendMessage(
  client: IntercomClient,
  draft: MessageDraft,
  options: CallOptions,
): Promise<Written<Message>> {
  if (draft.channel.type === "email") return send(client, { draft, type: "email" }, options);
  try {
    return await send(client, { draft, type: "inapp" }, options);
  } catch (error) {
    // The description's list of types says in_app, its examples and its rules say inapp. A 400 has sent nothing.
    if (!(error instanceof IntercomRejected) || error.status !== 400) throw error;
    return send(client, { draft, type: "in_app" }, options);
  }
}

async function send(
  client: IntercomClient,
  { draft, type }: { readonly draft: MessageDraft; readonly type: "email" | "inapp" | "in_app" },
  options: CallOptions,
): Promise<Written<Message>> {
  const { to, channel } = draft;
  const { data, requestId } = await client.request({
    method: "POST",
    path: "/messages",
    body: {
      message_type: type,
      ...(channel.type === "email" ? { subject: channel.subject, template: channel.template } : {}),
      body: draft.text,
      from: { type: "admin", id: Number(draft.adminId) },
      to: { type: to.role, id: to.contactId },
      create_conversation_without_contact_reply: true,
    },
    effect: "once",
    schema: messageSchema,
    ...options,
  });
  return { value: data, requestId };
}
