/** Station billing: the card that the next invoice will be charged to. */
import { lastSecondOfMonth } from "../lib/calendar.ts";
import type { Card } from "../model/profile.ts";
import type { ObjectCopyOf, PaymentMethodFacts } from "../model/stripe-object.ts";

/**
 * The ids that Stripe tries, in its order: the subscription's own default before the customer's
 * (docs.stripe.com/billing/subscriptions/payment-methods-setting).
 */
export function paymentMethodChain(
  customer: ObjectCopyOf<"customer">,
  subscription: ObjectCopyOf<"subscription"> | null,
): readonly string[] {
  return [
    subscription?.facts.defaultPaymentMethod,
    subscription?.facts.defaultSource,
    customer.facts.defaultPaymentMethod,
    customer.facts.defaultSource,
  ].filter((id) => typeof id === "string");
}

/** The type of the payment method in use, such as sepa_debit; null when none is set or it was detached. */
export function effectiveMethodType(
  customer: ObjectCopyOf<"customer">,
  subscription: ObjectCopyOf<"subscription"> | null,
  methods: readonly ObjectCopyOf<"payment_method">[],
): string | null {
  const [first] = paymentMethodChain(customer, subscription);
  if (first === undefined) return null;
  const method = methods.find(({ id }) => id === first);
  if (method) return method.deleted || !method.facts.attached ? null : method.facts.type;
  return legacyTypes[first.slice(0, first.indexOf("_"))] ?? null;
}

/** Sources are older than payment methods and say what they are by their id. */
const legacyTypes: Readonly<Record<string, string>> = { card: "card", ba: "bank_account", src: "source" };

/** The card in use; null when none is set, it was detached, or it is not a card. */
export function effectiveCard(
  customer: ObjectCopyOf<"customer">,
  subscription: ObjectCopyOf<"subscription"> | null,
  methods: readonly ObjectCopyOf<"payment_method">[],
): Card | null {
  const [first] = paymentMethodChain(customer, subscription);
  const method = methods.find(({ id }) => id === first);
  if (!method || method.deleted || !method.facts.attached || method.facts.brand === null) return null;
  return { brand: method.facts.brand, expiresAtS: expiryOf(method.facts) };
}

function expiryOf({ expMonth, expYear }: PaymentMethodFacts): number | null {
  if (expMonth === null || expYear === null) return null;
  return lastSecondOfMonth(expYear, expMonth);
}
