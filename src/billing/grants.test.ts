/** Billing credits and features: what Stripe tells when they change. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import { extractFacts } from "./extract.ts";
import { creditsOf, featuresOf } from "./grants.ts";

const nobody = { creditBalances: [], entitlements: [] };

describe("billing credits", () => {
  const summary = {
    object: "billing.credit_balance_summary",
    customer: "cus_1",
    balances: [
      { available_balance: { type: "monetary", monetary: { currency: "usd", value: 0 } } },
      { available_balance: { type: "monetary", monetary: { currency: "jpy", value: 900 } } },
      { available_balance: { type: "monetary", monetary: { currency: "eur", value: 5000 } } },
      { available_balance: { type: "something_new", monetary: null } },
    ],
  };
  const balance = aCopy("credit_balance", extractFacts("credit_balance", summary));

  it("are what is left, by currency", () => {
    const credits = creditsOf([{ ...nobody, creditBalances: [balance] }]);
    expect(credits).toEqual([
      { amountMinor: 5000, currency: "eur" },
      { amountMinor: 900, currency: "jpy" },
    ]);
  });

  it("of several customers are added up within a currency", () => {
    const both = [balance, aCopy("credit_balance", { available: [{ amountMinor: 1, currency: "eur" }] })];
    expect(creditsOf(both.map((one) => ({ ...nobody, creditBalances: [one] })))).toContainEqual({
      amountMinor: 5001,
      currency: "eur",
    });
  });

  it("are unknown until Stripe has told of them, which is not the same as none", () => {
    expect(creditsOf([nobody])).toHaveProperty("unknown");
    expect(creditsOf([{ ...nobody, creditBalances: [aCopy("credit_balance", { available: [] })] }])).toEqual([]);
  });
});

describe("entitlements", () => {
  const summary = {
    entitlements: { data: [{ lookup_key: "sso" }, { lookup_key: "export" }, { lookup_key: "sso" }, {}] },
  };

  it("are the features of all customers together, in alphabetical order", () => {
    const one = aCopy("entitlements", extractFacts("entitlements", summary));
    const other = aCopy("entitlements", { features: ["api"] });
    expect(featuresOf([one, other].map((copy) => ({ ...nobody, entitlements: [copy] })))).toEqual([
      "api",
      "export",
      "sso",
    ]);
  });

  it("are unknown until Stripe has told of them", () => {
    expect(featuresOf([nobody])).toHaveProperty("unknown");
  });
});
