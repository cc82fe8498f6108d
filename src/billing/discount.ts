/** Station billing: what discounts leave of the lines of an invoice; they are taken off one after the other, as Stripe does. */
import { Decimal } from "decimal.js";
import type { Unknown } from "../model/profile.ts";
import type { CouponFacts, DiscountFacts, ObjectCopyOf } from "../model/stripe-object.ts";
import { prefixed } from "./copy-id.ts";
import { exactly } from "./price-cost.ts";

type Subscription = ObjectCopyOf<"subscription">;
type Customer = ObjectCopyOf<"customer">;

/** What is made cheaper. */
export type Line = {
  readonly amount: Decimal;
  readonly currency: string;
  readonly productId: string | null;
  /** How many invoices the amount stands for; null when nobody knows. */
  readonly invoices: Decimal | null;
};

/** The coupons that are known, and which discounts apply at all. */
export type DiscountRule = {
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
  readonly counts: (discount: DiscountFacts, terms: CouponFacts) => boolean | Unknown;
};

/**
 * The discounts of a subscription's invoices: its own, else the customer's. Undefined in copies that are too old to say. For
 * an invoice that is made later, those of its own that have ended by then count as none.
 */
export function discountsOn(
  subscription: Subscription,
  customer: Customer,
  atS?: number,
): readonly DiscountFacts[] | undefined {
  const { discounts } = subscription.facts;
  if (discounts === undefined) return undefined;
  const own = atS === undefined ? discounts : discounts.filter(({ endS }) => endS === null || endS > atS);
  if (own.length > 0) return own;
  const { discount } = customer.facts;
  if (discount === undefined) return undefined;
  return discount === null ? [] : [discount];
}

/**
 * The discounts of all invoices to come, temporary ones set aside: the subscription's own if any of them lasts for ever or is
 * not known, else the customer's, which count again once the others have ended.
 */
export function lastingDiscountsOn(
  subscription: Subscription,
  customer: Customer,
  coupons: DiscountRule["coupons"],
): readonly DiscountFacts[] | undefined {
  const { discounts = [] } = subscription.facts;
  const { discount } = customer.facts;
  if (!discount || discounts.length === 0) return discountsOn(subscription, customer);
  return discounts.every((own) => isTemporary(own, coupons)) ? [discount] : discounts;
}

/** Whether it is sure to end; of an unknown coupon, by the end that the discount names. */
export function isTemporary(discount: DiscountFacts, coupons: DiscountRule["coupons"]): boolean {
  const terms = termsOf(discount, coupons);
  return "unknown" in terms ? discount.endS !== null : terms.duration !== "forever";
}

/** What is left of each line, never below zero; unknown when the terms of a discount are. */
export function lessDiscounts(
  lines: readonly Line[],
  discounts: readonly DiscountFacts[] | undefined,
  { coupons, counts }: DiscountRule,
): readonly Line[] | Unknown {
  if (discounts === undefined) {
    return { unknown: "The copy is older than the knowledge of discounts; the next event or comparison renews it." };
  }
  let left = lines;
  for (const discount of discounts) {
    const terms = termsOf(discount, coupons);
    if ("unknown" in terms) return terms;
    const applies = counts(discount, terms);
    if (applies === false) continue;
    const less = applies === true ? lessDiscount(left, terms) : applies;
    if ("unknown" in less) return less;
    left = less;
  }
  return left;
}

/** The sum of what is left. */
export function totalOf(lines: readonly Line[]): Decimal {
  const [first, ...others] = lines;
  if (!first) return new Decimal(0);
  return others.reduce((sum, { amount }) => sum.plus(amount), first.amount);
}

function termsOf({ id, couponId }: DiscountFacts, coupons: DiscountRule["coupons"]): CouponFacts | Unknown {
  if (couponId === undefined) return { unknown: `Stripe's events do not show which coupon the discount ${id} is of.` };
  const wanted = prefixed("coupon", couponId);
  const coupon = coupons.find((copy) => copy.id === wanted);
  if (coupon && (coupon.facts.percentOff !== null || coupon.facts.amountOffMinor !== null)) return coupon.facts;
  return { unknown: `How much the discount ${id} takes off is not known: Stripe does not have its coupon any more.` };
}

function lessDiscount(lines: readonly Line[], terms: CouponFacts): readonly Line[] | Unknown {
  const { percentOff, products } = terms;
  // Even if the lines are of one product: what is billed by usage, or at another time, is not among them.
  if (products === null) return { unknown: "A discount may make only some of the products cheaper." };
  const isMeant = ({ productId }: Line): boolean =>
    products.length === 0 || (productId !== null && products.includes(productId));
  if (percentOff === null) return lessAmount(lines, terms, isMeant);
  const share = new Decimal(100).minus(percentOff).div(100);
  if (share.isNegative() || share.gt(1)) return { unknown: `A discount takes off ${percentOff} percent.` };
  return lines.map((line) => (isMeant(line) ? { ...line, amount: exactly(line.amount).times(share) } : line));
}

/** One amount off each invoice, shared out by what each line costs, so that later discounts find what is left of it. */
function lessAmount(
  lines: readonly Line[],
  { amountOffMinor, currency }: CouponFacts,
  isMeant: (line: Line) => boolean,
): readonly Line[] | Unknown {
  const meant = lines.filter(isMeant);
  const [first] = meant;
  const total = totalOf(meant);
  if (!first || total.isZero()) return lines;
  if (meant.some((line) => line.currency !== currency)) {
    return { unknown: "A discount is an amount of another currency." };
  }
  const { invoices } = first;
  if (invoices === null || !meant.every((line) => line.invoices?.eq(invoices) === true)) {
    return { unknown: "A discount is an amount, and the items are billed at different intervals." };
  }
  const left = Decimal.max(0, total.minus(invoices.times(amountOffMinor ?? 0)));
  return lines.map((line) => (isMeant(line) ? { ...line, amount: exactly(line.amount).times(left).div(total) } : line));
}
