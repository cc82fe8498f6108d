/** The newest known copy of a Stripe object, reduced to the facts that the profile needs. */

/** What a coupon takes off each invoice. Its terms never change (docs.stripe.com/api/coupons/update). */
export type CouponFacts = {
  readonly percentOff: string | null;
  readonly amountOffMinor: number | null;
  /** Of the amount; null for a percentage. */
  readonly currency: string | null;
  /** forever, once or repeating. */
  readonly duration: string;
  /** The products that become cheaper; empty for all. Null while not known: Stripe shows it only to who asks for it. */
  readonly products: readonly string[] | null;
};

/** A coupon in use. Events show the id of a subscription's discount alone. */
export type DiscountFacts = {
  readonly id: string;
  readonly endS: number | null;
  /** Absent while it is not known; null when there is none. */
  readonly couponId?: string | null;
};

/** An address without its country, which stands beside it. */
export type AddressFacts = {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly state: string | null;
};

/** A Stripe customer, the billing side of a person. Fields with a question mark are absent in copies older than them. */
export type CustomerFacts = {
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly createdS: number;
  readonly currency: string | null;
  /** Negative is credit, as Stripe writes it. */
  readonly balanceMinor: number;
  readonly delinquent: boolean;
  readonly country: string | null;
  readonly defaultPaymentMethod: string | null;
  readonly defaultSource: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly address?: AddressFacts | null;
  /** The first of `preferred_locales`. */
  readonly locale?: string | null;
  /** Counts for subscriptions that have no discount of their own. */
  readonly discount?: DiscountFacts | null;
};

export type SubscriptionItemFacts = {
  readonly id: string;
  readonly priceId: string | null;
  readonly productId: string | null;
  readonly nickname: string | null;
  readonly lookupKey: string | null;
  /** In minor units, may have decimals; null for tiered prices. */
  readonly unitAmount: string | null;
  readonly currency: string | null;
  readonly interval: string | null;
  readonly intervalCount: number;
  readonly metered: boolean;
  readonly quantity: number | null;
  readonly periodStartS: number | null;
  readonly periodEndS: number | null;
  readonly discounts?: readonly DiscountFacts[];
  /** The quantity is divided before it is multiplied with the amount. */
  readonly divided?: boolean;
  /** It has a trial of its own, after which it may cost something else; absent when it has none. */
  readonly inTrial?: boolean;
};

export type SubscriptionFacts = {
  readonly status: string;
  readonly createdS: number;
  readonly startS: number | null;
  readonly currency: string | null;
  readonly trialEndS: number | null;
  readonly cancelAtS: number | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAtS: number | null;
  readonly endedAtS: number | null;
  /** `pause_collection` is set: invoices are made and not collected. */
  readonly collectionPaused: boolean;
  /** Why the status is `paused`, e.g. pause_requested or final_payment_failure. */
  readonly pausedReason: string | null;
  readonly defaultPaymentMethod: string | null;
  readonly defaultSource: string | null;
  readonly items: readonly SubscriptionItemFacts[];
  /** There are more items than Stripe shows; absent when it shows all. */
  readonly itemsCut?: boolean;
  readonly discounts?: readonly DiscountFacts[];
  /** Tax may be added to its invoices. */
  readonly taxed?: boolean;
  /** A schedule may change it at the end of the period. */
  readonly scheduled?: boolean;
};

export type InvoiceFacts = {
  readonly status: string | null;
  readonly createdS: number;
  readonly currency: string;
  readonly amountDueMinor: number;
  readonly amountPaidMinor: number;
  readonly amountRemainingMinor: number;
  readonly attemptCount: number;
  readonly nextPaymentAttemptS: number | null;
  readonly dueDateS: number | null;
  /** Stripe collects it by itself and has not tried yet. */
  readonly isToBeCollected?: boolean;
  readonly subscriptionId: string | null;
  /** Tried before any other for this invoice. */
  readonly defaultPaymentMethod?: string | null;
};

export type PaymentIntentFacts = {
  readonly status: string;
  readonly createdS: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly errorCode: string | null;
  readonly declineCode: string | null;
};

export type ChargeFacts = {
  readonly status: string;
  readonly createdS: number;
  readonly currency: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  /** Cumulative. */
  readonly refundedMinor: number;
  readonly disputed: boolean;
  readonly paymentIntentId: string | null;
  readonly paymentMethodId: string | null;
  readonly methodType: string | null;
  readonly country: string | null;
  readonly failureCode: string | null;
  /** Why it failed in the words of bank or Stripe (`outcome.reason`); null unless it failed, as are the next two. */
  readonly declineCode?: string | null;
  /** The raw code of the bank or card network, such as AM04. */
  readonly networkDeclineCode?: string | null;
  /** What Stripe advises: try_again_later, do_not_try_again, confirm_card_data. */
  readonly adviceCode?: string | null;
  /** Stripe refused it by itself and did not ask the bank. */
  readonly blocked?: boolean;
  /** When the bank account is debited, as Stripe announces it to the payer: `yyyy-mm-dd`. */
  readonly debitDate?: string | null;
};

export type RefundFacts = {
  readonly status: string | null;
  readonly createdS: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly chargeId: string | null;
};

export type DisputeFacts = {
  readonly status: string;
  readonly createdS: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly chargeId: string | null;
  readonly reason?: string | null;
};

export type PaymentMethodFacts = {
  /** False once it was detached from its customer. */
  readonly attached: boolean;
  readonly type: string;
  readonly brand: string | null;
  readonly expMonth: number | null;
  readonly expYear: number | null;
  readonly country: string | null;
};

export type ProductFacts = {
  readonly name: string | null;
  /** May state how much of a meter is included. */
  readonly metadata?: Readonly<Record<string, string>>;
};

/** One step of a tiered price; amounts in minor units, may have decimals. */
export type PriceTier = {
  /** The last unit of this tier; null for the tier without end. */
  readonly upTo: number | null;
  readonly unitAmount: string | null;
  readonly flatAmount: string | null;
};

export type PriceFacts = {
  readonly productId: string | null;
  readonly active: boolean;
  readonly currency: string | null;
  /** In minor units, may have decimals; null for tiered prices. */
  readonly unitAmount: string | null;
  /** Null for a price that is paid once. */
  readonly interval: string | null;
  readonly intervalCount: number;
  readonly metered: boolean;
  readonly meterId: string | null;
  /** per_unit or tiered. */
  readonly billingScheme: string;
  /** graduated or volume; null for prices without tiers. */
  readonly tiersMode: string | null;
  /** Null while they are not known: Stripe shows them only to who asks for them. They never change. */
  readonly tiers: readonly PriceTier[] | null;
  readonly nickname: string | null;
  readonly lookupKey: string | null;
  /** The quantity is divided before it is multiplied with the amount. */
  readonly transformQuantity: { readonly divideBy: number; readonly roundUp: boolean } | null;
  /** inclusive, exclusive or unspecified; absent in copies that are older than it. */
  readonly taxBehavior?: string | null;
  /** By currency, what it is in others than its own; absent while that is not known: Stripe shows it only to who asks for it. */
  readonly currencyOptions?: Readonly<Record<string, CurrencyOption>>;
};

/** What a price is in another currency than its own; packages and the kind of tiers are the same in all of them. */
export type CurrencyOption = Pick<PriceFacts, "unitAmount" | "tiers" | "taxBehavior">;

/**
 * How much of a meter a customer has used in the period that runs: a reading of Stripe's summary, or what was pushed to us.
 * Its id is `usageId`.
 */
export type UsageFacts = {
  /** What people call the meter: the name of its events at Stripe. */
  readonly meter: string;
  /** Of Stripe's meter; null for one that Stripe does not know. */
  readonly meterId: string | null;
  /** What is counted, in words; null when nobody said. */
  readonly unit: string | null;
  /** How Stripe puts reports together: sum, count or last; what is pushed counts as a sum. */
  readonly formula: string;
  readonly periodStartS: number;
  readonly periodEndS: number;
  /** A decimal. What was pushed may lie below 0 for a while; it then counts as 0. */
  readonly value: string;
  /** The instant that the value is true for. */
  readonly asOfS: number;
  readonly source: "stripe" | "pushed";
  /** By what crossings were judged at this reading, a decimal; null when there was no limit. */
  readonly judgedLimit: string | null;
};

/** The id of the reading of a meter for a customer. */
export function usageId(meter: string, customerId: string): string {
  return `usage:${meter}:${customerId}`;
}

/** The payer's permission to debit a bank account. */
export type MandateFacts = {
  /** active, pending or inactive. */
  readonly status: string;
  readonly paymentMethodId: string | null;
};

/** Billing credits that are left, by currency; they pay for usage only (docs.stripe.com/billing/subscriptions/usage-based/billing-credits). */
export type CreditBalanceFacts = {
  readonly available: readonly { readonly amountMinor: number; readonly currency: string }[];
};

/** The features that a customer may use, by `lookup_key`, in alphabetical order. */
export type EntitlementsFacts = { readonly features: readonly string[] };

export type FactsByKind = {
  readonly customer: CustomerFacts;
  readonly subscription: SubscriptionFacts;
  readonly invoice: InvoiceFacts;
  readonly payment_intent: PaymentIntentFacts;
  readonly charge: ChargeFacts;
  readonly refund: RefundFacts;
  readonly dispute: DisputeFacts;
  readonly payment_method: PaymentMethodFacts;
  readonly product: ProductFacts;
  readonly price: PriceFacts;
  readonly coupon: CouponFacts;
  readonly mandate: MandateFacts;
  readonly credit_balance: CreditBalanceFacts;
  readonly entitlements: EntitlementsFacts;
  readonly usage: UsageFacts;
};

export type ObjectKind = keyof FactsByKind;

/** Kinds that Stripe has objects of; the others we put together ourselves, and neither events nor lists show them. */
export type StripeKind = Exclude<ObjectKind, "usage">;

/** True for what belongs to the account and to no customer. */
export function isCatalogue(kind: ObjectKind): boolean {
  return kind === "product" || kind === "price" || kind === "coupon";
}

/**
 * Where a copy comes from.
 * - event: the body of an event
 * - fetch: read from the API because an event left a doubt
 * - read: read from the API without an event: backfill, or a gap that was filled
 */
export type CopyOrigin = "event" | "fetch" | "read";

type CopyOf<K extends ObjectKind> = {
  readonly kind: K;
  readonly id: string;
  readonly customerId: string | null;
  /** The second of the event that this copy reflects; for `read`, the second in which Stripe answered. */
  readonly asOfS: number;
  /** 0 for a copy that is not stored yet. */
  readonly rev: number;
  readonly eventId: string | null;
  /** Other events of the same second about this object; needed to put them in order when one more arrives. */
  readonly secondEvents: readonly string[];
  readonly origin: CopyOrigin;
  readonly deleted: boolean;
  readonly facts: FactsByKind[K];
};

/** Our newest copy of one Stripe object. */
export type ObjectCopy = { readonly [K in ObjectKind]: CopyOf<K> }[ObjectKind];
export type ObjectCopyOf<K extends ObjectKind> = CopyOf<K>;
/** One of an object that Stripe has. */
export type StripeCopy = { readonly [K in StripeKind]: CopyOf<K> }[StripeKind];
