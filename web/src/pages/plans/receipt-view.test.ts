import { describe, expect, it } from "vitest";
import type { Bill, CandidatePlan, CurrentPeriod, SavingsReceipt } from "../../../../contract/savings.ts";
import { basesOf, firstBasis, partsOf, rankedCandidates, viewOf } from "./receipt-view.ts";

const month = { interval: "month", intervalCount: 1 };
const year = { interval: "year", intervalCount: 1 };

const bill: Bill = {
  lines: [
    {
      ...month,
      priceId: "p1",
      name: "Seats",
      kind: "quantity",
      meterId: null,
      units: "3",
      amountMinor: 300,
      kept: false,
    },
    {
      ...year,
      priceId: "p2",
      name: "Support",
      kind: "quantity",
      meterId: null,
      units: "1",
      amountMinor: 9900,
      kept: true,
    },
  ],
  invoices: [
    { ...month, subtotalMinor: 300, discounts: [], totalMinor: 300 },
    { ...year, subtotalMinor: 9900, discounts: [], totalMinor: 9900 },
  ],
  periodMinor: 300,
  monthMinor: 1125,
  yearMinor: 13_500,
  yearVariesMinor: 0,
};

function aPlan(planId: string, yearMinor: number | null): CandidatePlan {
  const difference = yearMinor === null ? null : { periodMinor: 0, monthMinor: 0, yearMinor };
  return {
    planId,
    name: planId,
    outcome: yearMinor === null ? "not_eligible" : "compared",
    refusal: null,
    periods: [{ basis: "last", bill: null, difference, refusal: null }],
    breakEven: null,
    cheaper: false,
  };
}

function aReceipt(part: Partial<SavingsReceipt>): SavingsReceipt {
  return {
    id: "rec_1",
    createdAt: "2026-11-22T10:00:00.000Z",
    account: "main",
    customerId: "cus_1",
    subscriptionId: null,
    currency: "eur",
    currentPlan: null,
    outcome: "compared",
    refusal: null,
    current: [],
    candidates: [],
    recommended: null,
    confirmation: null,
    inputs: {
      engine: 1,
      account: "main",
      customerId: "cus_1",
      country: null,
      plansVersion: 1,
      plans: [],
      subscription: null,
      prices: [],
      discounts: null,
      readings: [],
    },
    ...part,
  };
}

describe("a receipt", () => {
  it("keeps what is billed together together", () => {
    expect(partsOf(bill).map(({ lines }) => lines.map(({ name }) => name))).toEqual([["Seats"], ["Support"]]);
  });

  it("begins with the last period unless only the projection could be worked out", () => {
    const last: CurrentPeriod = { basis: "last", period: month, usage: [], bill, refusal: null };
    const projected: CurrentPeriod = { ...last, basis: "projected" };
    expect(firstBasis(aReceipt({ current: [projected, last] }))).toBe("last");
    expect(firstBasis(aReceipt({ current: [{ ...last, bill: null }, projected] }))).toBe("projected");
    expect(basesOf(aReceipt({ current: [projected, last] }))).toEqual(["last", "projected"]);
    expect(viewOf(aReceipt({ current: [last] }), aPlan("a", -5), "last").compared?.difference?.yearMinor).toBe(-5);
  });

  it("shows the recommended plan first, and what cannot be had last", () => {
    const candidates = [aPlan("dear", 500), aPlan("no", null), aPlan("cheap", -500), aPlan("best", -400)];
    const ranked = rankedCandidates(aReceipt({ candidates, recommended: "best" }), "last");
    expect(ranked.map(({ planId }) => planId)).toEqual(["best", "cheap", "dear", "no"]);
  });
});
