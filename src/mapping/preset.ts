/** Station mapping: the attributes that every connection starts with. Add one here and it is provisioned, filled and documented. */
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import { toMajor, type Money } from "../model/money.ts";
import type { Profile } from "../model/profile.ts";

/**
 * - stripe: the names that guides and segments already use
 * - billing: for running beside Intercom's native Stripe app, which owns some of those names
 */
export const presets = ["stripe", "billing"] as const;
export type Preset = (typeof presets)[number];

/** One attribute: its name without prefix, what it says, and how it follows from the profile. */
export type MappedAttribute = {
  readonly key: string;
  readonly type: AttributeType;
  readonly help: string;
  readonly value: (profile: Profile) => AttributeValue;
};

export const baseAttributes: readonly MappedAttribute[] = [
  {
    key: "plan",
    type: "string",
    help: "Plan of the primary subscription: the product's name.",
    value: ({ subscription }) => subscription?.plan?.name ?? null,
  },
  {
    key: "plan_price",
    type: "float",
    help: "Price of one unit of the plan per interval; empty for tiered prices.",
    value: ({ subscription }) => subscription?.plan?.unitPrice ?? null,
  },
  {
    key: "plan_currency",
    type: "string",
    help: "Currency of the plan's price.",
    value: ({ subscription }) => currencyText(subscription?.plan?.currency),
  },
  {
    key: "plan_interval",
    type: "string",
    help: "How often the plan is billed: month, year, 3 months …",
    value: ({ subscription }) => subscription?.plan?.interval ?? null,
  },
  {
    key: "status",
    type: "string",
    help: "Status of the primary subscription: active, trialing, past_due, unpaid, paused, incomplete, canceled.",
    value: ({ subscription }) => subscription?.status ?? null,
  },
  {
    key: "account_balance",
    type: "float",
    help: "Balance in Stripe: below zero is credit, above zero is owed with the next invoice.",
    value: ({ balance }) => balanceOf(balance),
  },
  {
    key: "account_balance_currency",
    type: "string",
    help: "Currency of the balance.",
    value: ({ balance }) => currencyText(balance.currency),
  },
  {
    key: "created_at",
    type: "date",
    help: "When the customer was created in Stripe.",
    value: ({ createdS }) => createdS,
  },
  {
    key: "delinquent",
    type: "boolean",
    help: "Stripe's flag that the latest invoice was not paid.",
    value: ({ delinquent }) => delinquent,
  },
  {
    key: "subscription_period_end",
    type: "date",
    help: "When the current period ends and the next invoice is due; empty once the subscription has ended.",
    value: ({ subscription }) => subscription?.periodEndS ?? null,
  },
  {
    key: "trial_end",
    type: "date",
    help: "When the trial ends or ended.",
    value: ({ subscription }) => subscription?.trialEndS ?? null,
  },
  {
    key: "cancel_at",
    type: "date",
    help: "When the subscription will end because it was cancelled; empty when it renews.",
    value: ({ subscription }) => subscription?.cancelAtS ?? null,
  },
  {
    key: "card_brand",
    type: "string",
    help: "Brand of the card that the next invoice is charged to; empty when there is none.",
    value: ({ card }) => card?.brand ?? null,
  },
  {
    key: "card_expires_at",
    type: "date",
    help: "Last second of the month printed on that card.",
    value: ({ card }) => card?.expiresAtS ?? null,
  },
  {
    key: "last_payment_amount",
    type: "float",
    help: "Amount of the latest payment attempt.",
    value: ({ lastPayment }) => majorOf(lastPayment?.amount),
  },
  {
    key: "last_payment_currency",
    type: "string",
    help: "Currency of the latest payment attempt.",
    value: ({ lastPayment }) => currencyText(lastPayment?.amount.currency),
  },
  {
    key: "last_payment_at",
    type: "date",
    help: "When the latest payment attempt was made.",
    value: ({ lastPayment }) => lastPayment?.atS ?? null,
  },
  {
    key: "last_payment_status",
    type: "string",
    help: "Status of the latest payment attempt: succeeded, pending, failed.",
    value: ({ lastPayment }) => lastPayment?.status ?? null,
  },
  {
    key: "total_paid",
    type: "float",
    help: "Received in the customer's main currency, less refunds and disputes.",
    value: ({ totalPaid }) => majorOf(totalPaid),
  },
  {
    key: "total_paid_currency",
    type: "string",
    help: "Currency of the total.",
    value: ({ totalPaid }) => currencyText(totalPaid?.currency),
  },
  {
    key: "payment_count",
    type: "integer",
    help: "How many payments succeeded.",
    value: ({ paymentCount }) => paymentCount,
  },
  {
    key: "first_payment_at",
    type: "date",
    help: "When the first payment succeeded.",
    value: ({ firstPaymentAtS }) => firstPaymentAtS,
  },
  {
    key: "billing_country",
    type: "string",
    help: "Country of the billing address, two letters.",
    value: ({ country }) => country,
  },
  {
    key: "customer_link",
    type: "string",
    help: "The customer's page in the Stripe dashboard.",
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
