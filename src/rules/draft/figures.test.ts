/** Figures: the same however they are written, and never one that was not given. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { figuresIn, unknownFigures } from "./figures.ts";

function strange(text: string, known: string): readonly string[] {
  return unknownFigures(text, known).map(({ written }) => written);
}

describe("a figure that was given", () => {
  it.each([
    ["49,00 €", "It is €49.00, EUR 49, 49 euros or 49."],
    ["US$49.00 and 12,50 £", "49 $, 49 dollars, GBP 12.50"],
    ["12:30", "at 12:30"],
    ["49.00", "Es sind 49,00."],
    ["1.234,50 €", "€1,234.50; EUR 1234,5; 1 234,50 €"],
    ["€1,234", "1.234 €"],
    ["12.345 KWD", "12,345 and 12.345"],
    ["84,5 %", "84.5%, 84.5 percent, 84,50 Prozent"],
    ["15. November 2026", "15 November 2026, November 15, 2026, 15.11.2026, 2026-11-15, am 15.11. und im November"],
    ["15 Nov 2026", "the 15th of November, Nov 15, in November, November 2026"],
    ["2026-03-05", "5. März, 05.03.26, 5/3/2026, 3/5/2026"],
    ["3 days", "three days, drei Tage, 3 Tage"],
    ["25 seats", "twenty-five, fünfundzwanzig"],
    ["1 month", "one month, einen Monat, einem Monat"],
    ["Sonntag, 15. November", "Sunday the 15 November"],
    ["hundred", "hundred"],
    ["", "One of us may march on; you may ask. Eine Frage, ein Team."],
  ])("%j allows %j", (known, text) => {
    expect(strange(text, known)).toEqual([]);
  });
});

describe("a figure that was not given", () => {
  it.each<[string, string, readonly string[]]>([
    ["49,00 €", "only 48,00 €", ["48,00 €"]],
    ["49,00 €", "49 %, $49, 49 SEK", ["49 %", "$49", "49 SEK"]],
    ["12:30", "at 13:30", ["13:30"]],
    ["3 days", "€3 and 3 percent", ["€3", "3 percent"]],
    ["15. November 2026", "15. Dezember 2026", ["15. Dezember 2026"]],
    ["15. November 2026 and 20 December 2026", "15 December, 20.11.2026", ["20.11.2026", "15 December"]],
    ["15 November", "15 November 2027", ["15 November 2027"]],
    ["15 November 2026", "in December, until May, May 2026", ["in December", "until May", "May 2026"]],
    ["Monday", "on Friday, am Freitag", ["Friday", "Freitag"]],
    ["3", "four, zwölf, thirty-two, vierundsechzig", ["four", "zwölf", "thirty-two", "vierundsechzig"]],
    ["3 days", "one month free, ein Jahr", ["one month", "ein Jahr"]],
    [
      "100",
      "a hundred, zweitausend, half, doppelt so viel, tomorrow",
      ["hundred", "zweitausend", "half", "doppelt", "tomorrow"],
    ],
    ["1", "１２ and ٣ and Ⅳ½", ["12", "2", "٣"]],
    ["12.10", "€12.10. Next", ["€12.10"]],
    ["€12.10", "You pay €12.10.", []],
    ["5", "B2B", ["2"]],
    ["1234", "12,34", ["12,34"]],
    ["1, 2", "1.2", ["1.2"]],
  ])("of %j in %j is %j", (known, text, written) => {
    expect(strange(text, known)).toEqual(written);
  });
});

describe("any number", () => {
  const minor = fc.integer({ min: 0, max: 99_999_999 });
  const writings = (value: number): readonly string[] => {
    const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    return [
      (value / 100).toFixed(2),
      (value / 100).toFixed(2).replace(".", ","),
      new Intl.NumberFormat("de", options).format(value / 100),
      new Intl.NumberFormat("en", options).format(value / 100),
      new Intl.NumberFormat("de", { ...options, style: "currency", currency: "EUR" }).format(value / 100),
    ];
  };

  it("is known in every way to write it", () => {
    fc.assert(
      fc.property(minor, fc.nat(4), fc.nat(4), (value, given, said) => {
        const number = (writings(value)[said] ?? "").replace(/\s?€/u, "");
        expect(strange(`It is ${number}, really.`, writings(value)[given] ?? "")).toEqual([]);
      }),
    );
  });

  it("is not another one", () => {
    fc.assert(
      fc.property(minor, minor, fc.nat(4), (value, other, said) => {
        fc.pre(value !== other);
        expect(strange(`It is ${writings(other)[said]}.`, writings(value)[4] ?? "")).toHaveLength(1);
      }),
    );
  });

  it("is read in no more time than the text is long", () => {
    const long = "1.".repeat(1_000) + "in ".repeat(1_000) + "9 ".repeat(1_000);
    expect(figuresIn(long).length).toBeGreaterThan(0);
  });
});
