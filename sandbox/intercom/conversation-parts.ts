/** What teammates do in a conversation: assign, snooze, close, open; tag it; and what time does to a snoozed one. */
import { z } from "zod";
import { adminAuthor, botAuthor, findAdmin } from "./admins.ts";
import { conversationView } from "./conversation-view.ts";
import { notFound } from "./refusal.ts";
import { bodyRoute, ok, param, type Route } from "./route.ts";
import type { Conversation } from "./rows.ts";
import { idShape, unixSeconds } from "./shapes.ts";
import { appliedTagView, applyTag, findTag } from "./tags.ts";
import { addPart, closeByAdmin, findConversation, newPart } from "./talk.ts";
import type { Workspace } from "./workspace.ts";

const partBody = z.discriminatedUnion("message_type", [
  z.strictObject({
    message_type: z.literal("assignment"),
    type: z.enum(["admin", "team"]),
    admin_id: idShape,
    assignee_id: idShape,
    body: z.string().optional(),
  }),
  z.strictObject({
    message_type: z.literal("close"),
    type: z.literal("admin"),
    admin_id: idShape,
    body: z.string().optional(),
  }),
  z.strictObject({
    message_type: z.literal("snoozed"),
    type: z.literal("admin").optional(),
    admin_id: idShape,
    snoozed_until: unixSeconds,
  }),
  z.strictObject({ message_type: z.literal("open"), type: z.literal("admin").optional(), admin_id: idShape }),
]);

type PartBody = z.output<typeof partBody>;

const tagBody = z.strictObject({ id: idShape, admin_id: idShape });
const untagBody = z.strictObject({ admin_id: idShape });

/** Parts and tags of conversations. */
export function conversationPartRoutes(workspace: Workspace): readonly Route[] {
  const write = (method: string, path: string) => ({ method, path, scope: "write_conversations" }) as const;
  const tags = "/conversations/:id/tags";
  return [
    bodyRoute({ ...write("POST", "/conversations/:id/parts"), body: partBody }, (call) => {
      const conversation = findConversation(workspace, param(call, "id"));
      return ok(conversationView(workspace, act(workspace, conversation, call.body)));
    }),
    bodyRoute({ ...write("POST", tags), body: tagBody }, (call) => {
      findAdmin(workspace, call.body.admin_id);
      return ok(tagConversation(workspace, findTaggable(workspace, param(call, "id")), call.body));
    }),
    bodyRoute({ ...write("DELETE", `${tags}/:tag_id`), body: untagBody }, (call) => {
      findAdmin(workspace, call.body.admin_id);
      return ok(untagConversation(workspace, findTaggable(workspace, param(call, "id")), param(call, "tag_id")));
    }),
  ];
}

function act(workspace: Workspace, conversation: Conversation, body: PartBody): Conversation {
  const author = adminAuthor(findAdmin(workspace, body.admin_id));
  const part = (part_type: string, text: string | undefined) =>
    newPart(workspace, { part_type, body: text ?? null, author });
  switch (body.message_type) {
    case "assignment":
      return assign(workspace, conversation, body);
    case "close":
      return closeByAdmin(workspace, conversation, part("close", body.body));
    case "snoozed":
      return addPart(workspace, conversation, {
        part: part("snoozed", undefined),
        topic: "conversation.admin.snoozed",
        change: { state: "snoozed", snoozed_until: body.snoozed_until },
      });
    case "open":
      return addPart(workspace, conversation, {
        part: part("open", undefined),
        topic: "conversation.admin.opened",
        change: { state: "open", snoozed_until: null },
      });
  }
}

/** Assigning to "0" takes the assignment away. */
function assign(
  workspace: Workspace,
  conversation: Conversation,
  body: Extract<PartBody, { readonly message_type: "assignment" }>,
): Conversation {
  const { assignee_id: id, type } = body;
  if (id !== "0" && type === "admin") findAdmin(workspace, id);
  if (id !== "0" && type === "team" && workspace.tables.teams.get(id) === undefined) {
    throw notFound("Team not found", "team_not_found");
  }
  const part = newPart(workspace, {
    part_type: "assignment",
    body: body.body ?? null,
    author: adminAuthor(findAdmin(workspace, body.admin_id)),
    assigned_to: id === "0" ? null : { type, id },
  });
  const change = type === "admin" ? { admin_assignee_id: Number(id) } : { team_assignee_id: Number(id) };
  return addPart(workspace, conversation, { part, topic: "conversation.admin.assigned", change });
}

/** When the next snooze ends. */
export function nextWakeMs(workspace: Workspace): number | undefined {
  const times = workspace.tables.conversations
    .all()
    .flatMap(({ state, snoozed_until: until }) => (state === "snoozed" && until !== null ? [until * 1000] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Wakes conversations whose snooze is over. */
export function wakeSnoozed(workspace: Workspace): void {
  const now = workspace.nowS();
  const due = workspace.tables.conversations
    .all()
    .filter(({ state, snoozed_until }) => state === "snoozed" && snoozed_until !== null && snoozed_until <= now);
  for (const conversation of due) {
    const part = newPart(workspace, { part_type: "timer_unsnooze", body: null, author: botAuthor(workspace) });
    const change = { state: "open", snoozed_until: null } as const;
    addPart(workspace, conversation, { part, topic: "conversation.admin.unsnoozed", change });
  }
}

function findTaggable(workspace: Workspace, id: string): Conversation {
  const conversation = workspace.tables.conversations.get(id);
  if (conversation === undefined) throw notFound("Conversation not found");
  return conversation;
}

function tagConversation(workspace: Workspace, conversation: Conversation, body: z.output<typeof tagBody>) {
  const tag = findTag(workspace, body.id);
  const present = conversation.tags.find((applied) => applied.id === tag.id);
  const applied = present ?? applyTag(workspace, tag, body.admin_id);
  if (present === undefined) {
    workspace.tables.conversations.put({ ...conversation, tags: [...conversation.tags, applied] });
  }
  return appliedTagView(workspace, applied);
}

function untagConversation(workspace: Workspace, conversation: Conversation, tagId: string) {
  const applied = conversation.tags.find((candidate) => candidate.id === tagId);
  if (applied === undefined) throw notFound("Tag not found", "tag_not_found");
  const tags = conversation.tags.filter((candidate) => candidate.id !== tagId);
  workspace.tables.conversations.put({ ...conversation, tags });
  return appliedTagView(workspace, applied);
}
