/** Our arithmetic against previews of Stripe's. */
import { describe, expect, it } from "vitest";
import { aQuestion, metered, perUnit, tiers, type Scene } from "../../../test/support/savings-scene.ts";
import { checkPreview, outcomeOf, type InvoicePreview } from "./preview-check.ts";
import { presentSideOf } from "./present.ts";
import { isRefusal } from "./refusals.ts";

const scene: Scene = {
  prices: {
    base: perUnit("4900"),
    usage: metered(
      tiers("graduated", [
        [1000, "0"],
        [null, "0.9"],
      ]),
    ),
  },
  plans: [{ id: "team", prices: ["base", "usage"] }],
  items: [{ priceId: "base" }, { priceId: "usage", metered: true, quantity: null }],
};

type Line = InvoicePreview["lines"][number];
const line = (priceId: string, quantity: string | null, amountMinor: number): Line => ({
  priceId,
  quantity,
  amountMinor,
});

function check(lines: readonly Line[], rest: Partial<InvoicePreview> = {}, parts: Partial<Scene> = {}) {
  const present = presentSideOf(aQuestion({ ...scene, ...parts }));
  if (isRefusal(present)) throw new Error(present.en);
  const preview = { lines, discountMinor: 0, isCut: false, ...rest };
  return checkPreview({ planId: "team", basket: present.basket, discounts: present.discounts, preview });
}

describe("a preview", () => {
  it("agrees when Stripe's quantities come to Stripe's amounts", () => {
    const checked = check([line("base", "1", 4900), line("usage", "1500", 450)]);
    expect(checked.outcome).toBe("agrees");
    expect(checked.lines[1]).toEqual({ priceId: "usage", units: "1500", oursMinor: 450, stripeMinor: 450 });
  });

  it("agrees when Stripe writes a line for each tier", () => {
    expect(check([line("base", "1", 4900), line("usage", "1000", 0), line("usage", "500", 450)]).outcome).toBe(
      "agrees",
    );
  });

  it("differs when one line does", () => {
    expect(check([line("base", "1", 4900), line("usage", "1500", 451)]).outcome).toBe("differs");
  });

  it("differs when a quantity is not what we would set", () => {
    expect(check([line("base", "2", 9800), line("usage", "0", 0)]).outcome).toBe("differs");
  });

  it("agrees in part when a line is missing, cut off, or has no quantity", () => {
    expect(check([line("base", "1", 4900)]).outcome).toBe("partly");
    expect(check([line("base", "1", 4900), line("usage", null, 450)]).outcome).toBe("partly");
    expect(check([line("base", "1", 4900), line("usage", "0", 0)], { isCut: true }).outcome).toBe("partly");
  });

  it("does not guess which of several lines is a flat amount", () => {
    const prices = {
      ...scene.prices,
      usage: metered(
        tiers("graduated", [
          [10, "1", "500"],
          [null, "2"],
        ]),
      ),
    };
    const lines = [line("base", "1", 4900), line("usage", "1", 500), line("usage", "5", 5)];
    expect(check(lines, {}, { prices }).outcome).toBe("partly");
  });

  it("compares what discounts take off", () => {
    const lines = [line("base", "1", 4900), line("usage", "1500", 450)];
    const coupon = { percentOff: "10" };
    expect(check(lines, { discountMinor: 535 }, { coupon })).toMatchObject({
      outcome: "agrees",
      discountOursMinor: 535,
    });
    expect(check(lines, { discountMinor: 0 }, { coupon }).outcome).toBe("differs");
    expect(check(lines, { discountMinor: 100 }).outcome).toBe("differs");
  });

  it("may differ by the rounding of a discount, which is not documented", () => {
    const lines = [line("base", "1", 4900), line("usage", "1500", 450)];
    const coupon = { percentOff: "33.33" };
    // 1783.155: a unit up or down for each line.
    expect(check(lines, { discountMinor: 1784 }, { coupon }).outcome).toBe("agrees");
    expect(check(lines, { discountMinor: 1786 }, { coupon }).outcome).toBe("differs");
  });
});

describe("previews together", () => {
  it("are as good as the worst", () => {
    const agrees = check([line("base", "1", 4900), line("usage", "0", 0)]);
    const partly = check([line("base", "1", 4900)]);
    const differs = check([line("base", "1", 1), line("usage", "0", 0)]);
    expect([outcomeOf([agrees]), outcomeOf([agrees, partly]), outcomeOf([partly, differs])]).toEqual([
      "agrees",
      "partly",
      "differs",
    ]);
  });
});
