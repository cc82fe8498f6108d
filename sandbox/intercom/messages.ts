/** POST /messages: a teammate writes to a person. Nothing protects from sending twice. */
import { z } from "zod";
import { findAdmin } from "./admins.ts";
import { htmlOf } from "./html.ts";
import { findPerson } from "./person.ts";
import { absent, invalid, personNotFound, Refusal } from "./refusal.ts";
import { bodyRoute, ok, type Route } from "./route.ts";
import type { Contact, Message } from "./rows.ts";
import { idShape, unixSeconds } from "./shapes.ts";
import { startByContact, startFromMessage } from "./talk.ts";
import type { Workspace } from "./workspace.ts";

const recipient = z.strictObject({ type: z.enum(["user", "lead", "contact"]), id: z.string() });
const recipients = z.union([recipient, z.array(recipient).min(1)]);

const body = z.strictObject({
  message_type: z.enum(["inapp", "in_app", "email"]).optional(),
  subject: z.string().optional(),
  body: z.string().optional(),
  template: z.enum(["plain", "personal"]).optional(),
  from: z.strictObject({ type: z.enum(["admin", "user", "lead", "contact"]), id: idShape }),
  to: recipients.optional(),
  cc: recipients.optional(),
  bcc: recipients.optional(),
  created_at: unixSeconds.optional(),
  create_conversation_without_contact_reply: z.boolean().optional(),
  referer: z.string().optional(),
});

type MessageBody = z.output<typeof body>;

/** The one endpoint. */
export function messageRoutes(workspace: Workspace): readonly Route[] {
  const line = { method: "POST", path: "/messages", scope: "write_conversations", body } as const;
  return [
    bodyRoute(line, (call) => {
      if ((call.body.body ?? "").trim() === "") throw invalid("Body is required", "body");
      return ok(call.body.from.type === "admin" ? fromAdmin(workspace, call.body) : fromContact(workspace, call.body));
    }),
  ];
}

/** Without a reply there is no conversation, unless the caller asks for one. */
function fromAdmin(workspace: Workspace, sent: MessageBody) {
  const admin = findAdmin(workspace, sent.from.id);
  if (sent.to === undefined) throw absent("to not specified", "to");
  const email = sent.message_type === "email";
  if (email && (sent.subject ?? "") === "") {
    throw new Refusal(422, "parameter_not_found", "No subject supplied for email message");
  }
  const people = [sent.to].flat().map((to) => reachable(workspace, to, email));
  const messages = people.map((contact) => send(workspace, sent, { contact, adminId: admin.id }));
  const [first] = messages;
  if (first === undefined) throw personNotFound();
  return {
    type: "admin_message",
    id: first.id,
    created_at: first.created_at,
    ...(first.subject === "" ? {} : { subject: first.subject }),
    body: first.body,
    message_type: first.message_type,
    ...(first.conversation_id === null ? {} : { conversation_id: first.conversation_id }),
    owner: { type: "admin", id: admin.id, name: admin.name, email: admin.email },
  };
}

/** People who were just created cannot be reached yet; those who unsubscribed get no e-mail. */
function reachable(workspace: Workspace, to: z.output<typeof recipient>, email: boolean): Contact {
  const contact = findPerson(workspace, to.id);
  if (to.type !== "contact" && to.type !== contact.role) throw personNotFound();
  if (workspace.people.lag.isNew(contact.id)) throw personNotFound();
  if (email && contact.email === null) throw invalid("The recipient has no email address", "to");
  if (email && contact.unsubscribed_from_emails) {
    throw new Refusal(403, "action_forbidden", "This user is unsubscribed from emails");
  }
  return contact;
}

function send(
  workspace: Workspace,
  sent: MessageBody,
  { contact, adminId }: { readonly contact: Contact; readonly adminId: string },
): Message {
  const message = workspace.tables.messages.put({
    id: workspace.ids.next("message"),
    contact_id: contact.id,
    admin_id: adminId,
    message_type: sent.message_type === "email" ? "email" : "inapp",
    subject: sent.subject ?? "",
    body: htmlOf(sent.body ?? ""),
    created_at: sent.created_at ?? workspace.nowS(),
    conversation_id: null,
  });
  workspace.people.save({ ...contact, last_contacted_at: message.created_at });
  if (sent.create_conversation_without_contact_reply !== true) return message;
  const conversation = startFromMessage(workspace, contact, message);
  return { ...message, conversation_id: conversation.id };
}

function fromContact(workspace: Workspace, sent: MessageBody) {
  const contact = findPerson(workspace, sent.from.id);
  const conversation = startByContact(workspace, contact, { body: sent.body ?? "", subject: sent.subject });
  return {
    type: "user_message",
    id: conversation.source.id,
    created_at: conversation.created_at,
    body: sent.body,
    message_type: "inapp",
    conversation_id: conversation.id,
  };
}
