import { describe, expect, it } from "vitest";
import { signalsInReading, type ContactReading } from "./reading.ts";
import { signalsOf, type Notification } from "./signal.ts";

const ada = "6762f0dd1bb69f9f2193bb83";
const bob = "5ab313046e4997e35bc13e7c";

function told(changes: Partial<Notification>): Notification {
  return {
    id: "notif_1",
    topic: "conversation.user.replied",
    createdS: 1_000,
    contactIds: [ada],
    conversationId: "215",
    tag: null,
    written: null,
    ...changes,
  };
}

describe("a notification", () => {
  it("of a reply is the writer's alone, at the moment of writing", () => {
    const written = { contactId: bob, atS: 997 };
    expect(signalsOf(told({ contactIds: [ada, bob], written }))).toEqual([
      {
        id: "notif_1",
        contactId: bob,
        kind: "replied",
        conversationId: "215",
        tag: null,
        atS: 997,
        source: "notification",
      },
    ]);
  });

  it("that does not say who wrote counts for the first contact, at its own moment", () => {
    expect(signalsOf(told({ contactIds: [ada, bob] }))).toMatchObject([{ contactId: ada, atS: 1_000 }]);
  });

  it("about a conversation counts for everybody in it", () => {
    const closed = told({ topic: "conversation.admin.closed", contactIds: [ada, bob] });
    expect(signalsOf(closed).map(({ contactId, kind }) => [contactId, kind])).toEqual([
      [ada, "conversation_closed"],
      [bob, "conversation_closed"],
    ]);
  });

  it.each([
    ["contact.user.tag.created", "tagged"],
    ["contact.lead.tag.created", "tagged"],
    ["contact.lead.tag.deleted", "untagged"],
    ["contact.unsubscribed", "unsubscribed"],
    ["contact.subscribed", "subscribed"],
    ["contact.merged", "merged"],
    ["ticket.contact.replied", "replied"],
  ])("%s is a signal: %s", (topic, kind) => {
    expect(signalsOf(told({ topic })).map((signal) => signal.kind)).toEqual([kind]);
  });

  it("of a merge counts for the survivor only", () => {
    expect(signalsOf(told({ topic: "contact.merged", contactIds: [ada, bob] }))).toHaveLength(1);
  });

  it.each(["contact.user.updated", "conversation.admin.noted", "ping", "toString"])("%s tells nothing", (topic) => {
    expect(signalsOf(told({ topic }))).toEqual([]);
  });

  it("without an id is known by what it says", () => {
    const [first] = signalsOf(told({ id: null }));
    expect(signalsOf(told({ id: null }))).toEqual([first]);
    expect(signalsOf(told({ id: null, createdS: 1_001 }))[0]?.id).not.toBe(first?.id);
    expect(signalsOf(told({ id: null, conversationId: "216" }))[0]?.id).not.toBe(first?.id);
  });
});

describe("a reading", () => {
  const quiet: ContactReading = { contactId: ada, lastRepliedS: null, unsubscribed: false, conversations: [] };
  const scope = { sinceS: 500, nowS: 2_000, isUnsubscribed: false };
  const silent = { id: "215", openedS: null, repliedS: null, answeredS: null, closedS: null };
  const shown = (reading: Partial<ContactReading>, more: Partial<typeof scope> = {}) =>
    signalsInReading({ ...quiet, ...reading }, { ...scope, ...more }).map(({ kind, conversationId, atS }) => [
      kind,
      conversationId,
      atS,
    ]);

  it("of somebody who did nothing says nothing", () => {
    expect(shown({ conversations: [silent] })).toEqual([]);
  });

  it("tells what was written since, and how conversations stand", () => {
    const talk = { ...silent, repliedS: 700, answeredS: 800, closedS: 900 };
    expect(shown({ lastRepliedS: 700, conversations: [talk] })).toEqual([
      ["replied", "215", 700],
      ["conversation_answered", "215", 800],
      ["conversation_closed", "215", 900],
    ]);
  });

  it("leaves out what was written before", () => {
    expect(shown({ lastRepliedS: 499, conversations: [{ ...silent, repliedS: 499 }] })).toEqual([]);
  });

  it("counts the words that begin a conversation once", () => {
    const begun = { ...silent, openedS: 700, repliedS: 700 };
    expect(shown({ lastRepliedS: 700, conversations: [begun] })).toEqual([["conversation_opened", "215", 700]]);
  });

  it("believes the contact when the search does not find the conversation yet", () => {
    expect(shown({ lastRepliedS: 700, conversations: [{ ...silent, repliedS: 600 }] })).toEqual([
      ["replied", "215", 600],
      ["replied", null, 700],
    ]);
  });

  it("tells of a subscription only what is new", () => {
    expect(shown({ unsubscribed: true })).toEqual([["unsubscribed", null, 2_000]]);
    expect(shown({ unsubscribed: true }, { isUnsubscribed: true })).toEqual([]);
    expect(shown({ unsubscribed: false }, { isUnsubscribed: true })).toEqual([["subscribed", null, 2_000]]);
  });

  it("gives the same thing the same id each time", () => {
    const once = signalsInReading({ ...quiet, lastRepliedS: 700 }, scope);
    expect(signalsInReading({ ...quiet, lastRepliedS: 700 }, { ...scope, nowS: 9_000 })).toEqual(once);
  });
});
