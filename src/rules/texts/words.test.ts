/** Words for amounts, dates and the like: as people in each language read them, with Stripe's decimals. */
import { describe, expect, it } from "vitest";
import type { Money } from "../../model/money.ts";
import {
  cardWords,
  cutWords,
  dateWords,
  daysUntil,
  daysWords,
  moneyWords,
  numberWords,
  percentWords,
  planWords,
  type DateStyle,
  type DayStyle,
} from "./words.ts";

const en = { language: "en", timeZone: "Europe/Berlin" } as const;
const de = { language: "de", timeZone: "Europe/Berlin" } as const;
const at = (iso: string): number => Date.parse(iso) / 1000;

describe("an amount in words", () => {
  it.each<[Money, string, string]>([
    [{ amountMinor: 4_900, currency: "eur" }, "€49.00", "49,00 €"],
    [{ amountMinor: 123_456_789, currency: "usd" }, "US$1,234,567.89", "1.234.567,89 $"],
    [{ amountMinor: -500, currency: "gbp" }, "-£5.00", "-5,00 £"],
    [{ amountMinor: 4_900, currency: "jpy" }, "JP¥4,900", "4.900 ¥"],
    [{ amountMinor: 12_345, currency: "kwd" }, "KWD 12.345", "12,345 KWD"],
    [{ amountMinor: 12_345, currency: "isk" }, "ISK 123.45", "123,45 ISK"],
    [{ amountMinor: 12_345, currency: "ugx" }, "UGX 123.45", "123,45 UGX"],
    [{ amountMinor: 0, currency: "eur" }, "€0.00", "0,00 €"],
  ])("%j is %s and %s", (money, english, german) => {
    expect([moneyWords(money, en), moneyWords(money, de)].map(breakable)).toEqual([english, german]);
  });

  it("is not said in a currency whose decimals nobody knows", () => {
    expect(moneyWords({ amountMinor: 100, currency: "xyz" }, en)).toBeNull();
  });
});

describe("a date in words", () => {
  const noon = at("2026-11-15T11:30:00Z");

  it.each<[DateStyle, string, string]>([
    ["long", "15 November 2026", "15. November 2026"],
    ["short", "15 Nov 2026", "15.11.2026"],
    ["weekday", "Sunday, 15 November 2026", "Sonntag, 15. November 2026"],
    ["day", "15 November", "15. November"],
    ["month", "November 2026", "November 2026"],
    ["time", "15 November 2026 at 12:30", "15. November 2026 um 12:30 Uhr"],
  ])("%s is %s and %s", (style, english, german) => {
    expect([dateWords(noon, style, en), dateWords(noon, style, de)]).toEqual([english, german]);
  });

  it.each([
    ["2026-11-15T23:30:00Z", "Europe/Berlin", "16 November 2026"],
    ["2026-11-15T23:30:00Z", "America/New_York", "15 November 2026"],
    ["2026-11-15T12:30:00Z", "Pacific/Auckland", "16 November 2026"],
    // The first and the last second of a day in UTC are that day of the calendar, wherever somebody lives.
    ["2026-11-15T00:00:00Z", "America/New_York", "15 November 2026"],
    ["2026-11-30T23:59:59Z", "Europe/Berlin", "30 November 2026"],
  ])("%s in %s is %s", (iso, timeZone, day) => {
    expect(dateWords(at(iso), "long", { language: "en", timeZone })).toBe(day);
  });

  it("is not said beyond the calendar", () => {
    expect(dateWords(1e15, "long", en)).toBeNull();
  });
});

describe("days until a date", () => {
  it.each([
    ["2026-11-16T09:00:00Z", "2026-11-21T07:00:00Z", 5],
    ["2026-11-16T05:00:00Z", "2026-11-16T20:00:00Z", 0],
    ["2026-11-16T22:30:00Z", "2026-11-16T23:30:00Z", 1],
    ["2026-11-20T10:00:00Z", "2026-11-18T23:00:00Z", -1],
    ["2026-10-24T10:00:00Z", "2026-10-26T10:00:00Z", 2],
  ])("from %s to %s in Berlin are %i", (now, then, days) => {
    expect(daysUntil(at(then), { ...de, nowS: at(now) })).toBe(days);
  });

  it("are not known without a now", () => {
    expect(daysUntil(0, de)).toBeNull();
  });
});

describe("a number of days in words", () => {
  it.each<[number, DayStyle, string, string]>([
    [0, "count", "0 days", "0 Tage"],
    [1, "count", "1 day", "1 Tag"],
    [3, "count", "3 days", "3 Tage"],
    [1, "dative", "1 day", "1 Tag"],
    [3, "dative", "3 days", "3 Tagen"],
    [0, "in", "today", "heute"],
    [1, "in", "tomorrow", "morgen"],
    [2, "in", "in 2 days", "in 2 Tagen"],
    [1, "ago", "yesterday", "gestern"],
    [1200, "ago", "1,200 days ago", "vor 1.200 Tagen"],
  ])("%i as %s is %s and %s", (count, style, ...words) => {
    expect([daysWords(count, style, en), daysWords(count, style, de)]).toEqual(words);
  });
});

describe("other words", () => {
  it("write numbers and percentages as each language does", () => {
    expect([numberWords(1234.567, en), numberWords(1234.567, de), numberWords(2.5, en, 0)]).toEqual([
      "1,234.57",
      "1.234,57",
      "3",
    ]);
    expect([percentWords(84.55, en), breakable(percentWords(84.55, de))]).toEqual(["84.6%", "84,6 %"]);
  });

  it.each([
    ["month", "Team, monthly", "Team, monatlich"],
    ["3 months", "Team, every 3 months", "Team, alle 3 Monate"],
    ["year", "Team, yearly", "Team, jährlich"],
    ["2 weeks", "Team, every 2 weeks", "Team, alle 2 Wochen"],
    ["fortnight", "Team", "Team"],
    [null, "Team", "Team"],
  ])("say how often a plan is paid: %s", (interval, english, german) => {
    expect([planWords("Team", interval, en), planWords("Team", interval, de)]).toEqual([english, german]);
  });

  it.each([
    ["visa", "Visa"],
    ["amex", "American Express"],
    ["eftpos_au", "Eftpos Australia"],
    ["new_brand", "New brand"],
    ["unknown", "Karte"],
  ])("write the brand %s as %s", (brand, words) => {
    expect(cardWords(brand, de)).toBe(words);
  });

  it("cut what is too long between characters", () => {
    expect(cutWords("👍👍👍", 2)).toBe("👍…");
    expect(cutWords("abc", 3)).toBe("abc");
  });
});

/** No-break spaces are what is wanted, and hard to read in a table. */
function breakable(text: string | null): string | undefined {
  return text?.replaceAll(/[\u00A0\u202F]/g, " ");
}
