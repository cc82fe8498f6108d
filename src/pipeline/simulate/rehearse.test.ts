import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { RulesDocument } from "../../../contract/rule.ts";
import { anEvent } from "../../../test/support/builders.ts";
import { aRecord, rehearseAll, rulesOf, type Rehearsing } from "../../../test/support/simulation.ts";
import type { StripeEvent } from "../../model/stripe-event.ts";

const startS = 1_790_000_000;
const hourS = 3600;
const dayS = 24 * hourS;

const texts = {
  failed: {
    en: { body: "Hi {{ customer.name }}, your payment failed: [pay]({{ link.update_payment_method }})" },
    de: { body: "Guten Tag {{ customer.name }}, die Zahlung ist fehlgeschlagen." },
  },
  task: { en: { body: "No reaction" } },
};

const churn = {
  name: "churn",
  description: "Tells about a failed payment.",
  purpose: "The customer keeps what they pay for.",
  mode: "draft",
  on: { moment: "payment_failed" },
  while: 'profile.status == "past_due"',
  quietHours: "none",
  caps: "none",
  steps: [
    { tag: "Billing-Issue" },
    { message: { channel: "chat", text: "failed" } },
    { wait: { for: "2 days", orReply: true } },
    parse(`branch: [{ if: run.last_wait == "reply", then: [{ stop: They answered. }] }]`),
    { ticket: { type: "7", title: "task" } },
  ],
};

const document = rulesOf({ version: 1, texts, rules: [churn] });

function customerEvent(atS: number): StripeEvent {
  const object = { id: "cus_1", object: "customer", name: "Jane", email: "jane@example.com", created: atS - dayS };
  return anEvent({ type: "customer.updated", createdS: atS, object, previous: { name: "J" } });
}

function subscriptionEvent(atS: number, status: string, former: string): StripeEvent {
  const object = {
    id: "sub_1",
    object: "subscription",
    customer: "cus_1",
    status,
    created: startS - 90 * dayS,
    items: { data: [] },
  };
  return anEvent({ type: "customer.subscription.updated", createdS: atS, object, previous: { status: former } });
}

function chargeEvent(atS: number, status: "failed" | "succeeded"): StripeEvent {
  const object = {
    id: `ch_${atS}`,
    object: "charge",
    customer: "cus_1",
    status,
    amount: 1000,
    currency: "eur",
    created: atS,
    captured: status === "succeeded",
  };
  return anEvent({ type: `charge.${status}`, createdS: atS, object });
}

const failing = [
  customerEvent(startS + 10),
  subscriptionEvent(startS + dayS, "past_due", "active"),
  chargeEvent(startS + dayS, "failed"),
];

/** Ten days. */
function rehearsed(parts: Partial<Rehearsing>): ReturnType<typeof rehearseAll> {
  return rehearseAll({ document, records: [], fromS: startS, toS: startS + 10 * dayS, ...parts });
}

function only<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`There are ${items.length}.`);
  return first;
}

describe("a rehearsal", () => {
  it("does at each instant what the rule would have done, with its texts", () => {
    const { rules } = rehearsed({
      records: [aRecord("cus_1", { events: failing })],
    });
    const rule = only(rules);
    const hit = only(rule.samples);
    expect(hit.label).toBe("Jane");
    expect(hit.basis).toBe("exact");
    expect(hit.steps.map(({ kind, result, atS }) => [kind, result, atS - startS])).toEqual([
      ["tag", "done", dayS],
      ["message", "done", dayS],
      ["wait", "waits", dayS],
      ["wait", "done", 3 * dayS],
      ["branch", "done", 3 * dayS],
      ["ticket", "done", 3 * dayS],
    ]);
    expect(hit.steps[1]?.text?.body).toContain("Hi Jane, your payment failed");
    expect(rule).toMatchObject({ hits: 1, exact: 1, people: 1, messages: { chat: 1, email: 0 }, overBeforeMessage: 0 });
  });

  it.each([
    [2, 1, []],
    [61, 0, [{ why: "Its reason “while” is not true.", count: 1 }]],
  ])("waits a minute for its reason, which comes after %i s: events come in any order", (seconds, hits, declined) => {
    const late = subscriptionEvent(startS + dayS + seconds, "past_due", "active");
    const events = [customerEvent(startS + 10), chargeEvent(startS + dayS, "failed"), late];
    const rule = only(rehearsed({ records: [aRecord("cus_1", { events })] }).rules);
    expect(rule).toMatchObject({ hits, declined });
    expect(rule.samples.map(({ steps: [first] }) => (first?.atS ?? 0) - startS)).toEqual(hits === 0 ? [] : [dayS + 2]);
  });

  it("ends with its reason, and takes back what was set", () => {
    const events = [...failing, subscriptionEvent(startS + 2 * dayS, "active", "past_due")];
    const { rules } = rehearsed({
      records: [aRecord("cus_1", { events })],
    });
    const rule = only(rules);
    expect(rule.ends).toEqual({ over: 1 });
    expect(rule.deeds).toEqual({ tag: 1, message: 1, untag: 1 });
    expect(only(rule.samples).ended).toMatchObject({ how: "over", atS: startS + 2 * dayS });
  });

  it("leaves a tag on that another run has put on, too", () => {
    const events = [...failing, subscriptionEvent(startS + 2 * dayS, "active", "past_due")];
    const { rules } = rehearsed({
      document: rulesOf({ version: 1, texts, rules: [churn, { ...churn, name: "churn-too" }] }),
      records: [aRecord("cus_1", { events })],
    });
    expect(rules.map(({ deeds }) => [deeds["tag"], deeds["untag"] ?? 0])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it("counts who had paid before the message could leave", () => {
    const quiet = { ...churn, quietHours: { from: "00:00", to: "23:59" } };
    const silent = rulesOf({ version: 1, texts, rules: [quiet] });
    const events = [...failing, subscriptionEvent(startS + dayS + 60, "active", "past_due")];
    const { rules } = rehearsed({
      document: silent,
      records: [aRecord("cus_1", { events })],
    });
    const rule = only(rules);
    expect(rule.overBeforeMessage).toBe(1);
    expect(rule.messages.chat).toBe(0);
    expect(rule.held.length).toBe(1);
  });

  it("hears answers as they were recorded", () => {
    const signals = [
      {
        id: "n1",
        contactId: "c1",
        kind: "replied",
        conversationId: "9",
        tag: null,
        atS: startS + dayS + hourS,
        source: "notification",
      },
    ] as const;
    const record = aRecord("cus_1", { events: failing, signals });
    const { rules } = rehearsed({ records: [record] });
    expect(only(rules).deeds).not.toHaveProperty("ticket");
    expect(only(only(rules).samples).steps.at(-1)).toMatchObject({ kind: "stop", atS: startS + dayS + hourS });
  });

  it("looks for crossings also when others of somebody's events were heard before they were known", () => {
    const rule = { ...churn, on: { becomes: "profile.payment_count >= 1" }, while: undefined };
    const events = [
      chargeEvent(startS + 10, "failed"),
      anEvent({ type: "customer.created", createdS: startS + 15, object: { id: "cus_1", created: startS + 5 } }),
      chargeEvent(startS + dayS, "succeeded"),
    ];
    const records = [aRecord("cus_1", { events })];
    const { rules } = rehearsed({ document: rulesOf({ version: 1, texts, rules: [rule] }), records });
    expect(only(only(rules).samples).atS).toBe(startS + dayS + 1);
  });

  it("puts crossings of another amount side by side, customer by customer", () => {
    const above = (amount: number): RulesDocument =>
      rulesOf({
        version: 1,
        texts,
        rules: [{ ...churn, on: { becomes: `profile.total_paid >= ${amount}.0` }, while: undefined }],
      });
    const payments = [10, 20, 30].map((day) => chargeEvent(startS + day * dayS, "succeeded"));
    const { sides } = rehearseAll({
      document: above(20),
      against: above(30),
      records: [
        aRecord("cus_1", { events: [customerEvent(startS + 10), ...payments] }),
        aRecord("cus_1", { events: [customerEvent(startS + 10), ...payments.slice(0, 2)] }),
      ],
      fromS: startS,
      toS: startS + 40 * dayS,
    });
    expect(sides.get("churn")).toMatchObject({ both: 1, differently: 1, onlyHere: 1, onlyThere: 0 });
  });

  it("puts two versions side by side", () => {
    const eager = rulesOf({ version: 1, texts, rules: [{ ...churn, on: { moment: "subscription_past_due" } }] });
    const patient = rulesOf({
      version: 1,
      texts,
      rules: [{ ...churn, steps: [{ wait: { for: "1 day" } }, ...churn.steps] }],
    });
    const records = [aRecord("cus_1", { events: failing })];
    const stretch = { records };
    expect(rehearsed({ ...stretch, against: document }).sides.get("churn")).toMatchObject({
      both: 1,
      differently: 0,
    });
    expect(rehearsed({ ...stretch, against: patient }).sides.get("churn")).toMatchObject({ both: 1, differently: 1 });
    expect(rehearsed({ ...stretch, against: eager }).sides.get("churn")).toMatchObject({
      both: 0,
      onlyHere: 1,
      onlyThere: 1,
    });
  });
});
