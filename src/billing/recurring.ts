/**
 * Station billing: monthly and yearly recurring revenue, by Stripe's own definition
 * (docs.stripe.com/billing/subscriptions/analytics): subscriptions that are active or past due; no trials, no usage, no
 * tax that is added, no single items; discounts only when they last for ever.
 *
 * A year is the exact sum: 365 days, 52 weeks, 12 months. A month is a twelfth of it. Both are rounded once, at the end.
 */
import { Decimal } from "decimal.js";
import type { Recurring, Unknown } from "../model/profile.ts";
import type { ObjectCopyOf, SubscriptionFacts, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { lastingDiscountsOn, lessDiscounts, totalOf, type DiscountRule, type Line } from "./discount.ts";
import { billedCostOf, billedCurrencyOf, type Billing } from "./item-cost.ts";
import { exactly, halfUp } from "./price-cost.ts";

/** What a customer's revenue follows from. */
export type Subscriber = {
  readonly customer: ObjectCopyOf<"customer">;
  readonly subscriptions: readonly ObjectCopyOf<"subscription">[];
  readonly prices: readonly ObjectCopyOf<"price">[];
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
};

type Yearly = { readonly amount: Decimal; readonly currency: string };

const countedStatuses = new Set(["active", "past_due"]);
const perYear: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, year: 1 };

/** The revenue of these customers together. Unknown rather than wrong: tiers or discounts that are not known, several currencies. */
export function recurringOf(subscribers: readonly Subscriber[]): Recurring | Unknown {
  const sums = new Map<string, Decimal>();
  for (const subscriber of subscribers) {
    for (const subscription of subscriber.subscriptions) {
      if (!countedStatuses.has(subscription.facts.status)) continue;
      const yearly = yearlyOf(subscription, subscriber);
      if ("unknown" in yearly) return yearly;
      const known = sums.get(yearly.currency);
      sums.set(yearly.currency, known ? known.plus(yearly.amount) : yearly.amount);
    }
  }
  const [first, ...others] = [...sums].filter(([, amount]) => !amount.isZero());
  if (others.length > 0) return { unknown: "The subscriptions are in several currencies, which are not added up." };
  if (!first) return { mrrMinor: 0, arrMinor: 0, currency: currencyOf(subscribers) };
  const [currency, amount] = first;
  if (currency === "") return { unknown: "Stripe does not say in which currency the items are priced." };
  if (amount.gt(Number.MAX_SAFE_INTEGER)) return { unknown: "The amounts are out of range." };
  return { mrrMinor: halfUp(amount.div(12)).toNumber(), arrMinor: halfUp(amount).toNumber(), currency };
}

/** Somebody who brings in nothing does so in the currency that they would pay in. */
function currencyOf(subscribers: readonly Subscriber[]): string | null {
  return subscribers.map(({ customer }) => customer.facts.currency).find((currency) => currency !== null) ?? null;
}

function yearlyOf(subscription: ObjectCopyOf<"subscription">, subscriber: Subscriber): Yearly | Unknown {
  const lines = linesOf(subscription.facts, subscriber);
  if ("unknown" in lines) return lines;
  const currency = lines[0]?.currency || (subscription.facts.currency ?? "");
  const amount = totalOf(lines);
  // What is free stays free, whatever discount there may be.
  if (amount.isZero()) return { amount, currency };
  const discounts = lastingDiscountsOn(subscription, subscriber.customer, subscriber.coupons);
  if (discounts?.length === 0) return { amount, currency };
  const left = lessDiscounts(lines, discounts, rule(subscriber));
  return "unknown" in left ? left : { amount: totalOf(left), currency };
}

/** What licensed items bring in in a year, each less its own discounts. */
function linesOf({ items, currency, itemsCut }: SubscriptionFacts, subscriber: Subscriber): readonly Line[] | Unknown {
  if (itemsCut === true) return { unknown: "Stripe does not show all items of a subscription." };
  const lines: Line[] = [];
  for (const item of items) {
    if (item.metered) continue;
    const amount = yearlyOfItem(item, { prices: subscriber.prices, currency });
    if (!(amount instanceof Decimal)) return amount;
    const invoices = invoicesPerYear(item);
    const line = { amount, currency: billedCurrencyOf(item, currency), productId: item.productId, invoices };
    // Nearly no item has a discount, and this is done for every contact that is looked at.
    const left = item.discounts?.length === 0 ? [line] : lessDiscounts([line], item.discounts, rule(subscriber));
    if ("unknown" in left) return left;
    lines.push(...left);
  }
  return lines;
}

function rule({ coupons }: Subscriber): DiscountRule {
  return { coupons, counts: (_discount, { duration }) => duration === "forever" };
}

function yearlyOfItem(item: SubscriptionItemFacts, billing: Billing): Decimal | Unknown {
  const times = timesPerYear(item);
  if (times === undefined)
    return { unknown: `Stripe names an interval that is not known: ${item.intervalCount} × ${item.interval}.` };
  if (item.inTrial === true)
    return { unknown: "An item is in a trial of its own, and what it costs afterwards is not known." };
  const cost = billedCostOf(item, billing);
  if (!(cost instanceof Decimal)) return cost;
  const amount = exactly(cost).times(times);
  return item.intervalCount === 1 ? amount : amount.div(item.intervalCount);
}

/** How often an item would be billed in a year if its interval were counted once; never for one that does not recur. */
function timesPerYear({ interval, intervalCount }: SubscriptionItemFacts): number | undefined {
  if (interval === null) return 0;
  return intervalCount > 0 ? perYear[interval] : undefined;
}

function invoicesPerYear(item: SubscriptionItemFacts): Decimal | null {
  const times = timesPerYear(item);
  return times === undefined ? null : exactly(times).div(item.intervalCount);
}
