import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { IntercomSignalInvalid, parseSignal, verifyIntercomSignature } from "./webhook.ts";

const secret = "client-secret";
const ada = "6762f0dd1bb69f9f2193bb83";
const bob = "5ab313046e4997e35bc13e7c";

describe("a webhook's signature", () => {
  const body = Buffer.from('{"type":"notification_event"}');
  const good = `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`;

  it("is accepted when it fits body and secret", () => {
    expect(verifyIntercomSignature(body, good, secret)).toBe(true);
  });

  it.each([undefined, "", "sha1=", good.slice(0, -1), good.slice(5), `${good}0`, good.replace("sha1", "sha256")])(
    "is refused as %s",
    (header) => {
      expect(verifyIntercomSignature(body, header, secret)).toBe(false);
    },
  );

  it("is refused for another body, another secret or none", () => {
    expect(verifyIntercomSignature(Buffer.from("{}"), good, secret)).toBe(false);
    expect(verifyIntercomSignature(body, good, "other")).toBe(false);
    const unsigned = `sha1=${createHmac("sha1", "").update(body).digest("hex")}`;
    expect(verifyIntercomSignature(body, unsigned, "")).toBe(false);
  });
});

describe("a notification", () => {
  it("is read from Intercom's envelope", () => {
    const item = { type: "contact", id: ada, email: "ada@example.com" };
    expect(parse("contact.user.updated", item)).toEqual({
      id: "notif_1",
      topic: "contact.user.updated",
      appId: "abc",
      createdS: 1_790_000_000,
      contactIds: [ada],
      conversationId: null,
      tag: null,
      written: null,
      item,
    });
  });

  it.each([
    ["contact.deleted", { type: "contact", id: ada }, [ada]],
    ["contact.deleted", { id: ada }, [ada]],
    ["contact.user.tag.created", { tag: { id: "7" }, contact: { type: "contact", id: ada } }, [ada]],
    ["contact.merged", { type: "contact", id: ada, merged_from: { id: bob } }, [ada, bob]],
    ["conversation.user.replied", { type: "conversation", id: "215", contacts: { contacts: [{ id: ada }] } }, [ada]],
    ["conversation.user.created", { type: "conversation", id: "215", user: { type: "user", id: ada } }, [ada]],
    ["ticket.resolved", { type: "ticket", id: "9", contacts: { contacts: [{ id: ada }, { id: bob }] } }, [ada, bob]],
    ["ticket.closed", { ticket: { id: "9", contacts: { data: [{ id: ada }] } } }, [ada]],
    ["company.contact.attached", { company: { id: bob }, contact: { id: ada } }, [ada]],
    ["company.updated", { type: "company", id: bob }, []],
    ["event.created", { type: "event", contact_id: ada }, [ada]],
    ["conversation.read", { type: "conversation", id: "215", contacts: "gone" }, []],
    ["ping", { type: "ping", message: "something interesting" }, []],
  ])("of topic %s names its contacts", (topic, item, expected) => {
    expect(parse(topic, item).contactIds).toEqual(expected);
  });

  const byAda = { type: "user", id: ada };
  const byTeam = { type: "admin", id: "7" };

  it.each([
    [
      "conversation.user.replied",
      {
        type: "conversation",
        id: "215",
        source: { author: byTeam },
        conversation_parts: { conversation_parts: [{ author: byAda, created_at: 7, body: "Yes" }] },
      },
      { conversationId: "215", written: { contactId: ada, atS: 7, text: "Yes" } },
    ],
    [
      "conversation.user.replied",
      {
        type: "conversation",
        id: 215,
        conversation_parts: {
          data: [
            { author: byAda, body: "1" },
            { author: byTeam, body: "2" },
          ],
        },
      },
      { conversationId: "215", written: { contactId: ada, atS: null, text: "1" } },
    ],
    [
      "conversation.user.replied",
      { type: "conversation", id: "215", created_at: 3, source: { author: byAda, body: "Hi" } },
      { conversationId: "215", written: null },
    ],
    [
      "conversation.user.created",
      { type: "conversation", id: "215", created_at: 3, source: { author: byAda, body: "Hi" } },
      { conversationId: "215", written: { contactId: ada, atS: 3, text: "Hi" } },
    ],
    [
      "conversation.user.created",
      { type: "conversation", id: "215", created_at: 3, conversation_message: { author: byAda, body: null } },
      { conversationId: "215", written: { contactId: ada, atS: 3, text: "" } },
    ],
    [
      "ticket.contact.replied",
      { ticket: { id: "9" }, ticket_part: { author: byAda, created_at: 7, body: "Yes" } },
      { conversationId: null, written: { contactId: ada, atS: 7, text: "Yes" } },
    ],
    ["contact.user.tag.created", { tag: { id: "7", name: "VIP" }, contact: { id: ada } }, { tag: "VIP" }],
    ["conversation.contact.attached", { conversation: { id: "215" }, contact: { id: ada } }, { conversationId: "215" }],
    ["contact.deleted", { type: "contact", id: ada, tag: null, source: "api" }, { conversationId: null, tag: null }],
  ])("of topic %s tells what was said and where (%#)", (topic, item, expected) => {
    expect(parse(topic, item)).toMatchObject(expected);
  });

  it("may lack what we can do without", () => {
    const body = JSON.stringify({ type: "notification_event", id: null, topic: "ping", created_at: 5.5, data: null });
    expect(parseSignal(Buffer.from(body))).toEqual({
      id: null,
      topic: "ping",
      appId: null,
      createdS: 5,
      contactIds: [],
      conversationId: null,
      tag: null,
      written: null,
      item: {},
    });
  });

  it.each(["", "null", "[]", "{}", '{"type":"notification_event"}', '{"type":"event","topic":"x","created_at":1}'])(
    "is refused when it is none: %s",
    (body) => {
      expect(() => parseSignal(Buffer.from(body))).toThrow(IntercomSignalInvalid);
    },
  );
});

function parse(topic: string, item: unknown) {
  const envelope = { type: "notification_event", id: "notif_1", topic, app_id: "abc", created_at: 1_790_000_000 };
  return parseSignal(Buffer.from(JSON.stringify({ ...envelope, data: { type: "notification_event_data", item } })));
}
