/**
 * Station billing: monthly and yearly recurring revenue, by Stripe's own definition
 * (docs.stripe.com/billing/subscriptions/analytics): subscriptions that are active or past due; no trials, no usage, no
 * tax that is added, no single items; discounts only when they last for ever.
 *
 * A year is the exact sum: 365 days, 52 weeks, 12 months. A month is a twelfth of it. Both are rounded once, at the end.
 */
import { Decimal } from "decimal.js";
import type { Recurring, Unknown } from "../model/profile.ts";
import type { ObjectCopyOf, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { discountsOn, lessDiscounts } from "./discount.ts";

/** What a customer's revenue follows from. */
export type Subscriber = {
  readonly customer: ObjectCopyOf<"customer">;
  readonly subscriptions: readonly ObjectCopyOf<"subscription">[];
};

type Yearly = { readonly amount: Decimal; readonly currency: string };

const countedStatuses = new Set(["active", "past_due"]);
const perYear: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, year: 1 };
const nothing = new Decimal(0);

/** The revenue of these customers together. Unknown rather than wrong: tiers, unknown discounts, several currencies. */
export function recurringOf(subscribers: readonly Subscriber[]): Recurring | Unknown {
  const sums = new Map<string, Decimal>();
  for (const { customer, subscriptions } of subscribers) {
    for (const subscription of subscriptions) {
      if (!countedStatuses.has(subscription.facts.status)) continue;
      const yearly = yearlyOf(subscription, customer);
      if ("unknown" in yearly) return yearly;
      const known = sums.get(yearly.currency);
      sums.set(yearly.currency, known ? known.plus(yearly.amount) : yearly.amount);
    }
  }
  const [first, ...others] = [...sums].filter(([, amount]) => !amount.isZero());
  if (others.length > 0) return { unknown: "The subscriptions are in several currencies, which are not added up." };
  if (!first) return { mrrMinor: 0, arrMinor: 0, currency: currencyOf(subscribers) };
  const [currency, amount] = first;
  return { mrrMinor: rounded(amount.div(12)), arrMinor: rounded(amount), currency };
}

/** Somebody who brings in nothing does so in the currency that they would pay in. */
function currencyOf(subscribers: readonly Subscriber[]): string | null {
  return subscribers.map(({ customer }) => customer.facts.currency).find((currency) => currency !== null) ?? null;
}

function yearlyOf(subscription: ObjectCopyOf<"subscription">, customer: ObjectCopyOf<"customer">): Yearly | Unknown {
  const licensed = subscription.facts.items.filter(({ metered }) => !metered);
  const currency = licensed[0]?.currency ?? subscription.facts.currency ?? "";
  const amount = sumOf(licensed, currency);
  if (!(amount instanceof Decimal)) return amount;
  // What is free stays free, whatever discount there may be.
  if (amount.isZero()) return { amount, currency };
  const discounts = discountsOn(subscription, customer);
  if (discounts?.length === 0) return { amount, currency };
  const products = new Set(licensed.map(({ productId }) => productId)).size;
  const priced = { amount, currency, invoices: commonInvoices(licensed), products };
  const left = lessDiscounts(priced, discounts, lastsForEver);
  return left instanceof Decimal ? { amount: left, currency } : left;
}

/** Items of a year, each less its own discounts. */
function sumOf(licensed: readonly SubscriptionItemFacts[], currency: string): Decimal | Unknown {
  let sum = nothing;
  for (const item of licensed) {
    const yearly = yearlyOfItem(item);
    if (!(yearly instanceof Decimal)) return yearly;
    const left = lessItsDiscounts(item, yearly, currency);
    if (!(left instanceof Decimal)) return left;
    sum = sum.isZero() ? left : sum.plus(left);
  }
  return sum;
}

function lessItsDiscounts(item: SubscriptionItemFacts, amount: Decimal, currency: string): Decimal | Unknown {
  // Nearly no item has one, and this is done for every contact that is looked at.
  if (item.discounts?.length === 0) return amount;
  const priced = { amount, currency, invoices: invoicesPerYear(item), products: 1 };
  return lessDiscounts(priced, item.discounts, lastsForEver);
}

/** How many invoices a year has when all items are billed together; else null. */
function commonInvoices([first, ...others]: readonly SubscriptionItemFacts[]): Decimal | null {
  const isTogether = (item: SubscriptionItemFacts): boolean =>
    item.interval === first?.interval && item.intervalCount === first.intervalCount;
  return first && others.every(isTogether) ? invoicesPerYear(first) : null;
}

function yearlyOfItem(item: SubscriptionItemFacts): Decimal | Unknown {
  const { unitAmount, divided } = item;
  if (unitAmount === null) return { unknown: "A price is tiered, so that its amount does not follow from one unit." };
  if (divided === true) return { unknown: "A price is for packages of units." };
  const times = timesPerYear(item);
  if (times === undefined) return { unknown: `Stripe names an interval that is not known: ${item.interval}.` };
  const amount = new Decimal(unitAmount).times(times * (item.quantity ?? 1));
  return item.intervalCount === 1 ? amount : amount.div(item.intervalCount);
}

/** How often an item would be billed in a year if its interval were counted once; never for one that does not recur. */
function timesPerYear({ interval }: SubscriptionItemFacts): number | undefined {
  return interval === null ? 0 : perYear[interval];
}

function invoicesPerYear(item: SubscriptionItemFacts): Decimal | null {
  const times = timesPerYear(item);
  return times === undefined ? null : new Decimal(times).div(item.intervalCount);
}

function lastsForEver({ terms }: { readonly terms: { readonly duration: string } }): boolean {
  return terms.duration === "forever";
}

/** Half up. */
function rounded(amount: Decimal): number {
  return amount.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber();
}
