/** Station mapping: the attributes that every connection starts with. Add one here and it is provisioned, filled and documented. */
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import { toMajor, type Money } from "../model/money.ts";
import { isUnknown, type Profile, type ProfileField, type Unknown } from "../model/profile.ts";

/**
 * - stripe: the names that guides and segments already use
 * - billing: for running beside Intercom's native Stripe app, which owns some of those names
 */
export const presets = ["stripe", "billing"] as const;
export type Preset = (typeof presets)[number];

/** Counts up when a rule below changes, so that a value can be traced to the rule that it was written by. */
export const presetVersion = 2;

/** One attribute: its name without prefix, what it says, and how it follows from the profile. */
export type MappedAttribute = {
  readonly key: string;
  readonly type: AttributeType;
  readonly help: string;
  /** The rule in one sentence, for people who ask where a value comes from. */
  readonly rule: string;
  /** The parts of the profile that `value` looks at, and no others. */
  readonly reads: readonly ProfileField[];
  readonly value: (profile: Profile) => AttributeValue;
  /** Why there is no value, where there can be none. */
  readonly whenEmpty?: (profile: Profile) => string;
};

const noSubscription = "The customer has no subscription.";
const noCard = "No payment method is set for the next invoice, it was detached, or it is not a card.";
const noPayment = "No charge of the customer is known.";
const nothingFailed = "The latest attempt to pay did not fail, or there was none.";
const nothingPaid = "No charge of the customer has succeeded.";
const nothingOpen = "No invoice is open.";

export const baseAttributes: readonly MappedAttribute[] = [
  {
    key: "plan",
    type: "string",
    help: "Plan of the primary subscription: the product's name.",
    rule: "The name of the product behind the item that brings in most per month; else the price's nickname, lookup key or id.",
    reads: ["subscription.plan"],
    value: ({ subscription }) => subscription?.plan?.name ?? null,
    whenEmpty: ({ subscription }) => (subscription ? "The subscription has no item." : noSubscription),
  },
  {
    key: "plan_price",
    type: "float",
    help: "Price of one unit of the plan per interval; empty for tiered prices.",
    rule: "The price of one unit of that item per interval, before quantity, discounts and tax.",
    reads: ["subscription.plan"],
    value: ({ subscription }) => subscription?.plan?.unitPrice ?? null,
    whenEmpty: ({ subscription }) =>
      subscription?.plan ? "The price is tiered, so that no one unit has a price." : noSubscription,
  },
  {
    key: "plan_currency",
    type: "string",
    help: "Currency of the plan's price.",
    rule: "The currency of that price, in capital letters.",
    reads: ["subscription.plan"],
    value: ({ subscription }) => currencyText(subscription?.plan?.currency),
    whenEmpty: () => noSubscription,
  },
  {
    key: "plan_interval",
    type: "string",
    help: "How often the plan is billed: month, year, 3 months …",
    rule: "How often that price is billed.",
    reads: ["subscription.plan"],
    value: ({ subscription }) => subscription?.plan?.interval ?? null,
    whenEmpty: ({ subscription }) => (subscription ? "The price does not recur." : noSubscription),
  },
  {
    key: "status",
    type: "string",
    help: "Status of the primary subscription: active, trialing, past_due, unpaid, paused, incomplete, canceled.",
    rule: "The status of the primary subscription: the one in the best standing, of equals the newest.",
    reads: ["subscription"],
    value: ({ subscription }) => subscription?.status ?? null,
    whenEmpty: () => noSubscription,
  },
  {
    key: "status_detail",
    type: "string",
    help: "The status, more exactly: active_paid, active_first_payment_processing, paused_by_choice, past_due and so on.",
    rule: "The primary subscription's status; an active one with what became of the latest charge, a paused one with why.",
    reads: ["statusDetail"],
    value: ({ statusDetail }) => statusDetail,
    whenEmpty: () => noSubscription,
  },
  {
    key: "subscriptions_count",
    type: "integer",
    help: "How many subscriptions have not ended.",
    rule: "The number of subscriptions that are neither canceled nor incomplete_expired, of all customers of the person.",
    reads: ["subscriptionsCount"],
    value: ({ subscriptionsCount }) => subscriptionsCount,
  },
  {
    key: "addons",
    type: "string",
    help: "What the primary subscription has beside its plan, by name.",
    rule: "The names of the further items of the primary subscription, found as the plan's is, in alphabetical order.",
    reads: ["addons"],
    value: ({ addons }) => (addons.length === 0 ? null : addons.join(", ")),
    whenEmpty: ({ subscription }) => (subscription ? "The subscription has no further item." : noSubscription),
  },
  {
    key: "mrr",
    type: "float",
    help: "Monthly recurring revenue; empty when it cannot be known exactly.",
    rule: "What active and past due subscriptions bring in per year, less discounts that last for ever, without usage, divided by 12.",
    reads: ["recurring"],
    value: ({ recurring }) => recurringOf(recurring, "mrrMinor"),
    whenEmpty: ({ recurring }) => reasonOf(recurring),
  },
  {
    key: "mrr_currency",
    type: "string",
    help: "Currency of the monthly and the yearly recurring revenue.",
    rule: "The one currency of those subscriptions, else the customer's, in capital letters.",
    reads: ["recurring"],
    value: ({ recurring }) => (isUnknown(recurring) ? null : currencyText(recurring.currency)),
    whenEmpty: ({ recurring }) =>
      isUnknown(recurring)
        ? recurring.unknown
        : "The customer has never been billed, so Stripe has given them no currency.",
  },
  {
    key: "arr",
    type: "float",
    help: "Yearly recurring revenue; empty when it cannot be known exactly.",
    rule: "What active and past due subscriptions bring in per year, less discounts that last for ever, without usage.",
    reads: ["recurring"],
    value: ({ recurring }) => recurringOf(recurring, "arrMinor"),
    whenEmpty: ({ recurring }) => reasonOf(recurring),
  },
  {
    key: "next_invoice_at",
    type: "date",
    help: "When the primary subscription is billed next.",
    rule: "The earliest end of a period of the primary subscription, when it is billed then and does not end before.",
    reads: ["nextInvoice"],
    value: ({ nextInvoice }) => (isUnknown(nextInvoice) ? null : nextInvoice.atS),
    whenEmpty: ({ nextInvoice }) => reasonOf(nextInvoice),
  },
  {
    key: "next_invoice_amount",
    type: "float",
    help: "What renews then, in the plan's currency, without the balance and what waits to be billed once; empty when not known exactly.",
    rule: "The items that renew at that time, less discounts; unknown with usage, tiers, tax that is added, or a schedule.",
    reads: ["nextInvoice"],
    value: ({ nextInvoice }) =>
      isUnknown(nextInvoice) || isUnknown(nextInvoice.amount) ? null : toMajor(nextInvoice.amount),
    whenEmpty: ({ nextInvoice }) => reasonOf(isUnknown(nextInvoice) ? nextInvoice : nextInvoice.amount),
  },
  {
    key: "open_invoice_amount",
    type: "float",
    help: "What is left to pay on open invoices.",
    rule: "The sum of what remains to be paid on invoices that are open; unknown when they are of several currencies.",
    reads: ["openInvoices"],
    value: ({ openInvoices: { total } }) => knownMajor(total),
    whenEmpty: ({ openInvoices: { total } }) => (isUnknown(total) ? total.unknown : nothingOpen),
  },
  {
    key: "open_invoice_currency",
    type: "string",
    help: "Currency of what is left to pay.",
    rule: "The one currency of the open invoices, in capital letters.",
    reads: ["openInvoices"],
    value: ({ openInvoices: { total } }) => (isUnknown(total) ? null : currencyText(total?.currency)),
    whenEmpty: ({ openInvoices: { total } }) => (isUnknown(total) ? total.unknown : nothingOpen),
  },
  {
    key: "is_past_due",
    type: "boolean",
    help: "Whether an open invoice should have been paid already.",
    rule: "An open invoice is for a subscription that is past due or unpaid, was seen after its due date, or an attempt to collect it failed.",
    reads: ["openInvoices"],
    value: ({ openInvoices }) => openInvoices.pastDue,
  },
  {
    key: "account_balance",
    type: "float",
    help: "Balance in Stripe: below zero is credit, above zero is owed with the next invoice.",
    rule: "The customer's balance in Stripe, in major units; below zero is credit.",
    reads: ["balance"],
    value: ({ balance }) => balanceOf(balance),
    whenEmpty: () => "The customer has a balance and no currency to say it in.",
  },
  {
    key: "account_balance_currency",
    type: "string",
    help: "Currency of the balance.",
    rule: "The customer's currency, else that of the primary subscription, in capital letters.",
    reads: ["balance"],
    value: ({ balance }) => currencyText(balance.currency),
    whenEmpty: () => "The customer has never been billed, so Stripe has given them no currency.",
  },
  {
    key: "credit_available",
    type: "float",
    help: "Credit for the next invoice, in the currency of the balance.",
    rule: "The customer's balance in Stripe when it is below zero, as a positive amount; else 0.",
    reads: ["balance"],
    value: ({ balance: { amountMinor, currency } }) => balanceOf({ amountMinor: Math.max(0, -amountMinor), currency }),
    whenEmpty: () => "The customer has a balance and no currency to say it in.",
  },
  {
    key: "locale",
    type: "string",
    help: "The customer's preferred language.",
    rule: "The first of the customer's preferred locales in Stripe.",
    reads: ["locale"],
    value: ({ locale }) => locale,
    whenEmpty: () => "The customer has no preferred locale in Stripe.",
  },
  {
    key: "created_at",
    type: "date",
    help: "When the customer was created in Stripe.",
    rule: "When the customer was created in Stripe; of several customers of one person the first.",
    reads: ["createdS"],
    value: ({ createdS }) => createdS,
  },
  {
    key: "delinquent",
    type: "boolean",
    help: "Stripe's flag that the latest invoice was not paid.",
    rule: "Stripe's flag that the customer's latest invoice was not paid; of several customers it is set when any has it.",
    reads: ["delinquent"],
    value: ({ delinquent }) => delinquent,
  },
  {
    key: "subscription_period_end",
    type: "date",
    help: "When the current period ends and the next invoice is due; empty once the subscription has ended.",
    rule: "The earliest end of a current period among the items of the primary subscription.",
    reads: ["subscription"],
    value: ({ subscription }) => subscription?.periodEndS ?? null,
    whenEmpty: ({ subscription }) => (subscription ? "The subscription has ended." : noSubscription),
  },
  {
    key: "trial_end",
    type: "date",
    help: "When the trial ends or ended.",
    rule: "The end of the trial of the primary subscription.",
    reads: ["subscription"],
    value: ({ subscription }) => subscription?.trialEndS ?? null,
    whenEmpty: ({ subscription }) => (subscription ? "The subscription has had no trial." : noSubscription),
  },
  {
    key: "cancel_at",
    type: "date",
    help: "When the subscription will end because it was cancelled; empty when it renews.",
    rule: "When the primary subscription will end, whether Stripe says it as a date or as the end of the period.",
    reads: ["subscription"],
    value: ({ subscription }) => subscription?.cancelAtS ?? null,
    whenEmpty: ({ subscription }) => (subscription ? "The subscription renews, or has ended already." : noSubscription),
  },
  {
    key: "card_brand",
    type: "string",
    help: "Brand of the card that the next invoice is charged to; empty when there is none.",
    rule: "The brand of the payment method in use, when it is a card: the subscription's own default before the customer's.",
    reads: ["card"],
    value: ({ card }) => card?.brand ?? null,
    whenEmpty: () => noCard,
  },
  {
    key: "card_expires_at",
    type: "date",
    help: "Last second of the month printed on that card.",
    rule: "The last second of the month that stands on that card.",
    reads: ["card"],
    value: ({ card }) => card?.expiresAtS ?? null,
    whenEmpty: ({ card }) => (card ? "Stripe does not say when the card expires." : noCard),
  },
  {
    key: "last_payment_amount",
    type: "float",
    help: "Amount of the latest payment attempt.",
    rule: "The amount of the latest charge, whether it succeeded or not, in major units.",
    reads: ["lastPayment"],
    value: ({ lastPayment }) => majorOf(lastPayment?.amount),
    whenEmpty: () => noPayment,
  },
  {
    key: "last_payment_currency",
    type: "string",
    help: "Currency of the latest payment attempt.",
    rule: "The currency of the latest charge, in capital letters.",
    reads: ["lastPayment"],
    value: ({ lastPayment }) => currencyText(lastPayment?.amount.currency),
    whenEmpty: () => noPayment,
  },
  {
    key: "last_payment_at",
    type: "date",
    help: "When the latest payment attempt was made.",
    rule: "When the latest charge was made.",
    reads: ["lastPayment"],
    value: ({ lastPayment }) => lastPayment?.atS ?? null,
    whenEmpty: () => noPayment,
  },
  {
    key: "last_payment_status",
    type: "string",
    help: "Status of the latest payment attempt: succeeded, pending, failed.",
    rule: "The status of the latest charge.",
    reads: ["lastPayment"],
    value: ({ lastPayment }) => lastPayment?.status ?? null,
    whenEmpty: () => noPayment,
  },
  {
    key: "total_paid",
    type: "float",
    help: "Received in the customer's main currency, less refunds and disputes.",
    rule: "What was captured, less refunds that did not fail, less disputes whose money is withdrawn, in the customer's main currency.",
    reads: ["totalPaid"],
    value: ({ totalPaid }) => majorOf(totalPaid),
    whenEmpty: () => nothingPaid,
  },
  {
    key: "total_paid_currency",
    type: "string",
    help: "Currency of the total.",
    rule: "The customer's own currency when they ever paid in it, else that of their latest payment.",
    reads: ["totalPaid"],
    value: ({ totalPaid }) => currencyText(totalPaid?.currency),
    whenEmpty: () => nothingPaid,
  },
  {
    key: "total_paid_reporting",
    type: "float",
    help: "Received in all currencies, less refunds and disputes, in the reporting currency.",
    rule: "Each payment, less what went back, at the rate of its own day; unknown as a whole when one cannot be converted.",
    reads: ["totalPaidReporting"],
    value: ({ totalPaidReporting }) => knownMajor(totalPaidReporting),
    whenEmpty: ({ totalPaidReporting }) => (isUnknown(totalPaidReporting) ? totalPaidReporting.unknown : nothingPaid),
  },
  {
    key: "average_payment",
    type: "float",
    help: "What a payment brought on average, in the currency of the total.",
    rule: "The total, divided by the number of payments in its currency.",
    reads: ["averagePayment"],
    value: ({ averagePayment }) => majorOf(averagePayment),
    whenEmpty: () => nothingPaid,
  },
  {
    key: "payments_per_month",
    type: "float",
    help: "How often the customer pays.",
    rule: "The payments after the first, divided by the months (of 365/12 days) from the first to the latest; two decimals.",
    reads: ["paymentsPerMonth"],
    value: ({ paymentsPerMonth }) => paymentsPerMonth,
    whenEmpty: () => "No month has passed between the first payment and the latest.",
  },
  {
    key: "payment_count",
    type: "integer",
    help: "How many payments succeeded.",
    rule: "The number of charges that succeeded, in any currency; a refunded one counts.",
    reads: ["paymentCount"],
    value: ({ paymentCount }) => paymentCount,
  },
  {
    key: "first_payment_at",
    type: "date",
    help: "When the first payment succeeded.",
    rule: "When the first charge that succeeded was made.",
    reads: ["firstPaymentAtS"],
    value: ({ firstPaymentAtS }) => firstPaymentAtS,
    whenEmpty: () => nothingPaid,
  },
  {
    key: "billing_country",
    type: "string",
    help: "Country of the billing address, two letters.",
    rule: "The country of the customer's address, else of the payment method in use, else of the latest charge that names one.",
    reads: ["country"],
    value: ({ country }) => country,
    whenEmpty: () => "Neither the customer, nor the payment method in use, nor any charge names a country.",
  },
  {
    key: "customer_link",
    type: "string",
    help: "The customer's page in the Stripe dashboard.",
    rule: "The address of the customer's page in the Stripe dashboard, in test or live mode.",
    reads: ["customerId", "livemode"],
    value: ({ customerId, livemode }) =>
      `https://dashboard.stripe.com/${livemode ? "" : "test/"}customers/${customerId}`,
  },
  {
    key: "payment_failure",
    type: "string",
    help: "Why the latest payment failed, as a class: insufficient_funds, soft, hard, needs_authentication, account_closed …",
    rule: "What the codes of the latest failed or returned payment mean; empty as soon as a later attempt is made.",
    reads: ["paymentFailure"],
    value: ({ paymentFailure }) => paymentFailure?.class ?? null,
    whenEmpty: () => nothingFailed,
  },
  {
    key: "payment_failure_reason",
    type: "string",
    help: "The same as a sentence that may be shown to the customer.",
    rule: "A sentence for that failure; reasons that Stripe asks to keep from the customer are told as a plain decline.",
    reads: ["paymentFailure"],
    value: ({ paymentFailure }) => paymentFailure?.reason.en ?? null,
    whenEmpty: () => nothingFailed,
  },
  {
    key: "payment_retry_makes_sense",
    type: "boolean",
    help: "Whether the same payment method may work on another attempt without the customer doing anything.",
    rule: "Whether that kind of failure may pass by itself, and the attempts that make sense are not used up.",
    reads: ["paymentFailure"],
    value: ({ paymentFailure }) => (paymentFailure ? paymentFailure.retriesLeft > 0 : null),
    whenEmpty: () => nothingFailed,
  },
  {
    key: "payment_method_type",
    type: "string",
    help: "Type of the payment method that the next invoice is charged to: card, sepa_debit …",
    rule: "The type of the payment method in use: the subscription's own default before the customer's.",
    reads: ["paymentMethod"],
    value: ({ paymentMethod }) => paymentMethod,
    whenEmpty: () => "No payment method is set for the next invoice, or it was detached.",
  },
  {
    key: "debit_state",
    type: "string",
    help: "Where the latest bank debit stands: pending, settled, returned, disputed.",
    rule: "The state of the bank debit with the latest news: when it was made, or when its money was taken back.",
    reads: ["debit"],
    value: ({ debit }) => debit?.state ?? null,
    whenEmpty: () => "No bank debit of the customer is known.",
  },
  {
    key: "debit_expected_at",
    type: "date",
    help: "When the bank debit that is on its way should count as paid; empty when none is.",
    rule: "The business day, by the calendar of the banks, on which Stripe reports such a debit as paid.",
    reads: ["debit"],
    value: ({ debit }) => debit?.expectedAtS ?? null,
    whenEmpty: ({ debit }) =>
      debit?.state === "pending"
        ? "How long this kind of debit takes is not known."
        : "No bank debit of the customer is on its way.",
  },
];

/** The full name of an attribute in a preset. */
export function attributeName(preset: Preset, key: string): string {
  return `${preset}_${key}`;
}

function currencyText(currency: string | null | undefined): string | null {
  return currency ? currency.toUpperCase() : null;
}

function knownMajor(money: Money | null | Unknown): number | null {
  return isUnknown(money) ? null : majorOf(money);
}

/** Nothing in no currency is nothing. */
function recurringOf(recurring: Profile["recurring"], which: "mrrMinor" | "arrMinor"): number | null {
  return isUnknown(recurring) ? null : balanceOf({ amountMinor: recurring[which], currency: recurring.currency });
}

function reasonOf(value: object): string {
  return isUnknown(value) ? value.unknown : "Stripe does not say.";
}

function majorOf(money: Money | null | undefined): number | null {
  return money ? toMajor(money) : null;
}

/** Without a currency there was never a balance to speak of. */
function balanceOf({ amountMinor, currency }: Profile["balance"]): number | null {
  if (currency !== null) return toMajor({ amountMinor, currency });
  return amountMinor === 0 ? 0 : null;
}
