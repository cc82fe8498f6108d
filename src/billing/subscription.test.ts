/** Which subscription speaks for a customer, and what it says. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem, anOption } from "../../test/support/builders.ts";
import type { ObjectCopyOf, SubscriptionFacts, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { mainItem, primaryOf, primarySubscription, subscriptionState, type PrimaryPolicy } from "./subscription.ts";

const subscription = (facts: Partial<SubscriptionFacts> = {}, id = "sub_1"): ObjectCopyOf<"subscription"> =>
  aCopy("subscription", facts, { id });
const products = [aCopy("product", { name: "Pro" }, { id: "prod_1" })];

const order = [
  "active",
  "trialing",
  "past_due",
  "unpaid",
  "paused",
  "incomplete",
  "a_status_of_tomorrow",
  "canceled",
  "incomplete_expired",
];

describe("primarySubscription", () => {
  it("is nobody's without subscriptions", () => {
    expect(primarySubscription([])).toBeNull();
  });

  it.each(order.slice(1).map((worse, index) => [order[index] ?? "", worse]))("prefers %s to %s", (better, worse) => {
    const good = subscription({ status: better, createdS: 1 }, "sub_good");
    const bad = subscription({ status: worse, createdS: 2 }, "sub_bad");

    expect(primarySubscription([bad, good])?.id).toBe("sub_good");
    expect(primarySubscription([good, bad])?.id).toBe("sub_good");
  });

  it("takes the newest of equals, and never depends on their order", () => {
    const old = subscription({ createdS: 1 }, "sub_old");
    const young = subscription({ createdS: 2 }, "sub_young");
    const twin = subscription({ createdS: 2 }, "sub_twin");

    expect(primarySubscription([old, young])?.id).toBe("sub_young");
    expect(primarySubscription([young, twin])).toEqual(primarySubscription([twin, young]));
  });
});

describe("primaryOf", () => {
  const small = subscription({ createdS: 3, status: "past_due" }, "sub_newest");
  const big = subscription({ createdS: 1, status: "past_due", items: [anItem({ quantity: 9 })] }, "sub_big");
  const good = subscription({ createdS: 2, items: [anItem({ unitAmount: "1" })] }, "sub_good");
  const over = subscription({ createdS: 9, status: "canceled" }, "sub_over");

  it.each<[PrimaryPolicy | undefined, string]>([
    [undefined, "sub_good"],
    ["best_standing", "sub_good"],
    ["newest", "sub_newest"],
    ["highest_mrr", "sub_big"],
  ])("by the policy %s is %s, in whatever order they come, and never one that has ended", (policy, expected) => {
    const all = [over, small, big, good];
    for (const subscriptions of [all, all.toReversed()]) {
      const subscriber = { customer: aCopy("customer"), subscriptions, prices: [], coupons: [] };
      expect(primaryOf(subscriber, policy)?.id).toBe(expected);
    }
  });

  it("is the latest of those that have ended when none lives, and nobody's of none", () => {
    const older = subscription({ createdS: 1, status: "canceled" }, "sub_older");
    const of = (...subscriptions: readonly ObjectCopyOf<"subscription">[]): string | undefined =>
      primaryOf({ customer: aCopy("customer"), subscriptions, prices: [], coupons: [] }, "newest")?.id;
    expect(of(older, over)).toBe("sub_over");
    expect(of()).toBeUndefined();
  });
});

describe("mainItem", () => {
  const item = (id: string, parts: Partial<SubscriptionItemFacts>): SubscriptionItemFacts => anItem({ id, ...parts });
  const of = (...items: readonly SubscriptionItemFacts[]): Pick<SubscriptionFacts, "items" | "currency"> => ({
    items,
    currency: "eur",
  });
  const seats = item("seats", { unitAmount: "1000", quantity: 5 });

  it.each<[string, SubscriptionItemFacts, SubscriptionItemFacts]>([
    ["more seats of a cheaper price", seats, item("base", { unitAmount: "4900", quantity: 1 })],
    [
      "a monthly price over a yearly one of nine times as much",
      item("monthly", { unitAmount: "1000" }),
      item("yearly", { unitAmount: "9000", interval: "year" }),
    ],
    [
      "a yearly price over a monthly one of a twentieth",
      item("yearly", { unitAmount: "24000", interval: "year" }),
      item("monthly", { unitAmount: "1200" }),
    ],
    [
      "a weekly price over a monthly one of four times as much",
      item("weekly", { unitAmount: "1000", interval: "week" }),
      item("monthly", { unitAmount: "4300" }),
    ],
    [
      "a monthly price over a daily one of a thirty-first",
      item("monthly", { unitAmount: "3100" }),
      item("daily", { unitAmount: "100", interval: "day" }),
    ],
    [
      "a monthly price over a quarterly one of twice as much",
      item("monthly", { unitAmount: "1000" }),
      item("quarterly", { unitAmount: "2000", intervalCount: 3 }),
    ],
    [
      "a free plan over metered usage",
      item("free", { unitAmount: "0" }),
      item("usage", { unitAmount: "9900", metered: true, quantity: null }),
    ],
    ["a fraction of a cent over nothing", item("tiny", { unitAmount: "0.5" }), item("free", { unitAmount: "0" })],
  ])("prefers %s", (_what, better, worse) => {
    expect(mainItem(of(worse, better))?.id).toBe(better.id);
    expect(mainItem(of(better, worse))?.id).toBe(better.id);
  });

  it("takes metered usage when there is nothing else, and nothing of nothing", () => {
    expect(mainItem(of(item("usage", { metered: true, unitAmount: null, quantity: null })))?.id).toBe("usage");
    expect(mainItem(of())).toBeNull();
  });

  it("weighs a tiered item by what its quantity costs", () => {
    const tiers = [{ upTo: null, unitAmount: "300", flatAmount: null }];
    const price = aCopy(
      "price",
      { billingScheme: "tiered", tiersMode: "volume", unitAmount: null, tiers },
      { id: "price_t" },
    );
    const items = [item("flat", {}), item("tiered", { unitAmount: null, quantity: 4, priceId: "price_t" })];

    expect(mainItem(of(...items), [price])?.id).toBe("tiered");
    expect(mainItem(of(...items), [])?.id).toBe("flat");
  });

  it("weighs an item by what it costs in the currency that is billed", () => {
    const dollars = { currency: "usd" };
    const items = [item("a", { ...dollars, unitAmount: "900" }), item("b", { ...dollars, priceId: "price_2" })];
    const prices = [
      aCopy("price", { ...dollars, currencyOptions: { eur: anOption("1100") } }, { id: "price_1" }),
      aCopy("price", { ...dollars, currencyOptions: { eur: anOption("1000") } }, { id: "price_2" }),
    ];

    expect(mainItem(of(...items), prices)?.id).toBe("a");
    expect(mainItem({ items, currency: "usd" }, prices)?.id).toBe("b");
  });

  it("does not depend on the order of equals", () => {
    const [a, b] = [item("a", {}), item("b", {})];

    expect(mainItem(of(a, b))).toEqual(mainItem(of(b, a)));
  });
});

describe("subscriptionState", () => {
  it("says status, plan, renewal and trial", () => {
    const facts = { status: "trialing", trialEndS: 500, items: [anItem({ periodEndS: 700 })] };

    expect(subscriptionState(subscription(facts), { products, prices: [] })).toEqual({
      id: "sub_1",
      status: "trialing",
      plan: { name: "Pro", unitPrice: 10, currency: "eur", interval: "month" },
      periodEndS: 700,
      trialEndS: 500,
      cancelAtS: null,
    });
  });

  it("renews with the earliest of its items", () => {
    const items = [
      anItem({ periodEndS: 900 }),
      anItem({ id: "si_2", periodEndS: 700 }),
      anItem({ id: "si_3", periodEndS: null }),
    ];

    expect(subscriptionState(subscription({ items }), { products, prices: [] }).periodEndS).toBe(700);
  });

  it.each<[string, Partial<SubscriptionFacts>, number | null]>([
    ["a date was set", { cancelAtS: 650 }, 650],
    ["it ends with the period", { cancelAtPeriodEnd: true }, 700],
    ["both are set, as the portal of old does", { cancelAtS: 700, cancelAtPeriodEnd: true }, 700],
    ["it renews", {}, null],
    ["it has ended", { status: "canceled", cancelAtS: 650, canceledAtS: 600, endedAtS: 650 }, null],
    ["a cancellation was asked for and taken back", { canceledAtS: 600 }, null],
  ])("knows when it will end: %s", (_what, facts, cancelAtS) => {
    expect(
      subscriptionState(subscription({ items: [anItem({ periodEndS: 700 })], ...facts }), { products, prices: [] })
        .cancelAtS,
    ).toBe(cancelAtS);
  });

  it.each(["canceled", "incomplete_expired"])("does not renew once it is %s", (status) => {
    expect(subscriptionState(subscription({ status }), { products, prices: [] }).periodEndS).toBeNull();
  });

  it("has no plan without items", () => {
    expect(subscriptionState(subscription({ items: [] }), { products, prices: [] })).toMatchObject({
      plan: null,
      periodEndS: null,
    });
  });
});

describe("the name of the plan", () => {
  const items = [anItem({ nickname: "pro-2026", lookupKey: "pro" })];

  it.each([
    [["nickname", "product"] as const, "pro-2026"],
    [["lookupKey"] as const, "pro"],
    [["priceId", "product"] as const, "price_1"],
    [[] as const, "price_1"],
  ])("is looked for in the order of %j", (planName, expected) => {
    expect(subscriptionState(subscription({ items }), { products, prices: [], planName }).plan?.name).toBe(expected);
  });
});

describe("the plan", () => {
  const planOf = (parts: Partial<SubscriptionItemFacts>): unknown =>
    subscriptionState(subscription({ items: [anItem(parts)], currency: parts.currency ?? "eur" }), {
      products,
      prices: [],
    }).plan;

  it.each([
    ["its amount in the currency that is billed", { eur: anOption("1800") }, 18],
    ["no price when it has none in that", { gbp: anOption("1500") }, null],
    ["no price when tiers tell it", { eur: anOption(null) }, null],
    ["no price while its other currencies are not known", undefined, null],
  ])("has %s", (_what, currencyOptions, unitPrice) => {
    const items = [anItem({ currency: "usd", unitAmount: "2000" })];
    const facts = { currency: "usd", unitAmount: "2000", ...(currencyOptions && { currencyOptions }) };
    const prices = [aCopy("price", facts, { id: "price_1" })];
    expect(subscriptionState(subscription({ items, currency: "eur" }), { products, prices }).plan).toMatchObject({
      name: "Pro",
      unitPrice,
      currency: "eur",
    });
  });

  it.each([
    ["the product's name", {}, "Pro"],
    ["the price's nickname", { productId: "prod_9", nickname: "Gold", lookupKey: "gold" }, "Gold"],
    ["the lookup key", { productId: "prod_9", lookupKey: "gold" }, "gold"],
    ["the price's id", { productId: "prod_9" }, "price_1"],
  ])("is named by %s", (_what, parts, name) => {
    expect(planOf(parts)).toMatchObject({ name });
  });

  it.each([
    [{ unitAmount: "1234", currency: "usd" }, 12.34],
    [{ unitAmount: "500", currency: "jpy" }, 500],
    [{ unitAmount: "50000", currency: "isk" }, 500],
    [{ unitAmount: "12340", currency: "kwd" }, 12.34],
    [{ unitAmount: "0.5", currency: "eur" }, 0.005],
    [{ unitAmount: "12.345678", currency: "eur" }, 0.12345678],
    [{ unitAmount: "0", currency: "eur" }, 0],
    [{ unitAmount: null, currency: "eur" }, null],
  ])("costs, for one unit: %j", (parts, unitPrice) => {
    expect(planOf(parts)).toMatchObject({ unitPrice });
  });

  it.each([
    [{ interval: "month", intervalCount: 1 }, "month"],
    [{ interval: "year", intervalCount: 1 }, "year"],
    [{ interval: "month", intervalCount: 3 }, "3 months"],
    [{ interval: "week", intervalCount: 2 }, "2 weeks"],
    [{ interval: null, intervalCount: 1 }, null],
  ])("is billed: %j", (parts, interval) => {
    expect(planOf(parts)).toMatchObject({ interval });
  });
});
