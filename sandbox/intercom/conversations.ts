/** The conversation endpoints: create, read, list, change, reply. */
import { z } from "zod";
import { findAdmin } from "./admins.ts";
import { conversationChecks } from "./conversation-attributes.ts";
import { conversationListItem, conversationView } from "./conversation-view.ts";
import { findCompany } from "./companies.ts";
import { conversationPages, pageById, queryPageRequest } from "./pages.ts";
import { findPerson } from "./person.ts";
import { invalid, notFound, personNotFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { Contact, Conversation } from "./rows.ts";
import { anyObject, idShape, unixSeconds } from "./shapes.ts";
import { conversationsOf, findConversation, prioritise, replyByAdmin, replyByContact, startByContact } from "./talk.ts";
import type { Workspace } from "./workspace.ts";

const createBody = z.strictObject({
  from: z.strictObject({ type: z.enum(["user", "lead", "contact"]), id: z.string() }),
  body: z.string().min(1),
  subject: z.string().optional(),
  attachment_urls: z.array(z.string()).max(10).optional(),
  created_at: unixSeconds.optional(),
  brand_id: idShape.optional(),
});

const updateBody = z.strictObject({
  read: z.boolean().optional(),
  title: z.string().optional(),
  custom_attributes: anyObject.optional(),
  company_id: z.string().optional(),
});

/** In version Preview a priority can be set too, in the name of a teammate or else of the Operator. */
const previewUpdateBody = updateBody.extend({
  priority: z.enum(["none", "low", "medium", "high", "urgent"]).optional(),
  admin_id: idShape.optional(),
});

const adminReply = z.strictObject({
  type: z.literal("admin"),
  message_type: z.enum(["comment", "note", "quick_reply"]),
  admin_id: idShape,
  body: z.string().optional(),
  created_at: unixSeconds.optional(),
  attachment_urls: z.array(z.string()).max(10).optional(),
  attachment_files: z.array(anyObject).optional(),
  reply_options: z.array(anyObject).optional(),
  skip_notifications: z.boolean().optional(),
});

const contactReply = z.strictObject({
  type: z.literal("user"),
  message_type: z.literal("comment"),
  body: z.string().min(1),
  intercom_user_id: z.string().optional(),
  user_id: z.string().optional(),
  email: z.string().optional(),
  created_at: unixSeconds.optional(),
  attachment_urls: z.array(z.string()).max(10).optional(),
  reply_options: z.array(anyObject).optional(),
});

/** The body of a reply to a conversation or a ticket. */
export const replyBody = z.discriminatedUnion("type", [adminReply, contactReply]);

/** Conversations one by one and as a list. */
export function conversationRoutes(workspace: Workspace): readonly Route[] {
  const { conversations } = workspace.tables;
  const write = (method: string, path: string) => ({ method, path, scope: "write_conversations" }) as const;
  const read = (path: string) => ({ method: "GET", path, scope: "read_conversations" }) as const;
  const found = (id: string) => findConversation(workspace, id);
  const view = (conversation: Conversation) => ok(conversationView(workspace, conversation));
  return [
    bodyRoute({ ...write("POST", "/conversations"), body: createBody }, ({ body }) => ok(create(workspace, body))),
    route(read("/conversations"), ({ query }) => ok(list(workspace, query))),
    route(read("/conversations/:id"), (call) => view(found(param(call, "id")))),
    bodyRoute({ ...write("PUT", "/conversations/:id"), body: updateBody, preview: previewUpdateBody }, (call) =>
      view(update(workspace, found(param(call, "id")), call.body)),
    ),
    route(write("DELETE", "/conversations/:id"), (call) => {
      const { id } = found(param(call, "id"));
      conversations.delete(id);
      workspace.notify("conversation.deleted", () => ({ type: "conversation", id }));
      return ok({ id, object: "conversation", deleted: true });
    }),
    bodyRoute({ ...write("POST", "/conversations/:id/reply"), body: replyBody }, (call) =>
      view(reply(workspace, param(call, "id"), call.body)),
    ),
  ];
}

/** Creating answers with the first message, which names the conversation. */
function create(workspace: Workspace, body: z.output<typeof createBody>) {
  const contact = findPerson(workspace, body.from.id);
  if (body.from.type !== "contact" && body.from.type !== contact.role) throw personNotFound();
  const words = { body: body.body, subject: body.subject, createdAt: body.created_at };
  const conversation = startByContact(workspace, contact, words);
  return {
    type: "user_message",
    id: conversation.source.id,
    created_at: conversation.created_at,
    body: body.body,
    message_type: "inapp",
    conversation_id: conversation.id,
  };
}

function list(workspace: Workspace, query: URLSearchParams) {
  const request = queryPageRequest(conversationPages, query);
  const newestFirst = [...workspace.tables.conversations.all()].reverse();
  const page = pageById(request, newestFirst);
  return {
    type: "conversation.list",
    conversations: page.items.map((conversation) => conversationListItem(workspace, conversation)),
    total_count: newestFirst.length,
    pages: page.pages,
  };
}

function update(
  workspace: Workspace,
  conversation: Conversation,
  body: z.output<typeof previewUpdateBody>,
): Conversation {
  const values = conversationChecks(workspace, body.custom_attributes ?? {});
  if (body.company_id !== undefined) findCompany(workspace, body.company_id);
  const { priority } = body;
  const admin = priority === undefined || body.admin_id === undefined ? null : findAdmin(workspace, body.admin_id);
  const changed = workspace.tables.conversations.put({
    ...conversation,
    read: body.read ?? conversation.read,
    title: body.title ?? conversation.title,
    company_id: body.company_id ?? conversation.company_id,
    custom_attributes: { ...conversation.custom_attributes, ...values },
    updated_at: workspace.nowS(),
  });
  return priority === undefined ? changed : prioritise(workspace, changed, { priority, admin });
}

/** "last" in place of an id means the person's latest conversation. */
function reply(workspace: Workspace, id: string, body: z.output<typeof replyBody>): Conversation {
  if (body.type === "admin") {
    const conversation = findConversation(workspace, id);
    const admin = findAdmin(workspace, body.admin_id);
    if (body.message_type !== "quick_reply" && (body.body ?? "") === "") throw invalid("Body is required", "body");
    const { message_type: kind, created_at: createdAt } = body;
    return replyByAdmin(workspace, conversation, { admin, kind, body: body.body ?? "", createdAt });
  }
  const contact = replyingContact(workspace, body);
  const conversation = id === "last" ? conversationsOf(workspace, contact.id).at(-1) : findConversation(workspace, id);
  if (conversation === undefined) throw notFound();
  return replyByContact(workspace, conversation, { contact, body: body.body, createdAt: body.created_at });
}

/** The person a reply names in one of three ways. */
export function replyingContact(workspace: Workspace, body: z.output<typeof contactReply>): Contact {
  const { people } = workspace;
  if (body.intercom_user_id !== undefined) return findPerson(workspace, body.intercom_user_id);
  const found = body.user_id === undefined ? people.withEmail(body.email ?? "") : people.withExternalId(body.user_id);
  const contact = found.find((candidate) => candidate.state === "live");
  if (contact === undefined) throw personNotFound();
  return contact;
}
