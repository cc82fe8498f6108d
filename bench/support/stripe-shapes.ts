/** Customers, cards and subscriptions as deliveries show them, version 2026-10-28.endive. Places for ids and times are marked. */
import { number, templateOf, text, type Template } from "./template.ts";

export type Json = Readonly<Record<string, unknown>>;

const apiVersion = "2026-10-28.endive";

/** An event around an object. Its places `event` and `created` are filled in with those of the object. */
export function eventTemplate(type: string, object: Json, previous?: Json): Template {
  return templateOf({
    id: text("event"),
    object: "event",
    api_version: apiVersion,
    created: number("created"),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  });
}

export function nulls(names: string): Json {
  return Object.fromEntries(names.split(" ").map((name) => [name, null]));
}

export const address = {
  city: "Bremen",
  country: "DE",
  line1: "Am Wall 12",
  line2: null,
  postal_code: "28195",
  state: null,
};

export function customerShape(over: Json = {}): Json {
  return {
    id: text("customer"),
    object: "customer",
    address,
    balance: 0,
    ...nulls("business_name customer_account default_source description discount individual_name"),
    created: number("joined"),
    currency: "eur",
    delinquent: false,
    email: `${text("user")}@bench.example`,
    invoice_prefix: "8E1F0A2C",
    invoice_settings: {
      custom_fields: null,
      default_payment_method: text("method"),
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: { user_id: text("user") },
    name: `Bench ${text("user")}`,
    next_invoice_sequence: 2,
    phone: null,
    preferred_locales: ["de"],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
    ...over,
  };
}

export const card = {
  brand: "visa",
  checks: { address_line1_check: null, address_postal_code_check: "pass", cvc_check: "pass" },
  country: "DE",
  exp_month: 11,
  exp_year: 2030,
  funding: "credit",
  last4: "4242",
  ...nulls("generated_from three_d_secure_usage wallet"),
  display_brand: "visa",
  fingerprint: "Xt5EWLLDS7FJjR1c",
  networks: { available: ["visa"], preferred: null },
  regulated_status: "unregulated",
};

export const billingDetails = {
  address,
  email: `${text("user")}@bench.example`,
  name: `Bench ${text("user")}`,
  phone: null,
  tax_id: null,
};

export function methodShape(): Json {
  return {
    id: text("method"),
    object: "payment_method",
    allow_redisplay: "always",
    billing_details: billingDetails,
    card,
    created: number("joined"),
    customer: text("customer"),
    customer_account: null,
    livemode: false,
    metadata: {},
    type: "card",
  };
}

function priceShape(amount: number): Json {
  return {
    id: `price_bench_${amount}`,
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created: number("joined"),
    currency: "eur",
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: "prod_bench",
    recurring: { interval: "month", interval_count: 1, meter: null, trial_period_days: null, usage_type: "licensed" },
    tax_behavior: "exclusive",
    tiers_mode: null,
    transform_quantity: null,
    type: "recurring",
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  };
}

function planShape(amount: number): Json {
  return {
    id: `price_bench_${amount}`,
    object: "plan",
    active: true,
    amount,
    amount_decimal: String(amount),
    billing_scheme: "per_unit",
    created: number("joined"),
    currency: "eur",
    interval: "month",
    interval_count: 1,
    livemode: false,
    metadata: {},
    ...nulls("meter nickname tiers_mode transform_usage trial_period_days"),
    product: "prod_bench",
    usage_type: "licensed",
  };
}

export function itemsShape(amount: number): Json {
  const item = {
    id: text("item"),
    object: "subscription_item",
    billed_until: null,
    billing_thresholds: null,
    created: number("joined"),
    current_period_end: number("periodEnd"),
    current_period_start: number("periodStart"),
    discounts: [],
    metadata: {},
    plan: planShape(amount),
    price: priceShape(amount),
    quantity: 1,
    subscription: text("subscription"),
    tax_rates: [],
  };
  return { object: "list", data: [item], has_more: false, total_count: 1, url: "/v1/subscription_items" };
}

export function subscriptionShape({ status = "active", amount = 4900, latestInvoice = text("invoice") } = {}): Json {
  return {
    id: text("subscription"),
    object: "subscription",
    ...nulls(
      "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at",
    ),
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: number("joined"),
    billing_mode: { flexible: { proration_discounts: "itemized" }, type: "flexible" },
    billing_schedules: [],
    cancel_at_period_end: false,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: "charge_automatically",
    created: number("joined"),
    currency: "eur",
    customer: text("customer"),
    ...nulls("customer_account days_until_due default_source description ended_at"),
    default_payment_method: null,
    default_tax_rates: [],
    discounts: [],
    invoice_settings: { account_tax_ids: null, issuer: { type: "self" } },
    items: itemsShape(amount),
    latest_invoice: latestInvoice,
    livemode: false,
    metadata: {},
    ...nulls("next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval"),
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
    pending_setup_intent: null,
    pending_update: null,
    plan: planShape(amount),
    quantity: 1,
    ...nulls("schedule test_clock transfer_data trial_end trial_start"),
    start_date: number("joined"),
    status,
    trial_settings: { end_behavior: { missing_payment_method: "create_invoice" } },
  };
}
