/** Checkout sessions: the hosted page where a purchase happens. */
import { NO_AUTOMATIC_TAX, NO_METADATA } from "./shared.ts";
import type { Metadata } from "./shared.ts";

const { disabled_reason: _unused, ...automaticTax } = NO_AUTOMATIC_TAX;

const FIXED = {
  object: "checkout.session",
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  automatic_tax: automaticTax,
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  discounts: [],
  integration_identifier: null,
  invoice_creation: null,
  livemode: false,
  managed_payments: { enabled: false },
  origin_context: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: {},
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  ui_mode: "hosted",
  wallet_options: null,
} as const;

export type CheckoutLine = { readonly price: string; readonly quantity: number };

export type CustomerDetails = {
  readonly address: object | null;
  readonly business_name: null;
  readonly email: string | null;
  readonly individual_name: null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly tax_exempt: "none";
  readonly tax_ids: readonly [];
};

export type CheckoutSession = typeof FIXED & {
  readonly id: string;
  readonly amount_subtotal: number | null;
  readonly amount_total: number | null;
  readonly cancel_url: string | null;
  readonly client_reference_id: string | null;
  readonly created: number;
  readonly currency: string | null;
  readonly customer: string | null;
  readonly customer_creation: "always" | "if_required" | null;
  readonly customer_details: CustomerDetails | null;
  readonly customer_email: string | null;
  readonly expires_at: number;
  readonly invoice: string | null;
  readonly locale: string | null;
  readonly metadata: Metadata;
  readonly mode: "payment" | "setup" | "subscription";
  readonly payment_intent: string | null;
  readonly payment_method_collection: "always" | "if_required" | null;
  readonly payment_method_types: readonly string[];
  readonly payment_status: "paid" | "unpaid" | "no_payment_required";
  readonly setup_intent: null;
  readonly status: "open" | "complete" | "expired";
  readonly subscription: string | null;
  readonly success_url: string | null;
  readonly total_details: {
    readonly amount_discount: number;
    readonly amount_shipping: number;
    readonly amount_tax: number;
  };
  readonly url: string | null;
};

/** What the session will create once it is completed. Same id as the session; never visible through the API. */
export type CheckoutPlan = {
  readonly id: string;
  readonly lines: readonly CheckoutLine[];
  readonly trialDays: number | null;
  readonly subscriptionMetadata: Metadata;
};

type Born = Pick<CheckoutSession, "id" | "created" | "mode" | "expires_at"> & Partial<CheckoutSession>;

/** A new open session. */
export function newCheckoutSession(born: Born): CheckoutSession {
  return {
    ...FIXED,
    amount_subtotal: null,
    amount_total: null,
    cancel_url: null,
    client_reference_id: null,
    currency: null,
    customer: null,
    customer_creation: null,
    customer_details: null,
    customer_email: null,
    invoice: null,
    locale: null,
    metadata: NO_METADATA,
    payment_intent: null,
    payment_method_collection: null,
    payment_method_types: ["card", "sepa_debit"],
    payment_status: "unpaid",
    setup_intent: null,
    status: "open",
    subscription: null,
    success_url: null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    url: null,
    ...born,
  };
}
