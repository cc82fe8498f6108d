/** How meters stand: percentages, projections, status, and which reading counts for the period that runs. */
import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../../test/support/builders.ts";
import type { UsageFacts } from "../../model/stripe-object.ts";
import { isNews, judgeReading } from "./judge.ts";
import { periodAt } from "./period.ts";
import { percentOf, projectedValueOf } from "./projection.ts";
import { meteredItemsOf, statusOf, usageOf, usualUsageRules, type UsageCopies } from "./usage.ts";

const dayS = 86_400;
const startS = 1_790_000_000;
const endS = startS + 30 * dayS;
const item = anItem({ priceId: "price_m", metered: true, quantity: null, periodStartS: startS, periodEndS: endS });

function copies(usages: readonly Partial<UsageFacts>[], parts: Partial<UsageCopies> = {}): UsageCopies {
  const tiers = [
    { upTo: 1000, unitAmount: "0", flatAmount: null },
    { upTo: null, unitAmount: "1", flatAmount: null },
  ];
  return {
    subscriptions: [aCopy("subscription", { items: [item] })],
    prices: [aCopy("price", { meterId: "mtr_1", metered: true, billingScheme: "tiered", tiers }, { id: "price_m" })],
    products: [],
    usages: usages.map((facts) =>
      aCopy("usage", { periodStartS: startS, periodEndS: endS, asOfS: startS + 15 * dayS, ...facts }),
    ),
    ...parts,
  };
}

describe("a meter", () => {
  it("is told with its percentage, its projection and its status", () => {
    expect(usageOf(copies([{ value: "420.5" }]))).toEqual([
      {
        customerId: "cus_1",
        meter: "documents",
        unit: "Documents",
        value: 420.5,
        limit: 1000,
        limitSource: "tiers",
        percent: 42,
        projectedValue: 841,
        projectedPercent: 84.1,
        periodStartS: startS,
        periodEndS: endS,
        asOfS: startS + 15 * dayS,
        source: "stripe",
        status: "ok",
      },
    ]);
  });

  it("never reads as a percentage that it has not reached", () => {
    const [state] = usageOf(copies([{ value: "799.99" }]));
    expect(state).toMatchObject({ percent: 79.9, status: "high_risk" }); // by its projection
    expect(usageOf(copies([{ value: "1000.01", asOfS: endS }]))[0]).toMatchObject({ percent: 100, status: "over" });
  });

  it("counts as nothing below nothing", () => {
    expect(usageOf(copies([{ value: "-3" }]))[0]).toMatchObject({ value: 0, percent: 0, status: "ok" });
  });

  it("without a limit has neither percentage nor status", () => {
    const prices = [aCopy("price", { meterId: "mtr_1", metered: true }, { id: "price_m" })];
    expect(usageOf(copies([{}], { prices }))[0]).toMatchObject({
      value: 500,
      limit: null,
      percent: null,
      projectedPercent: null,
      status: null,
    });
  });

  it("with a limit that cannot be read says why", () => {
    const products = [aCopy("product", { metadata: { usage_limit: "lots" } }, { id: "prod_1" })];
    expect(usageOf(copies([{}], { products }))[0]).toMatchObject({
      limit: { unknown: "The metadata usage_limit of product prod_1 is no number above 0." },
      status: null,
    });
  });

  it("says nothing after a renewal, until there is a reading of the new period", () => {
    const renewed = { ...item, periodStartS: endS, periodEndS: endS + 30 * dayS };
    const subscriptions = [aCopy("subscription", { items: [renewed] })];
    expect(usageOf(copies([{ value: "900" }], { subscriptions }))).toEqual([]);
    expect(usageOf(copies([{ value: "900", source: "pushed" }], { subscriptions }))).toEqual([]);
  });

  it("that Stripe read says nothing once it is billed no more; what was pushed stays", () => {
    const subscriptions = [aCopy("subscription", { status: "canceled", items: [item] })];
    expect(usageOf(copies([{}], { subscriptions }))).toEqual([]);
    expect(usageOf(copies([{ source: "pushed", meterId: null }], { subscriptions }))).toHaveLength(1);
  });

  it("that stands worst comes first: by status, then by percentage", () => {
    const limits = ["a", "b", "c"].map((meter) => ({ meter, limit: 1000 }));
    const pushed = { source: "pushed", meterId: null, asOfS: endS } as const;
    const usages = [
      { ...pushed, meter: "a", value: "100" },
      { ...pushed, meter: "b", value: "1200" },
      { ...pushed, meter: "c", value: "850" },
      { ...pushed, meter: "d", value: "9999" },
    ];
    const order = usageOf(copies(usages), { ...usualUsageRules, limits }).map(({ meter, status }) => [meter, status]);
    expect(order).toEqual([
      ["b", "over"],
      ["c", "high_risk"],
      ["a", "ok"],
      ["d", null],
    ]);
  });
});

describe("the item that bills a meter", () => {
  it("is of the subscription in the best standing, of equals the newest", () => {
    const subscriptions = [
      aCopy("subscription", { status: "past_due", items: [{ ...item, id: "si_late" }] }, { id: "sub_late" }),
      aCopy("subscription", { createdS: 1, items: [{ ...item, id: "si_old" }] }, { id: "sub_old" }),
      aCopy("subscription", { createdS: 2, items: [{ ...item, id: "si_new" }] }, { id: "sub_new" }),
    ];
    expect(meteredItemsOf(copies([], { subscriptions })).map((one) => one.item.id)).toEqual(["si_new"]);
  });

  it("is not known while its price is not", () => {
    expect(meteredItemsOf(copies([], { prices: [] }))).toEqual([]);
  });
});

describe("the projection", () => {
  const facts = { value: "100", formula: "sum", periodStartS: 0, periodEndS: 1000 };
  it.each<[string, number, string, string | null]>([
    ["nothing in the first twentieth", 49, "sum", null],
    ["on a line from the beginning", 250, "sum", "400"],
    ["the value itself at the end", 1000, "sum", "100"],
    ["the value itself of a meter that keeps the last report", 250, "last", "100"],
  ])("is %s", (_name, asOfS, formula, projected) => {
    expect(projectedValueOf({ ...facts, asOfS, formula })?.toFixed() ?? null).toBe(projected);
  });
});

describe("the status", () => {
  it.each<[string, string | null, string]>([
    ["0", null, "ok"],
    ["79.999", "100", "ok"],
    ["80", null, "high_risk"],
    ["30", "100.01", "high_risk"],
    ["100", "100", "high_risk"],
    ["100.0001", null, "over"],
  ])("at %s percent, projected %s, is %s", (percent, projected, status) => {
    const projectedPercent = projected === null ? null : new Decimal(projected);
    const { thresholds } = usualUsageRules;
    expect(statusOf({ percent: new Decimal(percent), projectedPercent, thresholds })).toBe(status);
  });

  it("follows the first threshold of the mapping", () => {
    const levels = { percent: new Decimal(55), projectedPercent: null };
    expect(statusOf({ ...levels, thresholds: [50, 100] })).toBe("high_risk");
    expect(statusOf({ ...levels, thresholds: [120] })).toBe("ok");
  });

  it("needs a limit for a percentage", () => {
    expect(percentOf(new Decimal(5), null)).toBeNull();
    expect(percentOf(new Decimal("0.3"), "3")?.toFixed()).toBe("10");
  });
});

describe("a new reading", () => {
  const known = aCopy("usage", { periodStartS: startS, asOfS: startS + 100, value: "790", judgedLimit: "1000" }).facts;
  it("is judged by the limit of today, the one before by that of its own time", () => {
    const judged = judgeReading(known, { ...known, value: "800" }, { copies: copies([]), rules: usualUsageRules });
    expect(judged).toMatchObject({
      facts: { judgedLimit: "1000" },
      crossings: [{ threshold: 80, direction: "rising" }],
    });
    const roomier = { ...usualUsageRules, limits: [{ meter: "documents", limit: 5000 }] };
    const before = { ...known, value: "950" };
    expect(judgeReading(before, before, { copies: copies([]), rules: roomier }).crossings).toEqual([
      { threshold: 90, direction: "falling" },
      { threshold: 80, direction: "falling" },
    ]);
  });

  it.each<[string, Partial<UsageFacts>, Partial<UsageFacts>, boolean]>([
    ["later", {}, { asOfS: startS + 101 }, true],
    ["of the same instant", {}, {}, true],
    ["of an earlier instant", {}, { asOfS: startS + 99 }, false],
    ["of a later period", {}, { periodStartS: endS, asOfS: endS }, true],
    ["of a former period", { periodStartS: endS }, { asOfS: endS + 5 }, false],
    ["of a period that somebody pushes", { source: "pushed" }, { asOfS: startS + 200 }, false],
  ])("that is %s is news or not", (_name, before, after, news) => {
    expect(isNews({ ...known, ...before }, { ...known, ...after })).toBe(news);
  });
});

describe("the period of pushed usage", () => {
  it("is that of the item that bills the meter, else of the plan, else the calendar month", () => {
    const all = copies([]);
    const [billing = null] = meteredItemsOf(all);
    expect(periodAt(all, { billing, atS: startS + 5 })).toEqual({ startS, endS });
    const noone = { ...all, subscriptions: [] };
    expect(periodAt(noone, { billing: null, atS: Date.UTC(2026, 10, 22) / 1000 })).toEqual({
      startS: Date.UTC(2026, 10) / 1000,
      endS: Date.UTC(2026, 11) / 1000,
    });
  });

  it("is the next of the same length while the renewal has not been heard of", () => {
    const all = copies([]);
    expect(periodAt(all, { billing: null, atS: endS + 5 })).toEqual({ startS: endS, endS: endS + 30 * dayS });
  });
});
