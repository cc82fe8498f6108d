import { describe, expect, it } from "vitest";
import { effectRequest, effectStates, type EffectGuarantee } from "../../contract/effect.ts";
import {
  afterLook,
  dataEventId,
  effectMoves,
  guaranteeOf,
  lookOf,
  planFingerprint,
  secondOfDataEvent,
  statesBefore,
  type EffectBody,
} from "./effect.ts";

const note: EffectBody = { kind: "note", text: "Hello" };
const chat: EffectBody = { kind: "message", channel: "inapp", text: "Hello", guarantee: "at_most_once" };
const ticket: EffectBody = { kind: "ticket", ticketTypeId: "67", title: "Refund" };
const tag: EffectBody = { kind: "tag", tag: "past-due" };
const dataEvent: EffectBody = { kind: "data_event", name: "paid", occurredAtS: 5 };
const opened: EffectBody = { kind: "conversation", action: "open", text: "Hello" };
const prioritised: EffectBody = {
  kind: "conversation",
  action: "prioritise",
  conversationId: "1",
  priority: "high",
};
const closed: EffectBody = { kind: "conversation", action: "close", conversationId: "1" };

describe("the states", () => {
  it("lead from each to each only as the table says", () => {
    for (const from of effectStates)
      for (const to of effectStates) {
        const isAllowed = effectMoves[from].some((next) => next === to);
        expect(statesBefore(to).includes(from), `${from} → ${to}`).toBe(isAllowed);
      }
  });

  it("never lead out of confirmed", () => {
    expect(effectMoves.confirmed).toEqual([]);
  });

  it("lead out of every other one", () => {
    for (const state of effectStates)
      if (state !== "confirmed" && state !== "withdrawn") expect(effectMoves[state].length, state).toBeGreaterThan(0);
  });

  it("let nothing be called confirmed by an answer that was not asked for", () => {
    expect(statesBefore("sent")).toEqual(["planned", "unknown"]);
  });
});

describe("the guarantee", () => {
  it("follows from the kind, and for messages from what was asked for", () => {
    expect([note, ticket, opened, closed].map(guaranteeOf)).toEqual(Array.from({ length: 4 }, () => "verified"));
    expect([tag, dataEvent, prioritised].map(guaranteeOf)).toEqual(Array.from({ length: 3 }, () => "effectively_once"));
    expect(guaranteeOf(chat)).toBe("at_most_once");
    expect(guaranteeOf({ ...chat, guarantee: "at_least_once" })).toBe("at_least_once");
  });

  it("decides after a look", () => {
    const looks = { looks: 2, looksMax: 2 };
    const guarantees: readonly EffectGuarantee[] = ["verified", "at_most_once", "at_least_once"];
    for (const guarantee of guarantees) {
      expect(afterLook(guarantee, { ...looks, isFound: true })).toBe("found");
      expect(afterLook(guarantee, { isFound: false, looks: 1, looksMax: 2 })).toBe("look_again");
    }
    expect(guarantees.map((guarantee) => afterLook(guarantee, { ...looks, isFound: false }))).toEqual([
      "repeat",
      "give_up",
      "repeat",
    ]);
  });

  it("needs no look where repeating changes nothing, and a search only where there is no list", () => {
    expect([note, closed].map(lookOf)).toEqual(["list", "list"]);
    expect([ticket, chat, opened].map(lookOf)).toEqual(["search", "search", "search"]);
    expect([tag, dataEvent, prioritised].map(lookOf)).toEqual(["none", "none", "none"]);
  });
});

describe("the fingerprint of a plan", () => {
  const plan = { customerId: "cus_1", effect: { ...dataEvent, metadata: { a: 1, b: "2" } } };

  it("does not depend on the order of keys", () => {
    const turned = { customerId: "cus_1", effect: { metadata: { b: "2", a: 1 }, ...dataEvent } };
    expect(planFingerprint(turned)).toBe(planFingerprint(plan));
  });

  it("tells customers and values apart", () => {
    expect(planFingerprint({ ...plan, customerId: "cus_2" })).not.toBe(planFingerprint(plan));
    expect(planFingerprint({ ...plan, effect: dataEvent })).not.toBe(planFingerprint(plan));
  });
});

describe("a data event's id", () => {
  it("carries its second, whatever its name", () => {
    expect(secondOfDataEvent(dataEventId("6762f0dd1bb69f9f2193bb83", "paid 2 3", 1_790_000_000))).toBe(1_790_000_000);
  });
});

describe("a request", () => {
  const envelope = { key: "renewal:in_1", customerId: "cus_1" };

  it("is taken with what is usual", () => {
    expect(effectRequest.parse({ ...envelope, ...note })).toEqual({
      ...envelope,
      account: "main",
      lane: "calm",
      kind: "note",
      text: "Hello",
    });
    expect(effectRequest.parse({ ...envelope, ...prioritised })).toMatchObject(prioritised);
  });

  it.each([
    ["an unknown field", { ...envelope, ...note, colour: "red" }],
    ["an empty text", { ...envelope, kind: "note", text: "  " }],
    ["an e-mail without subject", { ...envelope, kind: "message", channel: "email", text: "x" }],
    ["a guarantee that messages do not have", { ...envelope, ...chat, guarantee: "verified" }],
    ["a key with spaces", { ...envelope, ...note, key: "a b" }],
    ["a ticket type that is no id", { ...envelope, ...ticket, ticketTypeId: "refund" }],
    ["more metadata than Intercom keeps", { ...envelope, ...dataEvent, metadata: elevenKeys() }],
    ["a priority that Intercom does not have", { ...envelope, ...prioritised, priority: "highest" }],
    ["an unknown kind", { ...envelope, kind: "fax" }],
  ])("is refused for %s", (_, body) => {
    expect(effectRequest.safeParse(body).success).toBe(false);
  });
});

function elevenKeys(): Readonly<Record<string, number>> {
  return Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`key_${index}`, index]));
}
