/** What the recipes about trials, usage and loyalty decide, from their trigger to their end, told as it happens to one customer. */
import { describe, expect, it } from "vitest";
import { rulesOf, Walk } from "../../test/support/recipe-walk.ts";
import { mondayS } from "../../test/support/rules.ts";

const dayS = 86_400;

describe("trial-converter", () => {
  const { rule } = rulesOf("trial-converter");
  const trying = { status: "trialing", trial_end: mondayS + 5 * dayS };

  it("speaks five days and one day before the end", () => {
    const walk = new Walk(rule(), trying);
    expect(walk.begin()).toMatchObject({ kind: "start", onceKey: "subscription sub_1" });
    expect(walk.acts).toEqual(["chat trial-converter-message"]);
    expect(walk.pass(3.9).acts).toHaveLength(1);
    expect(walk.pass(0.2).acts.slice(1)).toEqual(["email trial-converter-last-day"]);
  });

  it("is done when they answer, or enter a payment method", () => {
    const answered = new Walk(rule(), trying);
    answered.begin();
    expect(answered.replies().pass(10).acts).toHaveLength(1);
    const entered = new Walk(rule(), trying);
    entered.begin();
    expect(entered.becomes({ payment_method_type: "sepa_debit" }).pass(10).acts).toHaveLength(1);
  });

  it("leaves those alone who have a payment method", () => {
    expect(new Walk(rule(), { ...trying, payment_method_type: "card" }).begin()).toMatchObject({ kind: "declined" });
  });
});

describe("onboarding-by-product", () => {
  const { rule } = rulesOf("onboarding-by-product");

  it.each([
    ["Starter", "chat onboarding-first"],
    ["Team", "chat onboarding-second"],
    ["Enterprise", "chat onboarding-any"],
  ])("welcomes who bought %s with what belongs to it", (plan, message) => {
    const walk = new Walk(rule(), { plan });
    walk.begin();
    expect(walk.acts).toEqual([`set onboarding_track = ${plan}`, "event onboarding_started", message]);
  });

  it("waits some minutes for the plan, and welcomes without one who bought something once", () => {
    const walk = new Walk(rule(), {});
    expect(walk.begin()).toMatchObject({ kind: "start", onceKey: "customer" });
    expect(walk.acts).toEqual([]);
    expect(walk.pass(1 / 24).acts).toEqual(["chat onboarding-any"]);
  });
});

describe("usage-consultant", () => {
  const { rule } = rulesOf("usage-consultant");
  const crossed = { facts: { direction: "rising", threshold: 80 } };

  it("speaks at 80 %, and once more at 90 %", () => {
    const walk = new Walk(rule(), { usage_percent: 82.5 }, crossed);
    expect(walk.begin()).toMatchObject({ kind: "start", onceKey: "period sub_1:1" });
    expect(walk.acts).toEqual(["chat usage-consultant-early"]);
    expect(walk.becomes({ usage_percent: 91.5 }).acts).toHaveLength(1);
    expect(walk.pass(1.1).acts.slice(1)).toEqual(["chat usage-consultant-late"]);
  });

  it("speaks once to who jumps over 90 %", () => {
    const walk = new Walk(rule(), { usage_percent: 97.5 }, crossed);
    walk.begin();
    expect(walk.pass(30).acts).toEqual(["chat usage-consultant-late"]);
  });

  it("is over with the period, or with a larger plan", () => {
    const walk = new Walk(rule(), { usage_percent: 82.5 }, crossed);
    walk.begin();
    walk.pass(5).becomes({ usage_percent: 3.5 });
    expect([walk.acts.length, walk.ended]).toEqual([1, "over"]);
  });

  it.each([
    { direction: "falling", threshold: 80 },
    { direction: "rising", threshold: 50 },
  ])("does not begin for a crossing that is none of its own: %j", (facts) => {
    expect(new Walk(rule(), { usage_percent: 85.5 }, { facts }).begin()).toMatchObject({ kind: "declined" });
  });
});

describe("monthly-to-yearly", () => {
  const { rule } = rulesOf("monthly-to-yearly");
  const busy = { status: "active", plan_interval: "month", payment_count: 4, usage_percent: 70.5, is_past_due: false };

  it("speaks two days later, if it still holds", () => {
    const walk = new Walk(rule(), busy);
    walk.begin();
    expect(walk.acts).toEqual([]);
    expect(walk.pass(2.1).acts).toEqual(["chat monthly-to-yearly-offer"]);
  });

  it("says nothing to who has changed, is late or leaves meanwhile", () => {
    for (const change of [{ plan_interval: "year" }, { is_past_due: true }, { cancel_at: mondayS }]) {
      const walk = new Walk(rule(), busy);
      walk.begin();
      expect(walk.becomes(change).pass(5).acts).toEqual([]);
    }
  });
});

describe("upsell-scout", () => {
  const { rule } = rulesOf("upsell-scout");

  it("marks a VIP once, and tells the account manager", () => {
    const walk = new Walk(rule(), { total_paid: 512.5, total_paid_currency: "EUR" });
    expect(walk.begin()).toMatchObject({ kind: "start", onceKey: "customer" });
    expect(walk.acts).toEqual(["set VIP_Status = true", "tag VIP", "note upsell-scout-note"]);
  });

  it("sends the conversations of a VIP to the priority team with a high priority, and no others", () => {
    const vip = new Walk(rule(1), { total_paid: 500, total_paid_currency: "EUR" });
    vip.begin();
    expect(vip.acts).toEqual(["assign team 5004", "priority high"]);
    for (const other of [
      { total_paid: 499.5, total_paid_currency: "EUR" },
      { total_paid: 90_000, total_paid_currency: "JPY" },
    ]) {
      expect(new Walk(rule(1), other).begin()).toMatchObject({ kind: "declined" });
    }
  });
});

describe("credit-balance-reminder", () => {
  const { rule } = rulesOf("credit-balance-reminder");
  const credit = {
    status: "active",
    credit_available: 25.5,
    account_balance_currency: "EUR",
    is_past_due: false,
  };

  it("speaks of credit that is still there after two days", () => {
    const walk = new Walk(rule(), credit);
    walk.begin();
    expect(walk.pass(2.1).acts).toEqual(["chat credit-balance-reminder-message"]);
    const used = new Walk(rule(), credit);
    used.begin();
    expect(used.becomes({ credit_available: 0 }).pass(5).acts).toEqual([]);
  });
});

describe("anniversary", () => {
  const { rule } = rulesOf("anniversary");
  const loyal = { status: "active", is_past_due: false, created_at: mondayS - 365 * dayS };

  it("thanks who has been there for a year, and not on the first day", () => {
    const walk = new Walk(rule(), loyal);
    walk.begin();
    expect(walk.acts).toEqual(["chat anniversary-thanks"]);
    expect(new Walk(rule(), { ...loyal, created_at: mondayS }).begin()).toMatchObject({ kind: "declined" });
    expect(new Walk(rule(), { ...loyal, is_past_due: true }).begin()).toMatchObject({ kind: "declined" });
  });
});

describe("subscription-ending-soon", () => {
  const { rule } = rulesOf("subscription-ending-soon");

  it("speaks a week before the end, and tells the team", () => {
    const walk = new Walk(rule(), { cancel_at: mondayS + 30 * dayS });
    walk.begin();
    expect(walk.pass(22.9).acts).toEqual([]);
    expect(walk.pass(0.2).acts).toEqual([
      "note subscription-ending-soon-note",
      "chat subscription-ending-soon-message",
    ]);
  });

  it("gives who cancels in the last week a day, and says nothing to who stays", () => {
    const late = new Walk(rule(), { cancel_at: mondayS + 4 * dayS });
    late.begin();
    expect(late.acts).toEqual([]);
    expect(late.pass(1.1).acts).toHaveLength(2);
    const stays = new Walk(rule(), { cancel_at: mondayS + 30 * dayS });
    stays.begin();
    expect(stays.pass(10).becomes({ cancel_at: null }).pass(30).acts).toEqual([]);
  });
});

describe("win-back", () => {
  const { rule } = rulesOf("win-back");
  const gone = { subscriptions_count: 0, is_past_due: false };

  it("writes once, thirty days later, unless they are back", () => {
    const walk = new Walk(rule(), gone, { facts: { days: 400, plan: "Team" } });
    walk.begin();
    expect(walk.pass(29.9).acts).toEqual([]);
    expect(walk.pass(60).acts).toEqual(["email win-back-letter"]);
    const back = new Walk(rule(), gone, { facts: { days: 400 } });
    back.begin();
    expect(back.pass(10).becomes({ subscriptions_count: 1 }).pass(60).acts).toEqual([]);
  });

  it("does not write to who only tried, or still owes something", () => {
    expect(new Walk(rule(), gone, { facts: { days: 14 } }).begin()).toMatchObject({ kind: "declined" });
    const owes = { ...gone, is_past_due: true };
    expect(new Walk(rule(), owes, { facts: { days: 400 } }).begin()).toMatchObject({ kind: "declined" });
  });
});
