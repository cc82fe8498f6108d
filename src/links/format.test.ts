/** Amounts as customers read them. */
import { expect, it } from "vitest";
import { dayText, moneyText, numberText } from "./format.ts";

it.each([
  [{ amountMinor: 4900, currency: "eur" }, "de", "49,00 €"],
  [{ amountMinor: 4900, currency: "eur" }, "en", "€49.00"],
  [{ amountMinor: 4900, currency: "jpy" }, "en", "JP¥4,900"],
  [{ amountMinor: 1234, currency: "kwd" }, "en", "KWD 1.234"],
  [{ amountMinor: 500, currency: "isk" }, "en", "ISK 5.00"],
  [{ amountMinor: -100, currency: "usd" }, "en", "-US$1.00"],
  [{ amountMinor: 100, currency: "xau" }, "en", "XAU"],
] as const)("%o is written in %s as %s", (money, language, text) => {
  expect(moneyText(money, language).replaceAll("\u00a0", " ")).toBe(text);
});

it("keeps every digit of a number", () => {
  expect(numberText("12345678901234567890.125", "de")).toBe("12.345.678.901.234.567.890,125");
  expect(numberText("12345.5", "en")).toBe("12,345.5");
});

it("writes days out", () => {
  expect(dayText(Date.parse("2026-11-22T23:30:00.000Z"), "de")).toBe("22. November 2026");
  expect(dayText(Date.parse("2026-11-22T23:30:00.000Z"), "en")).toBe("22 November 2026");
});
