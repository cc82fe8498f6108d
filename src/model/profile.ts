/** What a customer pays, owes and is about to do, derived from our copies of Stripe's objects. */
import type { Money } from "./money.ts";

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
  readonly metadata: Readonly<Record<string, string>>;
  readonly livemode: boolean;
};

/** A part of the profile that rests on copies of its own: the plan needs its product, the rest of a subscription does not. */
export type ProfileField = keyof Profile | "subscription.plan";
