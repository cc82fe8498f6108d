import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../../test/support/builders.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import { pastOf } from "./reconstruct.ts";

const dayS = 86_400;
const madeS = Date.UTC(2026, 0, 10) / 1000;

function statusesOf(copy: ObjectCopy, relatives: readonly ObjectCopy[] = []): readonly (readonly [number, unknown])[] {
  return pastOf(copy, relatives).map((state) => [
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
    const states = pastOf(copy, []);
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
    const refunded = pastOf(charge, refunds).map(({ atS, copy }) => [
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
