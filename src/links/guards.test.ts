/** What a customer may do, as tables. */
import { describe, expect, it } from "vitest";
import type { FailureClass } from "../model/payment-trouble.ts";
import {
  attemptsPerDay,
  attemptsPerInvoice,
  judgePayment,
  judgeSwitch,
  type PayGround,
  type PayRefusal,
  type SwitchGround,
  type SwitchRefusal,
} from "./guards.ts";

type Invoice = NonNullable<PayGround["invoice"]>;

const failed: Invoice = {
  status: "open",
  isAutomatic: true,
  isDisputed: false,
  intentStatus: "requires_payment_method",
  failure: "insufficient_funds",
  failedMethod: "pm_old",
  usualMethod: "pm_old",
  customerMethod: "pm_old",
};
const fresh = { isUnderWay: false, attempts: 0, attemptsToday: 0 };

function judge(invoice: Partial<Invoice> | null, own: Partial<PayGround["own"]> = {}) {
  return judgePayment({ invoice: invoice && { ...failed, ...invoice }, own: { ...fresh, ...own } });
}

describe("paying an open invoice", () => {
  const refused: readonly (readonly [string, PayRefusal, Parameters<typeof judge>])[] = [
    ["no invoice is open", "nothing_open", [null]],
    ["it is paid", "nothing_open", [{ status: "paid" }]],
    ["it is void", "not_payable", [{ status: "void" }]],
    ["it was written off", "not_payable", [{ status: "uncollectible" }]],
    ["it is a draft", "not_payable", [{ status: "draft" }]],
    ["its state is not known", "not_payable", [{ status: null }]],
    ["its payment is disputed", "needs_person", [{ isDisputed: true }]],
    ["the payer had the money taken back", "needs_person", [{ failure: "disputed", usualMethod: "pm_new" }]],
    ["a person has to look at it", "needs_person", [{ failure: "stopped", usualMethod: "pm_new" }]],
    ["a debit is on its way", "processing", [{ intentStatus: "processing" }]],
    ["the money is there, and the invoice does not say so yet", "processing", [{ intentStatus: "succeeded" }]],
    ["another click is being worked on", "under_way", [{}, { isUnderWay: true }]],
    ["the business expects a transfer", "by_invoice", [{ isAutomatic: false }]],
    ["the bank waits", "needs_confirmation", [{ intentStatus: "requires_action", failure: "needs_authentication" }]],
    [
      "there is no method",
      "no_method",
      [{ usualMethod: null, customerMethod: null, failure: null, failedMethod: null }],
    ],
    ["the mandate is gone", "not_curable", [{ failure: "mandate_revoked" }]],
    ["the card is lost, and nobody knows which one it was", "not_curable", [{ failure: "hard", failedMethod: null }]],
    ["it was tried too often today", "too_often", [{}, { attempts: attemptsPerDay, attemptsToday: attemptsPerDay }]],
    ["it was tried too often in all", "too_often", [{}, { attempts: attemptsPerInvoice }]],
  ];

  it.each(refused)("is refused when %s", (_, why, parts) => {
    expect(judge(...parts)).toEqual({ kind: "refused", why });
  });

  const curable: readonly FailureClass[] = ["insufficient_funds", "soft", "technical", "unexplained"];
  const lost: readonly FailureClass[] = [
    "hard",
    "needs_new_details",
    "account_closed",
    "wrong_details",
    "account_blocked",
    "mandate_revoked",
  ];

  it.each(curable)("is allowed with the same method after a failure of the class %s", (failure) => {
    expect(judge({ failure })).toEqual({ kind: "allowed", paymentMethod: null });
  });

  it.each(lost)("is not allowed with the same method after %s, and is with another one", (failure) => {
    expect(judge({ failure })).toEqual({ kind: "refused", why: "not_curable" });
    expect(judge({ failure, usualMethod: "pm_new" })).toEqual({ kind: "allowed", paymentMethod: null });
  });

  it("names the customer's new method where the subscription still has the one that failed", () => {
    expect(judge({ failure: "hard", customerMethod: "pm_new" })).toEqual({ kind: "allowed", paymentMethod: "pm_new" });
    expect(judge({ failure: "needs_authentication", customerMethod: "pm_new" })).toEqual({
      kind: "allowed",
      paymentMethod: "pm_new",
    });
  });

  it("leaves the choice to Stripe where its own may work", () => {
    expect(judge({ failure: "soft", customerMethod: "pm_new" })).toEqual({ kind: "allowed", paymentMethod: null });
  });

  it("is allowed before any attempt", () => {
    const untried = { failure: null, failedMethod: null, intentStatus: "requires_payment_method" };
    expect(judge(untried)).toEqual({ kind: "allowed", paymentMethod: null });
    expect(judge({ ...untried, intentStatus: null })).toEqual({ kind: "allowed", paymentMethod: null });
  });

  it("never charges while a payment is on its way, whatever else is the case", () => {
    for (const failure of [null, ...curable, ...lost])
      for (const customerMethod of ["pm_new", null])
        expect(judge({ intentStatus: "processing", failure, customerMethod }).kind).toBe("refused");
  });
});

describe("changing the plan", () => {
  const ground: SwitchGround = {
    subscription: {
      status: "active",
      isEnding: false,
      items: [{ id: "si_1", priceId: "price_month", quantity: 2 }],
    },
    knownPrices: ["price_month"],
    newPrices: [{ priceId: "price_year", quantity: 2 }],
  };
  const subscription = ground.subscription;
  if (!subscription) throw new Error("The ground has a subscription.");

  it("is asked of Stripe for the one item", () => {
    const change = { id: "si_1", price: "price_year", quantity: 2 };
    expect(judgeSwitch(ground)).toEqual({ kind: "allowed", change });
    const metered = { ...ground, newPrices: [{ priceId: "price_usage", quantity: null }] };
    expect(judgeSwitch(metered)).toEqual({ kind: "allowed", change: { id: "si_1", price: "price_usage" } });
  });

  const second = { id: "si_2", priceId: "price_usage", quantity: null };
  const refused: readonly [string, SwitchRefusal, Partial<SwitchGround>][] = [
    ["no plan saves anything", "nothing_better", { newPrices: [] }],
    ["the subscription is gone", "no_subscription", { subscription: null }],
    ["it has ended", "no_subscription", { subscription: { ...subscription, status: "canceled" } }],
    ["it is going to end", "no_subscription", { subscription: { ...subscription, isEnding: true } }],
    ["it has other prices by now", "changed_meanwhile", { knownPrices: ["price_before"] }],
    [
      "it has several items",
      "several_items",
      {
        subscription: { ...subscription, items: [...subscription.items, second] },
        knownPrices: ["price_usage", "price_month"],
      },
    ],
    [
      "the new plan has several prices",
      "several_items",
      { newPrices: [...ground.newPrices, { priceId: "price_x", quantity: 1 }] },
    ],
  ];

  it.each(refused)("is refused when %s", (_, why, change) => {
    expect(judgeSwitch({ ...ground, ...change })).toEqual({ kind: "refused", why });
  });
});
