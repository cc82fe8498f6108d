/** Receipts: what names them, and what becomes of them when Stripe disagrees. */
import { describe, expect, it } from "vitest";
import { savingsReceipt, type PreviewCheck, type SavingsConfirmation } from "../../../contract/savings.ts";
import { aQuestion, nowS, perUnit, type Scene } from "../../../test/support/savings-scene.ts";
import { computeSavings, refusedSavings } from "./compare.ts";
import { shownReceipt, toReceipt } from "./receipt.ts";
import { refuse } from "./refusals.ts";

const scene: Scene = {
  prices: { dear: perUnit("2000"), cheap: perUnit("1500"), cheaper: perUnit("1400") },
  plans: [
    { id: "dear", prices: ["dear"] },
    { id: "cheap", prices: ["cheap"] },
    { id: "cheaper", prices: ["cheaper"] },
  ],
  items: [{ priceId: "dear" }],
};
const about = { account: "main", customerId: "cus_1", plansVersion: 1 };

function receiptOf(parts: Partial<Scene> = {}, plansVersion = 1) {
  const question = aQuestion({ ...scene, ...parts });
  return toReceipt(computeSavings(question), { ...about, plansVersion }, question);
}

function said(...checks: readonly Pick<PreviewCheck, "planId" | "outcome">[]): SavingsConfirmation {
  const full = checks.map((check) => ({ ...check, lines: [], discountOursMinor: null, discountStripeMinor: null }));
  return { askedAt: "2026-11-22T00:00:00.000Z", outcome: "agrees", checks: full, error: null };
}

const shown = (confirmation: SavingsConfirmation | null) =>
  shownReceipt(receiptOf(), { createdAt: "2026-11-22T00:00:00.000Z", confirmation });

describe("a receipt", () => {
  it("has the same id for the same inputs, whenever it is asked", () => {
    expect(receiptOf({ nowS: nowS + 60 })).toEqual(receiptOf());
  });

  it("has another id for anything that could make another figure", () => {
    const ids = [
      receiptOf(),
      receiptOf({}, 2),
      receiptOf({ prices: { ...scene.prices, cheap: perUnit("1501") } }),
      receiptOf({ items: [{ priceId: "dear", quantity: 2 }] }),
      receiptOf({ coupon: { percentOff: "5" } }),
      receiptOf({ coupon: { percentOff: "6" } }),
      receiptOf({ readings: [{}] }),
      receiptOf({ country: "DE" }),
      receiptOf({ nowS: nowS + 90 * 86_400 }),
      toReceipt(refusedSavings(refuse("no_plans")), about, null),
      toReceipt(refusedSavings(refuse("no_subscription")), about, null),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is what the contract says, and survives being stored", () => {
    const receipt = shown(said({ planId: null, outcome: "agrees" }));
    expect(savingsReceipt.parse(JSON.parse(JSON.stringify(receipt)))).toEqual(receipt);
  });

  it("stands when Stripe agrees, or was not asked", () => {
    for (const confirmation of [
      null,
      said({ planId: null, outcome: "agrees" }, { planId: "cheaper", outcome: "partly" }),
    ])
      expect(shown(confirmation).recommended).toBe("cheaper");
  });

  it("refuses the plan that Stripe reckons otherwise, and recommends none", () => {
    const receipt = shown(said({ planId: null, outcome: "agrees" }, { planId: "cheaper", outcome: "differs" }));
    expect(receipt).toMatchObject({ outcome: "compared", recommended: null });
    expect(receipt.candidates.map(({ outcome, refusal, cheaper }) => [outcome, refusal?.code, cheaper])).toEqual([
      ["compared", undefined, true],
      ["refused", "stripe_disagrees", false],
    ]);
  });

  it("refuses everything when Stripe reckons the present plan otherwise", () => {
    const receipt = shown(said({ planId: null, outcome: "differs" }, { planId: "cheaper", outcome: "agrees" }));
    expect([receipt.outcome, receipt.refusal?.code, receipt.recommended]).toEqual([
      "refused",
      "stripe_disagrees",
      null,
    ]);
    expect(receipt.candidates.every(({ outcome }) => outcome === "refused")).toBe(true);
  });
});
