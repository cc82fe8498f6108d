/** What a customer pays, owes and is about to do, derived from our copies of Stripe's objects. */
import type { Money } from "./money.ts";
import type { Debit, PaymentFailure } from "./payment-trouble.ts";
import type { LimitSource, UsageStatus } from "./usage.ts";

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

/** A billing address without its country, which stands beside it. */
export type BillingAddress = {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly state: string | null;
};

/** Why a value cannot be known exactly, as a sentence. */
export type Unknown = { readonly unknown: string };

/** What subscriptions bring in; the currency is null only when nothing does. */
export type Recurring = { readonly mrrMinor: number; readonly arrMinor: number; readonly currency: string | null };

/** The next invoice of the primary subscription. */
export type NextInvoice = { readonly atS: number; readonly amount: Money | Unknown };

/** An invoice that is to be paid. The link to it is never kept: it is fetched when somebody asks for it. */
export type OpenInvoice = {
  readonly id: string;
  readonly customerId: string;
  /** What is left to pay on it. */
  readonly amount: Money;
  readonly createdS: number;
  readonly dueDateS: number | null;
  /** When Stripe tries again to collect it by itself; null when it does not. */
  readonly nextAttemptS: number | null;
};

export type OpenInvoices = {
  /** What is left to pay on all of them; null when there is none. */
  readonly total: Money | null | Unknown;
  /** One of them was not paid when it should have been. */
  readonly pastDue: boolean;
  /** The one that should be paid first: the oldest. */
  readonly oldest: OpenInvoice | null;
};

export type Payment = { readonly amount: Money; readonly atS: number; readonly status: string };

/** How one meter of a customer stands; percentages are of the limit, rounded down so that none claims what is not reached. */
export type UsageState = {
  readonly customerId: string;
  readonly meter: string;
  /** What is counted, in words. */
  readonly unit: string | null;
  readonly value: number;
  readonly limit: number | null | Unknown;
  readonly limitSource: LimitSource | null;
  /** One decimal; null without a limit. */
  readonly percent: number | null;
  /** At the end of the period, if it goes on like this; null as long as too little of the period has passed. */
  readonly projectedValue: number | null;
  readonly projectedPercent: number | null;
  readonly periodStartS: number;
  readonly periodEndS: number;
  /** The instant that the value is true for. */
  readonly asOfS: number;
  readonly source: "stripe" | "pushed";
  /** Null without a limit. */
  readonly status: UsageStatus | null;
};

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
  /** Personal data; null when the customer has none. */
  readonly address: BillingAddress | null;
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
  /** When the latest payment that succeeded was made. */
  readonly lastPaidAtS: number | null;
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
  /** All subscriptions, those in the best standing first. */
  readonly subscriptions: readonly SubscriptionState[];
  /** Subscriptions that have not ended. */
  readonly subscriptionsCount: number;
  readonly recurring: Recurring | Unknown;
  readonly nextInvoice: NextInvoice | Unknown;
  readonly openInvoices: OpenInvoices;
  /** Billing credits that are left, by currency; unknown as long as Stripe has not told of a change. */
  readonly billingCredits: readonly Money[] | Unknown;
  /** The features that the customer may use, by lookup key; unknown as long as Stripe has not told of a change. */
  readonly entitlements: readonly string[] | Unknown;
  /** The type of the payment method that is charged next: card, sepa_debit … */
  readonly paymentMethod: string | null;
  /** Null when the latest attempt to pay went well, or is on its way. */
  readonly paymentFailure: PaymentFailure | null;
  /** The bank debit with the latest news; null when there was never one. */
  readonly debit: Debit | null;
  /** The meters of which there is a reading for the period that runs, the worst first. */
  readonly usage: readonly UsageState[];
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
