/** A receipt as people read it. */
import { describe, expect, it } from "vitest";
import type { PreviewCheck, SavingsConfirmation } from "../../contract/savings.ts";
import {
  aQuestion,
  lastReading,
  metered,
  periodEndS,
  perUnit,
  presentReading,
  tiers,
  type Scene,
} from "../../test/support/savings-scene.ts";
import { computeSavings, refusedSavings } from "../billing/savings/compare.ts";
import { shownReceipt, toReceipt } from "../billing/savings/receipt.ts";
import { refuse } from "../billing/savings/refusals.ts";
import { amountText, receiptLines } from "./savings-text.ts";

const scene: Scene = {
  prices: {
    team: perUnit("4900", { nickname: "Team" }),
    documents: metered({
      ...tiers("graduated", [
        [1000, "0"],
        [null, "0.9"],
      ]),
      nickname: "Documents",
    }),
    light: perUnit("2900", { nickname: "Light" }),
    packs: metered({ unitAmount: "50", transformQuantity: { divideBy: 100, roundUp: true }, nickname: "Packs" }),
    dollars: perUnit("1", { currency: "usd" }),
    gone: perUnit("1", { active: false }),
  },
  plans: [
    { id: "team", name: "Team", prices: ["team", "documents"] },
    { id: "light", name: "Light", prices: ["light", "packs"] },
    { id: "dollars", name: "Dollars", prices: ["dollars"] },
    { id: "gone", name: "Gone", prices: ["gone"] },
    { id: "far", name: "Far", prices: ["light"], countries: ["NZ"] },
  ],
  items: [{ priceId: "team" }, { priceId: "documents", metered: true, quantity: null }],
  readings: [lastReading("3480"), presentReading("600")],
  country: "DE",
};

const about = { account: "main", customerId: "cus_1", plansVersion: 1 };

function lines(parts: Partial<Scene> = {}, confirmation: SavingsConfirmation | null = null): readonly string[] {
  const question = aQuestion({ ...scene, ...parts });
  const body = toReceipt(computeSavings(question), about, question);
  return receiptLines(shownReceipt(body, { createdAt: "2026-11-22T04:50:01.000Z", confirmation }));
}

describe("a receipt", () => {
  it("shows the present bill and every other one, line by line", () => {
    const shown = lines();
    expect(shown.slice(0, 1)).toEqual(["Savings of cus_1 · subscription_1"]);
    expect(shown[1]).toMatch(/^receipt sav_[0-9a-f]{24} · 2026-11-22 04:50:01 UTC · at present on Team$/);
    expect(shown.slice(3, 20)).toEqual([
      "With the usage of the last period",
      "  Documents: 3480 (2026-08-22 to 2026-09-21, as of 2026-09-21 15:13:20 UTC)",
      "",
      "  Team (at present)",
      "    Team          1 ×  per month   49.00 EUR",
      "    Documents  3480 ×  per month   22.32 EUR",
      "                       a month     71.32 EUR",
      "                       a year     855.84 EUR",
      "",
      "  Light: saves 24.82 EUR a month, 297.84 EUR a year",
      "    Light     1 ×  per month   29.00 EUR",
      "    Packs  3480 ×  per month   17.50 EUR",
      "                   a month     46.50 EUR",
      "                   a year     558.00 EUR",
      "",
      "With what this period comes to at its end",
      "  Documents: 1200 (2026-09-21 to 2026-10-21, projected from 600, as of 2026-10-06 14:13:20 UTC)",
    ]);
  });

  it("tells a discount that ends from what lasts", () => {
    const shown = lines({ coupon: { percentOff: "50", duration: "repeating" }, discount: { endS: periodEndS + 1 } });
    expect(shown.slice(6, 13)).toEqual([
      "  Team (at present)",
      "    Team              1 ×  per month     49.00 EUR",
      "    Documents      3480 ×  per month     22.32 EUR",
      "    discount di_1          per month    −35.66 EUR",
      "                           this period   35.66 EUR",
      "                           a month       71.32 EUR",
      "                           a year       855.84 EUR",
    ]);
    expect(shown).toContain("A discount that ends is taken off this period, and off no month and no year.");
  });

  it("says why nothing is said about a plan, and passes over other currencies", () => {
    const shown = lines();
    expect(shown).toContain("✗ Gone: The price gone is not active any more.");
    expect(shown).toContain("– Far: The plan is not for customers from DE.");
    expect(shown).toContain("– 1 plan in other currencies");
  });

  it("says where the other plan is cheaper, and which one is", () => {
    expect(lines()).toContain("  With 0 and more Documents (looked at up to 50,000), Light costs less than Team.");
    const bySeat: Partial<Scene> = {
      prices: { ...scene.prices, seat: perUnit("1000", { nickname: "Seat" }) },
      plans: [
        { id: "seat", name: "Seat", prices: ["seat"] },
        { id: "light", name: "Light", prices: ["light"] },
      ],
      items: [{ priceId: "seat", quantity: 5 }],
    };
    expect(lines(bySeat)).toContain("  Light nowhere costs less than Seat (looked at up to 1,000,000,000).");
    expect(lines({ ...bySeat, items: [{ priceId: "light", quantity: 5 }] })).toContain(
      "  With a quantity of 1 and more, Seat costs less than Light.",
    );
    expect(lines().at(-1)).toBe("✓ Light costs less in every period that was compared.");
    expect(lines({ readings: [] }).at(-1)).toBe("No other plan surely costs less.");
  });

  it("says nothing but the reason when everything is refused", () => {
    const body = toReceipt(refusedSavings(refuse("no_subscription")), about, null);
    const shown = receiptLines(shownReceipt(body, { createdAt: "2026-11-22T04:50:01.000Z", confirmation: null }));
    expect(shown.slice(2)).toEqual(["", "✗ The customer has no subscription that is billed."]);
  });

  it("says what Stripe said", () => {
    const said = { askedAt: "2026-11-22T05:00:00.000Z", checks: [], error: null };
    expect(lines({}, { ...said, outcome: "agrees" }).at(-1)).toMatch(/^✓ Stripe's previews show the same amounts/);
    const error = { code: "STRIPE_UNAVAILABLE", message: "Stripe cannot be reached." };
    expect(lines({}, { ...said, outcome: "failed", error }).at(-1)).toMatch(
      /could not be asked .*: Stripe cannot be reached/,
    );
    const check: PreviewCheck = {
      planId: "light",
      outcome: "differs",
      lines: [{ priceId: "light", units: "1", oursMinor: 2900, stripeMinor: 3000 }],
      discountOursMinor: null,
      discountStripeMinor: null,
    };
    const differing = lines({}, { ...said, outcome: "differs", checks: [check] });
    expect(differing.at(-1)).toBe("  Light, light, 1 units: Stripe 30.00 EUR, we 29.00 EUR");
    expect(differing).toContain("✗ Light: Stripe's preview of an invoice shows other amounts.");
  });
});

describe("an amount", () => {
  it.each([
    [123_450, "eur", "1,234.50 EUR"],
    [-5, "eur", "−0.05 EUR"],
    [1500, "jpy", "1,500 JPY"],
    [1500, "kwd", "1.500 KWD"],
    [0, "eur", "0.00 EUR"],
  ])("of %i %s is %s", (minor, currency, text) => {
    expect(amountText(minor, currency)).toBe(text);
  });
});
