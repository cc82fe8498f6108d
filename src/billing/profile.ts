/** Station billing: a customer's profile, a pure function of our copies. */
import type { Profile } from "../model/profile.ts";
import type { ObjectCopy, ObjectCopyOf, ObjectKind } from "../model/stripe-object.ts";
import { effectiveCard } from "./card.ts";
import { paymentsOf } from "./payments.ts";
import { subscriptionState, primarySubscription } from "./subscription.ts";

/** The copies of one customer and the products their subscriptions name. */
export type CustomerCopies = {
  readonly customer: ObjectCopyOf<"customer">;
  readonly subscriptions: readonly ObjectCopyOf<"subscription">[];
  readonly charges: readonly ObjectCopyOf<"charge">[];
  readonly disputes: readonly ObjectCopyOf<"dispute">[];
  readonly refunds: readonly ObjectCopyOf<"refund">[];
  readonly paymentMethods: readonly ObjectCopyOf<"payment_method">[];
  readonly products: readonly ObjectCopyOf<"product">[];
};

/** Sorts copies by kind; null while the customer itself is unknown. */
export function groupCopies(customerId: string, copies: readonly ObjectCopy[]): CustomerCopies | null {
  const customer = ofKind(copies, "customer").find(({ id }) => id === customerId);
  if (!customer) return null;
  return {
    customer,
    subscriptions: ofKind(copies, "subscription").filter(({ deleted }) => !deleted),
    charges: ofKind(copies, "charge"),
    disputes: ofKind(copies, "dispute"),
    refunds: ofKind(copies, "refund"),
    paymentMethods: ofKind(copies, "payment_method"),
    products: ofKind(copies, "product"),
  };
}

function ofKind<K extends ObjectKind>(copies: readonly ObjectCopy[], kind: K): readonly ObjectCopyOf<K>[] {
  return copies.filter((copy): copy is ObjectCopyOf<K> & ObjectCopy => copy.kind === kind);
}

/** Derives the profile. The same copies always give the same profile, whatever order they arrived in. */
export function buildProfile(copies: CustomerCopies, { livemode }: { readonly livemode: boolean }): Profile {
  const { customer, subscriptions } = copies;
  const { facts } = customer;
  const primary = primarySubscription(subscriptions);
  const payments = paymentsOf({ ...copies, customerCurrency: facts.currency });
  return {
    customerId: customer.id,
    email: facts.email,
    name: facts.name,
    phone: facts.phone,
    createdS: facts.createdS,
    delinquent: facts.delinquent,
    balance: { amountMinor: facts.balanceMinor, currency: facts.currency ?? primary?.facts.currency ?? null },
    country: facts.country ?? countryOfPayment(copies, primary),
    subscription: primary ? subscriptionState(primary, copies.products) : null,
    card: effectiveCard(customer, primary, copies.paymentMethods),
    ...payments,
    metadata: facts.metadata,
    livemode,
  };
}

function countryOfPayment(copies: CustomerCopies, primary: ObjectCopyOf<"subscription"> | null): string | null {
  return addressedPayment(copies, primary)?.facts.country ?? null;
}

/** What names the country when the customer does not: the payment method in use, else the latest charge with an address. */
export function addressedPayment(
  { customer, paymentMethods, charges }: CustomerCopies,
  primary: ObjectCopyOf<"subscription"> | null,
): ObjectCopyOf<"payment_method"> | ObjectCopyOf<"charge"> | null {
  const inUse = primary?.facts.defaultPaymentMethod ?? customer.facts.defaultPaymentMethod;
  const method = paymentMethods.find(({ id }) => id === inUse);
  if (method?.facts.country) return method;
  const withCountry = charges.filter(({ facts }) => facts.country !== null);
  return withCountry.toSorted(newestFirst)[0] ?? null;
}

function newestFirst(a: ObjectCopyOf<"charge">, b: ObjectCopyOf<"charge">): number {
  return b.facts.createdS - a.facts.createdS || b.id.localeCompare(a.id);
}
