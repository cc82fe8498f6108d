/** Station links: amounts and dates as a customer reads them. */
import { decimalsOf, isKnownCurrency, toMajor, type Money } from "../model/money.ts";
import type { LinkLanguage } from "./language.ts";

const locales: Readonly<Record<LinkLanguage, string>> = { en: "en-GB", de: "de-DE" };

/** 4900 eur → 49,00 €. With Stripe's own decimals; a currency that Stripe's table does not know is shown by its code alone. */
export function moneyText(money: Money, language: LinkLanguage): string {
  const currency = money.currency.toUpperCase();
  if (!isKnownCurrency(money.currency)) return currency;
  const digits = decimalsOf(money.currency);
  return new Intl.NumberFormat(locales[language], {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(toMajor(money));
}

/** A decimal as text, with the language's separators; every digit stays. */
export function numberText(decimal: string, language: LinkLanguage): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const grouped = new Intl.NumberFormat(locales[language]).format(BigInt(/^-?\d+$/.test(whole) ? whole : "0"));
  return fraction === "" ? grouped : `${grouped}${language === "de" ? "," : "."}${fraction}`;
}

/** A day of UTC: 22 November 2026, 22. November 2026. */
export function dayText(atMs: number, language: LinkLanguage): string {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: "long", timeZone: "UTC" }).format(atMs);
}
