/** POST /contacts/search: fields people can be searched by, and which indexes answer quickly. */
import { findDefinition } from "./attribute-values.ts";
import { contactView } from "./contact-view.ts";
import { daysOf } from "./days.ts";
import { pageRequest, peoplePages } from "./pages.ts";
import { bodyRoute, ok, type Route } from "./route.ts";
import type { AttributeType, Contact } from "./rows.ts";
import { readQuery, type Field, type FieldKind, type Key, type Query } from "./search-query.ts";
import { resultPage } from "./search-results.ts";
import { searchBody, type SearchBody } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

/** The search endpoint. */
export function contactSearchRoutes(workspace: Workspace): readonly Route[] {
  const days = daysOf(workspace.timezone);
  const line = { method: "POST", path: "/contacts/search", scope: "read_users", body: searchBody } as const;
  return [
    bodyRoute(line, ({ body }) => {
      const fields = (name: string) => fieldOf(workspace, name);
      const query = readQuery(body.query, fields, days);
      return ok(searchPeople(workspace, query, body));
    }),
  ];
}

function searchPeople(workspace: Workspace, query: Query<Contact>, body: SearchBody) {
  const request = pageRequest(peoplePages, {
    perPage: body.pagination?.per_page,
    startingAfter: body.pagination?.starting_after,
  });
  const found: Contact[] = [];
  for (const contact of candidates(workspace, query.keys)) {
    const seen = contact.state === "live" ? workspace.people.lag.seen(contact) : undefined;
    if (seen !== undefined && query.test(seen)) found.push(contact);
  }
  const sort = { sort: body.sort, field: (name: string) => fieldOf(workspace, name) };
  const page = resultPage(found, request, { ...sort, position: (contact) => contact.seq });
  return {
    type: "list",
    data: page.items.map((contact) => contactView(workspace, contact)),
    total_count: found.length,
    pages: page.pages,
  };
}

/** People who can match: from an index when the query names a key, otherwise everybody. */
function candidates(workspace: Workspace, keys: readonly Key[] | undefined): Iterable<Contact> {
  const { people } = workspace;
  if (keys === undefined || !keys.every((key) => key.field in indexes)) return people.liveAfter(0, people.liveCount);
  const found = new Map<string, Contact>();
  const add = (contact: Contact | undefined) => contact !== undefined && found.set(contact.id, contact);
  for (const key of keys) for (const contact of lookUp(workspace, key)) add(contact);
  // The index knows present values; whoever changed within the lag may still match by an old one.
  for (const id of people.lag.pending()) add(people.get(id));
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}

const indexes = { id: true, email: true, external_id: true } as const;

function lookUp({ people }: Workspace, key: Key): readonly Contact[] {
  if (key.field === "email") return people.withEmail(key.value);
  if (key.field === "external_id") return people.withExternalId(key.value);
  const contact = people.get(key.value);
  return contact === undefined ? [] : [contact];
}

const kinds: Readonly<Record<AttributeType, FieldKind>> = {
  string: "string",
  integer: "number",
  float: "number",
  boolean: "boolean",
  date: "day",
};

const attributePrefix = "custom_attributes.";

function fieldOf(workspace: Workspace, name: string): Field<Contact> | undefined {
  if (!name.startsWith(attributePrefix)) return standardFields.get(name);
  const key = name.slice(attributePrefix.length);
  const definition = findDefinition(workspace, "contact", key);
  if (definition === undefined) return undefined;
  return { kind: kinds[definition.data_type], read: (contact) => contact.custom_attributes[key] ?? null };
}

const nothing = () => null;

const standardFields = new Map<string, Field<Contact>>([
  ["id", { kind: "string", read: (contact) => contact.id }],
  ["role", { kind: "string", read: (contact) => contact.role }],
  ["name", { kind: "string", read: (contact) => contact.name }],
  ["avatar", { kind: "string", read: (contact) => contact.avatar }],
  ["owner_id", { kind: "string", read: (contact) => contact.owner_id }],
  ["email", { kind: "string", read: (contact) => contact.email }],
  ["email_domain", { kind: "string", read: (contact) => contact.email?.split("@")[1] ?? null }],
  ["phone", { kind: "string", read: (contact) => contact.phone }],
  ["formatted_phone", { kind: "string", read: (contact) => contact.phone }],
  ["external_id", { kind: "string", read: (contact) => contact.external_id }],
  ["created_at", { kind: "day", read: (contact) => contact.created_at }],
  ["signed_up_at", { kind: "day", read: (contact) => contact.signed_up_at }],
  ["updated_at", { kind: "day", read: (contact) => contact.updated_at }],
  ["last_seen_at", { kind: "day", read: (contact) => contact.last_seen_at }],
  ["last_contacted_at", { kind: "day", read: (contact) => contact.last_contacted_at }],
  ["last_replied_at", { kind: "day", read: (contact) => contact.last_replied_at }],
  ["last_email_opened_at", { kind: "day", read: nothing }],
  ["last_email_clicked_at", { kind: "day", read: nothing }],
  ["language_override", { kind: "string", read: (contact) => contact.language_override }],
  ["browser", { kind: "string", read: nothing }],
  ["browser_language", { kind: "string", read: nothing }],
  ["os", { kind: "string", read: nothing }],
  ["location.country", { kind: "string", read: nothing }],
  ["location.region", { kind: "string", read: nothing }],
  ["location.city", { kind: "string", read: nothing }],
  ["unsubscribed_from_emails", { kind: "boolean", read: (contact) => contact.unsubscribed_from_emails }],
  ["marked_email_as_spam", { kind: "boolean", read: () => false }],
  ["has_hard_bounced", { kind: "boolean", read: () => false }],
  ["segment_id", { kind: "string", read: () => [] }],
  ["tag_id", { kind: "tag", read: (contact) => contact.tags.map((tag) => tag.id) }],
]);
