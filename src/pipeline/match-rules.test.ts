/** Which rules look at what happened, and what they are told of it. */
import { describe, expect, it } from "vitest";
import { anEvent } from "../../test/support/builders.ts";
import { aRule } from "../../test/support/rules.ts";
import type { Moment } from "../billing/moments/moment.ts";
import type { CompiledRule, CompiledTrigger } from "../rules/program.ts";
import { eventMatches, momentMatches, signalMatches, triggerOfEvent, type KeptSignal } from "./match-rules.ts";
import { noRules } from "./rules-in-force.ts";
import type { RulesNow } from "./rules-now.ts";

function ruleOf(name: string, trigger: CompiledTrigger, mode: "live" | "shadow" = "live"): CompiledRule {
  return aRule({ trigger, rule: { name, mode }, version: 7 });
}

function working(...active: readonly CompiledRule[]): RulesNow {
  const byName = new Map(active.map((rule) => [rule.rule.name, rule]));
  return {
    rules: { version: 7, language: "en", document: noRules, rules: active, byName, attributes: new Map() },
    stops: new Map(),
    active,
    moments: new Set(),
    eventTypes: new Set(),
    watching: [],
    watchesDays: false,
    setsAttributes: false,
  };
}

const nowS = 1_790_000_100;
const failed: Moment = {
  name: "payment_failed",
  key: "payment_failed:ch_1",
  customerId: "cus_1",
  objectId: "ch_1",
  occurredAtS: 1_790_000_000,
  facts: { amount: 49, currency: "EUR", stripe_link: { page: "payments", id: "ch_1" } },
};

describe("a moment", () => {
  const onFailure = { kind: "moment", name: "payment_failed" } as const;

  it("is looked at by the rules that wait for it, in their mode", () => {
    const now = working(
      ruleOf("one", onFailure),
      ruleOf("tried", onFailure, "shadow"),
      ruleOf("other", { kind: "moment", name: "payment_succeeded" }),
      ruleOf("typed", { kind: "stripe", type: "payment_failed" }),
    );

    expect(momentMatches(now, [failed], { account: "main", nowS })).toMatchObject([
      { rule: "one", version: 7, mode: "live", account: "main", customerId: "cus_1", nowS },
      { rule: "tried", mode: "shadow" },
    ]);
  });

  it("tells its facts, but no link into Stripe", () => {
    const [match] = momentMatches(working(ruleOf("one", onFailure)), [failed], { account: "main", nowS });

    expect(match?.trigger).toEqual({
      kind: "moment",
      key: "moment:payment_failed:ch_1",
      name: "payment_failed",
      objectId: "ch_1",
      occurredAtS: 1_790_000_000,
      facts: { amount: 49, currency: "EUR" },
    });
  });
});

describe("an event of Stripe's", () => {
  it("is looked at by the rules that go by its type", () => {
    const now = working(
      ruleOf("one", { kind: "stripe", type: "checkout.session.completed" }),
      ruleOf("other", { kind: "stripe", type: "checkout.session.expired" }),
    );
    const event = anEvent({ type: "checkout.session.completed", object: { id: "cs_1", object: "checkout.session" } });
    const person = { account: "main", customerId: "cus_1", nowS };

    expect(eventMatches(now, event, person)).toMatchObject([
      { rule: "one", customerId: "cus_1", trigger: { kind: "stripe", key: `stripe:${event.id}`, objectId: "cs_1" } },
    ]);
  });

  it("tells its amount in whole units, and nothing by which a person is known", () => {
    const object = {
      id: "in_1",
      amount_due: 4999,
      currency: "eur",
      status: "open",
      mode: "payment",
      customer_email: "ada@example.com",
      receipt_url: "https://example.com",
    };
    const { facts } = triggerOfEvent(anEvent({ type: "invoice.overdue", object }));

    expect(facts).toEqual({
      type: "invoice.overdue",
      object_id: "in_1",
      amount: 49.99,
      currency: "EUR",
      money: { amountMinor: 4999, currency: "eur" },
      status: "open",
      mode: "payment",
    });
  });

  it.each([
    ["knows the units of a currency without minor ones", { amount: 500, currency: "jpy" }, 500],
    ["says no amount in a currency that it does not know", { amount: 500, currency: "zzz" }, undefined],
    ["says no amount without a currency", { amount: 500 }, undefined],
    ["says no amount that is no number", { amount: "500", currency: "eur" }, undefined],
  ])("%s", (_what, object, amount) => {
    expect(triggerOfEvent(anEvent({ object })).facts["amount"]).toBe(amount);
  });
});

describe("a signal of Intercom's", () => {
  const signal: KeptSignal = {
    id: "notif_1",
    kind: "tagged",
    contactId: "64b7f0c2a1d3e4f5a6b7c8d9",
    conversationId: null,
    tag: "VIP",
    atS: 1_790_000_050,
  };
  const person = { account: "main", customerId: "cus_1", nowS };

  it("is looked at by the rules that wait for it, and for this tag or any", () => {
    const now = working(
      ruleOf("any", { kind: "signal", signal: "tagged", tag: null }),
      ruleOf("this", { kind: "signal", signal: "tagged", tag: "VIP" }),
      ruleOf("that", { kind: "signal", signal: "tagged", tag: "Past due" }),
      ruleOf("off", { kind: "signal", signal: "untagged", tag: null }),
    );

    expect(signalMatches(now, signal, person)).toMatchObject([
      { rule: "any", trigger: { kind: "signal", key: "signal:notif_1", name: "tagged", facts: { tag: "VIP" } } },
      { rule: "this" },
    ]);
  });

  it("is about its conversation", () => {
    const now = working(ruleOf("one", { kind: "signal", signal: "replied", tag: null }));
    const replied = { ...signal, kind: "replied", tag: null, conversationId: "215" };

    expect(signalMatches(now, replied, person)).toMatchObject([
      { trigger: { objectId: "215", occurredAtS: 1_790_000_050, facts: { conversation_id: "215" } } },
    ]);
  });
});
