/** What was paid: charges, less what went back, never across currencies. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ChargeFacts, DisputeFacts, ObjectCopyOf, RefundFacts } from "../model/stripe-object.ts";
import { paymentsOf, type PaymentCopies } from "./payments.ts";

const charge = (facts: Partial<ChargeFacts> = {}, id = "ch_1"): ObjectCopyOf<"charge"> =>
  aCopy("charge", facts, { id });
const dispute = (facts: Partial<DisputeFacts> = {}, id = "dp_1"): ObjectCopyOf<"dispute"> =>
  aCopy("dispute", facts, { id });
const refund = (facts: Partial<RefundFacts> = {}, id = "re_1"): ObjectCopyOf<"refund"> =>
  aCopy("refund", facts, { id });

function pay(parts: Partial<PaymentCopies>): ReturnType<typeof paymentsOf> {
  return paymentsOf({ charges: [], disputes: [], refunds: [], customerCurrency: "eur", ...parts });
}

const totalOf = (parts: Partial<PaymentCopies>): unknown => pay(parts).totalPaid;

describe("what was paid", () => {
  it("is nothing while there was no charge", () => {
    expect(pay({})).toEqual({
      lastPayment: null,
      totalPaid: null,
      paymentCount: 0,
      firstPaymentAtS: null,
      lastPaidAtS: null,
      averagePayment: null,
      paymentsPerMonth: null,
      totalPaidReporting: { unknown: "No reporting currency is set (DUNLIN_REPORTING_CURRENCY)." },
    });
  });

  it.each([
    ["eur", 1234],
    ["jpy", 500],
    ["isk", 50_000],
    ["kwd", 12_340],
    ["ugx", 100_000],
  ])("adds up %s in its own minor units", (currency, amountMinor) => {
    const charges = [
      charge({ currency, amountMinor, capturedMinor: amountMinor }),
      charge({ currency, amountMinor, capturedMinor: amountMinor }, "ch_2"),
    ];

    expect(totalOf({ charges, customerCurrency: currency })).toEqual({ currency, amountMinor: 2 * amountMinor });
  });

  it("counts what was captured, not what was authorised", () => {
    expect(totalOf({ charges: [charge({ amountMinor: 1000, capturedMinor: 600 })] })).toEqual({
      currency: "eur",
      amountMinor: 600,
    });
  });

  it.each([
    ["was only authorised", charge({ status: "succeeded", capturedMinor: 0 })],
    ["failed", charge({ status: "failed", capturedMinor: 0 })],
    ["is a bank debit under way", charge({ status: "pending", capturedMinor: 0, methodType: "sepa_debit" })],
  ])("does not count what %s", (_what, one) => {
    expect(pay({ charges: [one] })).toMatchObject({ totalPaid: null, paymentCount: 0, firstPaymentAtS: null });
  });

  it("takes all of a charge as gone whose dispute is of another currency", () => {
    const charges = [
      charge({ currency: "eur", capturedMinor: 1000 }),
      charge({ currency: "eur", capturedMinor: 500 }, "ch_2"),
    ];
    const disputes = [dispute({ currency: "usd", amountMinor: 300 })];
    expect(totalOf({ charges, disputes })).toEqual({ currency: "eur", amountMinor: 500 });
  });

  it("counts a bank debit once it succeeded", () => {
    expect(pay({ charges: [charge({ methodType: "sepa_debit", status: "succeeded" })] }).paymentCount).toBe(1);
  });

  it("begins with the first payment that succeeded, whatever the order of the copies", () => {
    const charges = [
      charge({ createdS: 300 }, "ch_3"),
      charge({ createdS: 100, status: "failed", capturedMinor: 0 }),
      charge({ createdS: 200 }, "ch_2"),
    ];

    expect(pay({ charges })).toMatchObject({ firstPaymentAtS: 200, paymentCount: 2 });
    expect(pay({ charges: charges.toReversed() })).toEqual(pay({ charges }));
  });
});

describe("the latest payment", () => {
  it("is the latest attempt, successful or not", () => {
    const charges = [
      charge({ createdS: 100 }),
      charge({ createdS: 200, status: "failed", amountMinor: 900, capturedMinor: 0 }, "ch_2"),
    ];

    expect(pay({ charges }).lastPayment).toEqual({
      amount: { amountMinor: 900, currency: "eur" },
      atS: 200,
      status: "failed",
    });
  });

  it("is the pending one while a bank debit is under way", () => {
    const charges = [charge({ createdS: 100 }), charge({ createdS: 200, status: "pending", capturedMinor: 0 }, "ch_2")];

    expect(pay({ charges }).lastPayment?.status).toBe("pending");
  });

  it("is not an authorisation that nobody has captured", () => {
    const charges = [charge({ createdS: 100 }), charge({ createdS: 200, capturedMinor: 0 }, "ch_2")];

    expect(pay({ charges }).lastPayment?.atS).toBe(100);
  });

  it("is decided by the id when two are of one second", () => {
    const charges = [charge({ amountMinor: 1 }, "ch_a"), charge({ amountMinor: 2 }, "ch_b")];

    expect(pay({ charges }).lastPayment).toEqual(pay({ charges: charges.toReversed() }).lastPayment);
  });
});

describe("what went back", () => {
  it.each<[string, Partial<ChargeFacts>, readonly ObjectCopyOf<"refund">[], number]>([
    ["part of it", { refundedMinor: 250 }, [refund({ amountMinor: 250 })], 750],
    [
      "several parts",
      { refundedMinor: 500 },
      [refund({ amountMinor: 250 }), refund({ amountMinor: 250 }, "re_2")],
      500,
    ],
    ["all of it", { refundedMinor: 1000 }, [refund()], 0],
    ["refunds that we have not seen", { refundedMinor: 400 }, [], 600],
    ["a refund that is still pending", { refundedMinor: 250 }, [refund({ amountMinor: 250, status: "pending" })], 750],
  ])("takes off %s", (_what, facts, refunds, amountMinor) => {
    expect(totalOf({ charges: [charge(facts)], refunds })).toEqual({ currency: "eur", amountMinor });
  });

  it.each([
    ["the charge's total still counts it", 250],
    ["the charge's total has fallen back", 0],
  ])("gives a failed refund back, when %s", (_when, refundedMinor) => {
    const refunds = [refund({ amountMinor: 250, status: "failed" })];

    expect(totalOf({ charges: [charge({ refundedMinor })], refunds })).toEqual({ currency: "eur", amountMinor: 1000 });
  });

  it("gives back only the failed one of several refunds", () => {
    const refunds = [
      refund({ amountMinor: 250, status: "failed" }),
      refund({ amountMinor: 300 }, "re_2"),
      refund({ amountMinor: 900, chargeId: "ch_other" }, "re_3"),
    ];

    expect(totalOf({ charges: [charge({ refundedMinor: 550 })], refunds })).toEqual({
      currency: "eur",
      amountMinor: 700,
    });
    expect(totalOf({ charges: [charge({ refundedMinor: 300 })], refunds })).toEqual({
      currency: "eur",
      amountMinor: 700,
    });
  });

  it.each([
    ["needs_response", 0],
    ["under_review", 0],
    ["lost", 0],
    ["won", 1000],
    ["prevented", 1000],
    ["warning_needs_response", 1000],
    ["warning_under_review", 1000],
    ["warning_closed", 1000],
  ])("knows whether a dispute that is %s holds the money", (status, amountMinor) => {
    expect(totalOf({ charges: [charge()], disputes: [dispute({ status })] })).toEqual({ currency: "eur", amountMinor });
  });

  it("takes off a dispute about part of a charge, and only from its own charge", () => {
    const charges = [charge(), charge({}, "ch_2")];
    const disputes = [dispute({ amountMinor: 400 }), dispute({ amountMinor: 5000, chargeId: "ch_unknown" }, "dp_2")];

    expect(totalOf({ charges, disputes })).toEqual({ currency: "eur", amountMinor: 1600 });
  });

  it("counts what went back twice, by a refund and by the bank, twice", () => {
    const charges = [charge({ refundedMinor: 1000 }), charge({}, "ch_2"), charge({}, "ch_3")];
    expect(totalOf({ charges, disputes: [dispute()] })).toEqual({ currency: "eur", amountMinor: 1000 });
  });

  it("takes a charge for gone, and for no more than that, when a dispute is in another currency", () => {
    const charges = [charge({ refundedMinor: 400 }), charge({}, "ch_2")];
    const disputes = [dispute({ currency: "usd", amountMinor: 5000 })];
    expect(totalOf({ charges, disputes })).toEqual({ currency: "eur", amountMinor: 1000 });
  });
});

describe("the currency of the total", () => {
  const euro = charge({ currency: "eur", createdS: 100 });
  const dollar = charge({ currency: "usd", createdS: 200, amountMinor: 5000, capturedMinor: 5000 }, "ch_2");

  it("is the customer's own when they ever paid in it", () => {
    expect(totalOf({ charges: [euro, dollar], customerCurrency: "eur" })).toEqual({
      currency: "eur",
      amountMinor: 1000,
    });
  });

  it("is that of the latest payment when they never did, or have none", () => {
    expect(totalOf({ charges: [euro, dollar], customerCurrency: "gbp" })).toEqual({
      currency: "usd",
      amountMinor: 5000,
    });
    expect(totalOf({ charges: [euro, dollar], customerCurrency: null })).toEqual({
      currency: "usd",
      amountMinor: 5000,
    });
  });

  it("does not keep the payments of other currencies from being counted", () => {
    expect(pay({ charges: [euro, dollar] }).paymentCount).toBe(2);
  });

  it("is not that of a payment that failed", () => {
    expect(
      totalOf({
        charges: [euro, charge({ currency: "gbp", createdS: 300, status: "failed", capturedMinor: 0 }, "ch_3")],
        customerCurrency: "gbp",
      }),
    ).toEqual({
      currency: "eur",
      amountMinor: 1000,
    });
  });
});
