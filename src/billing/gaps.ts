/** Station billing: which objects the profile needs and we have never seen. */
import type { ObjectKind } from "../model/stripe-object.ts";
import { paymentMethodChain } from "./card.ts";
import type { CustomerCopies } from "./profile.ts";
import { primarySubscription } from "./subscription.ts";

export type Gap = { readonly kind: ObjectKind; readonly id: string };

/** Objects to read from Stripe before the profile can be trusted: the products of plan and add-ons, the payment method in use. */
export function gapsIn({ customer, subscriptions, products, paymentMethods }: CustomerCopies): readonly Gap[] {
  const primary = primarySubscription(subscriptions);
  const [methodId] = paymentMethodChain(customer, primary);
  const gaps = (primary ? productIdsOf([primary]) : [])
    .filter((productId) => !products.some(({ id }) => id === productId))
    .map((id): Gap => ({ kind: "product", id }));
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
