/** What Intercom is sent of a moment. */
import { describe, expect, it } from "vitest";
import type { Moment } from "../billing/moments/moment.ts";
import { planOfMoment } from "./data-event.ts";

const moment: Moment = {
  name: "payment_failed",
  key: "payment_failed:ch_1",
  objectId: "ch_1",
  customerId: "cus_1",
  occurredAtS: 1_790_000_000,
  facts: {
    amount: 49.9,
    currency: "EUR",
    money: { amountMinor: 4990, currency: "eur" },
    reason: "x".repeat(300),
    late: true,
    due_date: 1_790_000_001,
    stripe_link: { page: "payments", id: "ch_1" },
  },
};

function metadataOf(facts: Moment["facts"], metadata: readonly string[], livemode = true): unknown {
  const chosen = { eventName: "stripe_payment_failed", metadata, sinceS: 0 };
  const { effect } = planOfMoment({ ...moment, facts }, chosen, { account: "main", livemode });
  return effect.kind === "data_event" ? effect.metadata : undefined;
}

describe("a data event", () => {
  it("is an effect known by the moment's key, sooner when somebody may have to act", () => {
    const chosen = { eventName: "Payment failed", metadata: ["amount"], sinceS: 0 };
    const origin = { account: "shop", livemode: true };
    expect(planOfMoment(moment, chosen, origin)).toEqual({
      account: "shop",
      customerId: "cus_1",
      key: "moment:payment_failed:ch_1",
      lane: "urgent",
      effect: { kind: "data_event", name: "Payment failed", occurredAtS: 1_790_000_000, metadata: { amount: 49.9 } },
    });
    expect(planOfMoment({ ...moment, name: "payment_succeeded" }, chosen, origin).lane).toBe("calm");
  });

  it("takes along what was chosen, in that order, as Intercom's types", () => {
    const keys = ["due_date", "money", "stripe_link", "late", "reason", "unknown"];
    const metadata = metadataOf(moment.facts, keys);
    expect(metadata).toEqual({
      due_date: 1_790_000_001,
      money: { amount: 4990, currency: "eur" },
      stripe_link: { url: "https://dashboard.stripe.com/payments/ch_1", value: "ch_1" },
      late: "yes",
      reason: "x".repeat(255),
    });
    expect(Object.keys(metadata ?? {})).toEqual(keys.slice(0, -1));
  });

  it("links to the pages of test mode when the money is not real", () => {
    expect(metadataOf(moment.facts, ["stripe_link"], false)).toMatchObject({
      stripe_link: { url: "https://dashboard.stripe.com/test/payments/ch_1" },
    });
  });

  it.each(["jpy", "kwd", "isk", "ugx"])("leaves Intercom's own money out in %s, which has no cents", (currency) => {
    expect(metadataOf({ amount: 5, money: { amountMinor: 500, currency } }, ["amount", "money"])).toEqual({
      amount: 5,
    });
  });
});
