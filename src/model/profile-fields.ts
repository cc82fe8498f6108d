/** What each field of the profile is, in words: the reference is made of this. */
import type { Profile } from "./profile.ts";

/** Chapters of the reference, in its order. */
export const profileSections = {
  person: "Customer",
  subscription: "Subscription",
  method: "Payment method",
  owed: "What is owed",
  payments: "Payments",
  trouble: "Failed payments and bank debits",
  usage: "Usage, credits and entitlements",
} as const;

export type ProfileSection = keyof typeof profileSections;

export type FieldDoc = {
  readonly section: ProfileSection;
  readonly unit: string;
  /** Stripe's objects and fields that it rests on. */
  readonly from: string;
  /** The rule when a person is several customers. */
  readonly together: string;
  readonly rule: string;
};

const primary = "the primary's";
const firstWhoHas = "the first who has one";
const ofAll = "of all";

/** Every field, in the order of the reference. */
export const profileFields: { readonly [Field in keyof Profile]: FieldDoc } = {
  customerId: {
    section: "person",
    unit: "id",
    from: "customer",
    together: primary,
    rule: "Stripe's id of the customer.",
  },
  email: {
    section: "person",
    unit: "text",
    from: "customer `email`",
    together: firstWhoHas,
    rule: "As it stands in Stripe.",
  },
  name: {
    section: "person",
    unit: "text",
    from: "customer `name`",
    together: firstWhoHas,
    rule: "As it stands in Stripe.",
  },
  phone: {
    section: "person",
    unit: "text",
    from: "customer `phone`",
    together: firstWhoHas,
    rule: "As it stands in Stripe.",
  },
  createdS: {
    section: "person",
    unit: "instant",
    from: "customer `created`",
    together: "the earliest",
    rule: "When the customer was created in Stripe.",
  },
  locale: {
    section: "person",
    unit: "text",
    from: "customer `preferred_locales`",
    together: firstWhoHas,
    rule: "The first of the preferred locales.",
  },
  country: {
    section: "person",
    unit: "two letters",
    from: "customer `address.country`; payment method and charge `billing_details.address.country`",
    together: firstWhoHas,
    rule: "The customer's, else that of the default payment method, else that of the latest charge that names one.",
  },
  address: {
    section: "person",
    unit: "line1, line2, postalCode, city, state",
    from: "customer `address`",
    together: firstWhoHas,
    rule: "Null when nothing but the country is known. Personal data: no attribute shows it unless you switch it on.",
  },
  metadata: {
    section: "person",
    unit: "texts by key",
    from: "customer `metadata`",
    together: primary,
    rule: "The keys that the mapping names in `metadataKeys`; without that list, all.",
  },
  livemode: {
    section: "person",
    unit: "yes or no",
    from: "the connected account",
    together: primary,
    rule: "Whether it is Stripe's live mode.",
  },
  subscription: {
    section: "subscription",
    unit: "id, status, plan, instants",
    from: "subscription, `items`, product",
    together: primary,
    rule: "The primary subscription: status, plan of the main item, `periodEndS` (the earliest of its items; null once ended), `trialEndS`, and `cancelAtS` (`cancel_at`, else the period's end if `cancel_at_period_end`; null when it renews or has ended).",
  },
  subscriptions: {
    section: "subscription",
    unit: "list of the same",
    from: "subscriptions, products, prices",
    together: ofAll,
    rule: "All of them, those that have ended last.",
  },
  subscriptionsCount: {
    section: "subscription",
    unit: "number",
    from: "subscription `status`",
    together: ofAll,
    rule: "Those that are neither `canceled` nor `incomplete_expired`.",
  },
  statusDetail: {
    section: "subscription",
    unit: "text",
    from: "subscription `status`, `pause_collection`, `status_details.paused`; charges",
    together: primary,
    rule: "The status, made more exact; [see below](#statusdetail).",
  },
  addons: {
    section: "subscription",
    unit: "names",
    from: "subscription `items`, product",
    together: primary,
    rule: "The names of the items beside the main one, each once, in alphabetical order.",
  },
  recurring: {
    section: "subscription",
    unit: "minor units",
    from: "subscriptions, prices, coupons, customer `discount`",
    together: ofAll,
    rule: "`mrrMinor`, `arrMinor` and their currency, or why they cannot be known; [see below](#recurring).",
  },
  nextInvoice: {
    section: "subscription",
    unit: "instant, minor units",
    from: "subscription, prices, coupons, customer",
    together: primary,
    rule: "When the primary subscription is billed next and for how much, or why that is not known; [see below](#nextinvoice).",
  },
  card: {
    section: "method",
    unit: "brand, instant",
    from: "payment method `card`",
    together: primary,
    rule: "The card that is [charged next](#the-payment-method-that-is-charged-next). It expires with the last second of the month on it.",
  },
  paymentMethod: {
    section: "method",
    unit: "type",
    from: "payment method `type`",
    together: primary,
    rule: "The type of what is [charged next](#the-payment-method-that-is-charged-next), such as `card` or `sepa_debit`.",
  },
  delinquent: {
    section: "owed",
    unit: "yes or no",
    from: "customer `delinquent`",
    together: "whether any is",
    rule: "Stripe's flag, as it is. It stays set when an invoice is written off; `openInvoices.pastDue` does not.",
  },
  openInvoices: {
    section: "owed",
    unit: "minor units; id",
    from: "open invoices, subscriptions, pending charges",
    together: ofAll,
    rule: "`total` that is left to pay, whether something is `pastDue`, and the `oldest` invoice by id and amount, never its link; [see below](#openinvoices).",
  },
  balance: {
    section: "owed",
    unit: "minor units",
    from: "customer `balance`, `currency`",
    together: "the sum in the primary's currency",
    rule: "Below zero is credit for the next invoice, above zero is owed with it. Open invoices are not in it.",
  },
  lastPayment: {
    section: "payments",
    unit: "minor units, instant, status",
    from: "charge",
    together: "the latest of all",
    rule: "The latest attempt to pay, successful or not.",
  },
  lastPaidAtS: {
    section: "payments",
    unit: "instant",
    from: "charge `created`, `status`",
    together: "the latest of all",
    rule: "When the latest charge that succeeded was made; a refunded one counts.",
  },
  firstPaymentAtS: {
    section: "payments",
    unit: "instant",
    from: "charge `created`, `status`",
    together: "the first of all",
    rule: "When the first charge that succeeded was made.",
  },
  paymentCount: {
    section: "payments",
    unit: "number",
    from: "charges",
    together: ofAll,
    rule: "Charges that succeeded, in any currency; a refunded one counts.",
  },
  paymentsPerMonth: {
    section: "payments",
    unit: "number, two decimals",
    from: "charge `created`",
    together: ofAll,
    rule: "Payments after the first, divided by the months (of 365/12 days) from the first to the latest; null within the first month.",
  },
  totalPaid: {
    section: "payments",
    unit: "minor units",
    from: "charge `amount_captured`, `amount_refunded`; refunds, disputes",
    together: "of all, in the primary's currency",
    rule: "Captured, less refunds that did not fail, less disputes whose money is withdrawn (`needs_response`, `under_review`, `lost`). What was refunded and then taken back by the bank as well counts twice. In the customer's own currency if they ever paid in it, else in that of their latest payment.",
  },
  averagePayment: {
    section: "payments",
    unit: "minor units",
    from: "the same",
    together: "the same",
    rule: "`totalPaid` divided by the number of payments in its currency, rounded half up.",
  },
  totalPaidReporting: {
    section: "payments",
    unit: "minor units",
    from: "the same, and your rates",
    together: ofAll,
    rule: "Payments in all currencies, in the reporting currency; [see below](#totalpaidreporting).",
  },
  paymentFailure: {
    section: "trouble",
    unit: "class; texts in English and German; number and instant",
    from: "charge `failure_code`, `outcome`; dispute `reason`; mandate",
    together: ofAll,
    rule: "The payment that failed last, as long as no later one was attempted: [classes and budgets](../guides/payment-failures.md).",
  },
  debit: {
    section: "trouble",
    unit: "method, state, instants, state of the mandate",
    from: "charge `status`, `payment_method_details`; dispute; mandate `status`",
    together: ofAll,
    rule: "The bank debit with the latest news: state, expected date by the banks' calendar, the announced day of the debit, [the clock](../guides/payment-failures.md#bank-debits).",
  },
  usage: {
    section: "usage",
    unit: "list: value, limit, percent, projection",
    from: "meter summaries or what you push; items, prices, products",
    together: ofAll,
    rule: "Each meter with a reading for the period that runs, the worst first: [usage](../guides/usage.md).",
  },
  billingCredits: {
    section: "usage",
    unit: "minor units by currency",
    from: "billing credit balance summary",
    together: "added up by currency",
    rule: "What is left of billing credits, which pay for usage only. Unknown until Stripe tells of a first change.",
  },
  entitlements: {
    section: "usage",
    unit: "lookup keys",
    from: "active entitlement summary",
    together: "those of any",
    rule: "The features that the customer may use. Unknown until Stripe tells of a first change.",
  },
};
