import { describe, expect, it } from "vitest";
import { at, createTestClient, type Answer, type TestClient } from "./test-client.ts";

const conflictWith = (id: unknown) => `A contact matching those details already exists with id=${String(id)}`;
const archivedConflictWith = (id: unknown) =>
  `An archived contact matching those details already exists with id=${String(id)}`;

async function create(client: TestClient, body: object): Promise<Answer> {
  return await client.call("POST", "/contacts", body);
}

async function createdId(client: TestClient, body: object): Promise<string> {
  return String((await create(client, body)).get("id"));
}

function refusal(answer: Answer) {
  return { status: answer.status, code: answer.get("errors", 0, "code"), message: answer.get("errors", 0, "message") };
}

describe("creating a contact", () => {
  it("makes a user of a bare e-mail address and keeps the address in lower case", async () => {
    const answer = await create(createTestClient(), { email: "Joe@Bloggs.COM" });

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      role: "user",
      external_id: null,
      email: "joe@bloggs.com",
      email_domain: "bloggs.com",
    });
    expect(answer.get("id")).toMatch(/^[0-9a-f]{24}$/);
  });

  it("gives a lead an external id of its own", async () => {
    const answer = await create(createTestClient(), { role: "lead", external_id: "mine" });

    expect(answer.get("external_id")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it.each([
    [{ name: "Nobody" }, "parameter_invalid"],
    [{ email: "no-at-sign" }, "parameter_invalid"],
    [{ email: 7 }, "parameter_invalid"],
    [{ role: "visitor" }, "parameter_invalid"],
    [{ external_id: "1", email_verified: true }, "parameter_invalid"],
    [{ external_id: "1", owner_id: "404" }, "parameter_invalid"],
    [{ external_id: "1", plan: "pro" }, "parameter_invalid"],
  ])("refuses %j", async (body, code) => {
    expect(refusal(await create(createTestClient(), body))).toMatchObject({ status: 400, code });
  });

  it("refuses a body that is not a JSON object", async () => {
    expect((await createTestClient().call("POST", "/contacts", [1])).status).toBe(400);
  });
});

describe("duplicates", () => {
  const table: readonly [string, object, object, "409" | "allowed"][] = [
    ["the same external id", { external_id: "x", email: "a@b.c" }, { external_id: "x", email: "d@e.f" }, "409"],
    [
      "one address under two external ids",
      { external_id: "x", email: "a@b.c" },
      { external_id: "y", email: "a@b.c" },
      "allowed",
    ],
    ["an address that a user without external id has", { email: "a@b.c" }, { external_id: "y", email: "A@b.c" }, "409"],
    ["an address alone that a user has", { external_id: "x", email: "a@b.c" }, { email: "a@B.c" }, "409"],
    ["several leads with one address", { role: "lead", email: "a@b.c" }, { role: "lead", email: "a@b.c" }, "allowed"],
    ["a user with a lead's address", { role: "lead", email: "a@b.c" }, { email: "a@b.c" }, "allowed"],
    ["a lead with a user's address", { email: "a@b.c" }, { role: "lead", email: "a@b.c" }, "allowed"],
  ];

  it.each(table)("treats %s as the table says", async (_case, first, second, outcome) => {
    const client = createTestClient();
    const id = await createdId(client, first);
    const answer = await create(client, second);

    if (outcome === "allowed") expect(answer.status).toBe(200);
    else expect(refusal(answer)).toEqual({ status: 409, code: "conflict", message: conflictWith(id) });
  });

  it("are refused on update as on creation", async () => {
    const client = createTestClient();
    const first = await createdId(client, { external_id: "x", email: "a@b.c" });
    const second = await createdId(client, { email: "d@e.f" });

    const byExternalId = await client.call("PUT", `/contacts/${second}`, { external_id: "x" });
    const byEmail = await client.call("PUT", `/contacts/${second}`, { email: "A@B.C" });
    const own = await client.call("PUT", `/contacts/${second}`, { email: "D@E.F", external_id: "y" });

    expect(refusal(byExternalId).message).toBe(conflictWith(first));
    expect(refusal(byEmail).message).toBe(conflictWith(first));
    expect(own.body).toMatchObject({ email: "d@e.f", external_id: "y" });
  });

  it("name an archived person as such, who can come back", async () => {
    const client = createTestClient();
    const id = await createdId(client, { email: "a@b.c" });
    await client.call("POST", `/contacts/${id}/archive`);

    expect(refusal(await create(client, { email: "a@b.c" })).message).toBe(archivedConflictWith(id));
    expect((await client.call("GET", `/contacts/${id}`)).status).toBe(404);
    expect((await client.call("POST", `/contacts/${id}/unarchive`)).status).toBe(200);
    expect((await client.call("GET", `/contacts/${id}`)).get("email")).toBe("a@b.c");
  });

  it("stay locked for seven days after a person was deleted", async () => {
    const client = createTestClient();
    const id = await createdId(client, { external_id: "x", email: "a@b.c" });
    expect((await client.call("DELETE", `/contacts/${id}`)).body).toEqual({
      type: "contact",
      id,
      external_id: "x",
      deleted: true,
    });

    client.kernel.advance(6 * 86_400_000);
    expect(refusal(await create(client, { external_id: "x" })).message).toBe(archivedConflictWith(id));
    expect((await client.call("POST", `/contacts/${id}/unarchive`)).status).toBe(404);
    client.kernel.advance(86_400_001);
    expect((await create(client, { external_id: "x" })).status).toBe(200);
  });

  it("never come back from blocking", async () => {
    const client = createTestClient();
    const id = await createdId(client, { email: "a@b.c" });
    await client.call("POST", `/contacts/${id}/block`);

    expect(refusal(await client.call("POST", `/contacts/${id}/unarchive`)).code).toBe("not_restorable");
    expect(refusal(await create(client, { email: "a@b.c" })).message).toBe(archivedConflictWith(id));
  });
});

describe("roles", () => {
  it("turns a lead into a user with the given external id, and never back", async () => {
    const client = createTestClient();
    const id = await createdId(client, { role: "lead", email: "a@b.c" });

    expect((await client.call("PUT", `/contacts/${id}`, { external_id: "x" })).get("external_id")).not.toBe("x");
    const user = await client.call("PUT", `/contacts/${id}`, { role: "user", external_id: "x" });
    expect(user.body).toMatchObject({ role: "user", external_id: "x" });
    expect(refusal(await client.call("PUT", `/contacts/${id}`, { role: "lead" })).message).toBe(
      "Contact with user role can't be converted to a lead",
    );
  });

  it("finds users by external id, but not leads", async () => {
    const client = createTestClient();
    const lead = await create(client, { role: "lead" });
    await create(client, { external_id: "user/1" });

    expect((await client.call("GET", `/contacts/find_by_external_id/${String(lead.get("external_id"))}`)).status).toBe(
      404,
    );
    expect((await client.call("GET", "/contacts/find_by_external_id/user%2F1")).get("external_id")).toBe("user/1");
  });
});

describe("merging", () => {
  it("answers 410 with the way to the survivor, over several merges", async () => {
    const client = createTestClient();
    const lead = await createdId(client, { role: "lead", email: "a@b.c" });
    const user = await createdId(client, { external_id: "x", email: "a@b.c" });
    const last = await createdId(client, { external_id: "y" });
    const merged = await client.call("POST", "/contacts/merge", { from: lead, into: user });
    client.intercom.mergeContacts(user, last);

    const gone = await client.call("GET", `/contacts/${lead}`);

    expect(merged.get("id")).toBe(user);
    expect(refusal(gone)).toMatchObject({ status: 410, code: "contact_merged" });
    expect(gone.headers["Link"]).toBe(`</contacts/${last}>; rel="canonical"`);
    expect((await client.call("GET", "/contacts/find_by_external_id/x")).status).toBe(410);
    expect((await client.call("GET", `/contacts/${last}/merge_history`)).get("data", 0, "source_contact_id")).toBe(
      user,
    );
  });

  it("wants duplicates unless told otherwise, and only a lead into a user", async () => {
    const client = createTestClient();
    const lead = await createdId(client, { role: "lead", email: "a@b.c" });
    const user = await createdId(client, { external_id: "x" });
    const pair = { from: lead, into: user };

    expect(refusal(await client.call("POST", "/contacts/merge", { from: user, into: lead })).status).toBe(400);
    expect(refusal(await client.call("POST", "/contacts/merge", pair)).code).toBe("invalid_merge");
    const merged = await client.call("POST", "/contacts/merge", { ...pair, skip_duplicate_validation: true });
    expect(merged.get("email")).toBe("a@b.c");
  });
});

describe("custom attributes", () => {
  async function withAttribute(data_type: string) {
    const client = createTestClient();
    await client.call("POST", "/data_attributes", { name: "billing_x", model: "contact", data_type });
    const id = await createdId(client, { email: "a@b.c" });
    return {
      client,
      write: (value: unknown) => client.call("PUT", `/contacts/${id}`, { custom_attributes: { billing_x: value } }),
    };
  }

  it.each([
    ["string", "pro", 5],
    ["string", "x".repeat(255), "x".repeat(256)],
    ["integer", 3, 3.5],
    ["float", 3.5, "3.5"],
    ["boolean", false, "false"],
    ["date", 1_790_000_000, 1_790_000_000_000],
    ["datetime", 1_790_000_000, "2026-11-02"],
    ["date", 0, 1.5],
  ])("of type %s take %j and refuse %j", async (type, good, bad) => {
    const { write } = await withAttribute(type);

    expect((await write(good)).get("custom_attributes", "billing_x")).toBe(good);
    expect(refusal(await write(bad))).toMatchObject({ status: 400, code: "parameter_invalid" });
    expect((await write(null)).get("custom_attributes")).toEqual({});
  });

  it("must exist first and not be archived", async () => {
    const { client, write } = await withAttribute("string");
    const list = await client.call("GET", "/data_attributes?model=contact");
    const all = list.get("data");
    const number = at(Array.isArray(all) ? all.at(-1) : undefined, ["id"]);
    const unknown = await client.call("POST", "/contacts", { email: "x@y.z", custom_attributes: { nope: 1 } });
    await client.call("PUT", `/data_attributes/${String(number)}`, { archived: true });

    expect(refusal(unknown).message).toBe("Custom attribute 'nope' does not exist");
    expect(refusal(await write("pro")).message).toBe("Custom attribute 'billing_x' is archived");
  });
});

describe("the list of contacts", () => {
  it("is read page by page and leaves out archived people", async () => {
    const client = createTestClient();
    for (let n = 0; n < 5; n += 1) client.intercom.seedContact({ external_id: `u${n}` });
    const [first] = client.intercom.contacts();
    client.intercom.archiveContact(String(first?.id));

    const one = await client.call("GET", "/contacts?per_page=3");
    const cursor = String(one.get("pages", "next", "starting_after"));
    const two = await client.call("GET", `/contacts?per_page=3&starting_after=${cursor}`);

    expect([one, two].flatMap((page) => page.get("data")).map((contact) => at(contact, ["external_id"]))).toEqual([
      "u1",
      "u2",
      "u3",
      "u4",
    ]);
    expect(one.get("pages")).toMatchObject({ page: 1, per_page: 3, total_pages: 2 });
    expect(two.get("pages")).toEqual({ type: "pages", page: 2, per_page: 3, total_pages: 2 });
    expect(one.get("total_count")).toBe(4);
  });

  it("refuses pages larger than 150 and cursors that it did not give", async () => {
    const client = createTestClient();
    expect((await client.call("GET", "/contacts?per_page=151")).status).toBe(400);
    expect(refusal(await client.call("GET", "/contacts?starting_after=rubbish")).code).toBe("client_error");
  });
});
