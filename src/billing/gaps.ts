/** Station billing: which objects the profile needs and we have never seen. */
import type { StripeKind, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { paymentMethodChain } from "./card.ts";
import { prefixed, stripeIdOf } from "./copy-id.ts";
import { isForeign } from "./item-cost.ts";
import { discountsIn, lacksDetails } from "./on-request.ts";
import type { CustomerCopies } from "./profile.ts";
import { livingSubscriptions, primaryOf, type PrimaryPolicy } from "./subscription.ts";

export type Gap = { readonly kind: StripeKind; readonly id: string };

/**
 * Objects to read from Stripe before the profile can be trusted: the products of plan and add-ons, prices that say more
 * than their items do, the coupons and the payment method in use.
 */
export function gapsIn(copies: CustomerCopies, policy?: PrimaryPolicy): readonly Gap[] {
  const { products, paymentMethods } = copies;
  const primary = primaryOf(copies, policy);
  const [methodId] = paymentMethodChain({ ...copies, subscription: primary });
  const gaps = (primary ? productIdsOf([primary]) : [])
    .filter((productId) => !products.some(({ id }) => id === productId))
    .map((id): Gap => ({ kind: "product", id }));
  for (const id of pricesToRead(copies)) gaps.push({ kind: "price", id });
  for (const id of couponIdsOf(copies)) {
    const coupon = copies.coupons.find((one) => one.id === id);
    // Stripe tells nothing about a coupon that was deleted, so it is not asked again.
    if (!coupon || (lacksDetails(coupon) && !coupon.deleted))
      gaps.push({ kind: "coupon", id: stripeIdOf("coupon", id) });
  }
  // Legacy sources (card_…, src_…) are not payment methods and cannot be read as such.
  if (methodId?.startsWith("pm_") && !paymentMethods.some(({ id }) => id === methodId)) {
    gaps.push({ kind: "payment_method", id: methodId });
  }
  return gaps;
}

/** The products that a customer's subscriptions name. */
export function productIdsOf(subscriptions: CustomerCopies["subscriptions"]): readonly string[] {
  const ids = subscriptions.flatMap(({ facts }) => facts.items.map(({ productId }) => productId));
  return [...new Set(ids.filter((id) => id !== null))];
}

/** The prices that a customer's subscriptions name. */
export function priceIdsOf(subscriptions: CustomerCopies["subscriptions"]): readonly string[] {
  return idsOf(subscriptions.flatMap(({ facts }) => facts.items));
}

/** The copies of the coupons that make this customer's subscriptions cheaper, as long as these have not ended. */
export function couponIdsOf({
  customer,
  subscriptions,
}: Pick<CustomerCopies, "customer" | "subscriptions">): readonly string[] {
  const living = livingSubscriptions(subscriptions);
  if (living.length === 0) return [];
  const discounts = living.flatMap(({ facts }) => discountsIn(facts));
  const all = customer.facts.discount ? [customer.facts.discount, ...discounts] : discounts;
  return [...new Set(all.map(({ couponId }) => prefixed("coupon", couponId ?? null)).filter((id) => id !== null))];
}

/** Prices that say more than their items do; those that are paid in another currency have to say what they are in that. */
function pricesToRead({ subscriptions, prices }: CustomerCopies): readonly string[] {
  const known = new Map(prices.map((price) => [price.id, price]));
  const ids = livingSubscriptions(subscriptions).flatMap(({ facts: { items, currency } }) =>
    items
      .filter((item) => {
        const price = known.get(item.priceId ?? "");
        if (isForeign(item, currency)) return !price || lacksCurrencies(price);
        return !price && saysTooLittle(item);
      })
      .map(({ priceId }) => priceId),
  );
  return [...new Set(ids.filter((id) => id !== null))];
}

/** Stripe tells nothing about a price that was deleted, so it is not asked again. */
function lacksCurrencies({ facts, deleted }: CustomerCopies["prices"][number]): boolean {
  return facts.currencyOptions === undefined && !deleted;
}

/** Items show neither tiers, nor the size of a package, nor the meter. */
function saysTooLittle({ unitAmount, divided, metered }: SubscriptionItemFacts): boolean {
  return unitAmount === null || divided === true || metered;
}

function idsOf(items: readonly SubscriptionItemFacts[]): readonly string[] {
  return [...new Set(items.map(({ priceId }) => priceId).filter((id) => id !== null))];
}
