/** Mistakes of a plans document: of its form, and against the prices that are known. */
import { describe, expect, it } from "vitest";
import { anOption } from "../../../test/support/builders.ts";
import { plansDocument } from "../../../contract/plans.ts";
import { aQuestion, metered, perUnit, tiers, type Scene } from "../../../test/support/savings-scene.ts";
import { checkPlans } from "./check-plans.ts";

const plan = (parts: object = {}): object => ({ id: "a", name: "A", prices: ["p"], ...parts });

function mistakes(...plans: readonly object[]): string {
  const parsed = plansDocument.safeParse({ version: 1, plans });
  return parsed.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n") ?? "";
}

describe("a plans document", () => {
  it("may name prices by their ids alone", () => {
    const parsed = plansDocument.parse({ version: 1, plans: [plan({ prices: ["p", { id: "q", as: "seats" }] })] });
    expect(parsed.plans[0]?.prices).toEqual([
      { id: "p", as: "base", optional: false },
      { id: "q", as: "seats", optional: false },
    ]);
    expect(parsed.plans[0]).toMatchObject({ offered: true, includes: [], notFrom: [] });
  });

  it.each<[string, readonly object[], RegExp]>([
    ["a plan that is there twice", [plan(), plan({ prices: ["q"] })], /there twice/],
    ["a price that is there twice", [plan({ prices: ["p", { id: "p", as: "x" }] })], /price p is there twice/],
    ["a plan that nobody knows", [plan({ eligibleFrom: ["b"] })], /eligibleFrom: no plan is called b/],
    ["a currency that nobody knows", [plan({ currency: "xyq" })], /currency/],
    ["a country in words", [plan({ countries: ["Germany"] })], /two capital letters/],
    ["a plan without prices", [plan({ prices: [] })], /prices/],
    ["a word that it does not have", [plan({ price: "p" })], /price/],
  ])("refuses %s", (_, plans, message) => {
    expect(mistakes(...plans)).toMatch(message);
  });
});

function findings(prices: Scene["prices"], plans: Scene["plans"]): readonly string[] {
  const question = aQuestion({ prices, plans, items: [] });
  return checkPlans(question.document, question.prices).map(({ level, code }) => `${level} ${code}`);
}

describe("a check against the prices", () => {
  const one = [{ id: "a", prices: ["p"] }];

  it("has nothing to say about a sound document", () => {
    const prices = {
      p: perUnit("1000"),
      q: perUnit("2000"),
      u: metered(
        tiers("graduated", [
          [5, "0"],
          [null, "1"],
        ]),
      ),
    };
    expect(
      findings(prices, [
        { id: "a", prices: ["p", "u"] },
        { id: "b", prices: ["q", "u"] },
      ]),
    ).toEqual([]);
  });

  it.each<[string, Scene["prices"], Scene["plans"], readonly string[]]>([
    ["a price that is not known", {}, one, ["error price_unknown"]],
    ["a price that is not active", { p: perUnit("1", { active: false }) }, one, ["error price_inactive"]],
    ["a price that is paid once", { p: perUnit("1", { interval: null }) }, one, ["error not_recurring"]],
    ["a price of an unknown currency", { p: perUnit("1", { currency: "xyq" }) }, one, ["error currency_unknown"]],
    [
      "another currency",
      { p: perUnit("1") },
      [{ id: "a", prices: ["p"], currency: "usd" }],
      ["error currency_differs"],
    ],
    [
      "another currency than the price and its options have",
      { p: perUnit("1", { currencyOptions: { gbp: anOption("1") } }) },
      [{ id: "a", prices: ["p"], currency: "usd" }],
      ["error currency_differs"],
    ],
    [
      "nothing, in a currency that the price has among its options",
      { p: perUnit("1", { currencyOptions: { usd: anOption("1") } }) },
      [{ id: "a", prices: ["p"], currency: "usd" }],
      [],
    ],
    ["an amount that the customer chooses", { p: { unitAmount: null } }, one, ["error price_unusable"]],
    ["an amount out of range", { p: perUnit("99999999999999999999") }, one, ["error price_unusable"]],
    [
      "a tier without a price",
      {
        p: tiers("volume", [
          [5, null],
          [null, "1"],
        ]),
      },
      one,
      ["error price_unusable"],
    ],
    ["tiers that are not known", { p: { ...tiers("volume", []), tiers: null } }, one, ["warning tiers_unknown"]],
    ["a metered price without a meter", { p: perUnit("1", { metered: true }) }, one, ["error meter_missing"]],
    [
      "a quantity of usage",
      { p: metered({}) },
      [{ id: "a", prices: [{ id: "p", quantity: 2 }] }],
      ["error quantity_metered"],
    ],
    [
      "a meter that is included and charged for",
      { p: metered({}) },
      [{ id: "a", prices: ["p"], includes: ["mtr_1"] }],
      ["error meter_included"],
    ],
    [
      "several currencies",
      { p: perUnit("1"), q: perUnit("1", { currency: "usd" }) },
      [{ id: "a", prices: ["p", { id: "q", as: "x" }] }],
      ["error currencies_mixed"],
    ],
    [
      "two prices on one meter",
      { p: metered({}), q: metered({}) },
      [{ id: "a", prices: ["p", "q"] }],
      ["error meter_shared"],
    ],
    [
      "two prices that count the same",
      { p: perUnit("1"), q: perUnit("2") },
      [{ id: "a", prices: ["p", "q"] }],
      ["error role_shared"],
    ],
    [
      "two plans that cannot be told apart",
      { p: perUnit("1") },
      [...one, { id: "b", prices: ["p"] }],
      ["error plans_alike", "error plans_alike"],
    ],
    [
      "a quantity that nobody has",
      { p: perUnit("1"), q: perUnit("1") },
      [...one, { id: "b", prices: [{ id: "q", as: "rooms" }] }],
      ["warning role_alone", "warning role_alone"],
    ],
  ])("finds %s", (_, prices, plans, expected) => {
    expect(findings(prices, plans)).toEqual(expected);
  });

  it("lets a plan that is not offered have prices that are not active", () => {
    expect(findings({ p: perUnit("1", { active: false }) }, [{ id: "a", prices: ["p"], offered: false }])).toEqual([]);
  });
});
