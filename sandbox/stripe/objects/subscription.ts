/** Subscriptions and their items. The period dates stand on each item, not on the subscription. */
import { planOf } from "./catalogue.ts";
import { blank, ISSUER_SELF, NO_METADATA } from "./shared.ts";
import type { Plan, Price } from "./catalogue.ts";
import type { List, Metadata } from "./shared.ts";

const FIXED = {
  object: "subscription",
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
  billing_schedules: [],
  billing_thresholds: null,
  customer_account: null,
  default_source: null,
  default_tax_rates: [],
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: ISSUER_SELF,
  },
  livemode: false,
  managed_payments: { enabled: false },
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  test_clock: null,
  transfer_data: null,
} as const;

export type SubscriptionStatus =
  | "incomplete"
  | "incomplete_expired"
  | "trialing"
  | "active"
  | "past_due"
  | "unpaid"
  | "paused"
  | "canceled";

export type SubscriptionItem = {
  readonly id: string;
  readonly object: "subscription_item";
  readonly billing_thresholds: null;
  readonly created: number;
  readonly current_period_end: number;
  readonly current_period_start: number;
  readonly current_trial: null;
  readonly discounts: readonly string[];
  readonly metadata: Metadata;
  readonly plan: Plan;
  readonly price: Price;
  /** Absent on metered items. */
  readonly quantity?: number;
  readonly subscription: string;
  readonly tax_rates: readonly [];
};

export type CancellationDetails = {
  readonly comment: string | null;
  readonly feedback: string | null;
  readonly feedback_option: null;
  readonly reason: "cancellation_requested" | "payment_failed" | "payment_disputed" | null;
};

export type PauseCollection = {
  readonly behavior: "keep_as_draft" | "mark_uncollectible" | "void";
  readonly resumes_at: number | null;
};

export type MissingPaymentMethod = "create_invoice" | "cancel" | "pause";

export type PauseReason = "pause_requested" | "trial_end_without_payment_method" | "final_payment_failure";

export type StatusDetails = {
  readonly paused: {
    readonly subscription: { readonly type: PauseReason };
    readonly transitioned_at: number;
    readonly type: "subscription";
  };
};

export type Subscription = typeof FIXED & {
  readonly id: string;
  readonly billing_cycle_anchor: number;
  readonly cancel_at: number | null;
  readonly cancel_at_period_end: boolean;
  readonly canceled_at: number | null;
  readonly cancellation_details: CancellationDetails;
  readonly collection_method: "charge_automatically" | "send_invoice";
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly days_until_due: number | null;
  readonly default_payment_method: string | null;
  readonly description: string | null;
  readonly discounts: readonly string[];
  readonly ended_at: number | null;
  readonly items: List<SubscriptionItem>;
  readonly latest_invoice: string | null;
  readonly metadata: Metadata;
  readonly pause_collection: PauseCollection | null;
  readonly start_date: number;
  readonly status: SubscriptionStatus;
  readonly status_details?: StatusDetails;
  readonly trial_end: number | null;
  readonly trial_settings: {
    readonly end_behavior: {
      readonly billing_cycle_anchor: null;
      readonly missing_payment_method: MissingPaymentMethod;
    };
  };
  readonly trial_start: number | null;
};

export const NO_CANCELLATION: CancellationDetails = {
  comment: null,
  feedback: null,
  feedback_option: null,
  reason: null,
};

type Born = Pick<Subscription, "id" | "created" | "currency" | "customer" | "items" | "status"> & Partial<Subscription>;

const BLANK_SUBSCRIPTION: Subscription = blank({
  id: "",
  ...FIXED,
  billing_cycle_anchor: 0,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: NO_CANCELLATION,
  collection_method: "charge_automatically",
  days_until_due: null,
  default_payment_method: null,
  description: null,
  discounts: [],
  ended_at: null,
  latest_invoice: null,
  metadata: NO_METADATA,
  pause_collection: null,
  start_date: 0,
  trial_end: null,
  trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" } },
  trial_start: null,
  created: 0,
  currency: "",
  customer: "",
  items: itemList("", []),
  status: "incomplete",
});

/** A new subscription. */
export function newSubscription(born: Born): Subscription {
  const begun = { billing_cycle_anchor: born.created, start_date: born.created };
  return Object.assign({ ...BLANK_SUBSCRIPTION }, begun, born);
}

export type NewItem = {
  readonly id: string;
  readonly subscription: string;
  readonly price: Price;
  readonly quantity?: number | undefined;
  readonly metadata?: Metadata | undefined;
  readonly created: number;
  readonly period: { readonly start: number; readonly end: number };
};

/** A new item; licensed items have a quantity, metered ones do not. */
export function newSubscriptionItem(born: NewItem): SubscriptionItem {
  const metered = born.price.recurring?.usage_type === "metered";
  return {
    id: born.id,
    object: "subscription_item",
    billing_thresholds: null,
    created: born.created,
    current_period_end: born.period.end,
    current_period_start: born.period.start,
    current_trial: null,
    discounts: [],
    metadata: born.metadata ?? NO_METADATA,
    plan: planOf(born.price),
    price: born.price,
    ...(metered ? {} : { quantity: born.quantity ?? 1 }),
    subscription: born.subscription,
    tax_rates: [],
  };
}

/** The list of items as it stands on a subscription. */
export function itemList(subscriptionId: string, items: readonly SubscriptionItem[]): List<SubscriptionItem> {
  return {
    object: "list",
    data: items,
    has_more: false,
    total_count: items.length,
    url: `/v1/subscription_items?subscription=${subscriptionId}`,
  };
}
