/**
 * Station billing: when the primary subscription is billed next, and for how much as far as our copies say it: the items
 * that renew then, less discounts. What Stripe tells only in a preview (prorations and single items that are waiting) is
 * not in it, nor is the balance.
 */
import { Decimal } from "decimal.js";
import type { Money } from "../model/money.ts";
import type { NextInvoice, Unknown } from "../model/profile.ts";
import type { ObjectCopyOf, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { paymentMethodChain } from "./card.ts";
import { discountsOn, lessDiscounts, totalOf, type DiscountRule, type Line } from "./discount.ts";
import { billedCostOf, billedCurrencyOf, lineOf } from "./item-cost.ts";

type Customer = ObjectCopyOf<"customer">;
type Subscription = ObjectCopyOf<"subscription">;

/** What is billed, to whom, and what the catalogue says about it. */
export type Billed = {
  readonly subscription: Subscription | null;
  readonly customer: Customer;
  readonly prices: readonly ObjectCopyOf<"price">[];
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
  readonly paymentMethods: readonly ObjectCopyOf<"payment_method">[];
};

/** In the other states Stripe makes no invoice, or one that it does not collect. */
const billedStatuses = new Set(["active", "trialing", "past_due"]);

/** The next invoice; unknown, with the reason, when there is none to come. */
export function nextInvoiceOf({ subscription, ...rest }: Billed): NextInvoice | Unknown {
  if (!subscription) return { unknown: "The customer has no subscription." };
  const { status, items, itemsCut, cancelAtS, cancelAtPeriodEnd, collectionPaused } = subscription.facts;
  if (!billedStatuses.has(status)) return { unknown: `A subscription that is ${status} is not billed.` };
  if (collectionPaused) return { unknown: "The collection of invoices is paused." };
  const ends = items.map(({ periodEndS }) => periodEndS).filter((end) => end !== null);
  if (itemsCut === true) return { unknown: "Stripe does not show all items of the subscription." };
  if (ends.length === 0) return { unknown: "Stripe does not say when the period ends." };
  const atS = Math.min(...ends);
  if (cancelAtPeriodEnd || (cancelAtS !== null && cancelAtS <= atS)) {
    return { unknown: "The subscription ends before it would be billed again." };
  }
  return { atS, amount: amountOf({ subscription, ...rest }, atS) };
}

type BilledThen = Billed & { readonly subscription: Subscription };

function amountOf(billed: BilledThen, atS: number): Money | Unknown {
  const { subscription, customer, paymentMethods } = billed;
  const { facts } = subscription;
  if (facts.scheduled !== false) return { unknown: "A schedule may change the subscription before it is billed." };
  if (facts.taxed !== false) return { unknown: "Tax may be added, which Stripe reckons when it makes the invoice." };
  if (facts.status === "trialing" && paymentMethodChain({ customer, subscription, paymentMethods }).length === 0) {
    return { unknown: "The trial may end without an invoice, since there is no payment method." };
  }
  const lines = linesOf(billed, atS);
  if ("unknown" in lines) return lines;
  const currency = lines[0]?.currency || facts.currency;
  if (!currency) return { unknown: "Stripe does not say in which currency the items are priced." };
  const discounts = discountsOn(subscription, customer, atS);
  const left = discounts?.length === 0 ? lines : lessDiscounts(lines, discounts, rule(billed, atS));
  const total = "unknown" in left ? left : lineOf(totalOf(left), currency);
  if (!(total instanceof Decimal)) return total;
  if (total.gt(Number.MAX_SAFE_INTEGER)) return { unknown: "The amounts are out of range." };
  return { amountMinor: total.toNumber(), currency };
}

/** The items that renew then, each less its own discounts. Lines are rounded one by one, as Stripe does. */
function linesOf(billed: BilledThen, atS: number): readonly Line[] | Unknown {
  const lines: Line[] = [];
  for (const item of billed.subscription.facts.items) {
    if (item.periodEndS !== atS) continue;
    const line = lineOfItem(item, billed);
    if ("unknown" in line) return line;
    // Nearly no item has a discount of its own, and this is done for every contact that is looked at.
    if (item.discounts?.length === 0) {
      lines.push(line);
      continue;
    }
    const left = lessDiscounts([line], item.discounts, rule(billed, atS));
    if ("unknown" in left) return left;
    const amount = lineOf(totalOf(left), line.currency);
    if (!(amount instanceof Decimal)) return amount;
    lines.push({ ...line, amount });
  }
  return lines;
}

function lineOfItem(item: SubscriptionItemFacts, { subscription, prices }: BilledThen): Line | Unknown {
  if (item.metered) return { unknown: "It depends on usage." };
  if (item.inTrial === true)
    return { unknown: "An item is in a trial of its own, after which it may cost something else." };
  const billing = { prices, currency: subscription.facts.currency };
  const currency = billedCurrencyOf(item, billing.currency);
  const amount = lineOf(billedCostOf(item, billing), currency);
  return amount instanceof Decimal ? { amount, currency, productId: item.productId, invoices: one } : amount;
}

const one = new Decimal(1);

/** Whether a coupon for one invoice is used up already does not show. */
function rule({ coupons }: Billed, atS: number): DiscountRule {
  return {
    coupons,
    counts: ({ endS }, { duration }) => {
      if (duration !== "once") return endS === null || endS > atS;
      return { unknown: "A discount is for one invoice, which may have been made already." };
    },
  };
}
