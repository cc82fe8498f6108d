import { describe, expect, it } from "vitest";
import { newPrice } from "../objects/catalogue.ts";
import type { Price, Tier } from "../objects/catalogue.ts";
import { businessDaysAfter } from "./business-days.ts";
import { periodFrom, shareLeft } from "./periods.ts";
import { amountFor } from "./price-math.ts";

const at = (text: string) => Date.parse(`${text}Z`) / 1000;
const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

const price = (extra: Partial<Price>) =>
  newPrice({ id: "price_1", created: 0, currency: "eur", product: "prod_1", ...extra });
const tier = (up_to: number | null, unit: string, flat: string | null = null): Tier => ({
  flat_amount: null,
  flat_amount_decimal: flat,
  unit_amount: null,
  unit_amount_decimal: unit,
  up_to,
});

describe("amounts", () => {
  const fonts = [tier(5, "700"), tier(10, "650"), tier(null, "600")];

  it.each([
    ["volume", 5, 3500],
    ["volume", 6, 3900],
    ["graduated", 6, 4150],
    ["graduated", 12, 3500 + 3250 + 1200],
    ["graduated", 0, 0],
  ] as const)("are %s for %i units", (tiers_mode, quantity, amount) => {
    expect(amountFor(price({ billing_scheme: "tiered", tiers_mode }), fonts, quantity)).toBe(amount);
  });

  it("include the flat fee of every tier entered, the first one's even for nothing", () => {
    const tiered = price({ billing_scheme: "tiered", tiers_mode: "graduated" });
    const fees = [tier(10, "0", "500"), tier(null, "100", "1000")];
    expect([0, 10, 11].map((quantity) => amountFor(tiered, fees, quantity))).toEqual([500, 500, 1600]);
  });

  it("round decimals half up, once per line", () => {
    const half = price({ unit_amount_decimal: "0.5" });
    expect([1, 2, 3].map((quantity) => amountFor(half, [], quantity))).toEqual([1, 1, 2]);
    expect(amountFor(price({ unit_amount_decimal: "0.000000000001" }), [], 1_000_000)).toBe(0);
  });

  it("count packages", () => {
    const packages = price({ unit_amount_decimal: "100", transform_quantity: { divide_by: 10, round: "up" } });
    expect([1, 10, 11].map((quantity) => amountFor(packages, [], quantity))).toEqual([100, 100, 200]);
  });
});

describe("periods", () => {
  const monthly = { interval: "month", interval_count: 1 } as const;

  it("keep the anchor's day wherever the month has it", () => {
    const anchor = at("2026-01-31T10:00:00");
    const first = periodFrom(anchor, monthly, anchor);
    const second = periodFrom(first.end, monthly, anchor);
    expect([first.end, second.end].map(day)).toEqual(["2026-02-28", "2026-03-31"]);
    expect(second.end % 86_400).toBe(anchor % 86_400);
  });

  it("may be years, weeks and days", () => {
    const leap = at("2024-02-29T00:00:00");
    expect(day(periodFrom(leap, { interval: "year", interval_count: 1 }).end)).toBe("2025-02-28");
    expect(day(periodFrom(leap, { interval: "week", interval_count: 2 }).end)).toBe("2024-03-14");
    expect(day(periodFrom(leap, { interval: "day", interval_count: 1 }).end)).toBe("2024-03-01");
  });

  it("have a share left, never less than none or more than all", () => {
    expect([-1, 0, 25, 100, 101].map((moment) => shareLeft({ start: 0, end: 100 }, moment))).toEqual([
      1, 1, 0.75, 0, 0,
    ]);
  });
});

describe("business days", () => {
  it.each([
    ["2026-11-18T09:00:00", 6, "2026-11-26"],
    ["2026-11-20T09:00:00", 1, "2026-11-23"],
    ["2026-04-02T09:00:00", 1, "2026-04-07"],
    ["2026-12-24T09:00:00", 1, "2026-12-28"],
    ["2026-04-30T09:00:00", 1, "2026-05-04"],
  ])("leave out weekends and holidays: %s and %i days", (from, days, expected) => {
    expect(day(businessDaysAfter(at(from), days))).toBe(expected);
  });
});
