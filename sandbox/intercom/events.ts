/** Data events: accepted with 202, counted once per person, name and second. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { eventKey } from "./event-journal.ts";
import { findPerson } from "./person.ts";
import { absent, invalid, personNotFound } from "./refusal.ts";
import { bodyRoute, ok, route, type Route } from "./route.ts";
import type { Contact, DataEvent } from "./rows.ts";
import { anyObject, unixSeconds } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

const metadataMax = 10;
const listedS = 90 * 24 * 3600;

const eventBody = z.strictObject({
  event_name: z.string().min(1).max(255),
  created_at: unixSeconds,
  user_id: z.string().optional(),
  id: z.string().optional(),
  email: z.string().optional(),
  metadata: anyObject.optional(),
});

const summaryBody = z.strictObject({
  user_id: z.string(),
  event_summaries: z.strictObject({
    event_name: z.string(),
    count: z.number().int(),
    first: unixSeconds,
    last: unixSeconds,
  }),
});

/** Send, list and summarise events. */
export function eventRoutes(workspace: Workspace): readonly Route[] {
  return [
    bodyRoute({ method: "POST", path: "/events", scope: "write_events", body: eventBody }, ({ body }) => {
      const contact = personOf(workspace, { id: body.id, user_id: body.user_id, email: body.email });
      const { event_name: name, created_at: createdAt, metadata = {} } = body;
      recordEvent(workspace, { contact, name, createdAt, metadata });
      return { status: 202, body: "" };
    }),
    route({ method: "GET", path: "/events", scope: "read_users" }, ({ query }) => ok(listEvents(workspace, query))),
    bodyRoute({ method: "POST", path: "/events/summaries", scope: "write_events", body: summaryBody }, ({ body }) => {
      personOf(workspace, { user_id: body.user_id });
      return { status: 200, body: "" };
    }),
  ];
}

function recordEvent(
  workspace: Workspace,
  event: {
    readonly contact: Contact;
    readonly name: string;
    readonly createdAt: number;
    readonly metadata: Readonly<Record<string, unknown>>;
  },
): void {
  const { contact, name, createdAt } = event;
  const key = { contact_id: contact.id, event_name: name, created_at: createdAt };
  const id = eventKey(key);
  const eventId = createHash("sha256").update(id).digest("hex").slice(0, 32);
  const row = { id, event_id: eventId, ...key, metadata: readMetadata(event.metadata) };
  if (workspace.journal.add(row)) workspace.notify("event.created", () => eventView(row, contact));
}

/** The first ten keys are kept. Objects are only links with a text and amounts with a currency. */
function readMetadata(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const [key, value] of Object.entries(metadata)) {
    if (!isMetadataValue(value)) throw invalid(`Metadata '${key}' must not be nested`, `metadata.${key}`);
  }
  return Object.fromEntries(Object.entries(metadata).slice(0, metadataMax));
}

const amountShape = z.strictObject({ amount: z.number().int().nonnegative(), currency: z.string() });
const linkShape = z.strictObject({ url: z.string(), value: z.string() });

function isMetadataValue(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return amountShape.safeParse(value).success || linkShape.safeParse(value).success;
}

type PersonKeys = {
  readonly id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly email?: string | undefined;
};

/** Leads are found by their Intercom id only; an address finds the user who has it. */
function personOf(workspace: Workspace, keys: PersonKeys): Contact {
  const { people } = workspace;
  if (keys.id !== undefined) return findPerson(workspace, keys.id);
  const isUser = (contact: Contact) => contact.role === "user" && contact.state === "live";
  if (keys.user_id === undefined && keys.email === undefined) {
    throw absent("One of id, user_id or email is required");
  }
  const found =
    keys.user_id === undefined
      ? people.withEmail(keys.email ?? "").find(isUser)
      : people.withExternalId(keys.user_id).find(isUser);
  if (found === undefined) throw personNotFound();
  return found;
}

function listEvents(workspace: Workspace, query: URLSearchParams) {
  if (query.get("type") !== "user") throw invalid("type must be user", "type");
  const contact = personOf(workspace, {
    id: query.get("intercom_user_id") ?? undefined,
    user_id: query.get("user_id") ?? undefined,
    email: query.get("email") ?? undefined,
  });
  const who = { email: contact.email, intercom_user_id: contact.id, user_id: contact.external_id };
  const events = workspace.journal.of(contact.id);
  if (query.get("summary") === "true") return { type: "event.summary", ...who, events: summaries(events) };
  const since = workspace.nowS() - listedS;
  const listed = events.filter((event) => event.created_at >= since).reverse();
  return {
    type: "event.list",
    events: listed.map((event) => eventView(event, contact)),
    pages: {},
    ...who,
  };
}

function summaries(events: readonly DataEvent[]) {
  const names = [...new Set(events.map((event) => event.event_name))];
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return names.map((name) => {
    const times = events.filter((event) => event.event_name === name).map((event) => event.created_at);
    return {
      name,
      first: time(Math.min(...times)),
      last: time(Math.max(...times)),
      count: times.length,
      description: "",
    };
  });
}

function eventView(event: DataEvent, contact: Contact) {
  return {
    type: "event",
    id: event.event_id,
    event_name: event.event_name,
    created_at: event.created_at,
    intercom_user_id: contact.id,
    ...(contact.external_id === null ? {} : { user_id: contact.external_id }),
    ...(contact.email === null ? {} : { email: contact.email }),
    metadata: event.metadata,
  };
}
