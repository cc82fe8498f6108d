/** What the recipes about payments decide, from their trigger to their end, told as it happens to one customer. */
import { describe, expect, it } from "vitest";
import { rulesOf, Walk } from "../../test/support/recipe-walk.ts";
import { mondayS } from "../../test/support/rules.ts";

const dayS = 86_400;

describe("churn-preventer", () => {
  const { rule } = rulesOf("churn-preventer");
  const late = { status: "past_due", is_past_due: true, payment_method_type: "card", payment_failure: "soft" };
  const hello = ["tag Billing-Issue", "chat churn-preventer-message"];

  it("speaks at once, and calls in people after two days without a reaction", () => {
    const walk = new Walk(rule(), late);
    expect(walk.begin()).toMatchObject({ kind: "start", onceKey: "object obj_1" });
    expect(walk.acts).toEqual(hello);
    expect(walk.pass(1.9).acts).toEqual(hello);
    expect(walk.pass(0.2).acts).toEqual([...hello, "ticket churn-preventer-task-title for 5001"]);
  });

  it("says nothing more once it is paid, and takes the tag back", () => {
    const walk = new Walk(rule(), late);
    walk.begin();
    walk.pass(1).becomes({ is_past_due: false, payment_failure: null });
    expect(walk.acts).toEqual([...hello, "untag Billing-Issue"]);
    expect(walk.pass(5).ended).toBe("over");
  });

  it("takes the tag back whenever it is paid, also months after people were called in", () => {
    const walk = new Walk(rule(), late);
    walk.begin();
    walk.pass(90).becomes({ is_past_due: false });
    expect(walk.acts).toEqual([...hello, "ticket churn-preventer-task-title for 5001", "untag Billing-Issue"]);
  });

  it("hands who answers over to the team, without a ticket", () => {
    const walk = new Walk(rule(), late);
    walk.begin();
    walk.pass(0.5).replies().pass(5);
    expect(walk.acts).toEqual([...hello, "assign team 5001"]);
  });

  it("waits some minutes for the reason, since Stripe may tell of the invoice first", () => {
    const walk = new Walk(rule(), { ...late, payment_failure: "" }).becomes({ payment_failure: null });
    walk.begin();
    expect(walk.acts).toEqual(["tag Billing-Issue"]);
    walk.becomes({ payment_failure: "needs_authentication" });
    expect(walk.acts).toEqual(["tag Billing-Issue", "chat churn-preventer-confirm"]);
  });

  it.each(["stopped", "disputed"])("says nothing to the customer when a person has to look at it (%s)", (failure) => {
    const walk = new Walk(rule(), { ...late, payment_failure: failure });
    walk.begin();
    expect(walk.pass(10).acts).toEqual(["tag Billing-Issue", "ticket churn-preventer-person-title for 5001"]);
  });

  it.each([
    ["of a first payment", { ...late, status: "incomplete" }],
    ["of a SEPA debit", { ...late, payment_method_type: "sepa_debit" }],
    ["of an invoice that is paid by now", { ...late, is_past_due: false }],
  ])("does not begin for the failure %s", (_, fields) => {
    expect(new Walk(rule(), fields).begin()).toMatchObject({ kind: "declined" });
  });
});

describe("sepa-soft-landing", () => {
  const { rule } = rulesOf("sepa-soft-landing");
  const returned = {
    status: "past_due",
    is_past_due: true,
    payment_method_type: "sepa_debit",
    debit_state: "returned",
    payment_failure: "insufficient_funds",
  };
  const again = { is_past_due: false, debit_state: "pending", payment_failure: null };

  it("offers two ways, reminds once by e-mail, and then leaves it to a person", () => {
    const walk = new Walk(rule(), returned);
    walk.begin();
    expect(walk.acts).toEqual(["chat sepa-soft-landing-offer"]);
    walk.pass(3.1);
    expect(walk.acts.slice(1)).toEqual(["email sepa-soft-landing-reminder"]);
    walk.pass(14);
    expect(walk.acts.slice(2)).toEqual(["ticket sepa-soft-landing-task-title for 5001"]);
    expect(walk.ended).toBe("finished");
  });

  it("is silent while the bank works, and done when the money comes", () => {
    const walk = new Walk(rule(), returned);
    walk.begin();
    walk.pass(1).becomes(again).pass(8);
    expect([walk.acts, walk.ended]).toEqual([["chat sepa-soft-landing-offer"], null]);
    walk.becomes({ debit_state: "settled" });
    expect([walk.acts, walk.ended]).toEqual([["chat sepa-soft-landing-offer"], "over"]);
  });

  it("gives a debit that comes back once more to a person, and not to the customer", () => {
    const walk = new Walk(rule(), returned);
    walk.begin();
    walk.pass(1).becomes(again).pass(8).becomes(returned);
    expect(walk.acts).toEqual(["chat sepa-soft-landing-offer", "ticket sepa-soft-landing-task-title for 5001"]);
  });

  it("does not remind who tries again late, nor calls in anybody meanwhile", () => {
    const walk = new Walk(rule(), returned);
    walk.begin();
    walk.pass(12).becomes(again).pass(6);
    expect(walk.acts).toEqual(["chat sepa-soft-landing-offer", "email sepa-soft-landing-reminder"]);
    walk.becomes({ debit_state: "settled" });
    expect(walk.ended).not.toBeNull();
  });

  it.each(["unexplained", "technical", "insufficient_funds"])(
    "offers to try again when that may help (%s)",
    (failure) => {
      const walk = new Walk(rule(), { ...returned, payment_failure: failure });
      walk.begin();
      expect(walk.acts).toEqual(["chat sepa-soft-landing-offer"]);
    },
  );

  it.each(["account_closed", "wrong_details", "account_blocked", "mandate_revoked"])(
    "asks for another payment method when it cannot help (%s)",
    (failure) => {
      const walk = new Walk(rule(), { ...returned, payment_failure: failure });
      walk.begin();
      expect(walk.acts).toEqual(["chat sepa-soft-landing-details"]);
    },
  );

  it("never writes to who took the money back", () => {
    const walk = new Walk(rule(), { ...returned, payment_failure: "disputed" });
    walk.begin();
    expect(walk.pass(30).acts).toEqual(["ticket sepa-soft-landing-task-title for 5001"]);
  });

  it("begins although Stripe told of the invoice before the debit", () => {
    const walk = new Walk(rule(), { ...returned, ...again, payment_failure: "" }).becomes({ payment_failure: null });
    expect(walk.begin()).toMatchObject({ kind: "start" });
    expect(walk.acts).toEqual([]);
    expect(walk.becomes(returned).acts).toEqual(["chat sepa-soft-landing-offer"]);
  });
});

describe("expiring-card", () => {
  const { rule } = rulesOf("expiring-card");
  const soon = { status: "active", card_expires_at: mondayS + 30 * dayS };

  it("reminds twice, and shows on the contact whom it is about", () => {
    const walk = new Walk(rule(), soon);
    walk.begin();
    expect(walk.acts).toEqual(["set card_expiring = true", "chat expiring-card-message"]);
    expect(walk.pass(19.9).acts).toHaveLength(2);
    expect(walk.pass(0.2).acts.slice(2)).toEqual(["email expiring-card-reminder"]);
  });

  it("is over as soon as the card has another date, whoever saw to it", () => {
    const walk = new Walk(rule(), soon);
    walk.begin();
    walk
      .pass(3)
      .becomes({ card_expires_at: mondayS + 1_000 * dayS })
      .pass(40);
    expect(walk.acts.slice(2)).toEqual(["unset card_expiring"]);
  });

  it("is over when another kind of payment method takes its place", () => {
    const walk = new Walk(rule(), soon);
    walk.begin();
    expect(walk.becomes({ card_expires_at: null }).acts.slice(2)).toEqual(["unset card_expiring"]);
  });

  it("leaves those alone who are leaving", () => {
    const leaving = { ...soon, cancel_at: mondayS + 40 * dayS };
    expect(new Walk(rule(), leaving).begin()).toMatchObject({ kind: "declined" });
  });
});

describe("delinquent-gate", () => {
  const { rule } = rulesOf("delinquent-gate");

  it("closes after a week of grace, and opens with the payment", () => {
    const walk = new Walk(rule(), { is_past_due: true });
    walk.begin();
    expect(walk.pass(6.9).acts).toEqual([]);
    expect(walk.pass(0.2).acts).toEqual(["set premium_support = false", "note delinquent-gate-note"]);
    expect(walk.pass(60).becomes({ is_past_due: false }).acts.slice(2)).toEqual(["unset premium_support"]);
  });

  it("does nothing to who pays in time, or whose debit is on its way", () => {
    const walk = new Walk(rule(), { is_past_due: true });
    walk.begin();
    walk.pass(5).becomes({ is_past_due: false });
    expect([walk.pass(30).acts, walk.ended]).toEqual([[], "over"]);
  });

  it("sends conversations to ordinary support meanwhile", () => {
    const walk = new Walk(rule(1), { is_past_due: true }, { objectId: "77" });
    walk.begin();
    expect(walk.acts).toEqual(["assign team 5002"]);
    expect(new Walk(rule(1), { is_past_due: false }).begin()).toMatchObject({ kind: "declined" });
  });
});

describe("dispute-and-fraud-alert", () => {
  const { rule } = rulesOf("dispute-and-fraud-alert");

  it("tells people at once, and the customer nothing", () => {
    const walk = new Walk(rule(), {}, { facts: { amount: 49, currency: "EUR" } });
    walk.begin();
    expect(walk.pass(30).acts).toEqual(["tag Dispute", "ticket dispute-alert-title for 5003"]);
  });

  it("takes the tag away when the dispute is won", () => {
    const walk = new Walk(rule(1), {});
    walk.begin();
    expect(walk.acts).toEqual(["untag Dispute"]);
  });

  it("tells of a warning before it becomes a dispute", () => {
    const walk = new Walk(rule(2), {});
    walk.begin();
    expect(walk.acts).toEqual(["tag Fraud-Warning", "ticket fraud-alert-title for 5003"]);
  });
});
