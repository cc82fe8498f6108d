import { describe, expect, it } from "vitest";
import type { EffectBody } from "./effect.ts";
import { matchEffect, saysSame, type Candidate } from "./match.ts";

const sinceS = 1_790_000_000;
const note: EffectBody = { kind: "note", text: "Renewal of 49 EUR failed.\nSee https://dash.example/in_1?a=1&b=2" };
const noteHtml =
  '<p>Renewal of 49&nbsp;EUR failed.<br>See <a href="https://dash.example/in_1?a=1&amp;b=2">https://dash.example/in_1?a=1&amp;b=2</a></p>';

function aCandidate(over: Partial<Candidate> = {}): Candidate {
  return {
    objectId: "26",
    conversationId: null,
    createdAtS: sinceS + 1,
    facts: { author: "991" },
    texts: { text: noteHtml },
    ...over,
  };
}

function match(effect: EffectBody, candidates: readonly Candidate[], taken: readonly string[] = []): string | null {
  return matchEffect({ effect, sinceS, taken: new Set(taken) }, candidates)?.objectId ?? null;
}

describe("texts say the same", () => {
  it.each([
    ["in paragraphs", "Hello there", "<p>Hello there</p>"],
    ["with line breaks", "a\nb", "<p>a<br>b</p>"],
    ["with entities", "Tom & Jerry < 5 €", "<p>Tom &amp; Jerry &lt; 5 &#8364;</p>"],
    [
      "with addresses made links",
      "see https://a.example/x",
      '<p>see <a href="https://a.example/x">https://a.example/x</a></p>',
    ],
    ["with other quotes", 'the "big" one', "<p>the “big” one</p>"],
    ["composed or decomposed", "Zoë", "<p>Zoe\u0308</p>"],
    ["when they are HTML themselves", "<b>Hello</b> <i>there</i>", "<p><strong>Hello</strong> <em>there</em></p>"],
    ["without a letter", "👍", "<p>👍</p>"],
  ])("%s", (_, sent, found) => {
    expect(saysSame(sent, found)).toBe(true);
  });

  it.each([
    ["another amount", "49 EUR", "<p>94 EUR</p>"],
    ["more", "Hello", "<p>Hello there</p>"],
    ["less", "Hello there", "<p>Hello</p>"],
    ["another sign", "👍", "<p>👎</p>"],
  ])("but not with %s", (_, sent, found) => {
    expect(saysSame(sent, found)).toBe(false);
  });

  it("when a signature follows, where that may be", () => {
    expect(saysSame("Hello", "<p>Hello</p><p>Ada, Acme</p>", true)).toBe(true);
    expect(saysSame("Hello", "<p>Re: Hello</p>", true)).toBe(false);
  });
});

describe("a note", () => {
  it("is known by its text, however Intercom writes it", () => {
    expect(match(note, [aCandidate({ objectId: "25", texts: { text: "<p>Other</p>" } }), aCandidate()])).toBe("26");
  });

  it("is not one from before it was sent", () => {
    expect(match(note, [aCandidate({ createdAtS: sinceS - 3600 })])).toBeNull();
  });

  it("may be some seconds older, as clocks differ", () => {
    expect(match(note, [aCandidate({ createdAtS: sinceS - 30 })])).toBe("26");
  });

  it("is not one that another entry has", () => {
    expect(match(note, [aCandidate()], ["26"])).toBeNull();
    expect(match(note, [aCandidate(), aCandidate({ objectId: "27", createdAtS: sinceS + 9 })], ["26"])).toBe("27");
  });

  it("is the oldest of several", () => {
    expect(match(note, [aCandidate({ objectId: "27", createdAtS: sinceS + 9 }), aCandidate()])).toBe("26");
  });

  it("is by the teammate who was named, if one was", () => {
    expect(match({ ...note, adminId: "992" }, [aCandidate()])).toBeNull();
    expect(match({ ...note, adminId: "991" }, [aCandidate()])).toBe("26");
  });
});

describe("a ticket", () => {
  const ticket: EffectBody = { kind: "ticket", ticketTypeId: "67", title: "Refund", description: "Please & soon" };
  const found = aCandidate({
    objectId: "626",
    facts: { ticketType: "67" },
    texts: { title: "Refund", text: "<p>Please &amp; soon</p>" },
  });

  it("is known by type, title and description", () => {
    expect(match(ticket, [found])).toBe("626");
    expect(match(ticket, [{ ...found, facts: { ticketType: "68" } }])).toBeNull();
    expect(match(ticket, [{ ...found, texts: { ...found.texts, title: "Refunds" } }])).toBeNull();
    expect(match(ticket, [{ ...found, texts: { title: "Refund", text: null } }])).toBeNull();
  });

  it("without a description is known by type and title", () => {
    expect(match({ kind: "ticket", ticketTypeId: "67", title: "Refund" }, [found])).toBe("626");
  });
});

describe("a message", () => {
  const email: EffectBody = {
    kind: "message",
    channel: "email",
    subject: "Your card",
    text: "It expires soon.",
    template: "personal",
    guarantee: "at_most_once",
  };
  const found = aCandidate({
    objectId: "403",
    conversationId: "471",
    facts: { deliveredAs: "admin_initiated", channel: "email", author: "991" },
    texts: { title: "Your card", text: "<p>It expires soon.</p><p>Ada</p>" },
  });

  it("is known by channel, subject and text", () => {
    expect(match(email, [found])).toBe("403");
    expect(match(email, [{ ...found, texts: { ...found.texts, title: "Your cart" } }])).toBeNull();
    expect(match(email, [{ ...found, facts: { ...found.facts, channel: "inapp" } }])).toBeNull();
  });

  it("is never what the customer wrote", () => {
    expect(match(email, [{ ...found, facts: { ...found.facts, deliveredAs: "customer_initiated" } }])).toBeNull();
  });
});

describe("something done in a conversation", () => {
  const state = aCandidate({
    objectId: null,
    conversationId: "471",
    createdAtS: null,
    facts: { state: "open", adminAssignee: "991", teamAssignee: "0" },
    texts: {},
  });

  it("is known by its part", () => {
    const comment: EffectBody = { kind: "conversation", action: "comment", conversationId: "471", text: "Hello" };
    const part = aCandidate({ objectId: "130", facts: { part: "comment" }, texts: { text: "<p>Hello</p>" } });
    expect(match(comment, [state, { ...part, facts: { part: "note" } }])).toBeNull();
    expect(match(comment, [state, part])).toBe("130");
  });

  it("is known by how the conversation stands", () => {
    const close: EffectBody = { kind: "conversation", action: "close", conversationId: "471" };
    const sought = { effect: close, sinceS, taken: new Set<string>() };
    expect(matchEffect(sought, [state])).toBeNull();
    expect(matchEffect(sought, [{ ...state, facts: { ...state.facts, state: "closed" } }])).not.toBeNull();
    const assign = (id: string): EffectBody => ({
      kind: "conversation",
      action: "assign",
      conversationId: "471",
      assignee: { type: "admin", id },
    });
    expect(matchEffect({ ...sought, effect: assign("991") }, [state])).not.toBeNull();
    expect(matchEffect({ ...sought, effect: assign("992") }, [state])).toBeNull();
  });
});

describe("what is repeated instead of looked for", () => {
  it("is never found", () => {
    expect(match({ kind: "tag", tag: "past-due" }, [aCandidate()])).toBeNull();
    const high = { kind: "conversation", action: "prioritise", conversationId: "471", priority: "high" } as const;
    expect(match(high, [aCandidate()])).toBeNull();
  });
});
