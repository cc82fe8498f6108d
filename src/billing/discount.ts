/** Station billing: what discounts leave of an amount; they are taken off one after the other, as Stripe does. */
import { Decimal } from "decimal.js";
import type { Unknown } from "../model/profile.ts";
import type { DiscountFacts, DiscountTerms, ObjectCopyOf } from "../model/stripe-object.ts";

type Subscription = ObjectCopyOf<"subscription">;
type Customer = ObjectCopyOf<"customer">;

/** What is made cheaper: an amount, for so many invoices, of one product or of several. */
export type Priced = {
  readonly amount: Decimal;
  readonly currency: string;
  /** How many invoices the amount stands for; null when there is no one number. */
  readonly invoices: Decimal | null;
  readonly products: number;
};

/** The discounts of a subscription's invoices: its own, else the customer's. Undefined in copies that are too old to say. */
export function discountsOn(subscription: Subscription, customer: Customer): readonly DiscountFacts[] | undefined {
  const { discounts } = subscription.facts;
  if (discounts === undefined || discounts.length > 0) return discounts;
  const { discount } = customer.facts;
  if (discount === undefined) return undefined;
  return discount === null ? [] : [discount];
}

/** What is left, never below zero; unknown when the terms of a discount are. `counts` leaves out discounts that do not apply. */
export function lessDiscounts(
  priced: Priced,
  discounts: readonly DiscountFacts[] | undefined,
  counts: (discount: DiscountFacts & { readonly terms: DiscountTerms }) => boolean | Unknown,
): Decimal | Unknown {
  if (discounts === undefined) {
    return { unknown: "The copy is older than the knowledge of discounts; the next event or comparison renews it." };
  }
  let { amount } = priced;
  for (const { id, endS, terms } of discounts) {
    if (terms === null) return { unknown: `Stripe's events do not show how much the discount ${id} takes off.` };
    const applies = counts({ id, endS, terms });
    if (applies === false) continue;
    const left = applies === true ? lessDiscount({ ...priced, amount }, terms) : applies;
    if (!(left instanceof Decimal)) return left;
    amount = left;
  }
  return amount;
}

function lessDiscount({ amount, currency, invoices, products }: Priced, terms: DiscountTerms): Decimal | Unknown {
  const { percentOff, amountOffMinor, restricted } = terms;
  if (restricted === true || (restricted === null && products > 1)) {
    return { unknown: "A discount may make only some of the products cheaper." };
  }
  if (percentOff !== null) return amount.times(new Decimal(100).minus(percentOff)).div(100);
  if (amountOffMinor === null) return { unknown: "A discount states neither a percentage nor an amount." };
  if (terms.currency !== currency) return { unknown: "A discount is an amount of another currency." };
  if (invoices === null)
    return { unknown: "A discount is an amount, and the items are billed at different intervals." };
  return Decimal.max(0, amount.minus(invoices.times(amountOffMinor)));
}
