/** Station billing: the card, or other payment method, that is charged next. */
import { lastSecondOfMonth } from "../lib/calendar.ts";
import type { Card } from "../model/profile.ts";
import type { ObjectCopyOf, PaymentMethodFacts } from "../model/stripe-object.ts";
import { isUnpaid } from "./open-invoices.ts";

/** Who pays, and for what. */
export type Payer = {
  readonly customer: ObjectCopyOf<"customer">;
  readonly subscription: ObjectCopyOf<"subscription"> | null;
  /** Absent when only invoices count that do not exist yet. */
  readonly invoices?: readonly ObjectCopyOf<"invoice">[];
  /** What is known of payment methods; left out, all of them count. */
  readonly paymentMethods?: readonly ObjectCopyOf<"payment_method">[];
};

type Methods = { readonly paymentMethods: readonly ObjectCopyOf<"payment_method">[] };

/**
 * The ids that Stripe tries, in its order: an open invoice's own default, then the subscription's, then the customer's; a
 * payment method before a source (docs.stripe.com/billing/subscriptions/payment-methods-setting). One that was detached
 * counts as none.
 */
export function paymentMethodChain({
  customer,
  subscription,
  invoices = [],
  paymentMethods = [],
}: Payer): readonly string[] {
  const ids = [
    invoiceInHand(subscription, invoices)?.facts.defaultPaymentMethod,
    subscription?.facts.defaultPaymentMethod,
    subscription?.facts.defaultSource,
    customer.facts.defaultPaymentMethod,
    customer.facts.defaultSource,
  ].filter((id) => typeof id === "string");
  return ids.filter((id) => !paymentMethods.some((method) => method.id === id && isDetached(method)));
}

/** Whether nothing can be charged with it any more. */
export function isDetached({ deleted, facts }: ObjectCopyOf<"payment_method">): boolean {
  return deleted || !facts.attached;
}

/** The open invoice of this subscription that is collected first: the oldest. */
export function invoiceInHand(
  subscription: Payer["subscription"],
  invoices: readonly ObjectCopyOf<"invoice">[],
): ObjectCopyOf<"invoice"> | undefined {
  if (!subscription || invoices.length === 0) return undefined;
  return invoices
    .filter((invoice) => isUnpaid(invoice) && invoice.facts.subscriptionId === subscription.id)
    .toSorted((a, b) => a.facts.createdS - b.facts.createdS || (a.id < b.id ? -1 : 1))[0];
}

/** The type of the payment method in use, such as sepa_debit; null when none is set. */
export function effectiveMethodType(payer: Payer & Methods): string | null {
  const [first] = paymentMethodChain(payer);
  if (first === undefined) return null;
  const method = payer.paymentMethods.find(({ id }) => id === first);
  if (method) return method.facts.type;
  return legacyTypes[first.slice(0, first.indexOf("_"))] ?? null;
}

/** Sources are older than payment methods and say what they are by their id. */
const legacyTypes: Readonly<Record<string, string>> = { card: "card", ba: "bank_account", src: "source" };

/** The card in use; null when none is set, or it is not a card. */
export function effectiveCard(payer: Payer & Methods): Card | null {
  const [first] = paymentMethodChain(payer);
  const method = payer.paymentMethods.find(({ id }) => id === first);
  if (!method || method.facts.brand === null) return null;
  return { brand: method.facts.brand, expiresAtS: expiryOf(method.facts) };
}

function expiryOf({ expMonth, expYear }: PaymentMethodFacts): number | null {
  if (expMonth === null || expYear === null) return null;
  return lastSecondOfMonth(expYear, expMonth);
}
