/** Rates: read or refused as a whole, and used for the day that they are of. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startOfDay } from "../lib/calendar.ts";
import type { Money } from "./money.ts";
import { parseRates } from "./rates-file.ts";
import { convert, RateTable } from "./rates.ts";

const table = new RateTable(
  parseRates(`date,currency,rate
# the first of a month
2026-08-03,USD,0.8562
2026-08-05,usd,0.9
2026-08-03,JPY,0.00582
2026-08-03,KWD,2.8123
2026-08-03,ISK,0.0069`).rates,
);
const euros = { currency: "eur", rates: table };
const at = (day: string): number => startOfDay(day) + 3600;

describe("an amount in the reporting currency", () => {
  it.each<[Money, string, number]>([
    [{ amountMinor: 1000, currency: "usd" }, "2026-08-03", 856],
    [{ amountMinor: 1000, currency: "usd" }, "2026-08-04", 856],
    [{ amountMinor: 1000, currency: "usd" }, "2026-08-05", 900],
    [{ amountMinor: 1000, currency: "usd" }, "2026-08-11", 900],
    [{ amountMinor: 1000, currency: "jpy" }, "2026-08-03", 582],
    [{ amountMinor: 12_340, currency: "kwd" }, "2026-08-03", 3470],
    [{ amountMinor: 50_000, currency: "isk" }, "2026-08-03", 345],
    [{ amountMinor: 1234, currency: "eur" }, "1999-01-01", 1234],
    [{ amountMinor: 0, currency: "chf" }, "2026-08-03", 0],
  ])("%j on %s", (money, day, amountMinor) => {
    expect(convert(money, euros, at(day))).toEqual({ amountMinor, currency: "eur" });
  });

  it.each<[string, string, string]>([
    ["chf", "2026-08-03", "There is no rate for CHF."],
    ["usd", "2026-08-02", "There is no rate for USD of 2026-08-02 or of the 6 days before it."],
    ["usd", "2026-08-12", "There is no rate for USD of 2026-08-12 or of the 6 days before it."],
  ])("of %s on %s is unknown", (currency, day, unknown) => {
    expect(convert({ amountMinor: 1, currency }, euros, at(day))).toEqual({ unknown });
  });

  it("is in that currency's own minor units", () => {
    const yen = { currency: "jpy", rates: new RateTable([{ date: "2026-08-03", currency: "eur", rate: "171.82" }]) };
    expect(convert({ amountMinor: 1000, currency: "eur" }, yen, at("2026-08-03"))).toEqual({
      amountMinor: 1718,
      currency: "jpy",
    });
  });

  it("does not depend on the order of the file", () => {
    const lines = ["2026-08-03,usd,0.5", "2026-08-04,usd,0.6", "2026-08-06,usd,0.7", "2026-08-09,usd,0.8"];
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 4 }), fc.integer({ min: 3, max: 14 }), (shuffled, day) => {
        const atS = at(`2026-08-${String(day).padStart(2, "0")}`);
        const of = (some: readonly string[]): unknown =>
          convert(
            { amountMinor: 100, currency: "usd" },
            { currency: "eur", rates: new RateTable(parseRates(some.join("\n")).rates) },
            atS,
          );
        expect(of(shuffled)).toEqual(of(lines));
      }),
    );
  });
});

describe("a file of rates", () => {
  it("may be a JSON list", () => {
    expect(parseRates('[{"date":"2026-08-03","currency":"USD","rate":0.5}]')).toEqual({
      rates: [{ date: "2026-08-03", currency: "usd", rate: "0.5" }],
    });
  });

  it.each([
    ["2026-08-03,USD,0", "line 1: rate"],
    ["2026-08-03,USD,-1", "line 1: rate"],
    ["2026-08-03,USD,1,5", "line 1: must have"],
    ["2026-08-03,USD,1e5", "line 1: rate"],
    ["2026-02-30,USD,1", "line 1: date"],
    ["3.8.2026,USD,1", "line 1: date"],
    ["date,currency,rate\n2026-08-03,Dollar,1", "line 2: currency"],
    ["2026-08-03,USD", "line 1: rate"],
    ["2026-08-03,USD,1\n2026-08-03,usd,2", "line 2: this day has a rate"],
    ["[{]", "is no JSON list"],
    ['[{"date":"2026-08-03","currency":"USD"}]', "entry 1: rate"],
    ["[5]", "entry 1"],
  ])("%j is refused with its place", (text, problem) => {
    const parsed = parseRates(text);
    expect(parsed.rates).toEqual([]);
    expect(parsed.problem).toContain(problem);
  });
});
