/** Station billing: a customer's profile, a pure function of our copies. */
import type { UsageRules } from "../../contract/mapping.ts";
import type { Profile } from "../model/profile.ts";
import type { ObjectCopy, ObjectCopyOf, ObjectKind } from "../model/stripe-object.ts";
import type { Reporting } from "../model/rates.ts";
import { effectiveCard, effectiveMethodType } from "./card.ts";
import { creditsOf, featuresOf } from "./grants.ts";
import { nextInvoiceOf } from "./next-invoice.ts";
import { openInvoicesOf } from "./open-invoices.ts";
import { paymentsOf } from "./payments.ts";
import { recurringOf } from "./recurring.ts";
import { statusDetailOf } from "./status-detail.ts";
import {
  addonsOf,
  byStanding,
  livingSubscriptions,
  primaryOf,
  subscriptionState,
  type PlanNamePart,
  type PrimaryPolicy,
} from "./subscription.ts";
import { troubleOf } from "./trouble.ts";
import { usageOf } from "./usage/usage.ts";

/** The copies of one customer, and of the catalogue what their subscriptions name. */
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
  /** Tiers are null while they are not known. */
  readonly prices: readonly ObjectCopyOf<"price">[];
  /** Of the discounts of subscriptions that have not ended. */
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
  readonly mandates: readonly ObjectCopyOf<"mandate">[];
  /** At most one. */
  readonly creditBalances: readonly ObjectCopyOf<"credit_balance">[];
  /** At most one. */
  readonly entitlements: readonly ObjectCopyOf<"entitlements">[];
  /** The latest reading of each meter. */
  readonly usages: readonly ObjectCopyOf<"usage">[];
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
    usages: ofKind(copies, "usage"),
    mandates: ofKind(copies, "mandate"),
    creditBalances: ofKind(copies, "credit_balance").filter(({ deleted }) => !deleted),
    entitlements: ofKind(copies, "entitlements").filter(({ deleted }) => !deleted),
    ...groupCatalogue(copies),
  };
}

/** What is of the catalogue among these copies. */
export function groupCatalogue(copies: readonly ObjectCopy[]): Pick<CustomerCopies, "products" | "prices" | "coupons"> {
  return { products: ofKind(copies, "product"), prices: ofKind(copies, "price"), coupons: ofKind(copies, "coupon") };
}

function ofKind<K extends ObjectKind>(copies: readonly ObjectCopy[], kind: K): readonly ObjectCopyOf<K>[] {
  return copies.filter((copy): copy is ObjectCopyOf<K> & ObjectCopy => copy.kind === kind);
}

/** What the profile rests on beside the copies; without rules of usage the usual ones hold. */
export type ProfileOptions = {
  readonly livemode: boolean;
  readonly reporting?: Reporting | undefined;
  readonly usage?: UsageRules | undefined;
  /** Which subscription speaks for a customer; without one, that in the best standing. */
  readonly primary?: PrimaryPolicy | undefined;
  /** Where the names of plan and add-ons are looked for. */
  readonly planName?: readonly PlanNamePart[] | undefined;
  /** The keys of the customer's metadata that the profile shows; without them, all. */
  readonly metadataKeys?: readonly string[] | undefined;
};

/** Derives the profile. The same copies always give the same profile, whatever order they arrived in. */
export function buildProfile(copies: CustomerCopies, options: ProfileOptions): Profile {
  const { customer } = copies;
  const { livemode, reporting, usage } = options;
  const { facts } = customer;
  const primary = primaryOf(copies, options.primary);
  const { charges, disputes, refunds, invoices, paymentMethods, products, prices, coupons } = copies;
  const payer = { customer, subscription: primary, invoices, paymentMethods, prices, coupons };
  const subscriptions = statesOf([copies], options);
  const payments = paymentsOf({ charges, disputes, refunds, customerCurrency: facts.currency, reporting });
  return {
    customerId: customer.id,
    email: facts.email,
    name: facts.name,
    phone: facts.phone,
    createdS: facts.createdS,
    delinquent: facts.delinquent,
    balance: { amountMinor: facts.balanceMinor, currency: facts.currency ?? primary?.facts.currency ?? null },
    country: facts.country ?? countryOfPayment(copies, primary),
    address: facts.address ?? null,
    subscription: subscriptions.find(({ id }) => id === primary?.id) ?? null,
    card: effectiveCard(payer),
    ...payments,
    statusDetail: statusDetailOf(primary, charges),
    addons: primary ? addonsOf(primary, { products, prices, planName: options.planName }) : [],
    nextInvoice: nextInvoiceOf(payer),
    paymentMethod: effectiveMethodType(payer),
    locale: facts.locale ?? null,
    usage: usageOf(copies, usage),
    subscriptions,
    ...togetherOf([copies]),
    ...troubleOf(copies),
    metadata: allowed(facts.metadata, options.metadataKeys),
    livemode,
  };
}

/** What the operator has not named stays where it is. */
function allowed(metadata: Profile["metadata"], keys: readonly string[] | undefined): Profile["metadata"] {
  if (keys === undefined) return metadata;
  const shown = new Set(keys);
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => shown.has(key)));
}

type Together = Pick<Profile, "subscriptionsCount" | "recurring" | "openInvoices" | "billingCredits" | "entitlements">;

/** What is counted and added up over all customers of a person. */
export function togetherOf(customers: readonly CustomerCopies[]): Together {
  return {
    subscriptionsCount: livingSubscriptions(customers.flatMap(({ subscriptions }) => subscriptions)).length,
    recurring: recurringOf(customers),
    openInvoices: openInvoicesOf(customers),
    billingCredits: creditsOf(customers),
    entitlements: featuresOf(customers),
  };
}

/** All subscriptions of these customers, those in the best standing first. */
export function statesOf(
  customers: readonly CustomerCopies[],
  { planName }: Pick<ProfileOptions, "planName">,
): Profile["subscriptions"] {
  const all = customers.flatMap(({ subscriptions, products, prices }) => {
    const catalogue = { products, prices, planName };
    return subscriptions.map((subscription) => ({ subscription, catalogue }));
  });
  if (all.length > 1) all.sort((a, b) => byStanding(a.subscription, b.subscription));
  return all.map(({ subscription, catalogue }) => subscriptionState(subscription, catalogue));
}

function countryOfPayment(copies: CustomerCopies, primary: ObjectCopyOf<"subscription"> | null): string | null {
  return addressedPayment(copies, primary)?.facts.country ?? null;
}

/**
 * What names the country when the customer does not: the payment method in use, if it was not detached, else the latest
 * charge with an address.
 */
export function addressedPayment(
  { customer, paymentMethods, charges }: CustomerCopies,
  primary: ObjectCopyOf<"subscription"> | null,
): ObjectCopyOf<"payment_method"> | ObjectCopyOf<"charge"> | null {
  const inUse = primary?.facts.defaultPaymentMethod ?? customer.facts.defaultPaymentMethod;
  const method = paymentMethods.find(({ id }) => id === inUse);
  if (method?.facts.country && method.facts.attached && !method.deleted) return method;
  const withCountry = charges.filter(({ facts }) => facts.country !== null);
  return withCountry.toSorted(newestFirst)[0] ?? null;
}

function newestFirst(a: ObjectCopyOf<"charge">, b: ObjectCopyOf<"charge">): number {
  return b.facts.createdS - a.facts.createdS || b.id.localeCompare(a.id);
}
