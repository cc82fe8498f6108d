/** Monthly and yearly recurring revenue: golden cases of every interval, and what is refused. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem, anOption } from "../../test/support/builders.ts";
import type {
  CustomerFacts,
  CouponFacts,
  DiscountFacts,
  ObjectCopyOf,
  PriceFacts,
  SubscriptionFacts,
  SubscriptionItemFacts,
} from "../model/stripe-object.ts";
import { recurringOf, type Subscriber } from "./recurring.ts";

function subscriber(
  items: readonly Partial<SubscriptionItemFacts>[],
  facts: Partial<SubscriptionFacts> = {},
  customer: Partial<CustomerFacts> = {},
): Subscriber {
  const currency = items[0]?.currency ?? "eur";
  const subscription = aCopy("subscription", { items: items.map(anItem), currency, ...facts });
  return { customer: aCopy("customer", customer), subscriptions: [subscription], prices: [], coupons: [...coupons] };
}

const coupons: ObjectCopyOf<"coupon">[] = [];

/** A discount of a coupon of its own. */
function off(terms: Partial<CouponFacts>): DiscountFacts {
  const couponId = `c${coupons.length}`;
  coupons.push(aCopy("coupon", { percentOff: null, ...terms }, { id: `coupon:${couponId}` }));
  return { id: "di_1", endS: null, couponId };
}

/** Somebody who is billed in euros by a price of dollars, with these other currencies. */
function abroad(
  currencyOptions: PriceFacts["currencyOptions"],
  terms: Partial<PriceFacts> = {},
  item: Partial<SubscriptionItemFacts> = {},
): Subscriber {
  const facts = { currency: "usd", ...(currencyOptions && { currencyOptions }), ...terms };
  const one = subscriber([{ currency: "usd", ...item }], { currency: "eur" });
  return { ...one, prices: [aCopy("price", facts, { id: "price_1" })] };
}

const untold: DiscountFacts = { id: "di_1", endS: null };
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
    expect(
      recurringOf([{ customer: aCopy("customer", { currency: null }), subscriptions: [], prices: [], coupons: [] }]),
    ).toEqual({
      mrrMinor: 0,
      arrMinor: 0,
      currency: null,
    });
  });
});

const graduated: Partial<PriceFacts> = {
  billingScheme: "tiered",
  unitAmount: null,
  tiersMode: "graduated",
  tiers: [
    { upTo: 5, unitAmount: "700", flatAmount: null },
    { upTo: null, unitAmount: "500.5", flatAmount: "1000" },
  ],
};

describe("recurring revenue of prices that items do not tell", () => {
  const of = (item: Partial<SubscriptionItemFacts>, price: Partial<PriceFacts>): unknown =>
    recurringOf([{ ...subscriber([item]), prices: [aCopy("price", price, { id: "price_1" })] }]);

  it.each<[string, Partial<SubscriptionItemFacts>, Partial<PriceFacts>, object]>([
    ["graduated, within the first tier", { unitAmount: null, quantity: 5 }, graduated, revenue(3500, 42_000)],
    ["graduated, one unit further", { unitAmount: null, quantity: 6 }, graduated, revenue(5001, 60_006)],
    ["graduated, with no unit", { unitAmount: null, quantity: 0 }, graduated, revenue(0, 0)],
    [
      "volume, a year",
      { unitAmount: null, quantity: 6, interval: "year" },
      { ...graduated, tiersMode: "volume" },
      revenue(334, 4003),
    ],
    [
      "packages",
      { divided: true, unitAmount: "900", quantity: 11 },
      { unitAmount: "900", transformQuantity: { divideBy: 5, roundUp: true } },
      revenue(2700, 32_400),
    ],
  ])("%s", (_what, item, price, expected) => {
    expect(of(item, price)).toEqual(expected);
  });

  it("is unknown when a tier has no price, the tiers are not told, or the numbers are out of range", () => {
    const tier = { upTo: null, unitAmount: null, flatAmount: null };
    for (const price of [{ ...graduated, tiers: [tier] }, { ...graduated, tiers: null }, { unitAmount: null }])
      expect(of({ unitAmount: null }, price)).toEqual({ unknown: expect.stringMatching(/^[A-Z].*\.$/) });
    for (const item of [{ unitAmount: "1e30" }, { unitAmount: "99999999999999999999" }, { quantity: -1 }])
      expect(recurringOf([subscriber([item])])).toEqual({ unknown: expect.stringContaining("out of range") });
    expect(recurringOf([subscriber([{ unitAmount: "9000000000000", quantity: 999 }])])).toHaveProperty("unknown");
    expect(recurringOf([subscriber([{ currency: null }], { currency: null })])).toHaveProperty("unknown");
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
    [
      "one for a single product",
      subscriber([{}, { productId: "prod_2", unitAmount: "500" }], {
        discounts: [off({ percentOff: "50", products: ["prod_2"] })],
      }),
      revenue(1250, 15_000),
    ],
    [
      "an amount off one product, and then a share of everything",
      subscriber([{}, { productId: "prod_2", unitAmount: "500" }], {
        discounts: [
          off({ amountOffMinor: 400, currency: "eur", products: ["prod_2"] }),
          off({ percentOff: "10", products: null }),
        ],
      }),
      { unknown: expect.stringContaining("some of the products") },
    ],
    [
      "an amount off one product, and then a share of all of them",
      subscriber([{}, { productId: "prod_2", unitAmount: "500" }], {
        discounts: [
          off({ amountOffMinor: 400, currency: "eur", products: ["prod_2"] }),
          off({ percentOff: "10", products: [] }),
        ],
      }),
      revenue(990, 11_880),
    ],
    [
      "an item's and the subscription's, one after the other",
      subscriber([{ discounts: [halfOff] }], { discounts: [off({ percentOff: "10" })] }),
      revenue(450, 5400),
    ],
    [
      "once is not counted",
      subscriber([{}], { discounts: [off({ percentOff: "50", duration: "once" })] }),
      revenue(1000, 12_000),
    ],
    [
      "only for a time leaves the customer's, which counts again afterwards",
      subscriber(
        [{}],
        { discounts: [off({ percentOff: "50", duration: "repeating" })] },
        { discount: off({ percentOff: "10" }) },
      ),
      revenue(900, 10_800),
    ],
    [
      "for ever keeps the customer's from counting",
      subscriber([{}], { discounts: [off({ percentOff: "50" })] }, { discount: off({ percentOff: "10" }) }),
      revenue(500, 6000),
    ],
    ["of what is free do not matter", subscriber([{ unitAmount: "0" }], { discounts: [untold] }), revenue(0, 0)],
  ])("%s", (_what, one, expected) => {
    expect(recurringOf([one])).toEqual(expected);
  });
});

describe("recurring revenue in another currency than the price's own", () => {
  const eur = anOption("900");

  it.each<[string, Subscriber, object]>([
    ["is of its amount in that", abroad({ eur, gbp: anOption("800") }, {}, { quantity: 3 }), revenue(2700, 32_400)],
    [
      "takes the size of a package from the price",
      abroad({ eur }, { transformQuantity: { divideBy: 5, roundUp: true } }, { quantity: 6, divided: true }),
      revenue(1800, 21_600),
    ],
    [
      "has tiers of its own",
      abroad({ eur: anOption(null, { tiers: [{ upTo: null, unitAmount: "650", flatAmount: "100" }] }) }, graduated, {
        unitAmount: null,
        quantity: 2,
      }),
      revenue(1400, 16_800),
    ],
  ])("%s", (_what, one, expected) => {
    expect(recurringOf([one])).toEqual(expected);
  });

  it("is made cheaper by an amount of that currency, and by none of the price's", () => {
    const offers = ["eur", "usd"].map((currency) => off({ amountOffMinor: 100, currency }));
    const revenues = offers.map((discount) => {
      const one = abroad({ eur });
      const [subscription] = one.subscriptions;
      const discounted = {
        ...aCopy("subscription"),
        ...subscription,
        facts: { ...subscription?.facts, discounts: [discount] },
      };
      return recurringOf([{ ...one, subscriptions: [aCopy("subscription", discounted.facts)], coupons: [...coupons] }]);
    });
    expect(revenues).toEqual([revenue(800, 9600), { unknown: expect.stringContaining("another currency") }]);
  });
});

describe("recurring revenue is unknown, with the reason,", () => {
  it.each<[string, Subscriber, string]>([
    ["of tiers that are not known", subscriber([{ unitAmount: null }]), "tiers"],
    ["of packages of unknown size", subscriber([{ divided: true }]), "packages"],
    ["of an interval that Stripe adds one day", subscriber([{ interval: "decade" }]), "decade"],
    ["of an interval of no length", subscriber([{ intervalCount: 0 }]), "0 × month"],
    [
      "of a price that shows its amount in another currency than is billed",
      subscriber([{}, { currency: "usd" }], { currency: "eur" }),
      "several currencies",
    ],
    [
      "of a price that has no amount in the currency that is billed",
      abroad({ gbp: anOption("800") }),
      "several currencies",
    ],
    ["of an amount in that currency that the customer chooses", abroad({ eur: anOption(null) }), "chooses it"],
    ["of an item in a trial of its own", subscriber([{}, { inTrial: true }]), "trial of its own"],
    ["of more items than Stripe shows", subscriber([{}], { itemsCut: true }), "all items"],
    ["with a discount that events do not explain", subscriber([{}], { discounts: [untold] }), "di_1"],
    ["with a coupon that is not known", subscriber([{}], { discounts: [{ ...untold, couponId: "gone" }] }), "any more"],
    ["with more than everything off", subscriber([{}], { discounts: [off({ percentOff: "140" })] }), "140 percent"],
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
      subscriber([{}, { productId: "prod_2" }], { discounts: [off({ percentOff: "5", products: null })] }),
      "some of the products",
    ],
    [
      "with a discount that may be for a product beside the only one",
      subscriber([{}], { discounts: [off({ percentOff: "5", products: null })] }),
      "some of the products",
    ],
  ])("%s", (_what, one, reason) => {
    expect(recurringOf([one])).toEqual({ unknown: expect.stringContaining(reason) });
  });

  it("in copies from before discounts were kept", () => {
    const { discounts: _gone, ...old } = aCopy("subscription").facts;
    const subscriptions = [{ ...aCopy("subscription"), facts: old }];
    expect(recurringOf([{ customer: aCopy("customer"), subscriptions, prices: [], coupons: [] }])).toEqual({
      unknown: expect.stringContaining("older than the knowledge of discounts"),
    });
  });
});
