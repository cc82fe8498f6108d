/**
 * Station billing: what Stripe tells only to who asks for it. Events never show it, and it never changes, so what was read
 * once is kept under every later copy.
 *
 * | of | what | source |
 * | --- | --- | --- |
 * | a tiered price | its tiers | docs.stripe.com/api/prices/update |
 * | a coupon | the products that it makes cheaper | docs.stripe.com/api/coupons/update |
 * | a subscription | which coupons its discounts are of, and when they end | docs.stripe.com/api/discounts |
 */
import type { DiscountFacts, ObjectCopy, ObjectCopyOf, SubscriptionFacts } from "../model/stripe-object.ts";

/** The copy with what was known before, where it does not show it itself. */
export function withKnownDetails(copy: ObjectCopy, stored: ObjectCopy | undefined): ObjectCopy {
  if (!stored || !lacksDetails(copy)) return copy;
  if (copy.kind === "price" && stored.kind === "price") return withKnownTiers(copy, stored);
  if (copy.kind === "coupon" && stored.kind === "coupon") return withKnownScope(copy, stored);
  if (copy.kind !== "subscription" || stored.kind !== "subscription") return copy;
  return { ...copy, facts: withKnownCoupons(copy.facts, stored.facts) };
}

function withKnownTiers(copy: ObjectCopyOf<"price">, { facts: { tiers } }: ObjectCopyOf<"price">): ObjectCopy {
  return tiers === null ? copy : { ...copy, facts: { ...copy.facts, tiers } };
}

function withKnownScope(copy: ObjectCopyOf<"coupon">, { facts: { products } }: ObjectCopyOf<"coupon">): ObjectCopy {
  return products === null ? copy : { ...copy, facts: { ...copy.facts, products } };
}

/** True when Stripe has to be asked before the copy says everything that we need. */
export function lacksDetails(copy: ObjectCopy): boolean {
  switch (copy.kind) {
    case "price":
      return copy.facts.billingScheme === "tiered" && copy.facts.tiers === null;
    case "coupon":
      return copy.facts.products === null;
    case "subscription":
      return discountsIn(copy.facts).some(isUntold);
    default:
      return false;
  }
}

/** Every discount of a subscription and of its items. */
export function discountsIn({ discounts, items }: SubscriptionFacts): readonly DiscountFacts[] {
  const ofItems = items.filter((item) => item.discounts !== undefined && item.discounts.length > 0);
  if (ofItems.length === 0) return discounts ?? [];
  return [...(discounts ?? []), ...ofItems.flatMap((item) => item.discounts ?? [])];
}

function isUntold({ couponId }: DiscountFacts): boolean {
  return couponId === undefined;
}

function withKnownCoupons(facts: SubscriptionFacts, stored: SubscriptionFacts): SubscriptionFacts {
  const known = new Map(discountsIn(stored).map((discount) => [discount.id, discount]));
  const tell = (discounts: readonly DiscountFacts[]): readonly DiscountFacts[] =>
    discounts.map((discount) => (isUntold(discount) ? (known.get(discount.id) ?? discount) : discount));
  return {
    ...facts,
    items: facts.items.map((item) => (item.discounts ? { ...item, discounts: tell(item.discounts) } : item)),
    ...(facts.discounts ? { discounts: tell(facts.discounts) } : {}),
  };
}
