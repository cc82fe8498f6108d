/** Stripe's table of decimals, written out again from docs.stripe.com/currencies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalsOf, toMajor } from "./money.ts";

const whole = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const thousandths = ["bhd", "jod", "kwd", "omr", "tnd"];
const hundredths = ["eur", "usd", "gbp", "chf", "isk", "ugx", "huf", "twd", "inr", "brl"];

describe("decimalsOf", () => {
  it.each(whole)("%s has none", (currency) => {
    expect(decimalsOf(currency)).toBe(0);
  });

  it.each(thousandths)("%s has three", (currency) => {
    expect(decimalsOf(currency)).toBe(3);
  });

  it.each(hundredths)("%s is written with two, even where the money itself has none", (currency) => {
    expect(decimalsOf(currency)).toBe(2);
  });

  it("does not mind the case", () => {
    expect(decimalsOf("JPY")).toBe(0);
  });

  it("takes a currency of tomorrow for one with two", () => {
    expect(decimalsOf("xyz")).toBe(2);
  });
});

describe("toMajor", () => {
  it.each([
    [1234, "eur", 12.34],
    [1, "usd", 0.01],
    [0, "usd", 0],
    [-500, "eur", -5],
    [-5, "eur", -0.05],
    [500, "jpy", 500],
    [-500, "jpy", -500],
    [0, "jpy", 0],
    [500, "isk", 5],
    [500, "ugx", 5],
    [12_340, "kwd", 12.34],
    [-1230, "bhd", -1.23],
    [1, "tnd", 0.001],
    [999_999_999_999, "eur", 9_999_999_999.99],
  ])("%d of %s is %d", (amountMinor, currency, major) => {
    expect(toMajor({ amountMinor, currency })).toBe(major);
  });

  it("is the number that the digits spell, without the errors of division", () => {
    const currencies = fc.constantFrom("eur", "jpy", "kwd");
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
        currencies,
        (amountMinor, currency) => {
          expect(toMajor({ amountMinor, currency }).toFixed(decimalsOf(currency))).toBe(
            spelled(amountMinor, decimalsOf(currency)),
          );
        },
      ),
    );
  });
});

function spelled(amountMinor: number, decimals: number): string {
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, "0");
  const sign = amountMinor < 0 ? "-" : "";
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
