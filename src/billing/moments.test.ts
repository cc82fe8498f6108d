/** Each moment: from which events it is told, with what, when, and that however they come it is told once. */
import { describe, expect, it } from "vitest";
import { moments, momentNames } from "../../contract/moment.ts";
import { aCopy, anEvent } from "../../test/support/builders.ts";
import { namesOf, tellAll } from "../../test/support/moments.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import { makeCopy } from "./apply.ts";
import { momentOfCrossing } from "./moments/crossings.ts";
import type { Moment } from "./moments/moment.ts";

const t0 = 1_790_000_000;
const day = 86_400;

type Json = Readonly<Record<string, unknown>>;

function event(
  type: string,
  object: Json,
  { at = t0, previous = null }: { at?: number; previous?: Json | null } = {},
): StripeEvent {
  return anEvent({ type, object, createdS: at, previous });
}

const charge = {
  id: "ch_1",
  object: "charge",
  customer: "cus_1",
  created: t0,
  amount: 4990,
  amount_captured: 4990,
  captured: true,
  currency: "eur",
  status: "succeeded",
  payment_method_details: { type: "card" },
};
const unpaid = { captured: false, amount_captured: 0 };
const declined = {
  ...charge,
  ...unpaid,
  status: "failed",
  failure_code: "card_declined",
  outcome: { reason: "insufficient_funds" },
};
const debit = { ...charge, payment_method_details: { type: "sepa_debit" } };
const pendingDebit = { ...debit, ...unpaid, status: "pending" };

const item = {
  id: "si_1",
  quantity: 1,
  current_period_start: t0,
  current_period_end: t0 + 30 * day,
  price: {
    id: "price_1",
    product: "prod_1",
    unit_amount: 1000,
    currency: "eur",
    nickname: "Pro",
    recurring: { interval: "month" },
  },
};
const larger = { ...item, price: { ...item.price, id: "price_2", unit_amount: 2500, nickname: "Team" } };
const subscription = {
  id: "sub_1",
  object: "subscription",
  customer: "cus_1",
  status: "active",
  created: t0,
  start_date: t0,
  currency: "eur",
  cancel_at_period_end: false,
  items: { object: "list", data: [item] },
};
const onTrial = { ...subscription, status: "trialing", trial_end: t0 + 7 * day };
const created = "customer.subscription.created";
const updated = "customer.subscription.updated";

const invoice = {
  id: "in_1",
  object: "invoice",
  customer: "cus_1",
  created: t0 - 3600,
  status: "open",
  currency: "eur",
  amount_due: 4990,
  amount_paid: 0,
  amount_remaining: 4990,
};
const paidInvoice = { ...invoice, status: "paid", amount_paid: 4990, amount_remaining: 0 };

const refund = {
  id: "re_1",
  object: "refund",
  customer: "cus_1",
  charge: "ch_1",
  amount: 990,
  currency: "eur",
  status: "succeeded",
  created: t0,
};
const dispute = {
  id: "dp_1",
  object: "dispute",
  charge: "ch_1",
  amount: 4990,
  currency: "eur",
  status: "needs_response",
  reason: "fraudulent",
  created: t0,
};
const known = aCopy("charge", { status: "succeeded", capturedMinor: 4990, methodType: "card" }, { id: "ch_1" });
const customer = { id: "cus_1", object: "customer", invoice_settings: { default_payment_method: "pm_1" } };

/** Name, key and second of everything that is told. */
function told(...events: readonly StripeEvent[]): readonly (readonly [string, number])[] {
  return [...tellAll(events).values()].map(({ key, occurredAtS }) => [key, occurredAtS]);
}

function only(name: string, ...events: readonly StripeEvent[]): Moment | undefined {
  return [...tellAll(events).values()].find((moment) => moment.name === name);
}

describe("a payment", () => {
  it("that succeeded is told with amount, method and the page in Stripe", () => {
    expect(only("payment_succeeded", event("charge.succeeded", charge))).toEqual({
      name: "payment_succeeded",
      key: "payment_succeeded:ch_1",
      objectId: "ch_1",
      customerId: "cus_1",
      occurredAtS: t0,
      facts: {
        amount: 49.9,
        currency: "EUR",
        money: { amountMinor: 4990, currency: "eur" },
        method: "card",
        stripe_link: { page: "payments", id: "ch_1" },
      },
    });
  });

  it.each([
    ["succeeded alone", [event("charge.succeeded", charge)]],
    ["seen for the first time when it was refunded", [event("charge.refunded", { ...charge, amount_refunded: 100 })]],
    [
      "refunded before it succeeded",
      [
        event("charge.refunded", { ...charge, amount_refunded: 100 }, { at: t0 + 9 }),
        event("charge.succeeded", charge),
      ],
    ],
    [
      "told twice",
      [
        event("charge.succeeded", charge),
        event("charge.succeeded", charge),
        event("charge.updated", charge, { at: t0 + 2 }),
      ],
    ],
  ])("is told once: %s", (_, events) => {
    expect(told(...events)).toEqual([
      ["payment_succeeded:ch_1", t0],
      ["first_payment:cus_1", t0],
    ]);
  });

  it.each([
    ["nothing was captured", { ...charge, ...unpaid }],
    ["it has no customer", { ...charge, customer: null }],
    ["it is pending by card", { ...charge, ...unpaid, status: "pending" }],
  ])("is not told when %s", (_, object) => {
    expect(told(event("charge.updated", object))).toEqual([]);
  });

  it("that is captured later is received then", () => {
    const authorised = event("charge.succeeded", { ...charge, ...unpaid });
    expect(told(authorised, event("charge.captured", charge, { at: t0 + day }))[0]).toEqual([
      "payment_succeeded:ch_1",
      t0 + day,
    ]);
  });

  it("that was read silently is told by the event that comes after", () => {
    const read = aCopy("charge", { ...known.facts }, { id: "ch_1", origin: "read", asOfS: t0 + 5 });
    const events = [event("charge.succeeded", charge)];
    expect(namesOf(tellAll(events, { known: [read] }))).toContain("payment_succeeded");
  });

  it("that failed says why in words that may be shown", () => {
    expect(only("payment_failed", event("charge.failed", declined))?.facts).toMatchObject({
      amount: 49.9,
      failure: "insufficient_funds",
      reason: "There was not enough money on the account.",
      advice_de: "Bitte sorgen Sie für ausreichende Deckung oder verwenden Sie eine andere Zahlungsart.",
    });
  });

  it.each(["fraudulent", "lost_card", "stolen_card", "merchant_blacklist"])(
    "never gives away that it was %s",
    (reason) => {
      const moment = only("payment_failed", event("charge.failed", { ...declined, outcome: { reason } }));
      expect(moment?.facts).toMatchObject({ failure: "hard", reason: "The card was declined." });
      expect(JSON.stringify(moment)).not.toContain(reason);
    },
  );

  it("in a currency without decimals has the amount that people know", () => {
    const yen = { ...charge, amount: 500, amount_captured: 500, currency: "jpy" };
    expect(only("payment_succeeded", event("charge.succeeded", yen))?.facts).toMatchObject({
      amount: 500,
      currency: "JPY",
    });
  });
});

describe("a bank debit", () => {
  const submitted = event("charge.pending", pendingDebit);

  it("is submitted, and received days later", () => {
    expect(told(submitted, event("charge.succeeded", debit, { at: t0 + 8 * day }))).toEqual([
      ["debit_submitted:ch_1", t0],
      ["payment_succeeded:ch_1", t0 + 8 * day],
      ["first_payment:cus_1", t0 + 8 * day],
    ]);
    expect(only("debit_submitted", submitted)?.facts).toMatchObject({
      method: "sepa_debit",
      expected_date: expect.any(Number),
    });
  });

  it("that a bank refuses is a payment that failed and a debit that came back", () => {
    const failed = { ...pendingDebit, status: "failed", failure_code: "insufficient_funds" };
    const events = [submitted, event("charge.failed", failed, { at: t0 + 5 * day })];
    expect(told(...events).slice(1)).toEqual([
      ["payment_failed:ch_1", t0 + 5 * day],
      ["debit_returned:ch_1", t0 + 5 * day],
    ]);
    expect(only("debit_returned", ...events)?.facts).toMatchObject({ late: false, failure: "insufficient_funds" });
  });

  it("that is answered already is on its way no more", () => {
    expect(told(event("charge.succeeded", debit, { at: t0 + 8 * day }), submitted).map(([key]) => key)).not.toContain(
      "debit_submitted:ch_1",
    );
  });

  it("that comes back after it counted as paid is told with the dispute", () => {
    const settled = event("charge.succeeded", debit, { at: t0 + 8 * day });
    const back = event(
      "charge.dispute.created",
      { ...dispute, reason: "insufficient_funds", created: t0 + 9 * day },
      { at: t0 + 9 * day },
    );
    const returned = only("debit_returned", settled, back);
    expect(returned).toMatchObject({ key: "debit_returned:ch_1", occurredAtS: t0 + 9 * day });
    expect(returned?.facts).toMatchObject({ late: true, failure: "insufficient_funds" });
  });
});

describe("money that goes back", () => {
  it.each([
    ["at once", [event("refund.created", refund)], t0],
    [
      "later",
      [
        event("refund.created", { ...refund, status: "pending" }),
        event("refund.updated", refund, { at: t0 + 3 * day }),
      ],
      t0 + 3 * day,
    ],
    ["known twice", [event("refund.created", refund), event("refund.updated", refund, { at: t0 + 1 })], t0],
  ])("is one moment for each refund: %s", (_, events, at) => {
    expect(told(...events)).toEqual([["payment_refunded:re_1", at]]);
  });

  it("is not told while a refund is pending", () => {
    expect(told(event("refund.created", { ...refund, status: "pending" }))).toEqual([]);
  });

  it("by a dispute is told when it is opened and when it is decided", () => {
    const events = [
      event("charge.dispute.created", dispute),
      event("charge.dispute.closed", { ...dispute, status: "lost" }, { at: t0 + 60 * day }),
    ];
    const all = tellAll(events, { known: [known] });
    expect([...all.keys()]).toEqual(["dispute_opened:dp_1", "dispute_lost:dp_1"]);
    expect(all.get("dispute_lost:dp_1")).toMatchObject({ occurredAtS: t0 + 60 * day });
  });

  it("is known from the end alone, and an inquiry is no dispute", () => {
    const won = event("charge.dispute.closed", { ...dispute, status: "won" }, { at: t0 + day });
    const inquiry = event("charge.dispute.created", { ...dispute, id: "dp_2", status: "warning_needs_response" });
    expect([...tellAll([won, inquiry], { known: [known] }).keys()]).toEqual([
      "dispute_opened:dp_1",
      "dispute_won:dp_1",
    ]);
  });
});

describe("an invoice", () => {
  it("that is sent is open from the moment that it is final, and paid once", () => {
    const events = [
      event("invoice.finalized", { ...invoice, due_date: t0 + 14 * day }),
      event("invoice.updated", paidInvoice, { at: t0 + 5, previous: { status: "open" } }),
      event("invoice.paid", paidInvoice, { at: t0 + 6 }),
    ];
    expect(told(...events)).toEqual([
      ["invoice_opened:in_1", t0],
      ["invoice_paid:in_1", t0 + 5],
    ]);
  });

  it("that is collected automatically waits for nobody", () => {
    expect(told(event("invoice.finalized", invoice))).toEqual([]);
  });

  it("that was paid before anybody heard of it is not open", () => {
    expect(
      told(
        event("invoice.paid", paidInvoice, { at: t0 + 6 }),
        event("invoice.finalized", { ...invoice, due_date: t0 }),
      ),
    ).toEqual([["invoice_paid:in_1", t0 + 6]]);
  });

  it("over nothing tells nothing", () => {
    const free = { ...paidInvoice, amount_due: 0, amount_paid: 0 };
    expect(
      told(event("invoice.finalized", { ...free, status: "open" }), event("invoice.paid", free, { at: t0 + 1 })),
    ).toEqual([]);
  });

  it("has to be confirmed only while it is open", () => {
    const asks = event("invoice.payment_action_required", invoice, { at: t0 + 2 });
    expect(told(asks)).toContainEqual(["payment_action_required:in_1", t0 + 2]);
    expect(told(event("invoice.paid", paidInvoice, { at: t0 + 9 }), asks).map(([key]) => key)).toEqual([
      "invoice_paid:in_1",
    ]);
  });
});

describe("a subscription", () => {
  const start = event(created, subscription);
  const turn = (after: Json, at = t0 + day): StripeEvent => event(updated, { ...subscription, ...after }, { at });

  it.each([
    ["created running", [start], t0],
    ["paid after a moment", [event(created, { ...subscription, status: "incomplete" }), turn({}, t0 + 60)], t0 + 60],
    [
      "ended before anybody heard that it began",
      [
        event(
          "customer.subscription.deleted",
          { ...subscription, status: "canceled", ended_at: t0 + day },
          { at: t0 + day },
        ),
        start,
      ],
      t0,
    ],
  ])("starts once: %s", (_, events, at) => {
    expect(told(...events)).toContainEqual(["subscription_started:sub_1", at]);
    expect(namesOf(tellAll(events)).filter((name) => name === "subscription_started")).toHaveLength(1);
  });

  it("that was never paid has neither started nor ended", () => {
    const incomplete = event(created, { ...subscription, status: "incomplete" });
    expect(told(incomplete, turn({ status: "incomplete_expired" }))).toEqual([]);
  });

  it("lives through its trial", () => {
    const end = t0 + 7 * day;
    const remind = event("customer.subscription.trial_will_end", onTrial, { at: end - 3 * day });
    expect(
      told(event(created, onTrial), remind, event(updated, { ...onTrial, status: "active" }, { at: end + 40 })),
    ).toEqual([
      ["subscription_started:sub_1", t0],
      ["trial_started:sub_1", t0],
      [`trial_ending:sub_1:${end}`, end - 3 * day],
      [`trial_ended:sub_1:${end}`, end],
    ]);
  });

  it("is not reminded of a trial that is over", () => {
    const remind = event("customer.subscription.trial_will_end", onTrial, { at: t0 + 4 * day });
    const active = event(updated, { ...onTrial, status: "active", trial_end: t0 + 4 * day }, { at: t0 + 4 * day + 1 });
    expect(namesOf(tellAll([event(created, onTrial), active, remind]))).not.toContain("trial_ending");
  });

  it("that ends during its trial never came to the trial's end", () => {
    const gone = { ...onTrial, status: "canceled", ended_at: t0 + day, canceled_at: t0 + day };
    expect(
      told(event(created, onTrial), event("customer.subscription.deleted", gone, { at: t0 + day })).map(([key]) => key),
    ).toEqual(["subscription_started:sub_1", "trial_started:sub_1", "subscription_ended:sub_1"]);
  });

  it.each([
    ["falls behind", { status: "past_due" }, "subscription_past_due"],
    ["is paused", { status: "paused" }, "subscription_paused"],
    ["is not collected for a while", { pause_collection: { behavior: "void" } }, "subscription_paused"],
    ["has another price", { items: { data: [larger] } }, "plan_changed"],
    ["has more seats", { items: { data: [{ ...item, quantity: 5 }] } }, "quantity_changed"],
    ["is going to end with the period", { cancel_at_period_end: true }, "cancellation_scheduled"],
    ["is going to end on a day", { cancel_at: t0 + 9 * day }, "cancellation_scheduled"],
  ])("that %s is told once, at that second", (_, after, name) => {
    const events = [start, turn(after), turn({ ...after, latest_invoice: "in_9" }, t0 + 2 * day)];
    const [, ...rest] = told(...events);
    expect(rest).toEqual([[`${name}:sub_1:${t0 + day}`, t0 + day]]);
  });

  it.each([
    ["pays again", { status: "past_due" }, "subscription_recovered"],
    ["resumes", { status: "paused" }, "subscription_resumed"],
    ["is collected again", { pause_collection: { behavior: "void" } }, "subscription_resumed"],
    ["stays after all", { cancel_at_period_end: true }, "cancellation_withdrawn"],
  ])("that %s is told, and again the next time", (_, before, name) => {
    const back = [start, turn(before), turn({}, t0 + 2 * day), turn(before, t0 + 3 * day), turn({}, t0 + 4 * day)];
    expect(told(...back).filter(([key]) => key.startsWith(name))).toEqual([
      [`${name}:sub_1:${t0 + 2 * day}`, t0 + 2 * day],
      [`${name}:sub_1:${t0 + 4 * day}`, t0 + 4 * day],
    ]);
  });

  it("is known by the second in which its end was asked for", () => {
    const leaving = { cancel_at_period_end: true, canceled_at: t0 + day - 2 };
    expect(told(start, turn(leaving)).at(-1)).toEqual([`cancellation_scheduled:sub_1:${t0 + day - 2}`, t0 + day - 2]);
    expect(only("cancellation_scheduled", start, turn(leaving))?.facts).toMatchObject({
      plan: "Pro",
      cancel_date: t0 + 30 * day,
    });
  });

  it("tells from which plan to which, and whether it costs more", () => {
    expect(only("plan_changed", start, turn({ items: { data: [larger] } }))?.facts).toEqual({
      plan: "Team",
      interval: "month",
      previous_plan: "Pro",
      previous_interval: "month",
      direction: "up",
      stripe_link: { page: "subscriptions", id: "sub_1" },
    });
  });

  it.each([
    [
      "less by the year",
      { ...larger, price: { ...larger.price, unit_amount: 10_000, recurring: { interval: "year" } } },
      "down",
    ],
    ["the same", { ...larger, price: { ...larger.price, unit_amount: 1000 } }, "same"],
    ["what nobody knows yet, by tiers", { ...larger, price: { ...larger.price, unit_amount: null } }, undefined],
    ["another currency", { ...larger, price: { ...larger.price, currency: "usd" } }, undefined],
  ])("that costs %s says so", (_, now, direction) => {
    expect(only("plan_changed", start, turn({ items: { data: [now] } }))?.facts["direction"]).toBe(direction);
  });

  it("that is not known yet is told of by what the event says was before", () => {
    const change = event(
      updated,
      { ...subscription, items: { data: [larger] } },
      { at: t0 + day, previous: { items: { data: [item] } } },
    );
    expect(only("plan_changed", change)?.facts).toMatchObject({ plan: "Team", previous_plan: "Pro" });

    const head = { kind: "subscription", id: "sub_1", customerId: "cus_1", deleted: false, rev: 1 } as const;
    const read = makeCopy(change.object, { ...head, asOfS: t0 + day + 5, eventId: null, origin: "read" });
    expect(namesOf(tellAll([change], { known: [read] }))).toContain("plan_changed");
  });

  it("that a late event shows as it was is not told of by that", () => {
    const late = turn({ cancel_at_period_end: true });
    expect(namesOf(tellAll([start, turn({}, t0 + 2 * day), late]))).not.toContain("cancellation_scheduled");
  });

  it("ends once, after so many days", () => {
    const gone = { ...subscription, status: "canceled", ended_at: t0 + 45 * day };
    const events = [start, event("customer.subscription.deleted", gone, { at: t0 + 45 * day + 1 })];
    expect(only("subscription_ended", ...events)).toMatchObject({
      key: "subscription_ended:sub_1",
      occurredAtS: t0 + 45 * day,
    });
    expect(only("subscription_ended", ...events)?.facts["days"]).toBe(45);
  });
});

describe("a payment method", () => {
  it("that replaces the default is told once, whoever's default it is", () => {
    const before = [
      event("customer.created", customer),
      event(created, { ...subscription, default_payment_method: "pm_1" }),
    ];
    const after = [
      event("customer.updated", { ...customer, invoice_settings: { default_payment_method: "pm_2" } }, { at: t0 + 5 }),
      event(updated, { ...subscription, default_payment_method: "pm_2" }, { at: t0 + 6 }),
    ];
    expect(told(...before, ...after).filter(([key]) => key.startsWith("payment_method"))).toEqual([
      ["payment_method_changed:cus_1:pm_2", t0 + 5],
    ]);
  });

  it("that is the first one replaces nothing", () => {
    const none = { ...customer, invoice_settings: { default_payment_method: null } };
    expect(told(event("customer.created", none), event("customer.updated", customer, { at: t0 + 1 }))).toEqual([]);
  });

  it("is told of when its bank renews it", () => {
    const card = {
      id: "pm_1",
      object: "payment_method",
      type: "card",
      customer: "cus_1",
      card: { exp_month: 1, exp_year: 2030 },
    };
    expect(only("payment_method_changed", event("payment_method.automatically_updated", card))?.facts).toEqual({
      how: "renewed_by_bank",
    });
  });
});

describe("usage that crosses a threshold", () => {
  it("is known by meter, period, threshold and direction", () => {
    const crossing = {
      customerId: "cus_1",
      meter: "api_calls",
      threshold: 80,
      direction: "rising",
      periodStartS: t0,
      periodEndS: t0 + 30 * day,
      atS: t0 + day,
      value: "805",
      limit: "1000",
    } as const;
    expect(momentOfCrossing(crossing)).toMatchObject({
      key: `usage_crossed:cus_1:api_calls:${t0}:80:rising`,
      // What rules count by: each threshold of each period is a thing of its own.
      objectId: `api_calls:${t0}:80:rising`,
      occurredAtS: t0 + day,
      facts: {
        meter: "api_calls",
        threshold: 80,
        percent: 80.5,
        used: 805,
        limit: 1000,
        period_end_date: t0 + 30 * day,
      },
    });
  });
});

describe("every moment", () => {
  it("has a name of its own and no more facts than Intercom takes", () => {
    expect(new Set(momentNames).size).toBe(moments.length);
    for (const { name, facts } of moments) expect([name, Object.keys(facts).length <= 10]).toEqual([name, true]);
  });

  it("names its dates so that Intercom knows them", () => {
    for (const { facts } of moments)
      for (const [key, { type }] of Object.entries(facts))
        expect([key, key.endsWith("_date")]).toEqual([key, type === "date"]);
  });
});
