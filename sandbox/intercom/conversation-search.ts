/** POST /conversations/search and what conversations can be searched by. */
import { statisticsOf } from "./conversation-statistics.ts";
import { conversationListItem, priorityOf } from "./conversation-view.ts";
import { daysOf } from "./days.ts";
import { conversationPages, pageRequest } from "./pages.ts";
import { bodyRoute, ok, type Route } from "./route.ts";
import type { Conversation } from "./rows.ts";
import { readQuery, type Field } from "./search-query.ts";
import { resultPage } from "./search-results.ts";
import { searchBody } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

/** The search endpoint. */
export function conversationSearchRoutes(workspace: Workspace): readonly Route[] {
  const days = daysOf(workspace.timezone);
  const line = {
    method: "POST",
    path: "/conversations/search",
    scope: "read_conversations",
    body: searchBody,
  } as const;
  return [
    bodyRoute(line, ({ body }) => {
      const { pagination, sort } = body;
      const request = pageRequest(conversationPages, {
        perPage: pagination?.per_page,
        startingAfter: pagination?.starting_after,
      });
      const query = readQuery(body.query, fieldOf, days);
      const found = workspace.tables.conversations
        .all()
        .filter((item) => query.test(item) && workspace.unindexed.conversations.shows(item.id));
      const page = resultPage(found, request, { sort, field: fieldOf, position: (item) => Number(item.id) });
      return ok({
        type: "conversation.list",
        conversations: page.items.map((conversation) => conversationListItem(workspace, conversation)),
        total_count: found.length,
        pages: page.pages,
      });
    }),
  ];
}

const attributePrefix = "custom_attributes.";

function fieldOf(name: string): Field<Conversation> | undefined {
  if (!name.startsWith(attributePrefix)) return fields.get(name);
  const key = name.slice(attributePrefix.length);
  return { kind: "string", read: (item) => item.custom_attributes[key] ?? null };
}

const fields = new Map<string, Field<Conversation>>([
  ["id", { kind: "string", read: (item) => item.id }],
  ["created_at", { kind: "moment", read: (item) => item.created_at }],
  ["updated_at", { kind: "moment", read: (item) => item.updated_at }],
  ["waiting_since", { kind: "moment", read: (item) => item.waiting_since }],
  ["snoozed_until", { kind: "moment", read: (item) => item.snoozed_until }],
  ["source.type", { kind: "string", read: (item) => item.source.type }],
  ["source.id", { kind: "string", read: (item) => item.source.id }],
  ["source.delivered_as", { kind: "string", read: (item) => item.source.delivered_as }],
  ["source.subject", { kind: "string", read: (item) => item.source.subject }],
  ["source.body", { kind: "string", read: (item) => item.source.body.replaceAll(/<[^>]+>/g, " ").split(/\s+/) }],
  ["source.author.id", { kind: "string", read: (item) => item.source.author.id }],
  ["source.author.type", { kind: "string", read: (item) => item.source.author.type }],
  ["source.author.name", { kind: "string", read: (item) => item.source.author.name }],
  ["source.author.email", { kind: "string", read: (item) => item.source.author.email }],
  ["contact_ids", { kind: "string", read: (item) => [item.contact_id] }],
  ["teammate_ids", { kind: "string", read: (item) => teammateIds(item) }],
  ["admin_assignee_id", { kind: "number", read: (item) => item.admin_assignee_id }],
  ["team_assignee_id", { kind: "number", read: (item) => item.team_assignee_id }],
  ["open", { kind: "boolean", read: (item) => item.state === "open" }],
  ["read", { kind: "boolean", read: (item) => item.read }],
  ["state", { kind: "string", read: (item) => item.state }],
  ["title", { kind: "string", read: (item) => item.title }],
  ["tag_ids", { kind: "string", read: (item) => item.tags.map((tag) => tag.id) }],
  ["priority", { kind: "string", read: priorityOf }],
  ["statistics.count_conversation_parts", { kind: "number", read: (item) => item.parts.length }],
  ["statistics.last_contact_reply_at", { kind: "moment", read: (item) => statistic(item, "last_contact_reply_at") }],
  ["statistics.last_admin_reply_at", { kind: "moment", read: (item) => statistic(item, "last_admin_reply_at") }],
  ["statistics.last_close_at", { kind: "moment", read: (item) => statistic(item, "last_close_at") }],
]);

function statistic(item: Conversation, name: string): number | null {
  const value: unknown = Reflect.get(statisticsOf(item), name);
  return typeof value === "number" ? value : null;
}

function teammateIds(item: Conversation): readonly string[] {
  return item.parts.filter((part) => part.author.type === "admin").map((part) => part.author.id);
}
