import { beforeEach, describe, expect, it } from "vitest";
import { at, createTestClient, type TestClient } from "./test-client.ts";

let client: TestClient;
let contactId: string;

beforeEach(() => {
  client = createTestClient();
  contactId = client.intercom.seedContact({ external_id: "x", email: "a@b.c", name: "Ann" }).id;
  client.intercom.setWebhookUrl("http://127.0.0.1:9/hook");
});

/** What was told since the last time, and by whom it was said. */
const topics = () => client.hooks().map(({ topic }) => topic);

describe("people", () => {
  it("begin conversations of their own, beside what runs already", () => {
    client.intercom.userReplies(contactId, "One");
    client.intercom.userStarts(contactId, "Two");
    expect(client.intercom.conversationsOf(contactId)).toHaveLength(2);
    expect(topics()).toEqual(["conversation.user.created", "conversation.user.created"]);
  });

  it("are known by when they last wrote, wherever that was", async () => {
    client.intercom.userReplies(contactId, "One");
    client.kernel.advance(60_000);
    const type = (await client.call("GET", "/ticket_types")).get("data", 0, "id");
    await client.call("POST", "/tickets", { ticket_type_id: type, contacts: [{ id: contactId }] });
    client.intercom.userRepliesToTicket(contactId, "Two");

    const shown = await client.call("GET", `/contacts/${contactId}`);
    expect(shown.get("last_replied_at")).toBe(client.kernel.clock.nowS());
    expect(client.hooks().at(-1)).toMatchObject({
      topic: "ticket.contact.replied",
      item: { ticket_part: { author: { type: "user", id: contactId } } },
    });
  });

  it("are answered, closed, tagged and untagged by teammates", () => {
    client.intercom.userReplies(contactId, "Why?");
    client.intercom.teammateReplies(contactId, "Because.");
    client.intercom.userStarts(contactId, "And this?");
    client.intercom.closeConversations(contactId);
    client.intercom.tagContact(contactId, "VIP");
    client.intercom.tagContact(contactId, "vip");
    expect(client.intercom.tagNamesOf(contactId)).toEqual(["VIP"]);
    client.intercom.untagContact(contactId, "VIP");

    expect(topics()).toEqual([
      "conversation.user.created",
      "conversation.admin.replied",
      "conversation.user.created",
      "conversation.admin.closed",
      "conversation.admin.closed",
      "contact.user.tag.created",
      "contact.user.tag.deleted",
    ]);
  });

  it("cannot be treated as what they are not", () => {
    const { intercom } = client;
    expect(() => intercom.closeConversations(contactId)).toThrow("no open conversation");
    expect(() => intercom.teammateReplies(contactId, "Hello?")).toThrow("no conversation");
    expect(() => intercom.userRepliesToTicket(contactId, "Hello?")).toThrow("no ticket");
    expect(() => intercom.untagContact(contactId, "VIP")).toThrow();
  });
});

describe("a conversation's statistics", () => {
  it("tell who wrote last and when it was closed, and leave out what has not happened", async () => {
    const start = client.kernel.clock.nowS();
    const { id } = client.intercom.userReplies(contactId, "Why?");
    const read = async () => (await client.call("GET", `/conversations/${id}`)).get("statistics");
    expect(await read()).toEqual({
      type: "conversation_statistics",
      first_contact_reply_at: start,
      last_contact_reply_at: start,
      count_reopens: 0,
      count_assignments: 0,
      count_conversation_parts: 0,
    });
    for (const step of [
      () => client.intercom.teammateReplies(contactId, "Because."),
      () => client.intercom.closeConversations(contactId),
      () => client.intercom.userReplies(contactId, "Really?"),
    ]) {
      client.kernel.advance(60_000);
      step();
    }
    expect(await read()).toMatchObject({
      first_contact_reply_at: start,
      last_contact_reply_at: start + 180,
      last_admin_reply_at: start + 60,
      last_close_at: start + 120,
      last_closed_by_id: client.intercom.adminIds()[0],
      count_reopens: 1,
    });
  });

  it("can be searched for", async () => {
    client.intercom.userReplies(contactId, "Why?");
    const query = { field: "statistics.last_contact_reply_at", operator: ">", value: client.kernel.clock.nowS() };
    const found = await client.call("POST", "/conversations/search", { query });
    expect(at(found.body, ["total_count"])).toBe(1);
    const closed = { field: "statistics.last_close_at", operator: ">", value: 0 };
    expect((await client.call("POST", "/conversations/search", { query: closed })).get("total_count")).toBe(0);
  });
});
