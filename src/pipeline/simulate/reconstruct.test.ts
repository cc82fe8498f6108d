import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../../test/support/builders.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import { pastOf, relativesOf } from "./reconstruct.ts";

const dayS = 86_400;
const madeS = Date.UTC(2026, 0, 10) / 1000;

function statusesOf(copy: ObjectCopy, relatives: readonly ObjectCopy[] = []): readonly (readonly [number, unknown])[] {
  return pastOf(copy, relativesOf([copy, ...relatives])).map((state) => [
    (state.atS - madeS) / dayS,
    "status" in state.copy.facts ? state.copy.facts.status : null,
  ]);
}

describe("the past of an object", () => {
  it("of a subscription is its trial, its renewals, its cancellation and its end", () => {
    const item = anItem({ periodStartS: Date.UTC(2026, 2, 10) / 1000, periodEndS: Date.UTC(2026, 3, 10) / 1000 });
    const copy = aCopy("subscription", {
      status: "canceled",
      createdS: madeS,
      trialEndS: madeS + 14 * dayS,
      canceledAtS: madeS + 70 * dayS,
      cancelAtPeriodEnd: true,
      endedAtS: madeS + 90 * dayS,
      items: [item],
    });
    const states = pastOf(copy, relativesOf([]));
    expect(statusesOf(copy)).toEqual([
      [0, "trialing"],
      [14, "active"],
      [31, "active"],
      [59, "active"],
      [70, "active"],
      [90, "canceled"],
    ]);
    const facts = states.map((state) => (state.copy.kind === "subscription" ? state.copy.facts : undefined));
    expect(facts.map((one) => one?.cancelAtPeriodEnd)).toEqual([false, false, false, false, true, true]);
    expect(facts[2]?.items[0]?.periodStartS).toBe(Date.UTC(2026, 1, 10) / 1000);
  });

  it("of an invoice is open until a charge of its amount went well", () => {
    const paid = {
      status: "paid",
      createdS: madeS,
      amountDueMinor: 1000,
      amountPaidMinor: 1000,
      amountRemainingMinor: 0,
    };
    const charge = aCopy("charge", { createdS: madeS + 3 * dayS, capturedMinor: 1000 });
    expect(statusesOf(aCopy("invoice", paid), [charge])).toEqual([
      [0, "open"],
      [3, "paid"],
    ]);
    expect(statusesOf(aCopy("invoice", paid))).toEqual([[0, "paid"]]);
  });

  it("of an invoice shows the attempts of its amount that failed", () => {
    const invoice = aCopy("invoice", {
      status: "paid",
      createdS: madeS,
      amountDueMinor: 1000,
      amountPaidMinor: 1000,
      amountRemainingMinor: 0,
      attemptCount: 3,
    });
    const charges = [
      aCopy("charge", { createdS: madeS, status: "failed", amountMinor: 1000, capturedMinor: 0 }, { id: "ch_1" }),
      aCopy(
        "charge",
        { createdS: madeS + dayS, status: "failed", amountMinor: 700, capturedMinor: 0 },
        { id: "ch_other" },
      ),
      aCopy(
        "charge",
        { createdS: madeS + 2 * dayS, status: "failed", amountMinor: 1000, capturedMinor: 0 },
        { id: "ch_2" },
      ),
      aCopy("charge", { createdS: madeS + 5 * dayS, capturedMinor: 1000 }, { id: "ch_3" }),
    ];
    const told = (copy: ObjectCopy): readonly unknown[] =>
      pastOf(copy, relativesOf([copy, ...charges])).map(({ atS, type, copy: { facts } }) => [
        (atS - madeS) / dayS,
        type,
        "attemptCount" in facts ? facts.attemptCount : null,
      ]);
    const tried = [
      [0, "invoice.finalized", 0],
      [0, "invoice.payment_failed", 1],
      [2, "invoice.payment_failed", 2],
    ];
    expect(told(invoice)).toEqual([...tried, [5, "invoice.paid", 3]]);
    const given = { ...invoice.facts, status: "uncollectible", amountPaidMinor: 0, amountRemainingMinor: 1000 };
    expect(told({ ...invoice, facts: given })).toEqual(tried);
  });

  it("of two invoices of one amount: an attempt is for the newer that is not paid yet", () => {
    const facts = { status: "paid", amountDueMinor: 1000, amountPaidMinor: 1000, amountRemainingMinor: 0 };
    const older = aCopy("invoice", { ...facts, createdS: madeS }, { id: "in_older" });
    const newer = aCopy("invoice", { ...facts, createdS: madeS + 30 * dayS }, { id: "in_newer" });
    const charge = (day: number, status: "failed" | "succeeded"): ObjectCopy =>
      aCopy(
        "charge",
        { createdS: madeS + day * dayS, status, amountMinor: 1000, capturedMinor: status === "failed" ? 0 : 1000 },
        { id: `ch_${day}` },
      );
    const charges = [charge(1, "failed"), charge(30, "succeeded"), charge(32, "failed"), charge(33, "succeeded")];
    const { attempts } = relativesOf([newer, older, ...charges]);
    const daysOf = (id: string): readonly number[] => {
      const { failedS = [], paidS } = attempts.get(id) ?? {};
      return [...failedS, paidS ?? 0].map((atS) => (atS - madeS) / dayS);
    };
    expect(daysOf("in_newer")).toEqual([30]);
    expect(daysOf("in_older")).toEqual([1, 32, 33]);
  });

  it("of a subscription is behind from the attempt that failed until its invoice was paid, and has not begun before the first", () => {
    const subscription = aCopy("subscription", { status: "active", createdS: madeS, trialEndS: null, items: [] });
    const facts = { status: "paid", amountPaidMinor: 1000, amountRemainingMinor: 0, subscriptionId: subscription.id };
    const paidAt = (day: number, id: string): readonly ObjectCopy[] => [
      aCopy("invoice", { ...facts, amountDueMinor: 1000, createdS: madeS + day * dayS }, { id }),
      aCopy(
        "charge",
        { createdS: madeS + day * dayS, status: "failed", amountMinor: 1000, capturedMinor: 0 },
        { id: `ch_${id}` },
      ),
      aCopy("charge", { createdS: madeS + (day + 0.5) * dayS, capturedMinor: 1000 }, { id: `ch_${id}_2` }),
    ];
    expect(statusesOf(subscription, [...paidAt(0, "in_1"), ...paidAt(30, "in_2")])).toEqual([
      [0, "incomplete"],
      [0.5, "active"],
      [30, "past_due"],
      [30.5, "active"],
    ]);
  });

  it("of a charge is what was refunded when it was", () => {
    const charge = aCopy("charge", { createdS: madeS, refundedMinor: 1000 }, { id: "ch_1" });
    const refunds = [
      aCopy(
        "refund",
        { status: "succeeded", chargeId: "ch_1", amountMinor: 400, createdS: madeS + 2 * dayS },
        { id: "re_1" },
      ),
      aCopy(
        "refund",
        { status: "succeeded", chargeId: "ch_1", amountMinor: 600, createdS: madeS + 4 * dayS },
        { id: "re_2" },
      ),
    ];
    const refunded = pastOf(charge, relativesOf(refunds)).map(({ atS, copy }) => [
      (atS - madeS) / dayS,
      copy.kind === "charge" ? copy.facts.refundedMinor : null,
    ]);
    expect(refunded).toEqual([
      [0, 0],
      [2, 400],
      [4, 1000],
    ]);
  });

  it("of a dispute begins undecided", () => {
    expect(statusesOf(aCopy("dispute", { status: "lost", createdS: madeS }))).toEqual([[0, "needs_response"]]);
  });
});
