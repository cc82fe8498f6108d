/** Station rules: amounts, dates and the like as people read them, in English and German. */
import type { RuleLanguage } from "../../../contract/rule.ts";
import { clockTimeOf } from "../../lib/zoned.ts";
import { isWholeDay } from "../dates.ts";
import { decimalsOf, isKnownCurrency, toMajor, type Money } from "../../model/money.ts";

/** In which language and time zone (IANA) is spoken, and when (unix seconds); without an instant, `days_until` knows nothing. */
export type Voice = { readonly language: RuleLanguage; readonly timeZone: string; readonly nowS?: number };

/** British English, since its dates cannot be mistaken. */
const locales: Readonly<Record<RuleLanguage, string>> = { en: "en-GB", de: "de-DE" };

const numberFormat = keeper<Intl.NumberFormat>();
const dateFormat = keeper<Intl.DateTimeFormat>();
const relativeFormat = keeper<Intl.RelativeTimeFormat>();

/**
 * An amount such as `€49.00` or `49,00 €`, with the decimals of Stripe's table and never `Intl`'s; null when that table does not
 * know the currency.
 */
export function moneyWords(money: Money, { language }: Voice): string | null {
  if (!isKnownCurrency(money.currency)) return null;
  const digits = decimalsOf(money.currency);
  const format = numberFormat(
    `${language} ${money.currency}`,
    () =>
      new Intl.NumberFormat(locales[language], {
        style: "currency",
        currency: money.currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  );
  return format.format(toMajor(money));
}

/** A number with at most so many decimals. */
export function numberWords(value: number, { language }: Voice, decimalsMax = 2): string {
  return numberFormat(
    `${language} ${decimalsMax}`,
    () => new Intl.NumberFormat(locales[language], { maximumFractionDigits: decimalsMax }),
  ).format(value);
}

/** A percentage (80 is 80 %): `80%`, or `80 %` with a blank that does not break. */
export function percentWords(value: number, voice: Voice): string {
  return `${numberWords(value, voice, 1)}${voice.language === "de" ? "\u00A0" : ""}%`;
}

/** Yes or no. */
export function flagWords(value: boolean, { language }: Voice): string {
  if (language === "de") return value ? "ja" : "nein";
  return value ? "yes" : "no";
}

/**
 * - long: 15 November 2026 · short: 15 Nov 2026, in German 15.11.2026 · weekday: with the day of the week
 * - day: without the year · month: without the day · time: with hour and minute
 */
export const dateStyles = ["long", "short", "weekday", "day", "month", "time"] as const;
export type DateStyle = (typeof dateStyles)[number];

/** No calendar of JavaScript's goes further. */
const instantMaxMs = 8.64e15;

/**
 * The day of an instant in the customer's time zone. What Stripe means as a day of the calendar stays that day wherever one is:
 * the month on a card would be over a day later in Berlin.
 */
export function dateWords(atS: number, style: DateStyle, { language, timeZone }: Voice): string | null {
  const zone = zoneFor(atS, timeZone);
  const at = atS * 1000;
  if (!(Math.abs(at) <= instantMaxMs)) return null;
  const write = (name: string, options: Intl.DateTimeFormatOptions): string =>
    dateFormat(
      `${name} ${language} ${zone}`,
      () => new Intl.DateTimeFormat(locales[language], { timeZone: zone, ...options }),
    ).format(at);
  const day = (): string => write("long", { day: "numeric", month: "long", year: "numeric" });
  switch (style) {
    case "long":
      return day();
    case "short":
      return language === "de"
        ? write("short", { day: "2-digit", month: "2-digit", year: "numeric" })
        : write("short", { day: "numeric", month: "short", year: "numeric" });
    case "weekday":
      return `${write("weekday", { weekday: "long" })}, ${day()}`;
    case "day":
      return write("day", { day: "numeric", month: "long" });
    case "month":
      return write("month", { month: "long", year: "numeric" });
    case "time": {
      const time = write("time", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      return language === "de" ? `${day()} um ${time} Uhr` : `${day()} at ${time}`;
    }
  }
}

/** Whole days of the customer's calendar from now to an instant: from Monday noon to Tuesday morning is one. */
export function daysUntil(atS: number, { timeZone, nowS }: Voice): number | null {
  if (nowS === undefined) return null;
  return clockTimeOf(zoneFor(atS, timeZone), atS).day - clockTimeOf(timeZone, nowS).day;
}

function zoneFor(atS: number, timeZone: string): string {
  return isWholeDay(atS) ? "UTC" : timeZone;
}

/**
 * - count: 3 days, 3 Tage · dative: 3 days, 3 Tagen, as behind “seit” and “nach”
 * - in: in 3 days, tomorrow, today · ago: 3 days ago, yesterday, today
 */
export const dayStyles = ["count", "dative", "in", "ago"] as const;
export type DayStyle = (typeof dayStyles)[number];

const days: Readonly<Record<RuleLanguage, readonly [one: string, many: string, dative: string]>> = {
  en: ["day", "days", "days"],
  de: ["Tag", "Tage", "Tagen"],
};

/** So many whole days in words. */
export function daysWords(count: number, style: DayStyle, voice: Voice): string {
  const whole = Math.trunc(count);
  if (style === "in" || style === "ago") {
    // Beyond tomorrow and yesterday German has words that nobody expects in a letter, so these are counted.
    const numeric = Math.abs(whole) < 2 ? "auto" : "always";
    const relative = relativeFormat(
      `${voice.language} ${numeric}`,
      () => new Intl.RelativeTimeFormat(locales[voice.language], { numeric }),
    );
    return relative.format(style === "in" ? whole : -whole, "day");
  }
  const [one, many, dative] = days[voice.language];
  const isOne = Math.abs(whole) === 1;
  return `${numberWords(whole, voice)} ${isOne ? one : style === "dative" ? dative : many}`;
}

const intervals: Readonly<Record<RuleLanguage, ReadonlyMap<string, readonly [often: string, many: string]>>> = {
  en: new Map([
    ["day", ["daily", "days"]],
    ["week", ["weekly", "weeks"]],
    ["month", ["monthly", "months"]],
    ["year", ["yearly", "years"]],
  ]),
  de: new Map([
    ["day", ["täglich", "Tage"]],
    ["week", ["wöchentlich", "Wochen"]],
    ["month", ["monatlich", "Monate"]],
    ["year", ["jährlich", "Jahre"]],
  ]),
};

/** A plan's name with how often it is paid (`month`, `3 months`): `Team, monthly`. Without a known interval, the name. */
export function planWords(name: string, interval: string | null, { language }: Voice): string {
  const [, count = "1", unit = ""] = /^(?:(\d+) )?([a-z]+?)s?$/.exec(interval ?? "") ?? [];
  const words = intervals[language].get(unit);
  if (!words) return name;
  if (count === "1") return `${name}, ${words[0]}`;
  return `${name}, ${language === "de" ? "alle" : "every"} ${count} ${words[1]}`;
}

/** Stripe's words for brands (docs.stripe.com/api/payment_methods/object), where a capital letter does not do. */
const brands: ReadonlyMap<string, string> = new Map([
  ["amex", "American Express"],
  ["american express", "American Express"],
  ["cartes_bancaires", "Cartes Bancaires"],
  ["diners", "Diners Club"],
  ["eftpos_au", "Eftpos Australia"],
  ["girocard", "girocard"],
  ["jcb", "JCB"],
  ["unionpay", "UnionPay"],
]);

/** A card's brand as it stands on the card; a card of unknown brand is just that. */
export function cardWords(brand: string, { language }: Voice): string {
  const key = brand.toLowerCase();
  if (key === "unknown") return language === "de" ? "Karte" : "card";
  return brands.get(key) ?? brand.charAt(0).toUpperCase() + brand.slice(1).replaceAll("_", " ");
}

/** Formatters are dear to make and cheap to use, so each is made once. */
function keeper<T>(): (name: string, make: () => T) => T {
  const known = new Map<string, T>();
  return (name, make) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = make();
    known.set(name, made);
    return made;
  };
}

/** A text of at most so many characters; what is longer ends in “…”. */
export function cutWords(text: string, max: number): string {
  const letters = Array.from(text);
  return letters.length <= max ? text : `${letters.slice(0, max - 1).join("")}…`;
}
