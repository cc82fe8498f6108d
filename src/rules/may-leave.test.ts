/** What holds a message, and for how long. */
import { describe, expect, it } from "vitest";
import {
  act,
  advance,
  aRule,
  at,
  chat,
  email,
  fresh,
  lasting,
  mondayS,
  plain,
  someFacts,
  ticket,
  someInputs,
} from "../../test/support/rules.ts";
import type { Instruction } from "./program.ts";

const hourS = 3600;
const dayS = 24 * hourS;

describe("a message", () => {
  const nights = { from: "21:00", to: "08:00", weekends: false };

  it("waits for the end of the quiet hours at the customer's place", () => {
    const rule = aRule({ program: [act(chat)], quietHours: nights });
    const nowS = at("2026-11-02T20:30:00Z");
    const held = advance(rule, fresh, { nowS });

    expect(held).toMatchObject({ deeds: [], wakeAtS: at("2026-11-03T07:00:00Z") });
    expect(held.steps).toMatchObject([{ result: "waits", detail: "It is in the customer's quiet hours." }]);
    expect(advance(rule, held.state, { nowS }).state).toBe(held.state);
    expect(advance(rule, held.state, { nowS: at("2026-11-03T07:00:00Z") }).deeds).toHaveLength(1);
    expect(advance(rule, fresh, { nowS, facts: someFacts({ timeZone: "America/New_York" }) }).deeds).toHaveLength(1);
  });

  it("waits for the cap, which counts what other rules have sent", () => {
    const rule = aRule({ program: [act(email)], caps: { email: { messages: 1, per: lasting(1, "day") } } });
    const sent = [{ channel: "email", atS: mondayS - hourS, rule: "other" }] as const;

    expect(advance(rule, fresh, { sent })).toMatchObject({ deeds: [], wakeAtS: mondayS - hourS + dayS });
    expect(advance(rule, fresh, { sent: [{ ...sent[0], channel: "chat" }] }).deeds).toHaveLength(1);
  });

  it("is given up after three days, and the run goes on", () => {
    const rule = aRule({
      program: [act(email), act(ticket)],
      caps: { email: { messages: 1, per: lasting(2, "week") } },
    });
    const sent = [{ channel: "email", atS: mondayS - hourS, rule: "other" }] as const;
    const held = advance(rule, fresh, { sent });
    const late = advance(rule, held.state, { sent, nowS: mondayS + 3 * dayS });

    expect(held.wakeAtS).toBe(mondayS + 3 * dayS);
    expect(late.steps).toMatchObject([
      { result: "skipped", detail: "It was held for too long: The customer has had enough messages for now." },
    ]);
    expect(late.deeds).toMatchObject([{ at: 1 }]);
    expect(advance(rule, held.state, { nowS: mondayS + 3 * dayS }).deeds).toMatchObject([{ at: 0 }]);
    expect(advance(rule, held.state, { nowS: mondayS + 3 * dayS + 1 }).steps).toMatchObject([{ result: "skipped" }]);
  });

  it("by e-mail is not sent to who has unsubscribed", () => {
    const signals = { ...someInputs().signals, unsubscribed: true };

    expect(advance(plain(act(email)), fresh, { signals }).steps).toMatchObject([{ result: "skipped" }]);
    expect(advance(plain(act(chat)), fresh, { signals }).deeds).toHaveLength(1);
  });

  it("about an invoice asks the arbiter, and only such a message", () => {
    const arbiter = {
      ...someInputs().arbiter,
      invoice: { id: "in_1", isPaid: true, isDisputed: false, nextAttemptS: null, isDebitProcessing: false },
    };
    const program = [act(chat)];

    expect(advance(aRule({ program, rule: { dunning: true } }), fresh, { arbiter }).steps).toMatchObject([
      { result: "skipped", detail: "The invoice is paid." },
    ]);
    expect(advance(aRule({ program }), fresh, { arbiter }).deeds).toHaveLength(1);
  });

  it("that waited for a debit for days still waits for the morning", () => {
    const rule = aRule({ program: [act(chat)], rule: { dunning: true }, quietHours: nights });
    const invoice = { id: "in_1", isPaid: false, isDisputed: false, nextAttemptS: null, isDebitProcessing: true };
    const held = advance(rule, fresh, { arbiter: { ...someInputs().arbiter, failure: "soft", invoice } });
    const nowS = at("2026-11-10T22:00:00Z");
    const returned = advance(rule, held.state, {
      nowS,
      arbiter: { ...someInputs().arbiter, failure: "soft", invoice: { ...invoice, isDebitProcessing: false } },
    });

    expect(returned.wakeAtS).toBe(at("2026-11-11T07:00:00Z"));
    expect(returned.steps).toMatchObject([{ detail: "It is in the customer's quiet hours." }]);
  });

  describe("with a draft", () => {
    const drafted: Instruction = act({ ...chat, draft: { instruction: "Be brief.", approval: true } });
    const rule = aRule({ program: [drafted, act(ticket)], quietHours: nights });

    it("waits for a person, then for what else holds it", () => {
      const asked = advance(rule, fresh);
      expect(asked).toMatchObject({ deeds: [], wakeAtS: mondayS + 7 * dayS, state: { waiting: { for: "approval" } } });
      expect(advance(rule, asked.state).state).toBe(asked.state);
      expect(advance(rule, asked.state, { approval: "approved" }).deeds).toMatchObject([{ at: 0 }]);

      const night = at("2026-11-02T22:00:00Z");
      const held = advance(rule, asked.state, { approval: "approved", nowS: night });
      expect(held.state.waiting).toMatchObject({ for: "message", sinceS: mondayS, giveUpS: night + 3 * dayS });
    });

    it("is passed over when it is turned down, or nobody looks at it", () => {
      const asked = advance(rule, fresh).state;

      expect(advance(rule, asked, { approval: "rejected" }).deeds).toMatchObject([{ at: 1 }]);
      expect(advance(rule, asked, { nowS: mondayS + 7 * dayS }).deeds).toMatchObject([{ at: 1 }]);
    });

    it("asks nobody in shadow", () => {
      expect(advance(rule, fresh, { mode: "shadow" }).deeds).toMatchObject([{ at: 0 }]);
    });
  });
});
