/** Station mapping: the attributes that every connection starts with. Add one here and it is provisioned, filled and documented. */
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import { isKnownCurrency, toMajor, type Money } from "../model/money.ts";
import { untoldDecimals } from "../model/rates.ts";
import { isUnknown, type Profile, type ProfileField, type Unknown } from "../model/profile.ts";

/**
 * - stripe: the names that guides and segments already use
 * - billing: for running beside Intercom's native Stripe app, which owns some of those names
 */
export const presets = ["stripe", "billing"] as const;
export type Preset = (typeof presets)[number];

/** Counts up when a rule below changes, so that a value can be traced to the rule that it was written by. */
export const presetVersion = 3;

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
  /** Of an amount: which field says its currency. */
  readonly currencyKey?: string;
  /** In the document that people start from it is switched off: personal data that few need, or what few businesses have. */
  readonly isOff?: true;
  /** Its name in Intercom has no prefix, since guides and segments use it so. */
  readonly isBare?: true;
};

const noSubscription = "The customer has no subscription.";
const noCard = "No payment method is set for the next invoice, it was detached, or it is not a card.";
const noPayment = "No charge of the customer is known.";
const nothingFailed = "The latest attempt to pay did not fail, or there was none.";
const nothingPaid = "No charge of the customer has succeeded.";
const nothingOpen = "No invoice is open.";
const noCredits = "The customer has no billing credits left.";
const noAddress = "The customer has no address in Stripe, or this part of it is empty.";
const noUsage = "There is no reading of a meter for the period that runs.";

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
    currencyKey: "plan_currency",
    help: "Price of one unit of the plan per interval; empty for tiered prices.",
    rule: "The price of one unit of that item per interval, before quantity, discounts and tax.",
    reads: ["subscription.plan"],
    value: ({ subscription }) => subscription?.plan?.unitPrice ?? null,
    whenEmpty: ({ subscription }) =>
      subscription?.plan
        ? emptyAmount(subscription.plan, "The price is tiered, so that no one unit has a price.")
        : noSubscription,
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
    currencyKey: "mrr_currency",
    help: "Monthly recurring revenue; empty when it cannot be known exactly.",
    rule: "What active and past due subscriptions bring in per year, tiers and packages by their quantity, less discounts that last for ever, without usage, divided by 12.",
    reads: ["recurring"],
    value: ({ recurring }) => recurringOf(recurring, "mrrMinor"),
    whenEmpty: ({ recurring }) => emptyAmount(recurring, "Stripe does not say."),
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
    currencyKey: "mrr_currency",
    help: "Yearly recurring revenue; empty when it cannot be known exactly.",
    rule: "What active and past due subscriptions bring in per year, tiers and packages by their quantity, less discounts that last for ever, without usage.",
    reads: ["recurring"],
    value: ({ recurring }) => recurringOf(recurring, "arrMinor"),
    whenEmpty: ({ recurring }) => emptyAmount(recurring, "Stripe does not say."),
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
    currencyKey: "plan_currency",
    help: "What renews then, in the plan's currency, without the balance and what waits to be billed once; empty when not known exactly.",
    rule: "The items that renew at that time, tiers and packages by their quantity, less discounts; unknown with usage, tax that is added, a schedule, or a discount for one invoice.",
    reads: ["nextInvoice"],
    value: ({ nextInvoice }) => (isUnknown(nextInvoice) ? null : knownMajor(nextInvoice.amount)),
    whenEmpty: ({ nextInvoice }) =>
      emptyAmount(isUnknown(nextInvoice) ? nextInvoice : nextInvoice.amount, "Stripe does not say."),
  },
  {
    key: "open_invoice_amount",
    type: "float",
    currencyKey: "open_invoice_currency",
    help: "What is left to pay on open invoices.",
    rule: "The sum of what remains to be paid on invoices that are open, from the first attempt on if Stripe collects them; unknown when they are of several currencies.",
    reads: ["openInvoices"],
    value: ({ openInvoices: { total } }) => knownMajor(total),
    whenEmpty: ({ openInvoices: { total } }) => emptyAmount(total, nothingOpen),
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
    currencyKey: "account_balance_currency",
    help: "Balance in Stripe: below zero is credit, above zero is owed with the next invoice.",
    rule: "The customer's balance in Stripe, in major units; below zero is credit.",
    reads: ["balance"],
    value: ({ balance }) => balanceOf(balance),
    whenEmpty: ({ balance }) => emptyAmount(balance, "The customer has a balance and no currency to say it in."),
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
    currencyKey: "account_balance_currency",
    help: "Credit for the next invoice, in the currency of the balance.",
    rule: "The customer's balance in Stripe when it is below zero, as a positive amount; else 0.",
    reads: ["balance"],
    value: ({ balance: { amountMinor, currency } }) => balanceOf({ amountMinor: Math.max(0, -amountMinor), currency }),
    whenEmpty: ({ balance }) => emptyAmount(balance, "The customer has a balance and no currency to say it in."),
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
    rule: "The brand of the payment method in use, when it is a card: that of the open invoice, else of the subscription, else of the customer.",
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
    currencyKey: "last_payment_currency",
    help: "Amount of the latest payment attempt.",
    rule: "The amount of the latest charge, whether it succeeded or not, in major units.",
    reads: ["lastPayment"],
    value: ({ lastPayment }) => majorOf(lastPayment?.amount),
    whenEmpty: ({ lastPayment }) => emptyAmount(lastPayment?.amount, noPayment),
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
    currencyKey: "total_paid_currency",
    help: "Received in the customer's main currency, less refunds and disputes.",
    rule: "What was captured, less refunds that did not fail, less disputes whose money is withdrawn, in the customer's main currency.",
    reads: ["totalPaid"],
    value: ({ totalPaid }) => majorOf(totalPaid),
    whenEmpty: ({ totalPaid }) => emptyAmount(totalPaid, nothingPaid),
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
    whenEmpty: ({ totalPaidReporting }) => emptyAmount(totalPaidReporting, nothingPaid),
  },
  {
    key: "average_payment",
    type: "float",
    currencyKey: "total_paid_currency",
    help: "What a payment brought on average, in the currency of the total.",
    rule: "The total, divided by the number of payments in its currency.",
    reads: ["averagePayment"],
    value: ({ averagePayment }) => majorOf(averagePayment),
    whenEmpty: ({ averagePayment }) => emptyAmount(averagePayment, nothingPaid),
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
    key: "last_paid_at",
    type: "date",
    help: "When the latest payment succeeded.",
    rule: "When the latest charge that succeeded was made; a refunded one counts.",
    reads: ["lastPaidAtS"],
    value: ({ lastPaidAtS }) => lastPaidAtS,
    whenEmpty: () => nothingPaid,
  },
  {
    key: "subscriptions",
    isOff: true,
    type: "string",
    help: "All subscriptions that have not ended: plan and status.",
    rule: "Plan and status of each subscription that has not ended, the one in the best standing first.",
    reads: ["subscriptions"],
    value: ({ subscriptions }) => listOf(subscriptions),
    whenEmpty: () => "The customer has no subscription that has not ended.",
  },
  {
    key: "open_invoice_id",
    isOff: true,
    type: "string",
    help: "Stripe's id of the open invoice that should be paid first.",
    rule: "The oldest of the invoices that are open. The link to it is fetched only when somebody asks for it.",
    reads: ["openInvoices"],
    value: ({ openInvoices: { oldest } }) => oldest?.id ?? null,
    whenEmpty: () => nothingOpen,
  },
  {
    key: "billing_credits",
    isOff: true,
    type: "float",
    currencyKey: "billing_credits_currency",
    help: "Billing credits that are left for usage.",
    rule: "The available balance of Stripe's billing credits; unknown when it is of several currencies, or Stripe has not told of it.",
    reads: ["billingCredits"],
    value: ({ billingCredits }) => knownMajor(oneCredit(billingCredits)),
    whenEmpty: ({ billingCredits }) => emptyAmount(oneCredit(billingCredits), noCredits),
  },
  {
    key: "billing_credits_currency",
    isOff: true,
    type: "string",
    help: "Currency of the billing credits.",
    rule: "The one currency of those credits, in capital letters.",
    reads: ["billingCredits"],
    value: ({ billingCredits }) => currencyOf(oneCredit(billingCredits)),
    whenEmpty: ({ billingCredits }) => emptyAmount(oneCredit(billingCredits), noCredits),
  },
  {
    key: "entitlements",
    isOff: true,
    type: "string",
    help: "The features that the customer may use, by lookup key.",
    rule: "The lookup keys of the active entitlements, in alphabetical order; unknown as long as Stripe has not told of a change.",
    reads: ["entitlements"],
    value: ({ entitlements }) =>
      "unknown" in entitlements || entitlements.length === 0 ? null : entitlements.join(", "),
    whenEmpty: ({ entitlements }) =>
      "unknown" in entitlements ? entitlements.unknown : "The customer has no active entitlement.",
  },
  {
    key: "billing_street",
    isOff: true,
    type: "string",
    help: "Street of the billing address.",
    rule: "The lines of the customer's address in Stripe.",
    reads: ["address"],
    value: ({ address }) => joined([address?.line1, address?.line2]),
    whenEmpty: () => noAddress,
  },
  {
    key: "billing_postal_code",
    isOff: true,
    type: "string",
    help: "Postal code of the billing address.",
    rule: "The postal code of the customer's address in Stripe.",
    reads: ["address"],
    value: ({ address }) => address?.postalCode ?? null,
    whenEmpty: () => noAddress,
  },
  {
    key: "billing_city",
    isOff: true,
    type: "string",
    help: "City of the billing address.",
    rule: "The city of the customer's address in Stripe.",
    reads: ["address"],
    value: ({ address }) => address?.city ?? null,
    whenEmpty: () => noAddress,
  },
  {
    key: "billing_state",
    isOff: true,
    type: "string",
    help: "State or province of the billing address.",
    rule: "The state of the customer's address in Stripe.",
    reads: ["address"],
    value: ({ address }) => address?.state ?? null,
    whenEmpty: () => noAddress,
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
    key: "payment_failure_advice",
    isOff: true,
    type: "string",
    help: "What the customer can do about it, as a sentence that may be shown to them.",
    rule: "The advice that belongs to that failure, in English; the German one is for messages.",
    reads: ["paymentFailure"],
    value: ({ paymentFailure }) => paymentFailure?.advice.en ?? null,
    whenEmpty: () => nothingFailed,
  },
  {
    key: "payment_retry_at",
    isOff: true,
    type: "date",
    help: "The best day for another attempt with the same payment method.",
    rule: "Two business days after the failure at the earliest; after a lack of money the next 1st or 15th.",
    reads: ["paymentFailure"],
    value: ({ paymentFailure }) => paymentFailure?.retryAtS ?? null,
    whenEmpty: ({ paymentFailure }) => (paymentFailure ? "Another attempt makes no sense." : nothingFailed),
  },
  {
    key: "payment_method_type",
    type: "string",
    help: "Type of the payment method that the next invoice is charged to: card, sepa_debit …",
    rule: "The type of the payment method in use: that of the open invoice, else of the subscription, else of the customer.",
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
  {
    key: "debit_day",
    isOff: true,
    type: "date",
    help: "The day on which the bank account is debited, as it was announced to the payer.",
    rule: "The expected debit date that Stripe states for the latest bank debit.",
    reads: ["debit"],
    value: ({ debit }) => debit?.debitDayS ?? null,
    whenEmpty: ({ debit }) =>
      debit ? "Stripe has announced no day for the debit." : "No bank debit of the customer is known.",
  },
  {
    key: "mandate_state",
    isOff: true,
    type: "string",
    help: "Whether the bank account may be debited: usable, revoked, unknown.",
    rule: "What Stripe says of the mandate behind the latest bank debit, else what the banks' answers to debits by it tell.",
    reads: ["debit"],
    value: ({ debit }) => debit?.mandate ?? null,
    whenEmpty: () => "No bank debit of the customer is known.",
  },
  {
    key: "usage_status",
    isBare: true,
    type: "string",
    help: "How usage stands against its limit: ok, high_risk (80 % reached, or likely over at the period's end), over.",
    rule: "Of the meter that stands worst: over above the limit, high_risk from the first threshold on or if projected above the limit.",
    reads: ["usage"],
    value: ({ usage }) => usage[0]?.status ?? null,
    whenEmpty: noLimit,
  },
  {
    key: "usage_percent",
    type: "float",
    help: "How much of the limit is used in this period, in percent.",
    rule: "The usage of that meter divided by its limit, in percent, rounded down to one decimal.",
    reads: ["usage"],
    value: ({ usage }) => usage[0]?.percent ?? null,
    whenEmpty: noLimit,
  },
  {
    key: "usage_projected_percent",
    type: "float",
    help: "How much of the limit will be used by the period's end if it goes on like this, in percent.",
    rule: "The usage divided by the part of the period that has passed, in percent of the limit; empty in the period's first twentieth.",
    reads: ["usage"],
    value: ({ usage }) => usage[0]?.projectedPercent ?? null,
    whenEmpty: (profile) =>
      profile.usage[0]?.percent === undefined || profile.usage[0].percent === null
        ? noLimit(profile)
        : "Too little of the period has passed.",
  },
  {
    key: "usage_value",
    type: "float",
    help: "How much is used in this period.",
    rule: "The latest reading of that meter, from Stripe or as it was pushed.",
    reads: ["usage"],
    value: ({ usage }) => usage[0]?.value ?? null,
    whenEmpty: () => noUsage,
  },
  {
    key: "usage_limit",
    type: "float",
    help: "How much is included or allowed per period.",
    rule: "The limit of that meter: from the mapping, else the product's metadata, else the tiers that cost nothing.",
    reads: ["usage"],
    value: ({ usage }) => (typeof usage[0]?.limit === "number" ? usage[0].limit : null),
    whenEmpty: noLimit,
  },
  {
    key: "usage_meter",
    type: "string",
    help: "Which meter this is about: the one that stands worst.",
    rule: "The name of the meter whose usage stands worst: over, then at high risk, then by percent of its limit.",
    reads: ["usage"],
    value: ({ usage }) => usage[0]?.meter ?? null,
    whenEmpty: () => noUsage,
  },
];

function noLimit({ usage: [worst] }: Profile): string {
  if (!worst) return noUsage;
  const { limit, meter } = worst;
  const isStated = typeof limit === "number" || limit === null;
  return isStated ? `Nobody states a limit for ${meter}.` : limit.unknown;
}

/** The full name of an attribute in a preset. */
export function nameInPreset(preset: Preset, { key, isBare }: Pick<MappedAttribute, "key" | "isBare">): string {
  return isBare ? key : `${preset}_${key}`;
}

function currencyText(currency: string | null | undefined): string | null {
  return currency ? currency.toUpperCase() : null;
}

function currencyOf(money: Money | null | Unknown): string | null {
  return isUnknown(money) ? null : currencyText(money?.currency);
}

/** The credits, when they are of one currency. */
function oneCredit(credits: Profile["billingCredits"]): Money | null | Unknown {
  if ("unknown" in credits) return credits;
  if (credits.length > 1) return { unknown: "The billing credits are in several currencies, which are not added up." };
  return credits[0] ?? null;
}

function listOf(subscriptions: Profile["subscriptions"]): string | null {
  const living = subscriptions.filter(({ status }) => status !== "canceled" && status !== "incomplete_expired");
  return joined(living.map(({ plan, status }) => (plan?.name ? `${plan.name} (${status})` : status)));
}

function joined(parts: readonly (string | null | undefined)[]): string | null {
  const some = parts.filter((part) => typeof part === "string");
  return some.length === 0 ? null : some.join(", ");
}

function knownMajor(money: Money | null | Unknown): number | null {
  return isUnknown(money) ? null : majorOf(money);
}

/** Nothing in no currency is nothing. */
function recurringOf(recurring: Profile["recurring"], which: "mrrMinor" | "arrMinor"): number | null {
  return isUnknown(recurring) ? null : balanceOf({ amountMinor: recurring[which], currency: recurring.currency });
}

/** Why an amount is not shown: it is not known, its currency is not, or there is none. */
function emptyAmount(amount: { readonly currency: string | null } | Unknown | null | undefined, none: string): string {
  if (!amount) return none;
  if ("unknown" in amount) return amount.unknown;
  return amount.currency !== null && !isKnownCurrency(amount.currency) ? untoldDecimals(amount.currency) : none;
}

function reasonOf(value: object): string {
  return isUnknown(value) ? value.unknown : "Stripe does not say.";
}

function majorOf(money: Money | null | undefined): number | null {
  return money && isKnownCurrency(money.currency) ? toMajor(money) : null;
}

/** Without a currency there was never a balance to speak of. */
function balanceOf({ amountMinor, currency }: Profile["balance"]): number | null {
  if (currency !== null) return majorOf({ amountMinor, currency });
  return amountMinor === 0 ? 0 : null;
}
