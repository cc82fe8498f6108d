/** When the next invoice comes, for how much, and when neither can be said. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem, anOption } from "../../test/support/builders.ts";
import type { CustomerFacts, DiscountFacts, SubscriptionFacts } from "../model/stripe-object.ts";
import { nextInvoiceOf } from "./next-invoice.ts";

const endS = anItem().periodEndS ?? 0;

function next(facts: Partial<SubscriptionFacts>, customer: Partial<CustomerFacts> = {}): unknown {
  return nextInvoiceOf({
    subscription: aCopy("subscription", facts),
    customer: aCopy("customer", customer),
    prices: [aCopy("price", { currency: "eur", currencyOptions: { usd: anOption("1100") } }, { id: "price_2" })],
    coupons,
    paymentMethods: [aCopy("payment_method", { attached: false }, { id: "pm_gone" })],
  });
}

const coupons = ["repeating", "once"].map((duration) => aCopy("coupon", { duration }, { id: `coupon:${duration}` }));

function discount(parts: Partial<DiscountFacts>, couponId = "repeating"): DiscountFacts {
  return { id: "di_1", endS: null, couponId, ...parts };
}

const euros = (amountMinor: number): object => ({ atS: endS, amount: { amountMinor, currency: "eur" } });

describe("the next invoice", () => {
  it.each<[string, Partial<SubscriptionFacts>, object]>([
    ["is what renews", { items: [anItem({ quantity: 3 })] }, euros(3000)],
    [
      "adds up lines that are rounded one by one",
      { items: [anItem({ unitAmount: "0.5" }), anItem({ unitAmount: "0.5" })] },
      euros(2),
    ],
    ["has only the items that renew then", { items: [anItem(), anItem({ periodEndS: endS + 1 })] }, euros(1000)],
    [
      "is in the currency that is billed, whatever the price's own is",
      { currency: "usd", items: [anItem({ priceId: "price_2" })] },
      { atS: endS, amount: { amountMinor: 1100, currency: "usd" } },
    ],
    ["has a discount that is in force then", { discounts: [discount({ endS: endS + 1 })] }, euros(500)],
    ["has no discount that ends before", { discounts: [discount({ endS })] }, euros(1000)],
    ["is the same while it is past due", { status: "past_due" }, euros(1000)],
    ["comes although it ends later", { cancelAtS: endS + 1 }, euros(1000)],
  ])("%s", (_what, facts, expected) => {
    expect(next(facts)).toEqual(expected);
  });

  it.each<[string, Partial<SubscriptionFacts>, string]>([
    ["usage", { items: [anItem(), anItem({ metered: true })] }, "usage"],
    ["an item in a trial of its own", { items: [anItem(), anItem({ inTrial: true })] }, "trial of its own"],
    ["a price that shows another currency than is billed", { currency: "usd" }, "several currencies"],
    ["tiers", { items: [anItem({ unitAmount: null })] }, "tiers"],
    ["packages", { items: [anItem({ divided: true })] }, "packages"],
    ["tax", { taxed: true }, "Tax"],
    ["a schedule", { scheduled: true }, "schedule"],
    ["a discount for one invoice", { discounts: [discount({}, "once")] }, "one invoice"],
    ["a discount that events do not explain", { discounts: [{ id: "di_1", endS: null }] }, "di_1"],
    ["a trial without a payment method", { status: "trialing" }, "no payment method"],
    ["a trial whose one was detached", { status: "trialing", defaultPaymentMethod: "pm_gone" }, "no payment method"],
  ])("has a date and no certain amount with %s", (_what, facts, reason) => {
    expect(next(facts)).toEqual({ atS: endS, amount: { unknown: expect.stringContaining(reason) } });
  });

  it("after a trial is certain with a payment method", () => {
    expect(next({ status: "trialing" }, { defaultPaymentMethod: "pm_1" })).toEqual(euros(1000));
  });

  it.each<[string, Partial<SubscriptionFacts>]>([
    ["it ends with the period", { cancelAtPeriodEnd: true }],
    ["it ends at that time", { cancelAtS: endS }],
    ["collection is paused", { collectionPaused: true }],
    ["it is canceled", { status: "canceled" }],
    ["it is paused", { status: "paused" }],
    ["nobody knows when", { items: [] }],
    ["Stripe does not show all items", { itemsCut: true }],
  ])("does not come when %s", (_when, facts) => {
    expect(next(facts)).toEqual({ unknown: expect.stringMatching(/^[A-Z].*\.$/) });
  });

  it("has the customer's discount once the subscription's own has ended", () => {
    const customer = { discount: discount({ id: "di_2" }) };
    expect(next({ discounts: [discount({ endS })] }, customer)).toEqual(euros(500));
    expect(next({ discounts: [discount({ endS: endS + 1 })] }, customer)).toEqual(euros(500));
    expect(next({ discounts: [discount({ endS }, "once")] }, { discount: null })).toEqual(euros(1000));
  });

  it("does not come without a subscription", () => {
    expect(
      nextInvoiceOf({ subscription: null, customer: aCopy("customer"), prices: [], coupons, paymentMethods: [] }),
    ).toEqual({
      unknown: "The customer has no subscription.",
    });
  });
});
