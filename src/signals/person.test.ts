import { describe, expect, it } from "vitest";
import { addUpSignals, type LatestSignal } from "./person.ts";
import type { SignalKind } from "./signal.ts";

let seq = 0;

function latest(kind: SignalKind, atS: number, conversationId: string | null = null): LatestSignal {
  seq += 1;
  return { kind, atS, conversationId, seq };
}

describe("a person's signals", () => {
  it("of somebody of whom nothing is known say so", () => {
    expect(addUpSignals([], 0)).toEqual({
      repliedS: null,
      conversationId: null,
      openConversations: 0,
      unsubscribed: false,
    });
  });

  it("tell the latest words since then, and where", () => {
    const signals = [latest("replied", 100, "1"), latest("conversation_opened", 200, "2"), latest("replied", 150, "3")];
    expect(addUpSignals(signals, 100)).toMatchObject({ repliedS: 200, conversationId: "2" });
    expect(addUpSignals(signals, 201)).toMatchObject({ repliedS: null });
  });

  it("without words since then name the conversation that waits", () => {
    expect(addUpSignals([latest("replied", 100, "1")], 101)).toMatchObject({
      repliedS: null,
      conversationId: "1",
      openConversations: 1,
    });
  });

  it.each<SignalKind>(["conversation_answered", "conversation_closed", "conversation_deleted"])(
    "let a conversation wait until %s",
    (kind) => {
      const words = latest("replied", 100, "1");
      expect(addUpSignals([words], 0).openConversations).toBe(1);
      expect(addUpSignals([words, latest(kind, 101, "1")], 0).openConversations).toBe(0);
      expect(addUpSignals([words, latest(kind, 99, "1")], 0).openConversations).toBe(1);
    },
  );

  it("of one second count in the order in which they came", () => {
    const [words, close] = [latest("replied", 100, "1"), latest("conversation_closed", 100, "1")];
    expect(addUpSignals([close, words], 0).openConversations).toBe(0);
    const again = latest("replied", 100, "1");
    expect(addUpSignals([again, close], 0).openConversations).toBe(1);
  });

  it("keep a subscription as it was last changed, however long ago", () => {
    const out = latest("unsubscribed", 100);
    expect(addUpSignals([out], 1_000).unsubscribed).toBe(true);
    expect(addUpSignals([out, latest("subscribed", 101)], 1_000).unsubscribed).toBe(false);
  });

  it("count a ticket's answer, which has no conversation, as words", () => {
    expect(addUpSignals([latest("replied", 100)], 0)).toEqual({
      repliedS: 100,
      conversationId: null,
      openConversations: 0,
      unsubscribed: false,
    });
  });
});
