import { describe, expect, it } from "vitest";
import { createIntercom } from "./intercom.ts";
import { createTestClient } from "./test-client.ts";
import { createTestKernel } from "./test-kernel.ts";

describe("tags", () => {
  it("are made once per name and put on contacts by id", async () => {
    const { call, intercom } = createTestClient();
    const contact = intercom.seedContact({ email: "a@b.c" });
    const tag = (await call("POST", "/tags", { name: "Past due" })).get("id");

    expect((await call("POST", "/tags", { name: "past due" })).get("id")).toBe(tag);
    await call("POST", `/contacts/${contact.id}/tags`, { id: tag });
    expect(intercom.tagNamesOf(contact.id)).toEqual(["Past due"]);
    expect((await call("POST", `/contacts/${contact.id}/tags`, { id: "no" })).status).toBe(404);
    await call("DELETE", `/tags/${String(tag)}`);
    expect((await call("GET", `/contacts/${contact.id}`)).get("tags", "total_count")).toBe(0);
  });

  it("tag and untag many at once by name", async () => {
    const { call, intercom } = createTestClient();
    const contact = intercom.seedContact({ email: "a@b.c" });
    const company = (await call("POST", "/companies", { company_id: "c1" })).get("id");
    const answer = await call("POST", "/tags", {
      name: "vip",
      users: [{ id: contact.id }],
      companies: [{ company_id: "c1" }],
    });

    expect(answer.get("users")).toEqual([{ id: contact.id, tagged: true }]);
    expect(intercom.tagNamesOf(contact.id)).toEqual(["vip"]);
    expect((await call("GET", `/companies/${String(company)}`)).get("tags", "tags", 0, "name")).toBe("vip");
  });
});

describe("notes", () => {
  it("belong to the token's admin unless another is named, newest first", async () => {
    const { call, intercom } = createTestClient();
    const { id } = intercom.seedContact({ email: "a@b.c" });
    const first = await call("POST", `/contacts/${id}/notes`, { body: "Paid" });
    await call("POST", `/contacts/${id}/notes`, { body: "<p>Late</p>", admin_id: "991267460" });
    const list = await call("GET", `/contacts/${id}/notes`);

    expect(first.body).toMatchObject({ body: "<p>Paid</p>", author: { name: "Mara Lindqvist" }, contact: { id } });
    expect(list.get("data", 0)).toMatchObject({ body: "<p>Late</p>", author: { name: "Jonas Weber" } });
    expect((await call("POST", `/contacts/${id}/notes`, { body: "x", admin_id: "1" })).status).toBe(404);
  });
});

describe("events", () => {
  it("are accepted with 202 and counted once per person, name and second", async () => {
    const { call, intercom } = createTestClient();
    const { id } = intercom.seedContact({ external_id: "x", email: "a@b.c" });
    const event = {
      event_name: "invoice-paid",
      created_at: 1_793_600_000,
      metadata: { amount: { amount: 4900, currency: "eur" } },
    };

    const sent = [
      await call("POST", "/events", { ...event, id }),
      await call("POST", "/events", { ...event, user_id: "x" }),
      await call("POST", "/events", { ...event, email: "A@b.c", created_at: event.created_at + 1 }),
    ];

    expect(sent.map((answer) => [answer.status, answer.body])).toEqual([
      [202, ""],
      [202, ""],
      [202, ""],
    ]);
    expect(intercom.eventsOf(id)).toHaveLength(2);
    expect((await call("GET", `/events?type=user&intercom_user_id=${id}&summary=true`)).get("events", 0, "count")).toBe(
      2,
    );
    expect((await call("GET", "/events?type=user&user_id=x")).get("events", 0)).toMatchObject({
      event_name: "invoice-paid",
      user_id: "x",
    });
  });

  it("keep ten keys, refuse nesting, and need a person and a time", async () => {
    const { call, intercom } = createTestClient();
    const { id } = intercom.seedContact({ external_id: "x" });
    const event = { event_name: "e", created_at: 1_793_600_000, id };
    const twelve = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`k${n}`, n]));
    await call("POST", "/events", { ...event, metadata: twelve });

    expect(Object.keys(intercom.eventsOf(id)[0]?.metadata ?? {})).toHaveLength(10);
    expect((await call("POST", "/events", { ...event, metadata: { a: { b: { c: 1 } } } })).status).toBe(400);
    expect((await call("POST", "/events", { event_name: "e", created_at: 1, user_id: "nobody" })).status).toBe(404);
    expect((await call("POST", "/events", { event_name: "e", created_at: 1 })).status).toBe(400);
    expect((await call("POST", "/events", { event_name: "e", id })).status).toBe(400);
  });

  it("are listed for ninety days", async () => {
    const { call, intercom, kernel } = createTestClient();
    const { id } = intercom.seedContact({ external_id: "x" });
    await call("POST", "/events", { event_name: "e", created_at: kernel.clock.nowS() - 91 * 86_400, id });

    expect((await call("GET", "/events?type=user&user_id=x")).get("events")).toEqual([]);
    expect((await call("GET", "/events?type=user&user_id=x&summary=true")).get("events", 0, "count")).toBe(1);
  });
});

describe("companies", () => {
  it("are upserted by the caller's id, with whole monthly spends", async () => {
    const { call } = createTestClient();
    const first = await call("POST", "/companies", {
      company_id: "c1",
      name: "Acme",
      plan: "Pro",
      monthly_spend: 49.99,
    });
    const second = await call("POST", "/companies", { company_id: "c1", name: "Acme Ltd" });

    expect(first.body).toMatchObject({ monthly_spend: 49, plan: { type: "plan", name: "Pro" } });
    expect(second.body).toMatchObject({ id: first.get("id"), name: "Acme Ltd", monthly_spend: 49 });
    expect((await call("GET", "/companies?company_id=c1")).body).toMatchObject({ type: "company", company_id: "c1" });
    expect((await call("POST", "/companies", { company_id: "c1", test: 1 })).get("errors", 0)).toMatchObject({
      code: "bad_request",
      message: "bad 'test' parameter",
    });
    expect((await call("POST", "/companies", { company_id: "c1", monthly_spend: 2 ** 31 })).status).toBe(400);
    expect((await call("PUT", `/companies/${String(first.get("id"))}`, { company_id: "c2" })).status).toBe(400);
  });

  it("show up in lists once a contact is attached", async () => {
    const { call, intercom } = createTestClient();
    const { id } = intercom.seedContact({ email: "a@b.c" });
    const company = String((await call("POST", "/companies", { company_id: "c1" })).get("id"));
    expect((await call("GET", "/companies")).get("total_count")).toBe(0);
    await call("POST", `/contacts/${id}/companies`, { id: company });

    expect((await call("POST", "/companies/list")).get("total_count")).toBe(1);
    expect((await call("GET", `/contacts/${id}/companies`)).get("data", 0, "user_count")).toBe(1);
    expect((await call("GET", `/contacts/${id}`)).get("companies", "data", 0)).toEqual({
      id: company,
      type: "company",
      url: `/companies/${company}`,
    });
    await call("DELETE", `/companies/${company}`);
    expect((await call("GET", `/contacts/${id}`)).get("companies", "total_count")).toBe(0);
  });

  it("are listed by when they were seen last, the latest first", async () => {
    const { call, intercom, kernel } = createTestClient();
    const { id } = intercom.seedContact({ email: "a@b.c" });
    for (const company_id of ["c1", "c2", "c3"]) {
      const company = await call("POST", "/companies", { company_id, update_last_request_at: company_id !== "c2" });
      await call("POST", `/contacts/${id}/companies`, { id: company.get("id") });
      kernel.advance(1_000);
    }
    const keysIn = async (order: string): Promise<readonly unknown[]> => {
      const list = await call("POST", `/companies/list${order}`);
      return [0, 1, 2].map((index) => list.get("data", index, "company_id"));
    };

    expect(await keysIn("")).toEqual(["c3", "c1", "c2"]);
    expect(await keysIn("?order=asc")).toEqual(["c2", "c1", "c3"]);
  });

  it("are scrolled by one reader at a time, who may not rest for more than a minute", async () => {
    const { call, intercom, kernel } = createTestClient();
    const { id } = intercom.seedContact({ email: "a@b.c" });
    const company = (await call("POST", "/companies", { company_id: "c1" })).get("id");
    await call("POST", `/contacts/${id}/companies`, { id: company });
    const first = await call("GET", "/companies/scroll");
    const param = String(first.get("scroll_param"));

    expect(first.get("data", 0, "company_id")).toBe("c1");
    expect((await call("GET", "/companies/scroll")).get("errors", 0, "code")).toBe("scroll_exists");
    expect((await call("GET", `/companies/scroll?scroll_param=${param}`)).get("data")).toEqual([]);
    expect((await call("GET", `/companies/scroll?scroll_param=${param}`)).status).toBe(404);
    await call("GET", "/companies/scroll");
    kernel.advance(61_000);
    expect((await call("GET", "/companies/scroll")).status).toBe(200);
  });

  it("hold custom attributes of their own model", async () => {
    const { call, intercom } = createTestClient();
    intercom.addAttribute({ name: "mrr", model: "company", data_type: "float" });
    const good = await call("POST", "/companies", { company_id: "c1", custom_attributes: { mrr: 49.5 } });
    const bad = await call("POST", "/contacts", { email: "a@b.c", custom_attributes: { mrr: 49.5 } });

    expect(good.get("custom_attributes")).toEqual({ mrr: 49.5 });
    expect(bad.status).toBe(400);
  });
});

describe("the workspace", () => {
  it("is the same after a restart on the same store", async () => {
    const { call, intercom, kernel } = createTestClient();
    const contact = intercom.seedContact({ external_id: "x", email: "a@b.c" });
    await call("POST", "/events", { event_name: "e", created_at: 1, id: contact.id });
    const again = createIntercom(
      { ...createTestKernel(), store: kernel.store },
      { clientSecret: "secret", token: "token", region: "EU" },
    );

    expect(again.contactsFor({ external_id: "x" })).toEqual([contact]);
    expect(again.eventsOf(contact.id)).toHaveLength(1);
    const fresh = again.seedContact({ external_id: "y" });
    expect([fresh.id === contact.id, fresh.seq]).toEqual([false, 2]);
  });
});
