/** Whether what happened begins a run. */
import { describe, expect, it } from "vitest";
import {
  aRule,
  aTrigger,
  addWorkingDays,
  at,
  celOf,
  lasting,
  mondayS,
  noFacts,
  someFacts,
} from "../../test/support/rules.ts";
import { beginRun, fits, judgeTrigger, type JudgeInputs } from "./judge.ts";
import type { CompiledTrigger } from "./program.ts";
import type { Trigger } from "./run.ts";

function judge(rule = aRule(), trigger = aTrigger(), parts: Partial<JudgeInputs> = {}) {
  return judgeTrigger(rule, trigger, {
    facts: someFacts(),
    person: { account: "acct_1", customerId: "cus_1" },
    nowS: mondayS,
    groups: {},
    lastStartedS: null,
    timeZone: "UTC",
    addBusinessDays: addWorkingDays,
    ...parts,
  });
}

const keyOf = (judgement: ReturnType<typeof judge>): string | undefined =>
  judgement.kind === "start" ? judgement.onceKey : undefined;

describe("a rule that is triggered", () => {
  it("begins a run", () => {
    expect(judge()).toEqual({ kind: "start", onceKey: "object ch_1", arm: "treated", group: null });
  });

  it.each([
    ["is not true", someFacts({ profile: { is_owing: false } })],
    ["is not known to be true", noFacts()],
  ])("does not when its condition %s", (why, facts) => {
    expect(judge(aRule({ if: "profile.is_owing" }), aTrigger(), { facts })).toEqual({
      kind: "declined",
      why: `Its condition “if” ${why}.`,
      againUntilS: null,
    });
  });

  it.each([
    ["is not true", someFacts({ profile: { is_owing: false } })],
    ["is not known to be true", noFacts()],
  ])("does not while its reason %s, which may change within a minute of what Stripe tells", (why, facts) => {
    const declined = { kind: "declined", why: `Its reason “while” ${why}.` };
    const rule = aRule({ while: "profile.is_owing" });
    expect(judge(rule, aTrigger(), { facts })).toEqual({ ...declined, againUntilS: mondayS + 60 });
    const byHand = aTrigger({ kind: "manual" });
    expect(judge({ ...rule, trigger: { kind: "manual" } }, byHand, { facts })).toEqual({
      ...declined,
      againUntilS: null,
    });
  });

  it("can ask for the facts of its trigger", () => {
    const rule = aRule({ if: 'moment.amount > 40.0 && moment.currency == "EUR"' });

    expect(judge(rule).kind).toBe("start");
    expect(judge(rule, aTrigger({ facts: { amount: 12, currency: "EUR" } })).kind).toBe("declined");
  });

  it("knows a date among the facts as an instant", () => {
    const trigger = aTrigger({ name: "trial_ending", facts: { trial_end_date: mondayS + 86_400 * 3 } });
    const rule = aRule({
      trigger: { kind: "moment", name: "trial_ending" },
      if: 'moment.trial_end_date - run.now == duration("72h")',
    });

    expect(judge(rule, trigger).kind).toBe("start");
  });
});

describe("what may happen once", () => {
  const facts = someFacts({ subjects: { invoice: "in_7", subscription: "sub_7", period: "sub_7:9" } });

  it.each([
    ["customer", "customer"],
    ["invoice", "invoice in_7"],
    ["subscription", "subscription sub_7"],
    ["period", "period sub_7:9"],
    ["object", "object ch_1"],
  ])("per %s has the key “%s”", (oncePer, key) => {
    expect(keyOf(judge(aRule({ rule: { oncePer } }), aTrigger(), { facts }))).toBe(key);
  });

  it("goes by the reason when it is about no object", () => {
    expect(keyOf(judge(aRule(), aTrigger({ objectId: null })))).toBe("reason payment_failed ch_1");
  });

  it.each(["invoice", "subscription", "period"])("per %s does not happen without one", (oncePer) => {
    const none = someFacts({ subjects: { invoice: null, subscription: null, period: null } });

    expect(judge(aRule({ rule: { oncePer } }), aTrigger(), { facts: none }).kind).toBe("declined");
  });

  it("happens again when the time is over", () => {
    const rule = aRule({ rule: { oncePer: "2 business days" }, onceWithin: lasting(2, "business day") });
    const fridayS = at("2026-10-30T09:00:00Z");

    expect(judge(rule, aTrigger(), { lastStartedS: fridayS, nowS: fridayS + 3 * 86_400 })).toEqual({
      kind: "declined",
      why: "It began for this customer less than 2 business days ago.",
      againUntilS: null,
    });
    expect(keyOf(judge(rule, aTrigger(), { lastStartedS: fridayS, nowS: fridayS + 4 * 86_400 }))).toBe(
      "reason payment_failed ch_1",
    );
  });
});

describe("a trigger", () => {
  const date = { field: "trial_end", before: null, after: null };
  const triggers: readonly [CompiledTrigger, Partial<Trigger>][] = [
    [
      { kind: "moment", name: "payment_failed" },
      { kind: "moment", name: "payment_failed" },
    ],
    [
      { kind: "stripe", type: "payout.failed" },
      { kind: "stripe", name: "payout.failed" },
    ],
    [
      { kind: "becomes", expression: celOf("profile.is_owing") },
      { kind: "becomes", name: "becomes" },
    ],
    [
      { kind: "date", date, yearly: false, at: null },
      { kind: "date", name: "trial_end" },
    ],
    [
      { kind: "signal", signal: "replied", tag: null },
      { kind: "signal", name: "replied" },
    ],
    [
      { kind: "signal", signal: "tagged", tag: "VIP" },
      { kind: "signal", name: "tagged", facts: { tag: "VIP" } },
    ],
    [{ kind: "manual" }, { kind: "manual", name: "manual" }],
  ];

  it("fits the rule that waits for it, and no other", () => {
    for (const [awaited, own] of triggers) {
      for (const [, happened] of triggers) expect(fits(awaited, aTrigger(happened))).toBe(own === happened);
    }
  });

  it("does not fit with another tag", () => {
    expect(
      fits(
        { kind: "signal", signal: "tagged", tag: "VIP" },
        aTrigger({ kind: "signal", name: "tagged", facts: { tag: "X" } }),
      ),
    ).toBe(false);
  });

  it("does not begin a run of another rule", () => {
    expect(judge(aRule(), aTrigger({ name: "payment_succeeded" })).kind).toBe("declined");
  });
});

describe("a run that begins", () => {
  it("does not take the answer that triggered it for one to what it will say", () => {
    const trigger = aTrigger({
      kind: "signal",
      name: "replied",
      occurredAtS: mondayS,
      facts: { conversation_id: "7" },
    });

    expect(beginRun(trigger, mondayS)).toMatchObject({
      heardS: mondayS + 1,
      conversationId: "7",
      at: 0,
      waiting: null,
    });
    expect(beginRun(aTrigger(), mondayS)).toMatchObject({ heardS: mondayS, conversationId: null });
  });
});
