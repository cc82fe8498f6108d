/** An Intercom that answers at once and remembers when each call arrived. It refuses what is beyond its limit. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { machineMs } from "./clock.ts";
import { contactsOfCrowd, userOfContact, type Crowd } from "./crowd.ts";
import { contactIdOf } from "./people.ts";

type Json = Readonly<Record<string, unknown>>;

/** One call, as it arrived. */
export type Arrival = {
  readonly atMs: number;
  readonly call: string;
  readonly contactId: string | null;
  /** The end of the period that it writes, if it does. */
  readonly mark: number | null;
};

type Contact = {
  readonly id: string;
  readonly externalId: string | null;
  email: string | null;
  name: string | null;
  readonly custom: Record<string, unknown>;
};

const sliceMs = 10_000;

/** A user id that looks like ours has a contact; nobody is found by e-mail. */
export class IntercomStub {
  readonly #contacts = new Map<string, Contact>();
  readonly #definitions = new Map<string, Json>();
  #arrivals: Arrival[] = [];
  #refused = 0;
  #limit: number;
  #slice = { endsMs: 0, used: 0 };
  /** These contacts are there and what is written to them is forgotten. */
  #crowd: Crowd | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls that were answered with 429. */
  get refused(): number {
    return this.#refused;
  }

  /** Calls that a slice of ten seconds allows, from now on. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#slice = { endsMs: 0, used: 0 };
  }

  /** From now on these people are contacts. */
  gather(crowd: Crowd): void {
    this.#crowd = crowd;
  }

  /** What arrived since the last time. */
  takeArrivals(): readonly Arrival[] {
    const taken = this.#arrivals;
    this.#arrivals = [];
    return taken;
  }

  handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const atMs = machineMs();
    const granted = this.#takeOne();
    const { call, id, cursor } = readAddress(request);
    const body = await readJson(request);
    this.#arrivals.push({ atMs, call, contactId: id === "" ? null : id, mark: markIn(body) });
    if (!granted) {
      this.#refused += 1;
      return this.#answer(response, 429, errorOf("rate_limit_exceeded", "Exceeded rate limit"));
    }
    const found = this.#crowd
      ? this.#respondForCrowd(this.#crowd, call, { id, body, cursor })
      : this.#respond(call, { id, body });
    this.#answer(response, found ? 200 : 404, found ?? errorOf("not_found", "Contact Not Found"));
  };

  #takeOne(): boolean {
    const nowMs = Date.now();
    if (nowMs >= this.#slice.endsMs) this.#slice = { endsMs: (Math.floor(nowMs / sliceMs) + 1) * sliceMs, used: 0 };
    if (this.#slice.used >= this.#limit) return false;
    this.#slice.used += 1;
    return true;
  }

  #respondForCrowd(
    crowd: Crowd,
    call: string,
    asked: { readonly id: string; readonly body: Json; readonly cursor: string | null },
  ): Json | null {
    const view = (id: string): Contact => ({
      id,
      externalId: userOfContact(id),
      email: `${userOfContact(id)}@bench.example`,
      name: `Bench ${userOfContact(id)}`,
      custom: {},
    });
    switch (call) {
      case "GET /contacts": {
        const { ids, next } = contactsOfCrowd(crowd, asked.cursor);
        const pages = { type: "pages", page: 1, next: next === null ? null : { per_page: 150, starting_after: next } };
        return { type: "list", data: ids.map((id) => viewOf(view(id))), total_count: crowd.customers, pages };
      }
      case "GET /contacts/{id}":
      case "PUT /contacts/{id}":
        return viewOf(write(view(asked.id), asked.body));
      default:
        return this.#respond(call, asked);
    }
  }

  #respond(call: string, { id, body }: { readonly id: string; readonly body: Json }): Json | null {
    switch (call) {
      case "GET /me":
        return { type: "admin", id: "1", app: { id_code: "bench", name: "Bench", region: "US", timezone: "UTC" } };
      case "GET /data_attributes":
        return { type: "list", data: [...this.#definitions.values()] };
      case "POST /data_attributes":
        return this.#define(body);
      case "POST /contacts/search":
        return { type: "list", data: [], total_count: 0, pages: { type: "pages", page: 1, next: null } };
      case "GET /contacts/find_by_external_id/{id}":
        return id.startsWith("user-") ? viewOf(this.#contact(contactIdOf(id), id)) : null;
      case "POST /contacts":
        return viewOf(
          write(this.#contact(contactIdOf(String(body["external_id"])), String(body["external_id"])), body),
        );
      case "GET /contacts/{id}":
      case "PUT /contacts/{id}":
        return this.#contacts.has(id) ? viewOf(write(this.#contact(id, null), body)) : null;
      default:
        return null;
    }
  }

  #define(body: Json): Json {
    const definition = {
      ...body,
      type: "data_attribute",
      id: this.#definitions.size + 1,
      custom: true,
      archived: false,
    };
    this.#definitions.set(String(body["name"]), definition);
    return definition;
  }

  #contact(id: string, externalId: string | null): Contact {
    const known = this.#contacts.get(id);
    if (known) return known;
    const made = { id, externalId, email: null, name: null, custom: {} };
    this.#contacts.set(id, made);
    return made;
  }

  #answer(response: ServerResponse, status: number, body: Json): void {
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": bytes.length,
      "intercom-version": "2.16",
      "x-request-id": "bench",
      "x-ratelimit-limit": this.#limit,
      "x-ratelimit-remaining": Math.max(0, this.#limit - this.#slice.used),
      "x-ratelimit-reset": this.#slice.endsMs / 1000,
    });
    response.end(bytes);
  }
}

function write(contact: Contact, body: Json): Contact {
  if (typeof body["email"] === "string") contact.email = body["email"];
  if (typeof body["name"] === "string") contact.name = body["name"];
  Object.assign(contact.custom, body["custom_attributes"]);
  return contact;
}

function readAddress(request: IncomingMessage): {
  readonly call: string;
  readonly id: string;
  readonly cursor: string | null;
} {
  const [path = "", query] = (request.url ?? "").split("?");
  const cursor = new URLSearchParams(query).get("starting_after");
  const found = /^(\/contacts\/find_by_external_id|\/contacts)\/(.+)$/.exec(path);
  if (!found || path === "/contacts/search") return { call: `${request.method} ${path}`, id: "", cursor };
  return { call: `${request.method} ${found[1]}/{id}`, id: decodeURIComponent(found[2] ?? ""), cursor };
}

async function readJson(request: IncomingMessage): Promise<Json> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

function markIn({ custom_attributes: custom }: Json): number | null {
  const mark: unknown =
    typeof custom === "object" && custom !== null ? Reflect.get(custom, "stripe_subscription_period_end") : null;
  return typeof mark === "number" ? mark : null;
}

function errorOf(code: string, message: string): Json {
  return { type: "error.list", request_id: "bench", errors: [{ code, message }] };
}

function viewOf({ id, externalId, email, name, custom }: Contact): Json {
  const list = { type: "list", data: [], total_count: 0, has_more: false };
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
    tags: { ...list, url: `/contacts/${id}/tags` },
    notes: { ...list, url: `/contacts/${id}/notes` },
    companies: { ...list, url: `/contacts/${id}/companies` },
  };
}
