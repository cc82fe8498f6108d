/**
 * Station billing: under which id a copy is kept. Mostly it is Stripe's own; where that may also be the id of something
 * else, or there is none, it begins with the kind.
 */
import type { StripeKind } from "../model/stripe-object.ts";
import { idOf, textOf, type Raw } from "./read.ts";

/** The id of the copy of this object; null when the object does not say what it is. */
export function copyIdOf(kind: StripeKind, object: Raw): string | null {
  switch (kind) {
    case "coupon":
      // People choose the ids of coupons, as they do those of products.
      return prefixed(kind, textOf(object, "id"));
    case "credit_balance":
    case "entitlements":
      return prefixed(kind, idOf(object, "customer"));
    default:
      return textOf(object, "id");
  }
}

/** The id of the copy of what belongs to this customer, or has this id in Stripe. */
export function prefixed(kind: StripeKind, id: string | null): string | null {
  return id === null ? null : `${kind}:${id}`;
}

/** Stripe's id in the id of a copy of this kind. */
export function stripeIdOf(kind: StripeKind, copyId: string): string {
  const prefix = `${kind}:`;
  return copyId.startsWith(prefix) ? copyId.slice(prefix.length) : copyId;
}
