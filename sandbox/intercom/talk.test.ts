import { beforeEach, describe, expect, it } from "vitest";
import { createTestClient, type TestClient } from "./test-client.ts";

const admin_id = "991267459";

let client: TestClient;
let contactId: string;

beforeEach(() => {
  client = createTestClient();
  contactId = client.intercom.seedContact({ external_id: "x", email: "a@b.c", name: "Ann" }).id;
  client.intercom.setWebhookUrl("http://127.0.0.1:9/hook");
});

const email = (more: object = {}) => ({
  message_type: "email",
  subject: "Your payment",
  body: "It failed",
  template: "plain",
  from: { type: "admin", id: Number(admin_id) },
  to: { type: "user", id: contactId },
  ...more,
});

const conversationTopics = () =>
  client
    .hooks()
    .map((hook) => hook.topic)
    .filter((topic) => String(topic).startsWith("conversation."));

describe("messages", () => {
  it("are sent as often as they are asked for, and become a conversation when the person answers", async () => {
    const first = await client.call("POST", "/messages", email());
    const second = await client.call("POST", "/messages", email());
    expect(first.body).toMatchObject({ type: "admin_message", message_type: "email", subject: "Your payment" });
    expect(second.get("id")).not.toBe(first.get("id"));
    expect(client.intercom.messagesTo(contactId)).toHaveLength(2);
    expect((await client.call("GET", "/conversations")).get("total_count")).toBe(0);

    const conversation = client.intercom.userReplies(contactId, "Which card?");
    expect(conversation.source).toMatchObject({ id: second.get("id"), delivered_as: "admin_initiated", type: "email" });
    expect(conversationTopics()).toEqual(["conversation.user.replied"]);
  });

  it("open a conversation at once when asked to", async () => {
    const sent = await client.call("POST", "/messages", email({ create_conversation_without_contact_reply: true }));
    const conversation = await client.call("GET", `/conversations/${String(sent.get("conversation_id"))}`);
    expect(conversation.get("source", "body")).toBe("<p>It failed</p>");
  });

  it.each([
    ["no body", { body: "" }, 400, "parameter_invalid"],
    ["no subject", { subject: "" }, 422, "parameter_not_found"],
    ["an unknown sender", { from: { type: "admin", id: 1 } }, 404, "admin_not_found"],
    ["an unknown recipient", { to: { type: "user", id: "1" } }, 404, "not_found"],
    ["a recipient of another role", { to: { type: "lead", id: "self" } }, 404, "not_found"],
    ["an unknown kind", { message_type: "pigeon" }, 400, "parameter_invalid"],
  ])("are refused with %s", async (_what, change, status, code) => {
    const body = email(change);
    const to = body.to.id === "self" ? { ...body.to, id: contactId } : body.to;
    const answer = await client.call("POST", "/messages", { ...body, to });
    expect([answer.status, answer.get("errors", 0, "code")]).toEqual([status, code]);
  });

  it("do not reach people who unsubscribed, except in the messenger", async () => {
    client.intercom.editContact(contactId, { unsubscribed_from_emails: true });
    expect((await client.call("POST", "/messages", email())).status).toBe(403);
    expect((await client.call("POST", "/messages", email({ message_type: "inapp" }))).status).toBe(200);
  });
});

describe("conversations", () => {
  async function start(): Promise<string> {
    const answer = await client.call("POST", "/conversations", {
      from: { type: "user", id: contactId },
      body: "My invoice?",
    });
    return String(answer.get("conversation_id"));
  }

  it("go from question to answer to closing and open again with the next question", async () => {
    const id = await start();
    await client.call("POST", `/conversations/${id}/reply`, {
      type: "admin",
      message_type: "comment",
      admin_id,
      body: "Here",
    });
    await client.call("POST", `/conversations/${id}/reply`, {
      type: "admin",
      message_type: "note",
      admin_id,
      body: "Refund?",
    });
    await client.call("POST", `/conversations/${id}/parts`, {
      type: "admin",
      message_type: "assignment",
      admin_id,
      assignee_id: admin_id,
    });
    const closed = await client.call("POST", `/conversations/${id}/parts`, {
      type: "admin",
      message_type: "close",
      admin_id,
    });
    expect(closed.body).toMatchObject({ open: false, state: "closed", admin_assignee_id: Number(admin_id) });
    client.intercom.userReplies(contactId, "And the next one?");

    expect((await client.call("GET", `/conversations/${id}`)).body).toMatchObject({
      open: true,
      conversation_parts: { total_count: 5 },
    });
    expect(conversationTopics()).toEqual([
      "conversation.user.created",
      "conversation.admin.replied",
      "conversation.admin.noted",
      "conversation.admin.assigned",
      "conversation.admin.closed",
      "conversation.user.replied",
    ]);
    expect(client.hooks().at(-1)?.item).toMatchObject({
      conversation_parts: { conversation_parts: [{ body: "And the next one?" }], total_count: 1 },
    });
  });

  it("take a priority in version Preview, once, and tell", async () => {
    const path = `/conversations/${await start()}`;
    const preview = client.callWith({ "intercom-version": "Preview" });
    expect((await client.call("GET", path)).get("priority")).toBe("none");
    expect((await client.call("PUT", path, { priority: "high" })).get("errors", 0, "field")).toBe("priority");
    expect((await preview("PUT", path, { priority: "highest" })).status).toBe(400);
    expect((await preview("PUT", path, { priority: "high", admin_id: "1" })).status).toBe(404);

    const set = await preview("PUT", path, { priority: "high", admin_id });
    await preview("PUT", path, { priority: "high", admin_id });
    expect(set.get("priority")).toBe("high");
    const cleared = await preview("PUT", path, { priority: "none" });
    expect(cleared.get("conversation_parts", "conversation_parts")).toMatchObject([
      {
        part_type: "priority_changed",
        author: { type: "admin", id: admin_id },
        event_details: { current_priority: "high", previous_priority: "none" },
      },
      { author: { type: "bot" }, event_details: { current_priority: "none", previous_priority: "high" } },
    ]);
    expect(conversationTopics()).toEqual([
      "conversation.user.created",
      "conversation.priority.updated",
      "conversation.priority.updated",
    ]);
  });

  it("wake up when the snooze is over", async () => {
    const id = await start();
    const until = client.kernel.clock.nowS() + 3600;
    await client.call("POST", `/conversations/${id}/parts`, {
      message_type: "snoozed",
      admin_id,
      snoozed_until: until,
    });
    expect(client.intercom.nextDueMs?.()).toBe(until * 1000);
    client.kernel.advance(3_600_000);
    await client.intercom.tick();

    expect((await client.call("GET", `/conversations/${id}`)).get("state")).toBe("open");
    expect(conversationTopics().at(-1)).toBe("conversation.admin.unsnoozed");
    expect(client.intercom.nextDueMs?.()).toBeUndefined();
  });

  it("take values only for attributes that exist", async () => {
    const id = await start();
    const write = (value: unknown) =>
      client.call("PUT", `/conversations/${id}`, { custom_attributes: { case: value } });
    expect((await write("dunning")).status).toBe(400);
    await client.call("POST", "/conversations/attributes", {
      name: "case",
      data_type: "list",
      options: [{ label: "dunning" }],
    });
    expect((await client.call("POST", "/conversations/attributes", { name: "case", data_type: "string" })).status).toBe(
      400,
    );

    expect((await write("dunning")).get("custom_attributes", "case")).toBe("dunning");
    expect((await write("refund")).status).toBe(400);
  });

  it("are found by person, tag and state", async () => {
    const id = await start();
    const tag = (await client.call("POST", "/tags", { name: "billing" })).get("id");
    await client.call("POST", `/conversations/${id}/tags`, { id: tag, admin_id });
    const value = [
      { field: "contact_ids", operator: "=", value: contactId },
      { field: "tag_ids", operator: "IN", value: [tag] },
      { field: "open", operator: "=", value: true },
      { field: "priority", operator: "=", value: "none" },
    ];
    const answer = await client.call("POST", "/conversations/search", { query: { operator: "AND", value } });
    expect(answer.get("conversations", 0, "id")).toBe(id);
  });

  it("go with a deleted person", async () => {
    const id = await start();
    client.intercom.deleteContact(contactId);
    expect((await client.call("GET", `/conversations/${id}`)).status).toBe(404);
  });
});

describe("tickets", () => {
  async function open(more: object = {}) {
    const type = (await client.call("GET", "/ticket_types")).get("data", 0, "id");
    return await client.call("POST", "/tickets", {
      ticket_type_id: type,
      contacts: [{ id: contactId }],
      ticket_attributes: { _default_title_: "Refund" },
      ...more,
    });
  }

  it("are opened for one person, and for an unknown address for a new one", async () => {
    expect((await open()).body).toMatchObject({
      contacts: { contacts: [{ id: contactId }] },
      ticket_state: { category: "submitted" },
      open: true,
    });
    expect((await open({ contacts: [{ email: "new@b.c" }] })).status).toBe(200);
    expect(client.intercom.contactsFor({ email: "new@b.c" })).toHaveLength(1);
    expect((await open({ contacts: [{ id: contactId, email: "a@b.c" }] })).status).toBe(400);
    expect((await open({ contacts: [] })).status).toBe(400);
    expect((await open({ ticket_attributes: { nope: 1 } })).status).toBe(400);
  });

  it("change their state once, and tell", async () => {
    const id = String((await open()).get("id"));
    const states = await client.call("GET", "/ticket_states");
    const resolved = { ticket_state_id: states.get("data", 3, "id") };
    expect((await client.call("PUT", `/tickets/${id}`, resolved)).get("ticket_state", "category")).toBe("resolved");

    const again = await client.call("PUT", `/tickets/${id}`, resolved);
    expect([again.status, again.get("errors", 0, "code")]).toEqual([400, "ticket_state_id_invalid"]);
    expect(client.hooks().map((hook) => hook.topic)).toEqual([
      "ticket.created",
      "ticket.state.updated",
      "ticket.resolved",
    ]);
  });

  it("take replies of contacts only where contacts see them", async () => {
    const backOffice = (await client.call("GET", "/ticket_types")).get("data", 1, "id");
    const id = String((await open({ ticket_type_id: backOffice })).get("id"));
    const answer = await client.call("POST", `/tickets/${id}/reply`, {
      type: "user",
      message_type: "comment",
      user_id: "x",
      body: "?",
    });
    expect(answer.get("errors", 0, "code")).toBe("parameter_mismatch");
  });
});

describe("data connectors", () => {
  it("are born as drafts, hide their secrets, and must be drafts again to be deleted", async () => {
    const headers = [{ name: "x-dunlin", value: "secret" }];
    const born = await client.call("POST", "/data_connectors", { name: "Plan", headers });
    const path = `/data_connectors/${String(born.get("id"))}`;

    expect([born.status, born.get("state"), born.get("headers")]).toEqual([
      201,
      "draft",
      [{ name: "x-dunlin", value: "****" }],
    ]);
    await client.call("PATCH", path, { state: "live" });
    expect((await client.call("DELETE", path)).status).toBe(409);
    await client.call("PATCH", path, { state: "draft" });
    expect((await client.call("DELETE", path)).get("deleted")).toBe(true);
    expect((await client.call("GET", path)).get("errors", 0, "code")).toBe("data_connector_not_found");
  });
});
