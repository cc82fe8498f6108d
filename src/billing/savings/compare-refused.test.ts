/** Every reason for which nothing is said about a plan, or about any. */
import { describe, expect, it } from "vitest";
import {
  aQuestion,
  documents,
  lastReading,
  metered,
  nowS,
  periodEndS,
  periodStartS,
  perUnit,
  presentReading,
  seats,
  tiers,
  type Scene,
} from "../../../test/support/savings-scene.ts";
import { computeSavings } from "./compare.ts";

function firstOf(scene: Scene) {
  const savings = computeSavings(aQuestion(scene));
  const [candidate] = savings.candidates;
  if (!candidate) throw new Error("There is no other plan.");
  return { savings, candidate };
}

const reasonOf = (scene: Scene): string | undefined => firstOf(scene).candidate.refusal?.code;

describe("a comparison is refused altogether when", () => {
  it.each<[string, Partial<Scene>, string]>([
    ["the subscription is no plan", { items: [{ priceId: "other" }] }, "plan_unknown"],
    ["a schedule may change it", { subscription: { scheduled: true } }, "scheduled"],
    ["an item is in a trial of its own", { items: [{ priceId: "single", inTrial: true }] }, "scheduled"],
    ["Stripe does not show all items", { subscription: { itemsCut: true } }, "plan_unknown"],
    ["it is going to end", { subscription: { cancelAtPeriodEnd: true } }, "subscription_ends"],
    ["its invoices are not collected", { subscription: { collectionPaused: true } }, "collection_paused"],
    ["its renewal is not known yet", { nowS: periodEndS }, "copy_outdated"],
    ["it is in another currency than its price", { subscription: { currency: "usd" } }, "currencies_differ"],
    [
      "an item has a discount",
      { items: [{ priceId: "single", discounts: [{ id: "di_2", endS: null }] }] },
      "discount_on_item",
    ],
    ["a discount is for one invoice", { coupon: { duration: "once" } }, "discount_once"],
    ["nobody knows which products a discount is for", { coupon: { products: null } }, "discount_unknown"],
    ["a coupon is not known", { coupon: {}, discount: { couponId: "GONE" } }, "discount_unknown"],
    [
      "a discount is an amount of another currency",
      { coupon: { percentOff: null, amountOffMinor: 100, currency: "usd" } },
      "discount_currency",
    ],
  ])("%s", (_, change, code) => {
    const savings = computeSavings(aQuestion({ ...seats, ...change }));
    expect([savings.outcome, savings.refusal?.code, savings.candidates]).toEqual(["refused", code, []]);
    expect(savings.refusal?.en).not.toMatch(/[{}]|\?$/);
    expect(savings.refusal?.de).not.toMatch(/[{}]/);
  });

  it("several plans fit", () => {
    const plans = [...seats.plans, { id: "twin", prices: ["single"] }];
    expect(computeSavings(aQuestion({ ...seats, plans })).refusal?.code).toBe("plan_ambiguous");
  });
});

describe("a plan is refused when", () => {
  const block = (facts: object): Partial<Scene> => ({ prices: { ...seats.prices, block: facts } });

  it.each<[string, Partial<Scene>, string]>([
    ["its price is not known", { prices: { single: perUnit("1000") } }, "price_unknown"],
    ["its price is not active", block({ active: false }), "price_inactive"],
    [
      "its tiers are not known",
      block({ billingScheme: "tiered", unitAmount: null, tiersMode: "volume" }),
      "tiers_unknown",
    ],
    ["the customer chooses the amount", block({ unitAmount: null }), "custom_amount"],
    [
      "a tier has no price",
      block(
        tiers("volume", [
          [5, null],
          [null, "1"],
        ]),
      ),
      "price_unusable",
    ],
    ["an amount is out of range", block({ unitAmount: "1e99" }), "price_unusable"],
    ["it is paid once", block({ interval: null }), "not_recurring"],
    ["it is in another currency", block({ currency: "usd" }), "currencies_differ"],
    ["a metered price names no meter", block({ metered: true }), "meter_missing"],
    ["tax is added and nobody knows by whom", { subscription: { taxed: true } }, "tax_unknown"],
    [
      "one price contains tax and the other does not",
      {
        subscription: { taxed: true },
        prices: {
          single: perUnit("1000", { taxBehavior: "inclusive" }),
          block: perUnit("900", { taxBehavior: "exclusive" }),
        },
      },
      "tax_differs",
    ],
    [
      "an amount comes off each of invoices that are not made together",
      {
        coupon: { percentOff: null, amountOffMinor: 100, currency: "eur" },
        prices: { ...seats.prices, single: perUnit("1000"), support: perUnit("1", { interval: "year" }) },
        items: [...seats.items],
        plans: [
          ...seats.plans.slice(0, 1),
          { id: "mixed", prices: ["block", { id: "support", as: "x", quantity: 1 }] },
        ],
      },
      "discount_intervals",
    ],
    [
      "it has a quantity that nobody has",
      { plans: [...seats.plans.slice(0, 1), { id: "b", prices: [{ id: "block", as: "rooms" }] }] },
      "quantity_unknown",
    ],
  ])("%s", (_, change, code) => {
    expect(reasonOf({ ...seats, ...change })).toBe(code);
  });

  it("something would be missing", () => {
    const plans = [
      { id: "single", prices: ["single", { id: "extra", as: "extra" }] },
      { id: "block", prices: ["block"] },
    ];
    const items = [...seats.items, { priceId: "extra" }];
    expect(reasonOf({ ...seats, plans, items, prices: { ...seats.prices, extra: {} } })).toBe("item_lost");
  });

  it.each<[string, Partial<Scene>, string | undefined]>([
    [
      "says nothing about a meter",
      { plans: [...documents.plans.slice(0, 1), { id: "l", prices: ["light"] }] },
      "usage_uncovered",
    ],
    [
      "charges twice for a meter",
      {
        prices: { ...documents.prices, more: metered({}) },
        plans: [...documents.plans.slice(0, 1), { id: "l", prices: ["light", "packs", "more"] }],
      },
      "meter_shared",
    ],
    [
      "counts usage at another interval",
      { prices: { ...documents.prices, packs: metered({ interval: "year" }) } },
      "usage_interval",
    ],
    ["rests on usage that nobody knows", { readings: [] }, "usage_unknown"],
    ["rests on usage of other periods", { readings: [{ periodStartS: 1, periodEndS: 2 }] }, "usage_unknown"],
    [
      "rests on a period that has just begun",
      { readings: [{ ...presentReading("5"), asOfS: nowS - 1_296_000 }] },
      "usage_too_early",
    ],
  ])("it %s", (_, change, code) => {
    expect(reasonOf({ ...documents, ...change })).toBe(code);
  });

  it.each<[string, Partial<Scene>, readonly (string | undefined)[]]>([
    ["the trial has just ended", { subscription: { trialEndS: periodStartS } }, ["usage_no_period", undefined]],
    ["the trial goes on", { subscription: { trialEndS: periodEndS } }, ["usage_no_period", "usage_short_period"]],
    [
      "the subscription began with this period",
      { subscription: { startS: periodStartS } },
      ["usage_no_period", undefined],
    ],
    [
      "it began within the last period",
      { subscription: { startS: periodStartS - 86_400 } },
      ["usage_no_period", undefined],
    ],
    [
      "the present period is cut short",
      { items: documents.items.map((item) => ({ ...item, periodEndS: periodStartS + 20 * 86_400 })) },
      [undefined, "usage_short_period"],
    ],
  ])("nothing is said about a period when %s", (_, change, codes) => {
    const { savings } = firstOf({ ...documents, ...change });
    expect(savings.current.map(({ refusal }) => refusal?.code)).toEqual(codes);
  });

  it("usage was last read before the period had ended for good", () => {
    const early = { ...lastReading("5"), asOfS: lastReading("5").periodEndS ?? 0 };
    const { savings } = firstOf({ ...documents, readings: [early] });
    expect(savings.current[0]?.refusal?.code).toBe("usage_not_settled");
  });
});

describe("a plan is not eligible when", () => {
  const rules = (rule: object, country: string | null = null): Scene => ({
    ...seats,
    country,
    plans: [
      ...seats.plans.slice(0, 1),
      { id: "block", prices: ["block"], ...rule },
      { id: "old", prices: ["block"], offered: false },
    ],
  });

  it.each<[string, Scene, string | undefined]>([
    ["it is only for others", rules({ eligibleFrom: ["old"] }), "not_from_plan"],
    ["it is not for these", rules({ notFrom: ["single"] }), "not_from_plan"],
    ["it is for another country", rules({ countries: ["AT"] }, "DE"), "country"],
    ["the country is not known", rules({ countries: ["AT"] }), "country_unknown"],
  ])("%s", (_, scene, code) => {
    const { candidate } = firstOf(scene);
    expect([candidate.outcome, candidate.refusal?.code]).toEqual(["not_eligible", code]);
  });

  it("and is compared when the rules let it", () => {
    expect(firstOf(rules({ eligibleFrom: ["single"], countries: ["DE", "AT"] }, "AT")).candidate.outcome).toBe(
      "compared",
    );
    expect(computeSavings(aQuestion(rules({}))).candidates.map(({ planId }) => planId)).toEqual(["block"]);
  });
});
