/** What a customer pays, owes and is about to do, derived from our copies of Stripe's objects. */
import type { Money } from "./money.ts";
import type { Debit, PaymentFailure } from "./payment-trouble.ts";

export type Plan = {
  readonly name: string | null;
  /** Price of one unit per interval in major units; null for tiered prices. */
  readonly unitPrice: number | null;
  readonly currency: string | null;
  /** `month`, `year`, or `3 months` when the count is not one. */
  readonly interval: string | null;
};

export type SubscriptionState = {
  readonly id: string;
  readonly status: string;
  readonly plan: Plan | null;
  /** When the earliest item renews; null once the subscription has ended. */
  readonly periodEndS: number | null;
  readonly trialEndS: number | null;
  /** When it will end, whichever way Stripe says so; null when it renews or has ended. */
  readonly cancelAtS: number | null;
};

export type Card = {
  readonly brand: string;
  /** 23:59:59 UTC on the last day of the month on the card; null when Stripe does not say. */
  readonly expiresAtS: number | null;
};

/** Why a value cannot be known exactly, as a sentence. */
export type Unknown = { readonly unknown: string };

/** What subscriptions bring in; the currency is null only when nothing does. */
export type Recurring = { readonly mrrMinor: number; readonly arrMinor: number; readonly currency: string | null };

/** The next invoice of the primary subscription. */
export type NextInvoice = { readonly atS: number; readonly amount: Money | Unknown };

export type OpenInvoices = {
  /** What is left to pay on all of them; null when there is none. */
  readonly total: Money | null | Unknown;
  /** One of them was not paid when it should have been. */
  readonly pastDue: boolean;
};

export type Payment = { readonly amount: Money; readonly atS: number; readonly status: string };

export type Profile = {
  readonly customerId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly createdS: number;
  readonly delinquent: boolean;
  /** Negative is credit, as Stripe says. The currency is null while the customer has none. */
  readonly balance: { readonly amountMinor: number; readonly currency: string | null };
  readonly country: string | null;
  /** The primary subscription. */
  readonly subscription: SubscriptionState | null;
  readonly card: Card | null;
  /** The latest attempt to pay, successful or not. */
  readonly lastPayment: Payment | null;
  /** Received less refunds and disputes, in the customer's main currency. */
  readonly totalPaid: Money | null;
  /** Payments that succeeded, in any currency. */
  readonly paymentCount: number;
  readonly firstPaymentAtS: number | null;
  /** What a payment brought on average, in the currency of the total. */
  readonly averagePayment: Money | null;
  /** From the first payment to the latest; null before the second. */
  readonly paymentsPerMonth: number | null;
  /** What was received in all currencies, in the reporting currency; null when there was no payment. */
  readonly totalPaidReporting: Money | null | Unknown;
  /** The primary subscription's status, made more exact by payments and by why it is paused. */
  readonly statusDetail: string | null;
  /** What the primary subscription has beside its plan. */
  readonly addons: readonly string[];
  /** Subscriptions that have not ended. */
  readonly subscriptionsCount: number;
  readonly recurring: Recurring | Unknown;
  readonly nextInvoice: NextInvoice | Unknown;
  readonly openInvoices: OpenInvoices;
  /** The type of the payment method that the next invoice is charged to: card, sepa_debit … */
  readonly paymentMethod: string | null;
  /** Null when the latest attempt to pay went well, or is on its way. */
  readonly paymentFailure: PaymentFailure | null;
  /** The bank debit with the latest news; null when there was never one. */
  readonly debit: Debit | null;
  /** As Stripe has it, such as de or en-GB. */
  readonly locale: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly livemode: boolean;
};

/** Whether a value could not be known. */
export function isUnknown(value: object | null): value is Unknown {
  return value !== null && "unknown" in value;
}

/** A part of the profile that rests on copies of its own: the plan needs its product, the rest of a subscription does not. */
export type ProfileField = keyof Profile | "subscription.plan";
