/** The dunning arbiter: a test for each row of its table, and that the table is the one of the docs. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mondayS } from "../../test/support/rules.ts";
import type { FailureClass } from "../model/payment-trouble.ts";
import { arbiterRows, arbitrate, type ArbiterDecision, type ArbiterView, type Rival, type Speaker } from "./arbiter.ts";
import { toneOf } from "./tone.ts";

const hourS = 3600;
const dayS = 24 * hourS;
const open = { id: "in_1", isPaid: false, isDisputed: false, nextAttemptS: null, isDebitProcessing: false };
type View = Partial<Omit<ArbiterView, "invoice">> & {
  readonly invoice?: Partial<typeof open> | { nextAttemptS: number };
};

function ask({ invoice = {}, ...view }: View = {}, me: Partial<Speaker> = {}): ArbiterDecision {
  return arbitrate(
    {
      invoice: { ...open, ...invoice },
      failure: "soft",
      stripeEmails: false,
      rivals: [],
      openConversations: 0,
      ...view,
    },
    {
      rule: "churn-preventer",
      priority: 50,
      startedS: mondayS - hourS,
      channel: "chat",
      messages: 0,
      nowS: mondayS,
      heldSinceS: mondayS,
      ...me,
    },
  );
}

function aRival(parts: Partial<Rival> = {}): Rival {
  return { rule: "sepa-soft-landing", priority: 50, startedS: mondayS, hasSpoken: false, ...parts };
}

const said = ({ speak }: ArbiterDecision): string => speak;

describe("the arbiter", () => {
  it("lets a rule speak when nothing is against it", () => {
    expect(ask()).toEqual({ speak: "now" });
  });

  it("lets a rule speak that is about no invoice", () => {
    const view = { invoice: null, failure: null, stripeEmails: false, rivals: [], openConversations: 0 };
    const me = { rule: "r", priority: 1, startedS: 0, channel: "chat", messages: 0, nowS: 0, heldSinceS: 0 } as const;

    expect(arbitrate(view, me)).toEqual({ speak: "now" });
  });

  it("is silent after payment, whatever else is the case", () => {
    expect(ask({ invoice: { isPaid: true } })).toEqual({ speak: "never", why: "The invoice is paid." });
    expect(said(ask({ invoice: { isPaid: true, isDebitProcessing: true }, rivals: [aRival()] }, { messages: 1 }))).toBe(
      "never",
    );
  });

  it("is silent while the payment is disputed", () => {
    expect(said(ask({ invoice: { isDisputed: true } }))).toBe("never");
  });

  it.each<FailureClass>(["stopped", "disputed"])("leaves a failure that is %s to a person", (failure) => {
    expect(said(ask({ failure }))).toBe("never");
  });

  it("sends no e-mail when Stripe sends one, and one message in the chat at most", () => {
    expect(said(ask({ stripeEmails: true }, { channel: "email" }))).toBe("never");
    expect(said(ask({ stripeEmails: true }))).toBe("now");
    expect(said(ask({ stripeEmails: true }, { messages: 1 }))).toBe("never");
    expect(said(ask({ stripeEmails: false }, { messages: 1, channel: "email" }))).toBe("now");
  });

  it("gives the word to one rule: who has spoken keeps it", () => {
    const spoken = aRival({ hasSpoken: true, priority: 1 });

    expect(ask({ rivals: [spoken] }, { priority: 100 })).toEqual({
      speak: "never",
      why: "The rule “sepa-soft-landing” speaks about this invoice.",
    });
    expect(said(ask({ rivals: [aRival({ priority: 100 })] }, { messages: 1 }))).toBe("now");
  });

  it("of two that have spoken lets the one speak on that comes first", () => {
    const both = { rivals: [aRival({ hasSpoken: true })] };

    expect(said(ask(both, { messages: 1, priority: 51 }))).toBe("now");
    expect(said(ask(both, { messages: 1, priority: 49 }))).toBe("never");
  });

  it.each<[string, Partial<Rival>, string]>([
    ["a higher priority", { priority: 51 }, "later"],
    ["a lower priority", { priority: 49, startedS: 0 }, "now"],
    ["the same priority, earlier", { startedS: mondayS - 2 * hourS }, "later"],
    ["the same priority, later", { startedS: mondayS }, "now"],
    ["the same in all, a name that comes first", { startedS: mondayS - hourS, rule: "a" }, "later"],
    ["the same in all, a name that comes last", { startedS: mondayS - hourS, rule: "z" }, "now"],
  ])("with a rival of %s speaks %s", (_, rival, speak) => {
    expect(said(ask({ rivals: [aRival(rival)] }))).toBe(speak);
  });

  it("waits a minute for the reason, which comes with another event", () => {
    expect(ask({ failure: null }, { startedS: mondayS })).toMatchObject({ speak: "later", untilS: mondayS + 60 });
    expect(said(ask({ failure: null }, { startedS: mondayS - 60 }))).toBe("now");
    expect(said(ask({ failure: "soft" }, { startedS: mondayS }))).toBe("now");
  });

  it("waits while a debit is on its way, for up to two weeks", () => {
    expect(ask({ invoice: { isDebitProcessing: true } })).toMatchObject({ speak: "later", patienceS: 14 * dayS });
  });

  it("waits for Stripe's next attempt when it is near and may help", () => {
    const nextAttemptS = mondayS + 3 * hourS;

    expect(ask({ invoice: { nextAttemptS } })).toMatchObject({ speak: "later", untilS: nextAttemptS + hourS });
    expect(said(ask({ invoice: { nextAttemptS }, failure: "insufficient_funds" }))).toBe("later");
    expect(said(ask({ invoice: { nextAttemptS }, failure: "hard" }))).toBe("now");
    expect(said(ask({ invoice: { nextAttemptS }, failure: null }))).toBe("now");
    expect(said(ask({ invoice: { nextAttemptS: mondayS + 13 * hourS } }))).toBe("now");
  });

  it("waits for the outcome of an attempt that has just been made", () => {
    expect(ask({ invoice: { nextAttemptS: mondayS - 600 } })).toMatchObject({ speak: "later", untilS: mondayS + 3000 });
    expect(said(ask({ invoice: { nextAttemptS: mondayS - hourS } }))).toBe("now");
  });

  it("waits while the customer waits for an answer", () => {
    expect(ask({ openConversations: 1 })).toMatchObject({ speak: "later", untilS: mondayS + dayS });
  });

  it("waits a day at most for an attempt or an answer; then it is better to speak", () => {
    const held = { heldSinceS: mondayS - dayS };

    expect(said(ask({ openConversations: 1, invoice: { nextAttemptS: mondayS + hourS } }, held))).toBe("now");
  });
});

describe("the tone", () => {
  it.each<[FailureClass, string]>([
    ["insufficient_funds", "friendly"],
    ["hard", "act_now"],
    ["mandate_revoked", "bank"],
    ["stopped", "person"],
  ])("for %s is %s", (failure, tone) => {
    expect(toneOf(failure)).toBe(tone);
  });
});

describe("the table of the arbiter", () => {
  it("is the one in docs/reference/dunning.md, in the same order", () => {
    const page = readFileSync(new URL("../../docs/reference/dunning.md", import.meta.url), "utf8");
    const names = [...page.matchAll(/^\| \d+ \| `([a-z ]+)` \|/gm)].map(([, name]) => name);

    expect(names).toEqual(arbiterRows.map(({ name }) => name));
  });
});
