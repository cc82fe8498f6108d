/** Values in their form: how exact, how written, and what does not fit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttributeValue } from "../model/contact.ts";
import { formed, type Form } from "./values.ts";

const plain: Form = { type: "float", precision: "exact", format: "plain", locale: "en" };
const form = (value: AttributeValue, parts: Partial<Form>, currency: string | null = null): unknown =>
  formed({ value, currency }, { ...plain, ...parts });

describe("bands", () => {
  const precision = { bands: [100, 0, 500, 1000] };
  it.each([
    [-5, "< 0 EUR"],
    [0, "0–100 EUR"],
    [99.99, "0–100 EUR"],
    [100, "100–500 EUR"],
    [999.99, "500–1000 EUR"],
    [1000, "≥ 1000 EUR"],
    [1e9, "≥ 1000 EUR"],
  ])("put %s into %s", (value, band) => {
    expect(form(value, { type: "string", precision }, "EUR")).toBe(band);
  });

  it("name no currency where there is none", () => {
    expect(form(5, { type: "string", precision: { bands: [1.5, 10] } })).toBe("1.5–10");
    expect(form(5, { type: "string", precision: { bands: [1.5, 10] }, locale: "de" })).toBe("1,5–10");
  });

  it("name limits that are as small as they like", () => {
    expect(form(0.00015, { type: "string", precision: { bands: [0.0001, 0.0002] } })).toBe("0.0001–0.0002");
  });

  it("hold every number in exactly one band, and in the same one as long as no limit lies between", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: -1200, max: 1200 }),
        fc.integer({ min: -1200, max: 1200 }),
        (bands, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          const isSplit = bands.some((limit) => low < limit && limit <= high);
          const bandOf = (value: number): unknown => form(value, { type: "string", precision: { bands } });
          expect(bandOf(low) === bandOf(high)).toBe(!isSplit);
        },
      ),
    );
  });
});

describe("rounding", () => {
  it.each([
    [1234.5, 10, 1230],
    [1235, 10, 1240],
    [-1235, 10, -1240],
    [0.15, 0.1, 0.2],
    [-0.01, 1, 0],
  ])("makes %s to a multiple of %s: %s", (value, round, rounded) => {
    expect(form(value, { precision: { round } })).toBe(rounded);
  });
});

describe("texts", () => {
  it.each<[AttributeValue, Partial<Form>, string | null, string]>([
    [1234.5, { format: "money" }, "EUR", "1,234.50 EUR"],
    [1234.5, { format: "money", locale: "de" }, "EUR", "1.234,50 EUR"],
    [500, { format: "money" }, "JPY", "500 JPY"],
    [1.5, { format: "money" }, "KWD", "1.500 KWD"],
    [5, { format: "money" }, "ISK", "5.00 ISK"],
    [1_796_000_000, { format: "date" }, null, "2026-11-30"],
    [1_796_000_000, { format: "date", locale: "de" }, null, "30.11.2026"],
    ["Pro", { format: "upper" }, null, "PRO"],
    ["Pro", { format: "lower" }, null, "pro"],
    [true, {}, null, "true"],
    [29.5, {}, null, "29.5"],
  ])("are made of %s by %o", (value, parts, currency, text) => {
    expect(form(value, { type: "string", ...parts }, currency)).toBe(text);
  });
});

describe("text from outside", () => {
  it.each<[string, Form["type"], AttributeValue]>([
    ["42", "integer", 42],
    [" -7 ", "integer", -7],
    ["12.50", "float", 12.5],
    ["yes", "boolean", true],
    ["Nein", "boolean", false],
    ["2026-11-30", "date", 1_795_996_800],
    ["2026-11-30T12:00:00Z", "date", 1_796_040_000],
    ["2026-11-30 13:00+01:00", "date", 1_796_040_000],
    ["1796040000", "date", 1_796_040_000],
  ])("“%s” is a value of type %s", (text, type, value) => {
    expect(form(text, { type })).toBe(value);
  });

  it.each<[string, Form["type"]]>([
    ["1,000", "float"],
    ["12 EUR", "float"],
    ["1e400", "float"],
    ["0x10", "integer"],
    ["1.5", "integer"],
    ["99999999999999999999", "integer"],
    ["maybe", "boolean"],
    ["30.11.2026", "date"],
    ["2026-02-30", "date"],
    ["2026-11-30 13:00", "date"],
    ["", "integer"],
  ])("“%s” is none of type %s, and the reason says so", (text, type) => {
    expect(form(text, { type })).toEqual({ unknown: expect.stringMatching(/^The value “.*” is .*\.$/) });
  });

  it("is put into bands when it is a number", () => {
    const parts: Partial<Form> = { type: "string", precision: { bands: [10] } };
    expect(form("12", parts)).toBe("≥ 10");
    expect(form("many", parts)).toEqual({ unknown: expect.stringContaining("no number") });
  });

  it("never throws, whatever it is", () => {
    const types = fc.constantFrom<Form["type"]>("string", "integer", "float", "boolean", "date");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), types, (text, type) => {
        const value = form(text, { type });
        expect(typeof value === "object" || typeof value === (type === "string" ? "string" : typeof value)).toBe(true);
      }),
    );
  });
});
