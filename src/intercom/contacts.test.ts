import { describe, expect, it } from "vitest";
import { parseJson } from "../lib/json.ts";
import type { IntercomClient, IntercomRequest } from "./client.ts";
import {
  archiveContact,
  createContact,
  findContactByExternalId,
  getContact,
  listContacts,
  searchContactsByEmail,
  unarchiveContact,
  updateContact,
} from "./contacts.ts";
import { createAttribute, listContactAttributes, updateAttribute } from "./data-attributes.ts";
import { failureOf } from "./failure.ts";
import { getMe } from "./workspace.ts";

const id = "6762f0dd1bb69f9f2193bb83";
const calm = { lane: "calm" } as const;
const raw = { type: "contact", id, role: "user", email: "ada@example.com", tags: { data: [] } };
const plain = { phone: null, name: null, externalId: null, customAttributes: {} };
const ada = { id, role: "user", email: "ada@example.com", ...plain };

describe("contacts", () => {
  it("are read without what we do not use", async () => {
    const custom_attributes = { plan: "pro", seats: 3, vip: true, gone: null, nested: { a: 1 }, list: [1] };
    const client = answering({ ...raw, name: "", external_id: "u-1", custom_attributes, unknown: "key" });
    expect(await getContact(client, id, calm)).toEqual({
      ...ada,
      externalId: "u-1",
      customAttributes: { plan: "pro", seats: 3, vip: true, gone: null },
    });
  });

  it("of an unknown role never pass for users", async () => {
    expect((await getContact(answering({ ...raw, role: "robot" }), id, calm)).role).toBe("lead");
  });

  it("that are not there are null when looked for by external id", async () => {
    expect(await findContactByExternalId(failing(404), "u-1", calm)).toBeNull();
    await expect(findContactByExternalId(failing(500), "u-1", calm)).rejects.toMatchObject({ kind: "transient" });
  });

  it("are searched with = for one e-mail and IN for several", async () => {
    const client = answering({ type: "list", data: [raw], pages: { type: "pages", page: 1 } });
    expect(await searchContactsByEmail(client, ["a@x.io"], calm)).toEqual([ada]);
    await searchContactsByEmail(client, ["a@x.io", "b@x.io"], calm);
    expect(await searchContactsByEmail(client, [], calm)).toEqual([]);

    const pagination = { per_page: 50 };
    expect(client.calls.map((call) => call.body)).toEqual([
      { query: { field: "email", operator: "=", value: "a@x.io" }, pagination },
      { query: { field: "email", operator: "IN", value: ["a@x.io", "b@x.io"] }, pagination },
    ]);
  });

  it("are searched to the last page, and not without end", async () => {
    const more = { data: [raw], pages: { next: { per_page: 50, starting_after: "c1" } } };
    const client = answering(more, { data: [raw], pages: { next: null } });
    expect(await searchContactsByEmail(client, ["a@x.io"], calm)).toHaveLength(2);
    expect(client.calls[1]?.body).toMatchObject({ pagination: { per_page: 50, starting_after: "c1" } });

    await expect(searchContactsByEmail(answering(more), ["a@x.io"], calm)).rejects.toMatchObject({ kind: "permanent" });
  });

  it("are listed page by page", async () => {
    const client = answering({ data: [raw], total_count: 3, pages: { next: { starting_after: "c2" } } });
    const page = await listContacts(client, { cursor: "c1" }, { lane: "backfill" });
    expect(page).toEqual({ contacts: [ada], total: 3, cursor: "c2" });
    expect(client.calls[0]?.query).toEqual({ per_page: 150, starting_after: "c1" });
  });

  it("are written with Intercom's names and only what is given", async () => {
    const client = answering(raw);
    await createContact(client, { role: "user", email: "a@x.io", externalId: "u-1", signedUpAtS: 5 }, calm);
    await updateContact(client, { id, patch: { name: null, customAttributes: { plan: null } } }, calm);
    expect(client.calls).toMatchObject([
      { method: "POST", effect: "once" },
      { method: "PUT", effect: "idempotent", params: { id } },
    ]);
    expect(client.calls.map((call) => call.body)).toEqual([
      { role: "user", email: "a@x.io", external_id: "u-1", signed_up_at: 5 },
      { name: null, custom_attributes: { plan: null } },
    ]);
  });

  it("are archived and brought back", async () => {
    const client = answering({ id, archived: true });
    await archiveContact(client, id, calm);
    await unarchiveContact(client, id, calm);
    expect(client.calls.map((call) => call.path)).toEqual(["/contacts/{id}/archive", "/contacts/{id}/unarchive"]);
  });
});

describe("attribute definitions", () => {
  const definition = {
    type: "data_attribute",
    id: 37,
    name: "plan",
    data_type: "string",
    custom: true,
    model: "contact",
  };

  it("are listed for contacts, standard ones without id", async () => {
    const standard = { name: "email", label: "Email", data_type: "string", options: null, custom: false };
    const client = answering({
      data: [{ ...definition, options: ["a", { value: "b" }], api_writable: true }, standard],
    });
    expect(await listContactAttributes(client, { includeArchived: true }, calm)).toMatchObject([
      { id: "37", name: "plan", dataType: "string", options: ["a", "b"], custom: true, apiWritable: true },
      { id: null, name: "email", label: "Email", options: [], archived: false },
    ]);
    expect(client.calls[0]?.query).toEqual({ model: "contact", include_archived: true });
  });

  it("are created so that nobody in the Messenger can write them", async () => {
    const client = answering(definition);
    await createAttribute(client, { name: "tier", dataType: "options", options: ["a", "b"] }, calm);
    expect(client.calls[0]?.body).toEqual({
      name: "tier",
      model: "contact",
      data_type: "options",
      messenger_writable: false,
      options: [{ value: "a" }, { value: "b" }],
    });
  });

  it("are changed by id", async () => {
    const client = answering(definition);
    await updateAttribute(client, { id: "37", patch: { archived: true } }, calm);
    expect(client.calls[0]).toMatchObject({ method: "PUT", params: { id: "37" }, body: { archived: true } });
  });
});

describe("the workspace", () => {
  it("is read from /me", async () => {
    const app = { type: "app", id_code: "abc123", name: "Acme", region: "EU", timezone: "Europe/Berlin" };
    expect(await getMe(answering({ type: "admin", id: "7", email: "x@y.z", app }), calm)).toEqual({
      adminId: "7",
      appId: "abc123",
      appName: "Acme",
      region: "EU",
      timezone: "Europe/Berlin",
    });
  });
});

type SeenCall = Pick<IntercomRequest<unknown>, "method" | "path" | "params" | "query" | "body" | "effect">;

/** A client that answers one value after the other, the last one for ever, and remembers the calls. */
function answering(...values: readonly unknown[]): IntercomClient & { readonly calls: SeenCall[] } {
  const calls: SeenCall[] = [];
  return {
    calls,
    request: async ({ schema, body, ...call }) => {
      const value = values[Math.min(calls.length, values.length - 1)];
      calls.push({ ...call, body: parseJson(JSON.stringify(body ?? null)) });
      return { data: schema.parse(value), requestId: null, headers: {} };
    },
    close: async () => undefined,
  };
}

function failing(status: number): IntercomClient {
  return {
    request: (call) => Promise.reject(failureOf({ status, headers: {}, body: "{}" }, call, 0)),
    close: async () => undefined,
  };
}
