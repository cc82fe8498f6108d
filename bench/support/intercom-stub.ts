/** An Intercom that answers at once and remembers when each call arrived. It refuses what is beyond its limit. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { machineMs } from "./clock.ts";
import { contactIdOf } from "./people.ts";

/** One call, as it arrived. */
export type Arrival = {
  readonly atMs: number;
  readonly call: string;
  readonly contactId: string | null;
  /** The end of the period that it writes, if it does. */
  readonly mark: number | null;
};

export type IntercomStub = {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Calls that a slice of ten seconds allows. */
  setLimit(limit: number): void;
  /** What arrived since the last time. */
  takeArrivals(): readonly Arrival[];
  readonly refused: () => number;
};

type Contact = { readonly id: string; readonly externalId: string | null; email: string | null; name: string | null; custom: Record<string, unknown> };

const sliceMs = 10_000;

/** Makes one. A user id that looks like ours has a contact; nobody is found by e-mail. */
export function createIntercomStub(firstLimit: number): IntercomStub {
  const contacts = new Map<string, Contact>();
  const definitions = new Map<string, object>();
  let arrivals: Arrival[] = [];
  let limit = firstLimit;
  let refused = 0;
  let slice = { endsMs: 0, used: 0 };

  const takeOne = (): boolean => {
    const nowMs = Date.now();
    if (nowMs >= slice.endsMs) slice = { endsMs: (Math.floor(nowMs / sliceMs) + 1) * sliceMs, used: 0 };
    if (slice.used >= limit) return false;
    slice.used += 1;
    return true;
  };
  const answer = (response: ServerResponse, status: number, body: object): void => {
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": bytes.length,
      "intercom-version": "2.16",
      "x-request-id": "bench",
      "x-ratelimit-limit": limit,
      "x-ratelimit-remaining": Math.max(0, limit - slice.used),
      "x-ratelimit-reset": slice.endsMs / 1000,
    });
    response.end(bytes);
  };
  const contactWith = (id: string, externalId: string | null): Contact => {
    const known = contacts.get(id);
    if (known) return known;
    const made = { id, externalId, email: null, name: null, custom: {} };
    contacts.set(id, made);
    return made;
  };
  const write = (contact: Contact, body: Readonly<Record<string, unknown>>): Contact => {
    if (typeof body["email"] === "string") contact.email = body["email"];
    if (typeof body["name"] === "string") contact.name = body["name"];
    Object.assign(contact.custom, body["custom_attributes"]);
    return contact;
  };
  const routes: Readonly<Record<string, (parts: { readonly id: string; readonly body: Readonly<Record<string, unknown>> }) => object | null>> = {
    "GET /me": () => ({ type: "admin", id: "1", app: { id_code: "bench", name: "Bench", region: "US", timezone: "UTC" } }),
    "GET /data_attributes": () => ({ type: "list", data: [...definitions.values()] }),
    "POST /data_attributes": ({ body }) => {
      const definition = { ...body, type: "data_attribute", id: definitions.size + 1, custom: true, archived: false };
      definitions.set(String(body["name"]), definition);
      return definition;
    },
    "POST /contacts/search": () => ({ type: "list", data: [], total_count: 0, pages: { type: "pages", page: 1, next: null } }),
    "GET /contacts/find_by_external_id/{id}": ({ id }) =>
      id.startsWith("user-") ? contactView(contactWith(contactIdOf(id), id)) : null,
    "GET /contacts/{id}": ({ id }) => (contacts.has(id) ? contactView(contactWith(id, null)) : null),
    "POST /contacts": ({ body }) => {
      const user = String(body["external_id"]);
      return contactView(write(contactWith(contactIdOf(user), user), body));
    },
    "PUT /contacts/{id}": ({ id, body }) => (contacts.has(id) ? contactView(write(contactWith(id, null), body)) : null),
  };

  return {
    setLimit: (next) => {
      limit = next;
      slice = { endsMs: 0, used: 0 };
    },
    takeArrivals: () => {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
    refused: () => refused,
    handle: (request, response) => {
      const atMs = machineMs();
      const { call, id } = readAddress(request);
      const granted = takeOne();
      void readJson(request).then((body) => {
        const mark = partOf(body, "custom_attributes")["stripe_subscription_period_end"];
        arrivals.push({ atMs, call, contactId: id === "" ? null : id, mark: typeof mark === "number" ? mark : null });
        if (!granted) {
          refused += 1;
          return answer(response, 429, errorOf("rate_limit_exceeded", "Exceeded rate limit"));
        }
        const found = routes[call]?.({ id, body });
        return found ? answer(response, 200, found) : answer(response, 404, errorOf("not_found", "Contact Not Found"));
      });
    },
  };
}

function readAddress(request: IncomingMessage): { readonly call: string; readonly id: string } {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const found = /^(\/contacts\/find_by_external_id|\/contacts)\/(.+)$/.exec(path);
  if (!found || path === "/contacts/search") return { call: `${request.method} ${path}`, id: "" };
  return { call: `${request.method} ${found[1]}/{id}`, id: decodeURIComponent(found[2] ?? "") };
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

function partOf(body: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const part = body[name];
  return typeof part === "object" && part !== null ? { ...part } : {};
}

function errorOf(code: string, message: string): object {
  return { type: "error.list", request_id: "bench", errors: [{ code, message }] };
}

function contactView({ id, externalId, email, name, custom }: Contact): object {
  return {
    type: "contact",
    id,
    workspace_id: "bench",
    external_id: externalId,
    role: "user",
    email,
    phone: null,
    name,
    avatar: null,
    owner_id: null,
    social_profiles: { type: "list", data: [] },
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: false,
    created_at: 1_760_000_000,
    updated_at: 1_760_000_000,
    signed_up_at: null,
    last_seen_at: null,
    location: { type: "location", country: null, region: null, city: null },
    custom_attributes: custom,
    tags: { type: "list", data: [], url: `/contacts/${id}/tags`, total_count: 0, has_more: false },
    notes: { type: "list", data: [], url: `/contacts/${id}/notes`, total_count: 0, has_more: false },
    companies: { type: "list", data: [], url: `/contacts/${id}/companies`, total_count: 0, has_more: false },
  };
}
