/** Notes, messages and lists of things: what is sent, and what is read from the answers. */
import { describe, expect, it } from "vitest";
import { parseJson } from "../lib/json.ts";
import type { IntercomClient, IntercomRequest } from "./client.ts";
import { getConversation, openConversation, prioritiseConversation } from "./conversations.ts";
import { trackEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { sendMessage, type MessageDraft } from "./messages.ts";
import { listNotes } from "./notes.ts";
import { searchTickets } from "./tickets.ts";

const calm = { lane: "calm" } as const;
const contactId = "6762f0dd1bb69f9f2193bb83";
const message: MessageDraft = {
  to: { contactId, role: "lead" },
  adminId: "991267816",
  text: "Hello",
  channel: { type: "inapp" },
};

describe("a message", () => {
  it("goes to the contact in its role, from a teammate, with a conversation to find it by", async () => {
    const client = answering({ id: "19", conversation_id: "471" });
    expect((await sendMessage(client, message, calm)).value).toEqual({ id: "19", conversationId: "471" });
    expect(client.calls).toMatchObject([
      {
        method: "POST",
        path: "/messages",
        effect: "once",
        body: {
          message_type: "inapp",
          body: "Hello",
          from: { type: "admin", id: 991_267_816 },
          to: { type: "lead", id: contactId },
          create_conversation_without_contact_reply: true,
        },
      },
    ]);
  });

  it("is tried under the type's other name when Intercom refuses it with 400", async () => {
    const client = answering(400, { id: "19" });
    await sendMessage(client, message, calm);
    expect(client.calls.map(({ body }) => body)).toMatchObject([{ message_type: "inapp" }, { message_type: "in_app" }]);
  });

  it("is not sent again after anything else", async () => {
    for (const status of [401, 403, 404, 422, 429, 500]) {
      const client = answering(status, { id: "19" });
      await expect(sendMessage(client, message, calm)).rejects.toMatchObject({ status });
      expect(client.calls).toHaveLength(1);
    }
  });

  it("by e-mail has a subject and a template, and one name only", async () => {
    const client = answering(400);
    const email = { ...message, channel: { type: "email", subject: "Hi", template: "plain" } } as const;
    await expect(sendMessage(client, email, calm)).rejects.toMatchObject({ status: 400 });
    expect(client.calls).toMatchObject([{ body: { message_type: "email", subject: "Hi", template: "plain" } }]);
  });
});

describe("lists", () => {
  const note = { id: 26, body: "<p>x</p>", created_at: 5, author: { id: "991" } };

  it("are read to the last page, however it is marked", async () => {
    const client = answering(
      { data: [note], pages: { next: { starting_after: "c1" } } },
      { data: [note], pages: { next: "https://api.intercom.io/contacts/1/notes?starting_after=c2" } },
      { data: [note], pages: { next: null } },
    );
    expect(await listNotes(client, contactId, calm)).toHaveLength(3);
    expect(client.calls.map(({ query }) => query)).toEqual([{}, { starting_after: "c1" }, { starting_after: "c2" }]);
  });

  it("without pages are complete", async () => {
    expect(await listNotes(answering({ data: [note] }), contactId, calm)).toEqual([
      { id: "26", html: "<p>x</p>", createdAtS: 5, adminId: "991" },
    ]);
  });

  it("without end are not taken for complete", async () => {
    const client = answering({ data: [], pages: { next: { starting_after: "c1" } } });
    await expect(listNotes(client, contactId, calm)).rejects.toMatchObject({ kind: "permanent" });
  });
});

describe("a search", () => {
  it("goes back two days, as dates match by day in another time zone", async () => {
    const client = answering({ tickets: [] });
    await searchTickets(client, { contactId, sinceS: 1_790_000_000 }, calm);
    expect(client.calls[0]?.body).toMatchObject({
      query: {
        operator: "AND",
        value: [
          { field: "contact_ids", operator: "=", value: contactId },
          { field: "created_at", operator: ">", value: 1_790_000_000 - 172_800 },
        ],
      },
    });
  });

  it("reads a ticket's title and description, whatever else it has", async () => {
    const ticket = {
      id: "626",
      created_at: 5,
      ticket_type: { id: 67 },
      ticket_attributes: { _default_title_: "Refund", _default_description_: null, priority: { value: 1 } },
    };
    expect(await searchTickets(answering({ tickets: [ticket] }), { contactId, sinceS: 0 }, calm)).toEqual([
      { id: "626", ticketTypeId: "67", title: "Refund", description: null, createdAtS: 5 },
    ]);
  });
});

describe("a conversation", () => {
  it("is opened in the contact's name and answered by its message", async () => {
    const client = answering({ id: "403918330", conversation_id: "499" });
    const { value } = await openConversation(client, { contactId, text: "Hello" }, calm);
    expect(value).toEqual({ messageId: "403918330", conversationId: "499" });
    expect(client.calls[0]?.body).toEqual({ from: { type: "contact", id: contactId }, body: "Hello" });
  });

  it("is read with what may be missing", async () => {
    const read = await getConversation(answering({ id: "471", created_at: 5, admin_assignee_id: 0 }), "471", calm);
    expect(read).toMatchObject({ id: "471", adminAssigneeId: null, source: { id: null, html: "" }, parts: [] });
  });
});

describe("a priority", () => {
  const high = { conversationId: "471", priority: "high", adminId: "991" } as const;

  it("is set in version Preview, and may be set again", async () => {
    const client = answering({ id: "471", priority: "high" });
    expect((await prioritiseConversation(client, high, calm)).value).toEqual({ id: "471" });
    expect(client.calls).toMatchObject([
      {
        method: "PUT",
        path: "/conversations/{id}",
        effect: "idempotent",
        preview: expect.stringContaining("to a team"),
        body: { priority: "high", admin_id: "991" },
      },
    ]);
  });

  it("is set by whatever answer shows no other one", async () => {
    for (const answer of [undefined, {}, { priority: 3 }, []])
      expect((await prioritiseConversation(answering(answer), high, calm)).value).toEqual({ id: "471" });
  });

  it("is refused by an answer that shows another one", async () => {
    const ignored = prioritiseConversation(answering({ id: "471", priority: "none" }), high, calm);
    await expect(ignored).rejects.toMatchObject({ code: "INTERCOM_PREVIEW_REFUSED", kind: "permanent" });
  });
});

describe("a data event", () => {
  it("names contact and second, and expects nothing", async () => {
    const client = answering(undefined);
    await trackEvent(client, { contactId, name: "paid", occurredAtS: 5 }, calm);
    expect(client.calls).toMatchObject([
      { path: "/events", effect: "idempotent", body: { event_name: "paid", created_at: 5, id: contactId } },
    ]);
  });
});

type SeenCall = Pick<IntercomRequest<unknown>, "method" | "path" | "query" | "body" | "effect" | "preview">;

/** Answers one value after the other, the last one for ever; a number is a status that it fails with. */
function answering(...values: readonly unknown[]): IntercomClient & { readonly calls: SeenCall[] } {
  const calls: SeenCall[] = [];
  return {
    calls,
    request: async ({ schema, body, ...call }) => {
      const value = values[Math.min(calls.length, values.length - 1)];
      calls.push({ ...call, body: parseJson(JSON.stringify(body ?? null)) });
      if (typeof value === "number") throw failureOf({ status: value, headers: {}, body: "{}" }, call, 0);
      return { data: schema.parse(value), requestId: null, headers: {} };
    },
    close: async () => undefined,
  };
}
