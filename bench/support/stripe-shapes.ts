/** Stripe objects and events as the bodies of deliveries show them, version 2026-10-28.endive. Places for ids and times are marked. */
import { number, templateOf, text, type Template } from "./template.ts";

type Json = Readonly<Record<string, unknown>>;

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

function nulls(names: string): Json {
  return Object.fromEntries(names.split(" ").map((name) => [name, null]));
}

const address = { city: "Bremen", country: "DE", line1: "Am Wall 12", line2: null, postal_code: "28195", state: null };

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
    invoice_settings: { custom_fields: null, default_payment_method: text("method"), footer: null, rendering_options: null },
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

const card = {
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

const billingDetails = { address, email: `${text("user")}@bench.example`, name: `Bench ${text("user")}`, phone: null, tax_id: null };

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
    ...nulls("application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at"),
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

export function invoiceShape(over: Json = {}): Json {
  const amount = 4900;
  return {
    id: text("invoice"),
    object: "invoice",
    account_country: "DE",
    account_name: "Bench",
    ...nulls("account_tax_ids application automatically_finalizes_at collection_method_reason confirmation_secret"),
    amount_due: amount,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: amount,
    amount_shipping: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    billing_reason: "subscription_cycle",
    collection_method: "charge_automatically",
    created: number("created"),
    currency: "eur",
    custom_fields: null,
    customer: text("customer"),
    customer_address: address,
    customer_email: `${text("user")}@bench.example`,
    customer_name: `Bench ${text("user")}`,
    ...nulls("customer_phone customer_shipping default_payment_method default_source description due_date effective_at"),
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_tax_rates: [],
    discounts: [],
    ending_balance: 0,
    ...nulls("footer from_invoice last_finalization_error latest_revision next_payment_attempt number on_behalf_of"),
    hosted_invoice_url: `https://invoice.stripe.com/i/acct_bench/test_${text("invoice")}`,
    issuer: { type: "self" },
    lines: { object: "list", data: [], has_more: false, total_count: 0, url: `/v1/invoices/${text("invoice")}/lines` },
    livemode: false,
    metadata: {},
    parent: {
      quote_details: null,
      subscription_details: { metadata: {}, subscription: text("subscription") },
      type: "subscription_details",
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: number("periodEnd"),
    period_start: number("periodStart"),
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    ...nulls("receipt_number rendering shipping_cost shipping_details statement_descriptor test_clock webhooks_delivered_at"),
    starting_balance: 0,
    status: "draft",
    status_transitions: nulls("finalized_at marked_uncollectible_at paid_at voided_at"),
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_discount_amounts: [],
    total_excluding_tax: amount,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    ...over,
  };
}

export function intentShape(over: Json = {}): Json {
  return {
    id: text("intent"),
    object: "payment_intent",
    amount: 4900,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 4900,
    ...nulls("application application_fee_amount automatic_payment_methods canceled_at cancellation_reason"),
    capture_method: "automatic",
    client_secret: `${text("intent")}_secret_bench`,
    confirmation_method: "automatic",
    created: number("created"),
    currency: "eur",
    customer: text("customer"),
    customer_account: null,
    description: "Subscription update",
    ...nulls("excluded_payment_method_types last_payment_error next_action on_behalf_of payment_method_configuration_details"),
    latest_charge: text("charge"),
    livemode: false,
    metadata: {},
    payment_method: text("method"),
    payment_method_options: { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" } },
    payment_method_types: ["card"],
    ...nulls("processing receipt_email review shipping source statement_descriptor statement_descriptor_suffix"),
    setup_future_usage: "off_session",
    status: "succeeded",
    transfer_data: null,
    transfer_group: null,
    ...over,
  };
}

export function chargeShape(over: Json = {}): Json {
  return {
    id: text("charge"),
    object: "charge",
    amount: 4900,
    amount_captured: 4900,
    amount_refunded: 0,
    ...nulls("application application_fee application_fee_amount balance_transaction"),
    billing_details: billingDetails,
    calculated_statement_descriptor: "BENCH",
    captured: true,
    created: number("created"),
    currency: "eur",
    customer: text("customer"),
    description: "Subscription update",
    disputed: false,
    ...nulls("failure_balance_transaction failure_code failure_message on_behalf_of"),
    fraud_details: {},
    livemode: false,
    metadata: {},
    outcome: {
      ...nulls("advice_code network_advice_code network_decline_code reason"),
      network_status: "approved_by_network",
      risk_level: "normal",
      risk_score: 12,
      seller_message: "Payment complete.",
      type: "authorized",
    },
    paid: true,
    payment_intent: text("intent"),
    payment_method: text("method"),
    payment_method_details: {
      card: { ...card, amount_authorized: 4900, authorization_code: "123456", network: "visa", network_transaction_id: "778899001122334" },
      type: "card",
    },
    radar_options: {},
    ...nulls("receipt_email receipt_number review shipping source source_transfer statement_descriptor"),
    receipt_url: `https://pay.stripe.com/receipts/invoices/${text("charge")}`,
    refunded: false,
    status: "succeeded",
    transfer_data: null,
    transfer_group: null,
    ...over,
  };
}

export function checkoutShape(): Json {
  return {
    id: `cs_test_${text("subscription")}`,
    object: "checkout.session",
    adaptive_pricing: { enabled: false },
    ...nulls("after_expiration allow_promotion_codes billing_address_collection client_reference_id client_secret consent"),
    amount_subtotal: 4900,
    amount_total: 4900,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    cancel_url: "https://bench.example/cancel",
    created: number("created"),
    currency: "eur",
    custom_fields: [],
    customer: text("customer"),
    customer_details: { address, email: `${text("user")}@bench.example`, name: `Bench ${text("user")}`, phone: null, tax_exempt: "none", tax_ids: [] },
    expires_at: number("periodEnd"),
    invoice: text("invoice"),
    livemode: false,
    metadata: {},
    mode: "subscription",
    payment_intent: null,
    payment_method_types: ["card"],
    payment_status: "paid",
    status: "complete",
    subscription: text("subscription"),
    success_url: "https://bench.example/done",
  };
}
