/** The card that the next invoice is charged to. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { CustomerFacts, InvoiceFacts, PaymentMethodFacts, SubscriptionFacts } from "../model/stripe-object.ts";
import { effectiveCard, effectiveMethodType, paymentMethodChain } from "./card.ts";

const customer = (facts: Partial<CustomerFacts> = {}): ReturnType<typeof aCopy<"customer">> => aCopy("customer", facts);
const subscription = (facts: Partial<SubscriptionFacts> = {}): ReturnType<typeof aCopy<"subscription">> =>
  aCopy("subscription", facts);
const method = (id: string, facts: Partial<PaymentMethodFacts> = {}): ReturnType<typeof aCopy<"payment_method">> =>
  aCopy("payment_method", facts, { id });

const visa = { brand: "visa", expiresAtS: Date.UTC(2027, 8, 1) / 1000 - 1 };

describe("paymentMethodChain", () => {
  it("is Stripe's own order: the subscription's before the customer's, methods before sources", () => {
    const chain = paymentMethodChain({
      customer: customer({ defaultPaymentMethod: "pm_customer", defaultSource: "src_customer" }),
      subscription: subscription({ defaultPaymentMethod: "pm_subscription", defaultSource: "src_subscription" }),
    });

    expect(chain).toEqual(["pm_subscription", "src_subscription", "pm_customer", "src_customer"]);
  });

  it("has no gaps, and is empty for somebody who has nothing", () => {
    expect(
      paymentMethodChain({ customer: customer({ defaultSource: "card_1" }), subscription: subscription() }),
    ).toEqual(["card_1"]);
    expect(paymentMethodChain({ customer: customer(), subscription: null })).toEqual([]);
  });
});

describe("the payment method of an open invoice", () => {
  const own = (facts: Partial<InvoiceFacts>, id = "in_1"): ReturnType<typeof aCopy<"invoice">> =>
    aCopy("invoice", { subscriptionId: "subscription_1", defaultPaymentMethod: `pm_${id}`, ...facts }, { id });
  const first = (...invoices: readonly ReturnType<typeof own>[]): string | undefined =>
    paymentMethodChain({
      customer: customer(),
      subscription: subscription({ defaultPaymentMethod: "pm_s" }),
      invoices,
    })[0];

  it("comes before all others, that of the oldest invoice first", () => {
    expect(first(own({ createdS: 200 }, "in_2"), own({ createdS: 100 }))).toBe("pm_in_1");
  });

  it("does not count when the invoice has none, is paid, or is for something else", () => {
    const others = [own({ defaultPaymentMethod: null }), own({ status: "paid" }), own({ subscriptionId: null })];
    for (const other of others) expect(first(other)).toBe("pm_s");
  });
});

describe("effectiveCard", () => {
  it("is the subscription's own, which a new default of the customer does not replace", () => {
    const methods = [method("pm_1"), method("pm_2", { brand: "mastercard" })];

    expect(
      effectiveCard({
        customer: customer({ defaultPaymentMethod: "pm_2" }),
        subscription: subscription({ defaultPaymentMethod: "pm_1" }),
        paymentMethods: methods,
      }),
    ).toEqual(visa);
  });

  it("is the customer's default when the subscription has none", () => {
    expect(
      effectiveCard({
        customer: customer({ defaultPaymentMethod: "pm_1" }),
        subscription: subscription(),
        paymentMethods: [method("pm_1")],
      }),
    ).toEqual(visa);
    expect(
      effectiveCard({
        customer: customer({ defaultPaymentMethod: "pm_1" }),
        subscription: null,
        paymentMethods: [method("pm_1")],
      }),
    ).toEqual(visa);
  });

  it.each([
    ["nothing is set", customer(), [method("pm_1")]],
    ["it was detached", customer({ defaultPaymentMethod: "pm_1" }), [method("pm_1", { attached: false })]],
    [
      "it is a bank account",
      customer({ defaultPaymentMethod: "pm_1" }),
      [method("pm_1", { type: "sepa_debit", brand: null, expMonth: null, expYear: null })],
    ],
    ["it is not known", customer({ defaultPaymentMethod: "pm_1" }), []],
    [
      "Stripe does not have it",
      customer({ defaultPaymentMethod: "pm_1" }),
      [aCopy("payment_method", {}, { id: "pm_1", deleted: true })],
    ],
    ["a legacy source comes first", customer({ defaultSource: "card_1" }), [method("pm_1")]],
  ])("is none when %s", (_when, owner, methods) => {
    expect(effectiveCard({ customer: owner, subscription: null, paymentMethods: methods })).toBeNull();
  });

  it("is what comes after one that was detached", () => {
    const payer = {
      customer: customer({ defaultPaymentMethod: "pm_1" }),
      subscription: subscription({ defaultPaymentMethod: "pm_gone" }),
      paymentMethods: [method("pm_gone", { attached: false }), method("pm_1")],
    };
    expect(effectiveCard(payer)).toEqual(visa);
    expect(effectiveMethodType(payer)).toBe("card");
    expect(paymentMethodChain(payer)).toEqual(["pm_1"]);
  });

  it.each([
    [2, 2028, Date.UTC(2028, 1, 29, 23, 59, 59)],
    [2, 2027, Date.UTC(2027, 1, 28, 23, 59, 59)],
    [12, 2026, Date.UTC(2026, 11, 31, 23, 59, 59)],
    [1, 2030, Date.UTC(2030, 0, 31, 23, 59, 59)],
  ])("expires with the last second of the month on the card: %d/%d", (expMonth, expYear, atMs) => {
    const card = effectiveCard({
      customer: customer({ defaultPaymentMethod: "pm_1" }),
      subscription: null,
      paymentMethods: [method("pm_1", { expMonth, expYear })],
    });

    expect(card?.expiresAtS).toBe(atMs / 1000);
  });

  it("may have no expiry", () => {
    expect(
      effectiveCard({
        customer: customer({ defaultPaymentMethod: "pm_1" }),
        subscription: null,
        paymentMethods: [method("pm_1", { expMonth: null, expYear: null })],
      }),
    ).toEqual({ brand: "visa", expiresAtS: null });
  });
});
