/** From Stripe's JSON to facts, in the shapes of the API since 2025-03-31. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StripeKind } from "../model/stripe-object.ts";
import { extractFacts } from "./extract.ts";
import { isReadable } from "./version.ts";

const kinds: readonly StripeKind[] = [
  "customer",
  "subscription",
  "invoice",
  "payment_intent",
  "charge",
  "refund",
  "dispute",
  "payment_method",
  "product",
];

describe("extractFacts", () => {
  it("reads a customer", () => {
    const raw = {
      email: "jane@example.com",
      name: "Jane",
      phone: "",
      created: 5,
      currency: "eur",
      balance: -1500,
      delinquent: true,
      address: { country: "DE" },
      invoice_settings: { default_payment_method: { id: "pm_1", object: "payment_method" } },
      default_source: "card_1",
      metadata: { user_id: "u1", odd: 5 },
      preferred_locales: ["de-AT", "en"],
    };

    expect(extractFacts("customer", raw)).toEqual({
      email: "jane@example.com",
      name: "Jane",
      phone: null,
      createdS: 5,
      currency: "eur",
      balanceMinor: -1500,
      delinquent: true,
      country: "DE",
      defaultPaymentMethod: "pm_1",
      defaultSource: "card_1",
      metadata: { user_id: "u1" },
      address: null,
      locale: "de-AT",
      discount: null,
    });
  });

  it("reads a subscription whose periods stand on its items, and why it is paused", () => {
    const raw = {
      status: "paused",
      created: 5,
      cancel_at: 900,
      pause_collection: { behavior: "void" },
      status_details: { paused: { subscription: { type: "final_payment_failure" } } },
      items: {
        has_more: true,
        data: [
          {
            id: "si_1",
            quantity: 3,
            current_period_start: 10,
            current_period_end: 20,
            current_trial: { start_date: 10, end_date: 15, trial_offer: "to_1" },
            price: {
              id: "price_1",
              product: { id: "prod_1" },
              unit_amount: null,
              unit_amount_decimal: "0.5",
              currency: "usd",
              lookup_key: "pro",
              recurring: { interval: "month", interval_count: 3, usage_type: "metered" },
            },
          },
        ],
      },
    };

    expect(extractFacts("subscription", raw)).toMatchObject({
      status: "paused",
      cancelAtS: 900,
      cancelAtPeriodEnd: false,
      collectionPaused: true,
      pausedReason: "final_payment_failure",
      itemsCut: true,
      items: [
        {
          id: "si_1",
          priceId: "price_1",
          productId: "prod_1",
          unitAmount: "0.5",
          lookupKey: "pro",
          interval: "month",
          intervalCount: 3,
          metered: true,
          quantity: 3,
          inTrial: true,
          periodStartS: 10,
          periodEndS: 20,
        },
      ],
    });
  });

  it("reads a charge with captures, refunds and the kind of payment", () => {
    const raw = {
      status: "succeeded",
      created: 5,
      currency: "eur",
      amount: 1000,
      amount_captured: 600,
      amount_refunded: 100,
      payment_intent: "pi_1",
      payment_method_details: { type: "sepa_debit" },
      billing_details: { address: { country: "AT" } },
    };

    expect(extractFacts("charge", raw)).toMatchObject({
      amountMinor: 1000,
      capturedMinor: 600,
      refundedMinor: 100,
      paymentIntentId: "pi_1",
      methodType: "sepa_debit",
      country: "AT",
      failureCode: null,
    });
  });

  it("reads why a charge failed, and of one that did not fail nothing", () => {
    const outcome = {
      type: "blocked",
      reason: "highest_risk_level",
      network_decline_code: "AM04",
      advice_code: "try_again_later",
    };
    expect(extractFacts("charge", { status: "failed", failure_code: "card_declined", outcome })).toMatchObject({
      failureCode: "card_declined",
      declineCode: "highest_risk_level",
      networkDeclineCode: "AM04",
      adviceCode: "try_again_later",
      blocked: true,
    });
    expect(extractFacts("charge", { status: "succeeded", outcome })).toMatchObject({
      declineCode: null,
      networkDeclineCode: null,
      adviceCode: null,
      blocked: false,
    });
  });

  it("reads why the money of a charge was taken back", () => {
    expect(extractFacts("dispute", { reason: "insufficient_funds", charge: "ch_1" })).toMatchObject({
      reason: "insufficient_funds",
      chargeId: "ch_1",
    });
  });

  it("takes a captured charge of an older shape for captured in full", () => {
    expect(extractFacts("charge", { amount: 1000, captured: true })).toMatchObject({ capturedMinor: 1000 });
    expect(extractFacts("charge", { amount: 1000, captured: false })).toMatchObject({ capturedMinor: 0 });
  });

  it("reads an invoice whose subscription stands on its parent", () => {
    const raw = {
      status: "open",
      currency: "eur",
      amount_due: 1000,
      amount_remaining: 400,
      parent: { type: "subscription_details", subscription_details: { subscription: "sub_1" } },
    };

    expect(extractFacts("invoice", raw)).toMatchObject({
      status: "open",
      amountDueMinor: 1000,
      amountRemainingMinor: 400,
      subscriptionId: "sub_1",
    });
  });

  it("reads why a payment intent failed", () => {
    const raw = {
      status: "requires_payment_method",
      amount: 1000,
      currency: "eur",
      last_payment_error: { code: "card_declined", decline_code: "insufficient_funds" },
    };

    expect(extractFacts("payment_intent", raw)).toMatchObject({
      status: "requires_payment_method",
      errorCode: "card_declined",
      declineCode: "insufficient_funds",
    });
  });

  it("never throws and never guesses, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.dictionary(fc.string(), fc.jsonValue()), (kind, raw) => {
        expect(extractFacts(kind, { ...raw, items: raw["items"] ?? null })).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each(kinds)("reads an empty %s twice the same", (kind) => {
    expect(extractFacts(kind, {})).toEqual(extractFacts(kind, {}));
  });

  it("takes money of another type for none rather than for a number", () => {
    const facts = extractFacts("charge", {
      amount: "1000",
      amount_captured: 1.5,
      amount_refunded: Number.NaN,
      currency: "eur",
    });

    expect(facts).toMatchObject({ amountMinor: 0, capturedMinor: 0, refundedMinor: 0 });
  });
});

describe("isReadable", () => {
  it.each([
    ["2026-10-28.endive", true],
    ["2026-03-25.dahlia", true],
    ["2025-03-31.basil", true],
    ["2025-02-24.acacia", false],
    ["2020-08-27", false],
    ["2026-10-29.endive", false],
    ["2027-03-31.future", false],
    [null, true],
  ])("%s: %s", (version, readable) => {
    expect(isReadable(version)).toBe(readable);
  });
});
