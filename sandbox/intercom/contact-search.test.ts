import { beforeEach, describe, expect, it } from "vitest";
import { at, createTestClient, type TestClient } from "./test-client.ts";

let client: TestClient;

beforeEach(() => {
  client = createTestClient();
});

async function search(query: unknown, more: object = {}) {
  return await client.call("POST", "/contacts/search", { query, ...more });
}

async function found(query: unknown): Promise<readonly unknown[]> {
  const answer = await search(query);
  expect(answer.body).toMatchObject({ type: "list" });
  const data = answer.get("data");
  return Array.isArray(data) ? data.map((contact: unknown) => at(contact, ["external_id"])) : [];
}

const filter = (field: string, operator: string, value: unknown) => ({ field, operator, value });

describe("searching contacts", () => {
  beforeEach(async () => {
    client.intercom.addAttribute({ name: "plan", model: "contact", data_type: "string" });
    client.intercom.addAttribute({ name: "seats", model: "contact", data_type: "integer" });
    client.intercom.addAttribute({ name: "renews_at", model: "contact", data_type: "date" });
    client.intercom.seedContact({
      external_id: "ada",
      email: "ada@lovelace.org",
      name: "Ada",
      custom_attributes: { plan: "pro", seats: 5, renews_at: Date.UTC(2026, 10, 10, 15) / 1000 },
    });
    client.intercom.seedContact({
      external_id: "bob",
      email: "bob@smith.org",
      name: "Bob",
      custom_attributes: { plan: "basic", seats: 1 },
    });
    client.intercom.seedContact({ external_id: "cyd", name: "Cyd", unsubscribed_from_emails: true });
  });

  it.each([
    [filter("email", "=", "ADA@lovelace.org"), ["ada"]],
    [filter("email", "!=", "ada@lovelace.org"), ["bob", "cyd"]],
    [filter("external_id", "IN", ["bob", "cyd", "nobody"]), ["bob", "cyd"]],
    [filter("external_id", "NIN", ["bob"]), ["ada", "cyd"]],
    [filter("email", "=", null), ["cyd"]],
    [filter("name", "~", "b"), ["bob"]],
    [filter("name", "!~", "b"), ["ada", "cyd"]],
    [filter("email", "^", "ada"), ["ada"]],
    [filter("email", "$", ".org"), ["ada", "bob"]],
    [filter("role", "=", "user"), ["ada", "bob", "cyd"]],
    [filter("unsubscribed_from_emails", "=", true), ["cyd"]],
    [filter("custom_attributes.plan", "=", "pro"), ["ada"]],
    [filter("custom_attributes.seats", ">", 1), ["ada"]],
    [filter("custom_attributes.seats", ">=", "1"), ["ada", "bob"]],
    [{ operator: "AND", value: [filter("custom_attributes.seats", "<=", 5), filter("name", "=", "Bob")] }, ["bob"]],
    [
      { operator: "OR", value: [filter("external_id", "=", "ada"), filter("email", "=", "bob@smith.org")] },
      ["ada", "bob"],
    ],
    [
      {
        operator: "AND",
        value: [
          { operator: "OR", value: [filter("name", "=", "Ada"), filter("name", "=", "Cyd")] },
          filter("email", "!=", null),
        ],
      },
      ["ada"],
    ],
  ])("finds with %j", async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it("compares dates by the workspace's calendar day", async () => {
    const noon = Date.UTC(2026, 10, 2, 12) / 1000;
    expect(await found(filter("created_at", "=", noon))).toHaveLength(3);
    expect(await found(filter("created_at", ">", noon - 86_400))).toHaveLength(3);
    expect(await found(filter("created_at", ">", noon - 10 * 3600))).toHaveLength(0);
    expect(await found(filter("created_at", "<", noon))).toHaveLength(0);
    expect(await found(filter("custom_attributes.renews_at", "=", Date.UTC(2026, 10, 10) / 1000))).toEqual(["ada"]);
  });

  it("lets the day begin at midnight of the workspace's time zone", async () => {
    client = createTestClient({ timezone: "America/New_York" });
    client.intercom.seedContact({ external_id: "eve" });
    // 9:00 UTC is 4:00 in New York; 4:30 UTC of the same date is still the evening before.
    expect(await found(filter("created_at", "=", Date.UTC(2026, 10, 2, 4, 30) / 1000))).toEqual([]);
    expect(await found(filter("created_at", "=", Date.UTC(2026, 10, 3, 4, 30) / 1000))).toEqual(["eve"]);
  });

  it.each([
    ["an operator that dates do not have", filter("created_at", ">=", 1)],
    ["IN on a date", filter("updated_at", "IN", [1])],
    ["a text for a date", filter("created_at", ">", "foobar")],
    ["~ on a tag", filter("tag_id", "~", "1")],
    ["> on a text", filter("name", ">", "a")],
    ["an unknown field", filter("shoe_size", "=", 1)],
    ["an unknown attribute", filter("custom_attributes.nope", "=", 1)],
    ["IN without a list", filter("email", "IN", "a")],
    ["a list without IN", filter("email", "=", ["a"])],
    ["16 filters in a group", { operator: "AND", value: Array.from({ length: 16 }, () => filter("name", "=", "a")) }],
    [
      "three levels",
      { operator: "AND", value: [{ operator: "OR", value: [{ operator: "AND", value: [filter("name", "=", "a")] }] }] },
    ],
    ["no query", undefined],
  ])("refuses %s", async (_what, query) => {
    expect((await search(query)).status).toBe(400);
  });

  it("sorts, pages, and refuses an order it does not know", async () => {
    const all = filter("role", "=", "user");
    const sort = { field: "name", order: "descending" };
    const first = await search(all, { sort, pagination: { per_page: 2 } });
    const rest = await search(all, {
      sort,
      pagination: { per_page: 2, starting_after: first.get("pages", "next", "starting_after") },
    });
    const bad = await search(all, { sort: { field: "name", order: "desc" } });

    expect([first.get("data", 0, "name"), first.get("data", 1, "name"), rest.get("data", 0, "name")]).toEqual([
      "Cyd",
      "Bob",
      "Ada",
    ]);
    expect(rest.get("pages", "next")).toBeUndefined();
    expect(bad.get("errors", 0, "code")).toBe("invalid_sort_order");
    expect((await search(all, { pagination: { per_page: 151 } })).status).toBe(400);
  });

  it("does not return archived or merged people", async () => {
    const [ada, bob] = client.intercom.contacts();
    client.intercom.archiveContact(String(ada?.id));
    client.intercom.mergeContacts(String(bob?.id), String(client.intercom.contacts()[2]?.id));

    expect(await found(filter("role", "=", "user"))).toEqual(["cyd"]);
  });
});

describe("the search lag", () => {
  it("shows new people, and changes of known ones, only after a while", async () => {
    client.intercom.setSearchLagMs(60_000);
    const known = client.intercom.seedContact({ external_id: "known", email: "old@x.y" });
    await client.call("POST", "/contacts", { external_id: "new" });
    await client.call("PUT", `/contacts/${known.id}`, { email: "new@x.y" });

    expect(await found(filter("external_id", "=", "new"))).toEqual([]);
    expect(await found(filter("email", "=", "new@x.y"))).toEqual([]);
    expect(await found(filter("email", "=", "old@x.y"))).toEqual(["known"]);

    client.kernel.advance(60_000);
    expect(await found(filter("external_id", "=", "new"))).toEqual(["new"]);
    expect(await found(filter("email", "=", "new@x.y"))).toEqual(["known"]);
    expect(await found(filter("email", "=", "old@x.y"))).toEqual([]);
  });

  it("also keeps messages from reaching people who were just created", async () => {
    client.intercom.setSearchLagMs(1000);
    const { id } = Object(await (await client.call("POST", "/contacts", { email: "a@b.c" })).body);
    const message = {
      message_type: "inapp",
      body: "Hi",
      from: { type: "admin", id: 991267459 },
      to: { type: "user", id },
    };

    expect((await client.call("POST", "/messages", message)).status).toBe(404);
    client.kernel.advance(1000);
    expect((await client.call("POST", "/messages", message)).status).toBe(200);
  });
});
