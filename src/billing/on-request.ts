/**
 * Station billing: what Stripe tells only to who asks for it. Events never show it, and it never changes, so what was read
 * once is kept under every later copy; only the currencies of a price may change, with an event that does not show how.
 *
 * | of | what | source |
 * | --- | --- | --- |
 * | a tiered price | its tiers | docs.stripe.com/api/prices/update |
 * | a price of several currencies | its amounts in the others | docs.stripe.com/api/prices/object, `currency_options` |
 * | a coupon | the products that it makes cheaper | docs.stripe.com/api/coupons/update |
 * | a subscription | which coupons its discounts are of, and when they end | docs.stripe.com/api/discounts |
 */
import { hasOtherCurrencies } from "./price-in-currency.ts";
import type { DiscountFacts, ObjectCopy, ObjectCopyOf, SubscriptionFacts } from "../model/stripe-object.ts";

/** The copy with what was known before, where it does not show it itself. */
export function withKnownDetails(copy: ObjectCopy, stored: ObjectCopy | undefined): ObjectCopy {
  if (!stored) return copy;
  if (copy.kind === "price" && stored.kind === "price") return withKnownTerms(copy, stored);
  if (!lacksDetails(copy)) return copy;
  if (copy.kind === "coupon" && stored.kind === "coupon") return withKnownScope(copy, stored);
  if (copy.kind !== "subscription" || stored.kind !== "subscription") return copy;
  return { ...copy, facts: withKnownCoupons(copy.facts, stored.facts) };
}

function withKnownTerms(copy: ObjectCopyOf<"price">, { facts }: ObjectCopyOf<"price">): ObjectCopy {
  const tiers = lacksTiers(copy) ? facts.tiers : null;
  const currencyOptions = copy.facts.currencyOptions === undefined ? facts.currencyOptions : undefined;
  if (tiers === null && currencyOptions === undefined) return copy;
  return { ...copy, facts: { ...copy.facts, ...(tiers && { tiers }), ...(currencyOptions && { currencyOptions }) } };
}

/** What stays known of an object when an event of this type tells of it: an update may have changed the currencies of a price. */
export function stillKnown(stored: ObjectCopy | undefined, eventType: string): ObjectCopy | undefined {
  if (stored?.kind !== "price" || eventType !== "price.updated") return stored;
  const { currencyOptions: _outdated, ...facts } = stored.facts;
  return { ...stored, facts };
}

/** True when an event of this type may have changed what is known of a price's currencies, so that Stripe has to be asked. */
export function mayChangeCurrencies(stored: ObjectCopy | undefined, eventType: string): boolean {
  return eventType === "price.updated" && stored?.kind === "price" && hasOtherCurrencies(stored.facts);
}

function withKnownScope(copy: ObjectCopyOf<"coupon">, { facts: { products } }: ObjectCopyOf<"coupon">): ObjectCopy {
  return products === null ? copy : { ...copy, facts: { ...copy.facts, products } };
}

/** True when Stripe has to be asked before the copy says everything that we need. */
export function lacksDetails(copy: ObjectCopy): boolean {
  switch (copy.kind) {
    case "price":
      return lacksTiers(copy);
    case "coupon":
      return copy.facts.products === null;
    case "subscription":
      return discountsIn(copy.facts).some(isUntold);
    default:
      return false;
  }
}

function lacksTiers({ facts: { billingScheme, tiers } }: ObjectCopyOf<"price">): boolean {
  return billingScheme === "tiered" && tiers === null;
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
