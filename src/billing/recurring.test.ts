/** Monthly and yearly recurring revenue: golden cases of every interval, and what is refused. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../test/support/builders.ts";
import type {
  CustomerFacts,
  DiscountFacts,
  DiscountTerms,
  SubscriptionFacts,
  SubscriptionItemFacts,
} from "../model/stripe-object.ts";
import { recurringOf, type Subscriber } from "./recurring.ts";

function subscriber(
  items: readonly Partial<SubscriptionItemFacts>[],
  facts: Partial<SubscriptionFacts> = {},
  customer: Partial<CustomerFacts> = {},
): Subscriber {
  const subscription = aCopy("subscription", { items: items.map(anItem), ...facts });
  return { customer: aCopy("customer", customer), subscriptions: [subscription] };
}

function off(terms: Partial<DiscountTerms>): DiscountFacts {
  const none = { percentOff: null, amountOffMinor: null, currency: null, duration: "forever", restricted: null };
  return { id: "di_1", endS: null, terms: { ...none, ...terms } };
}

const untold: DiscountFacts = { id: "di_1", endS: null, terms: null };
const revenue = (mrrMinor: number, arrMinor: number, currency = "eur"): object => ({ mrrMinor, arrMinor, currency });

describe("recurring revenue", () => {
  it.each<[string, Partial<SubscriptionItemFacts>, object]>([
    ["a month", { unitAmount: "4900" }, revenue(4900, 58_800)],
    ["a year", { unitAmount: "49000", interval: "year" }, revenue(4083, 49_000)],
    ["a quarter", { unitAmount: "10000", intervalCount: 3 }, revenue(3333, 40_000)],
    ["two years", { unitAmount: "24000", interval: "year", intervalCount: 2 }, revenue(1000, 12_000)],
    ["a week", { unitAmount: "1000", interval: "week" }, revenue(4333, 52_000)],
    ["two weeks", { unitAmount: "1000", interval: "week", intervalCount: 2 }, revenue(2167, 26_000)],
    ["a day", { unitAmount: "100", interval: "day" }, revenue(3042, 36_500)],
    ["several units", { unitAmount: "1500", quantity: 7 }, revenue(10_500, 126_000)],
    ["fractions of a cent", { unitAmount: "0.05", quantity: 1001 }, revenue(50, 601)],
    ["yen", { unitAmount: "500", currency: "jpy", interval: "year" }, revenue(42, 500, "jpy")],
    ["Icelandic crowns", { unitAmount: "50000", currency: "isk" }, revenue(50_000, 600_000, "isk")],
    ["Kuwaiti dinars", { unitAmount: "12340", currency: "kwd" }, revenue(12_340, 148_080, "kwd")],
    ["nothing", { unitAmount: "0" }, revenue(0, 0)],
    ["usage", { unitAmount: "10", metered: true }, revenue(0, 0)],
  ])("of %s", (_what, item, expected) => {
    expect(recurringOf([subscriber([item])])).toEqual(expected);
  });

  it.each<[string, object]>([
    ["active", revenue(1000, 12_000)],
    ["past_due", revenue(1000, 12_000)],
    ["trialing", revenue(0, 0)],
    ["unpaid", revenue(0, 0)],
    ["paused", revenue(0, 0)],
    ["incomplete", revenue(0, 0)],
    ["canceled", revenue(0, 0)],
  ])("of a subscription that is %s", (status, expected) => {
    expect(recurringOf([subscriber([{}], { status })])).toEqual(expected);
  });

  it("is rounded once, at the end", () => {
    const third = { unitAmount: "100", intervalCount: 3 };
    expect(recurringOf([subscriber([third, third, third])])).toEqual(revenue(100, 1200));
  });

  it("adds up items, subscriptions and customers", () => {
    const both = [subscriber([{}, { unitAmount: "500", metered: true }, { unitAmount: "250" }]), subscriber([{}])];
    expect(recurringOf(both)).toEqual(revenue(2250, 27_000));
  });

  it("does not add up currencies, but passes over those in which nothing is brought in", () => {
    const dollars = subscriber([{ currency: "usd" }]);
    const free = subscriber([{ currency: "usd", unitAmount: "0" }]);
    expect(recurringOf([subscriber([{}]), dollars])).toEqual({
      unknown: expect.stringContaining("several currencies"),
    });
    expect(recurringOf([subscriber([{}]), free])).toEqual(revenue(1000, 12_000));
  });

  it("of nobody who ever subscribed is nothing, in no currency", () => {
    expect(recurringOf([{ customer: aCopy("customer", { currency: null }), subscriptions: [] }])).toEqual({
      mrrMinor: 0,
      arrMinor: 0,
      currency: null,
    });
  });
});

describe("discounts", () => {
  const halfOff = off({ percentOff: "50" });

  it.each<[string, Subscriber, object]>([
    ["a percentage", subscriber([{}], { discounts: [halfOff] }), revenue(500, 6000)],
    ["a percentage with decimals", subscriber([{}], { discounts: [off({ percentOff: "33.3" })] }), revenue(667, 8004)],
    [
      "an amount off each invoice",
      subscriber([{ interval: "year", unitAmount: "12000" }], {
        discounts: [off({ amountOffMinor: 600, currency: "eur" })],
      }),
      revenue(950, 11_400),
    ],
    [
      "an amount above the price",
      subscriber([{}], { discounts: [off({ amountOffMinor: 5000, currency: "eur" })] }),
      revenue(0, 0),
    ],
    [
      "one after the other",
      subscriber([{}], { discounts: [halfOff, off({ amountOffMinor: 100, currency: "eur" })] }),
      revenue(400, 4800),
    ],
    ["an item's own", subscriber([{ discounts: [halfOff] }, {}]), revenue(1500, 18_000)],
    ["the customer's", subscriber([{}], {}, { discount: halfOff }), revenue(500, 6000)],
    [
      "the subscription's in place of the customer's",
      subscriber([{}], { discounts: [off({ percentOff: "10" })] }, { discount: halfOff }),
      revenue(900, 10_800),
    ],
    [
      "one that ends is not counted",
      subscriber([{}], { discounts: [off({ percentOff: "50", duration: "repeating" })] }),
      revenue(1000, 12_000),
    ],
    ["of what is free do not matter", subscriber([{ unitAmount: "0" }], { discounts: [untold] }), revenue(0, 0)],
  ])("%s", (_what, one, expected) => {
    expect(recurringOf([one])).toEqual(expected);
  });
});

describe("recurring revenue is unknown, with the reason,", () => {
  it.each<[string, Subscriber, string]>([
    ["of tiers", subscriber([{ unitAmount: null }]), "tiered"],
    ["of packages", subscriber([{ divided: true }]), "packages"],
    ["of an interval that Stripe adds one day", subscriber([{ interval: "decade" }]), "decade"],
    ["with a discount that events do not explain", subscriber([{}], { discounts: [untold] }), "di_1"],
    [
      "with an amount of another currency",
      subscriber([{}], { discounts: [off({ amountOffMinor: 5, currency: "usd" })] }),
      "another currency",
    ],
    [
      "with an amount over different intervals",
      subscriber([{}, { interval: "year" }], { discounts: [off({ amountOffMinor: 5, currency: "eur" })] }),
      "different intervals",
    ],
    [
      "with a discount that may be for one product only",
      subscriber([{}, { productId: "prod_2" }], { discounts: [off({ percentOff: "5" })] }),
      "some of the products",
    ],
  ])("%s", (_what, one, reason) => {
    expect(recurringOf([one])).toEqual({ unknown: expect.stringContaining(reason) });
  });

  it("in copies from before discounts were kept", () => {
    const { discounts: _gone, ...old } = aCopy("subscription").facts;
    const subscriptions = [{ ...aCopy("subscription"), facts: old }];
    expect(recurringOf([{ customer: aCopy("customer"), subscriptions }])).toEqual({
      unknown: expect.stringContaining("older than the knowledge of discounts"),
    });
  });
});
