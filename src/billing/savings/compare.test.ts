/** What is said about other plans, by hand-computed cases. */
import { describe, expect, it } from "vitest";
import {
  aQuestion,
  documents,
  lastReading,
  periodEndS,
  perUnit,
  presentReading,
  seats,
  type Scene,
} from "../../../test/support/savings-scene.ts";
import { aCopy, anOption } from "../../../test/support/builders.ts";
import { computeSavings } from "./compare.ts";

function firstOf(scene: Scene) {
  const savings = computeSavings(aQuestion(scene));
  const [candidate] = savings.candidates;
  if (!candidate) throw new Error("There is no other plan.");
  return { savings, candidate };
}

describe("a comparison", () => {
  it("takes the usage of the last period and of the present one at its end", () => {
    const { savings, candidate } = firstOf(documents);
    const bills = savings.current.map(({ basis, usage, bill }) => [basis, usage[0]?.value, bill?.periodMinor]);
    // 4900 + 9,000 × 0.9 + 2,480 × 0.45 = 4900 + 9216, and 4900 + 5,000 × 0.9.
    expect(bills).toEqual([
      ["last", "12480", 14_116],
      ["projected", "6000", 9400],
    ]);
    // 2900 + 125 × 50, and 2900 + 60 × 50.
    expect(candidate.periods.map(({ bill, difference }) => [bill?.periodMinor, difference])).toEqual([
      [9150, { periodMinor: -4966, monthMinor: -4966, yearMinor: -59_592 }],
      [5900, { periodMinor: -3500, monthMinor: -3500, yearMinor: -42_000 }],
    ]);
    expect([candidate.outcome, candidate.cheaper, savings.recommended]).toEqual(["compared", true, "light"]);
  });

  it("shows every line that it adds up", () => {
    const [last] = firstOf(documents).candidate.periods;
    expect(
      last?.bill?.lines.map(({ priceId, kind, units, amountMinor }) => [priceId, kind, units, amountMinor]),
    ).toEqual([
      ["light", "quantity", "1", 2900],
      ["packs", "usage", "12480", 6250],
    ]);
  });

  it("carries a quantity over", () => {
    const { candidate } = firstOf(seats);
    expect(candidate.periods).toMatchObject([
      { basis: "projected", bill: { periodMinor: 4900 }, difference: { periodMinor: -2100, yearMinor: -25_200 } },
    ]);
  });

  it("normalises a change of the interval", () => {
    const scene = { ...seats, prices: { single: perUnit("1000"), block: perUnit("10000", { interval: "year" }) } };
    const { candidate } = firstOf(scene);
    // 7 × 1000 a month against 7 × 10000 a year.
    expect(candidate.periods[0]).toMatchObject({
      bill: { periodMinor: 5833, monthMinor: 5833, yearMinor: 70_000 },
      difference: { periodMinor: -1167, monthMinor: -1167, yearMinor: -14_000 },
    });
  });

  it("takes a discount off both sides", () => {
    const { savings, candidate } = firstOf({ ...seats, coupon: { percentOff: "25" } });
    expect(savings.current[0]?.bill).toMatchObject({ periodMinor: 5250, invoices: [{ subtotalMinor: 7000 }] });
    expect(candidate.periods[0]).toMatchObject({ bill: { periodMinor: 3675 }, difference: { yearMinor: -18_900 } });
  });

  it("takes an amount off each invoice once", () => {
    const coupon = { percentOff: null, amountOffMinor: 5000, currency: "eur" };
    const { savings, candidate } = firstOf({ ...seats, coupon });
    expect(savings.current[0]?.bill).toMatchObject({ periodMinor: 2000 });
    expect(candidate.periods[0]).toMatchObject({
      bill: { periodMinor: 0, yearMinor: 0 },
      difference: { yearMinor: -24_000 },
    });
  });

  it("leaves a discount that ends out of months and years", () => {
    const coupon = { percentOff: "50", duration: "repeating" };
    const { savings } = firstOf({ ...seats, coupon, discount: { endS: periodEndS + 1 } });
    expect(savings.current[0]?.bill).toMatchObject({ periodMinor: 3500, monthMinor: 7000, yearMinor: 84_000 });
    const ended = firstOf({ ...seats, coupon, discount: { endS: periodEndS } });
    expect(ended.savings.current[0]?.bill).toMatchObject({ periodMinor: 7000, yearMinor: 84_000 });
  });

  it("takes the customer's discount as soon as the subscription's own has ended", () => {
    const coupon = { percentOff: "50" };
    const customer = { discount: { id: "di_2", endS: null, couponId: "WELCOME" } };
    const ended = firstOf({
      ...seats,
      coupon,
      customer,
      subscription: { discounts: [{ id: "di_1", endS: periodEndS, couponId: "GONE" }] },
    });
    expect(ended.savings.current[0]?.bill).toMatchObject({ periodMinor: 3500, yearMinor: 42_000 });
  });

  it("takes the customer's discount off the years to come, once the subscription's own will have ended", () => {
    const scene = {
      ...seats,
      coupon: { percentOff: "50", duration: "repeating" },
      discount: { endS: periodEndS + 1 },
      customer: { discount: { id: "di_2", endS: null, couponId: "FOREVER" } },
    };
    const question = aQuestion(scene);
    const coupons = [...question.coupons, aCopy("coupon", { percentOff: "10" }, { id: "coupon:FOREVER" })];
    const { current } = computeSavings({ ...question, coupons });
    expect(current[0]?.bill).toMatchObject({ periodMinor: 3500, yearMinor: 75_600 });
  });

  it("reckons in the currency that is billed, where the prices have amounts in it", () => {
    const dollars = { currency: "usd" };
    const prices = {
      single: perUnit("1100", { ...dollars, currencyOptions: { eur: anOption("1000") } }),
      block: perUnit("5500", {
        ...dollars,
        currencyOptions: { eur: anOption("4900") },
        transformQuantity: { divideBy: 10, roundUp: true },
      }),
    };
    const { savings, candidate } = firstOf({ ...seats, prices });
    expect(savings.currency).toBe("eur");
    expect(candidate.periods[0]?.difference).toMatchObject({ periodMinor: 4900 - 7000 });
  });

  it("makes only the coupon's products cheaper", () => {
    const prices = { single: perUnit("1000"), block: perUnit("990", { productId: "prod_2" }) };
    const { candidate } = firstOf({ ...seats, prices, coupon: { percentOff: "10", products: ["prod_1"] } });
    expect(candidate.periods[0]?.difference).toMatchObject({ periodMinor: 6930 - 6300 });
  });

  it("recommends nothing that could as well come from rounding", () => {
    const prices = { single: perUnit("1001"), block: perUnit("1000.9") };
    const { candidate, savings } = firstOf({ ...seats, prices, coupon: { percentOff: "33.33" } });
    expect(candidate.periods[0]?.bill?.yearVariesMinor).toBe(12);
    expect([candidate.cheaper, savings.recommended]).toEqual([false, null]);
  });

  it("recommends while the present period is not known only what costs less for any usage", () => {
    const yearly: Scene = {
      prices: { ...documents.prices, year: perUnit("49000", { interval: "year" }) },
      plans: [
        { id: "team", prices: ["team", "graduated"] },
        { id: "team-year", prices: ["year", "graduated"] },
      ],
      items: documents.items,
      readings: [lastReading("12480")],
    };
    expect(firstOf(yearly).savings.recommended).toBe("team-year");
    // Packs of documents cost less up to some usage only, which this period may exceed.
    expect(firstOf({ ...documents, readings: [lastReading("12480")] }).savings.recommended).toBeNull();
  });

  it("keeps what belongs to no plan the same on both sides", () => {
    const { candidate, savings } = firstOf({
      ...seats,
      prices: { ...seats.prices, support: perUnit("2500") },
      items: [...seats.items, { priceId: "support" }],
    });
    const kept = { priceId: "support", amountMinor: 2500, kept: true };
    expect(savings.current[0]?.bill?.lines[1]).toMatchObject(kept);
    expect(candidate.periods[0]?.bill?.lines[1]).toMatchObject(kept);
    expect(candidate.periods[0]?.difference?.periodMinor).toBe(-2100);
  });

  it("takes what is optional only from who has it", () => {
    const scene: Scene = {
      prices: { a: perUnit("1000"), seatA: perUnit("300"), b: perUnit("1100"), seatB: perUnit("200") },
      plans: [
        { id: "a", prices: ["a", { id: "seatA", as: "seats", optional: true }] },
        {
          id: "b",
          prices: [
            { id: "b", quantity: 1 },
            { id: "seatB", as: "seats", optional: true },
          ],
        },
      ],
      items: [{ priceId: "a" }],
    };
    expect(firstOf(scene).candidate.periods[0]?.difference?.periodMinor).toBe(100);
    const withSeats = { ...scene, items: [...scene.items, { priceId: "seatA", quantity: 4 }] };
    expect(firstOf(withSeats).candidate.periods[0]?.difference?.periodMinor).toBe(100 - 400);
  });

  it("says that usage costs nothing where the plan includes it", () => {
    const plans = [...documents.plans.slice(0, 1), { id: "flat", prices: ["light"], includes: ["mtr_1"] }];
    expect(firstOf({ ...documents, plans }).candidate.periods[0]?.bill?.periodMinor).toBe(2900);
  });

  it("is the same whatever the order of items and readings", () => {
    const turned = {
      ...documents,
      readings: (documents.readings ?? []).toReversed(),
    };
    expect(computeSavings(aQuestion(turned))).toEqual(computeSavings(aQuestion(documents)));
  });

  it("still speaks of the projected period when the last one is not known", () => {
    const { candidate, savings } = firstOf({ ...documents, readings: [presentReading("3000")] });
    expect(savings.current.map(({ refusal }) => refusal?.code)).toEqual(["usage_unknown", undefined]);
    expect(candidate.periods.map(({ refusal }) => refusal?.code)).toEqual(["usage_unknown", undefined]);
    expect([candidate.outcome, candidate.cheaper]).toEqual(["compared", false]);
  });
});
