/**
 * Station billing: when the primary subscription is billed next, and for how much as far as our copies say it: the items
 * that renew then, less discounts. What Stripe tells only in a preview (prorations and single items that are waiting) is
 * not in it, nor is the balance.
 */
import { Decimal } from "decimal.js";
import type { Money } from "../model/money.ts";
import type { NextInvoice, Unknown } from "../model/profile.ts";
import type { DiscountFacts, DiscountTerms, ObjectCopyOf, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { paymentMethodChain } from "./card.ts";
import { discountsOn, lessDiscounts } from "./discount.ts";

type Customer = ObjectCopyOf<"customer">;
type Subscription = ObjectCopyOf<"subscription">;

/** In the other states Stripe makes no invoice, or one that it does not collect. */
const billedStatuses = new Set(["active", "trialing", "past_due"]);

/** The next invoice; unknown, with the reason, when there is none to come. */
export function nextInvoiceOf(subscription: Subscription | null, customer: Customer): NextInvoice | Unknown {
  if (!subscription) return { unknown: "The customer has no subscription." };
  const { status, items, cancelAtS, cancelAtPeriodEnd, collectionPaused } = subscription.facts;
  if (!billedStatuses.has(status)) return { unknown: `A subscription that is ${status} is not billed.` };
  if (collectionPaused) return { unknown: "The collection of invoices is paused." };
  const ends = items.map(({ periodEndS }) => periodEndS).filter((end) => end !== null);
  if (ends.length === 0) return { unknown: "Stripe does not say when the period ends." };
  const atS = Math.min(...ends);
  if (cancelAtPeriodEnd || (cancelAtS !== null && cancelAtS <= atS)) {
    return { unknown: "The subscription ends before it would be billed again." };
  }
  return { atS, amount: amountOf(subscription, customer, atS) };
}

function amountOf(subscription: Subscription, customer: Customer, atS: number): Money | Unknown {
  const { facts } = subscription;
  if (facts.scheduled !== false) return { unknown: "A schedule may change the subscription before it is billed." };
  if (facts.taxed !== false) return { unknown: "Tax may be added, which Stripe reckons when it makes the invoice." };
  if (facts.status === "trialing" && paymentMethodChain(customer, subscription).length === 0) {
    return { unknown: "The trial may end without an invoice, since there is no payment method." };
  }
  const items = facts.items.filter(({ periodEndS }) => periodEndS === atS);
  const subtotal = sumOf(items, atS);
  if (!(subtotal instanceof Decimal)) return subtotal;
  const currency = items[0]?.currency ?? facts.currency;
  if (!currency) return { unknown: "Stripe does not say in which currency the items are priced." };
  const products = new Set(items.map(({ productId }) => productId)).size;
  const priced = { amount: subtotal, currency, invoices: new Decimal(1), products };
  const left = lessDiscounts(priced, discountsOn(subscription, customer), inForceAt(atS));
  return left instanceof Decimal ? { amountMinor: rounded(left).toNumber(), currency } : left;
}

/** Lines are rounded one by one and then summed, as Stripe does. */
function sumOf(items: readonly SubscriptionItemFacts[], atS: number): Decimal | Unknown {
  let sum = new Decimal(0);
  for (const { metered, unitAmount, divided, quantity, currency, discounts } of items) {
    if (metered) return { unknown: "It depends on usage." };
    if (unitAmount === null) return { unknown: "A price is tiered, so that its amount does not follow from one unit." };
    if (divided === true) return { unknown: "A price is for packages of units." };
    const line = rounded(new Decimal(unitAmount).times(quantity ?? 1));
    const priced = { amount: line, currency: currency ?? "", invoices: new Decimal(1), products: 1 };
    const left = lessDiscounts(priced, discounts, inForceAt(atS));
    if (!(left instanceof Decimal)) return left;
    sum = sum.plus(rounded(left));
  }
  return sum;
}

/** Whether a coupon for one invoice is used up already does not show. */
function inForceAt(atS: number): (discount: DiscountFacts & { readonly terms: DiscountTerms }) => boolean | Unknown {
  return ({ endS, terms }) => {
    if (terms.duration === "once")
      return { unknown: "A discount is for one invoice, which may have been made already." };
    return endS === null || endS > atS;
  };
}

function rounded(amount: Decimal): Decimal {
  return amount.toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
}
