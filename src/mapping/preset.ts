/** Station mapping: the attributes that every connection starts with. Add one here and it is provisioned, filled and documented. */
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import { toMajor, type Money } from "../model/money.ts";
import type { Profile, ProfileField } from "../model/profile.ts";

/**
 * - stripe: the names that guides and segments already use
 * - billing: for running beside Intercom's native Stripe app, which owns some of those names
 */
export const presets = ["stripe", "billing"] as const;
export type Preset = (typeof presets)[number];

/** Counts up when a rule below changes, so that a value can be traced to the rule that it was written by. */
export const presetVersion = 1;

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
const nothingPaid = "No charge of the customer has succeeded.";

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
];

/** The full name of an attribute in a preset. */
export function attributeName(preset: Preset, key: string): string {
  return `${preset}_${key}`;
}

function currencyText(currency: string | null | undefined): string | null {
  return currency ? currency.toUpperCase() : null;
}

function majorOf(money: Money | null | undefined): number | null {
  return money ? toMajor(money) : null;
}

/** Without a currency there was never a balance to speak of. */
function balanceOf({ amountMinor, currency }: Profile["balance"]): number | null {
  if (currency !== null) return toMajor({ amountMinor, currency });
  return amountMinor === 0 ? 0 : null;
}
