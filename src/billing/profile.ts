/** Station billing: a customer's profile, a pure function of our copies. */
import type { Profile } from "../model/profile.ts";
import type { ObjectCopy, ObjectCopyOf, ObjectKind } from "../model/stripe-object.ts";
import type { Reporting } from "../model/rates.ts";
import { effectiveCard, effectiveMethodType } from "./card.ts";
import { nextInvoiceOf } from "./next-invoice.ts";
import { openInvoicesOf } from "./open-invoices.ts";
import { paymentsOf } from "./payments.ts";
import { recurringOf } from "./recurring.ts";
import { statusDetailOf } from "./status-detail.ts";
import { addonsOf, livingSubscriptions, primarySubscription, subscriptionState } from "./subscription.ts";
import { troubleOf } from "./trouble.ts";

/** The copies of one customer and the products their subscriptions name. */
export type CustomerCopies = {
  readonly customer: ObjectCopyOf<"customer">;
  readonly subscriptions: readonly ObjectCopyOf<"subscription">[];
  /** Those that are open, and those that were until lately. */
  readonly invoices: readonly ObjectCopyOf<"invoice">[];
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
    invoices: ofKind(copies, "invoice"),
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

type ProfileOptions = { readonly livemode: boolean; readonly reporting?: Reporting | undefined };

/** Derives the profile. The same copies always give the same profile, whatever order they arrived in. */
export function buildProfile(copies: CustomerCopies, { livemode, reporting }: ProfileOptions): Profile {
  const { customer, subscriptions } = copies;
  const { facts } = customer;
  const primary = primarySubscription(subscriptions);
  const payments = paymentsOf({ ...copies, customerCurrency: facts.currency, reporting });
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
    statusDetail: statusDetailOf(primary, copies.charges),
    addons: primary ? addonsOf(primary, copies.products) : [],
    nextInvoice: nextInvoiceOf(primary, customer),
    paymentMethod: effectiveMethodType(customer, primary, copies.paymentMethods),
    locale: facts.locale ?? null,
    ...togetherOf([copies]),
    ...troubleOf(copies),
    metadata: facts.metadata,
    livemode,
  };
}

type Together = Pick<Profile, "subscriptionsCount" | "recurring" | "openInvoices">;

/** What is counted and added up over all customers of a person. */
export function togetherOf(customers: readonly CustomerCopies[]): Together {
  return {
    subscriptionsCount: livingSubscriptions(customers.flatMap(({ subscriptions }) => subscriptions)).length,
    recurring: recurringOf(customers),
    openInvoices: openInvoicesOf(customers),
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
