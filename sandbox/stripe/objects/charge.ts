/** Payment intents and their charges: how money is asked for and moves. */
import { NO_BILLING_DETAILS } from "./payment.ts";
import type { PaymentMethod } from "./payment.ts";
import { blank, NO_METADATA } from "./shared.ts";
import type { BillingDetails, Metadata } from "./shared.ts";

export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "processing"
  | "succeeded"
  | "canceled";

export type PaymentError = {
  readonly advice_code?: string;
  readonly charge?: string;
  readonly code: string;
  readonly decline_code?: string;
  readonly doc_url: string;
  readonly message: string;
  readonly network_decline_code?: string;
  readonly payment_method?: PaymentMethod;
  readonly type: "card_error" | "invalid_request_error";
};

const INTENT_FIXED = {
  object: "payment_intent",
  allowed_payment_method_types: null,
  amount_capturable: 0,
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  capture_method: "automatic_async",
  confirmation_method: "automatic",
  customer_account: null,
  excluded_payment_method_types: null,
  livemode: false,
  managed_payments: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_method_options: {},
  payment_record: null,
  processing: null,
  review: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const;

export type PaymentIntent = typeof INTENT_FIXED & {
  readonly id: string;
  readonly amount: number;
  readonly amount_received: number;
  readonly canceled_at: number | null;
  readonly cancellation_reason: string | null;
  readonly client_secret: string;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly last_payment_error: PaymentError | null;
  readonly latest_charge: string | null;
  readonly metadata: Metadata;
  readonly next_action: { readonly type: string; readonly use_stripe_sdk: object } | null;
  readonly payment_method: string | null;
  readonly payment_method_types: readonly string[];
  readonly receipt_email: string | null;
  readonly setup_future_usage: "off_session" | "on_session" | null;
  readonly status: IntentStatus;
};

type IntentBorn = Pick<PaymentIntent, "id" | "created" | "amount" | "currency" | "client_secret"> &
  Partial<PaymentIntent>;

const BLANK_PAYMENT_INTENT: PaymentIntent = blank({
  id: "",
  ...INTENT_FIXED,
  amount_received: 0,
  canceled_at: null,
  cancellation_reason: null,
  customer: null,
  description: null,
  last_payment_error: null,
  latest_charge: null,
  metadata: NO_METADATA,
  next_action: null,
  payment_method: null,
  payment_method_types: ["card", "sepa_debit"],
  receipt_email: null,
  setup_future_usage: null,
  status: "requires_payment_method",
  amount: 0,
  client_secret: "",
  created: 0,
  currency: "",
});

/** A new payment intent. */
export function newPaymentIntent(born: IntentBorn): PaymentIntent {
  return Object.assign({ ...BLANK_PAYMENT_INTENT }, born);
}

export type Outcome = {
  readonly advice_code: string | null;
  readonly network_advice_code: string | null;
  readonly network_decline_code: string | null;
  readonly network_status: string;
  readonly reason: string | null;
  readonly risk_level?: string;
  readonly risk_score?: number;
  readonly seller_message: string;
  readonly type: string;
};

const CHARGE_FIXED = {
  object: "charge",
  application: null,
  application_fee: null,
  application_fee_amount: null,
  calculated_statement_descriptor: "LAPWING ANALYTICS",
  failure_balance_transaction: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  radar_options: {},
  receipt_email: null,
  receipt_number: null,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const;

export type Charge = typeof CHARGE_FIXED & {
  readonly id: string;
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly balance_transaction: string | null;
  readonly billing_details: BillingDetails;
  readonly captured: boolean;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly disputed: boolean;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly metadata: Metadata;
  readonly outcome: Outcome | null;
  readonly paid: boolean;
  readonly payment_intent: string | null;
  readonly payment_method: string | null;
  readonly payment_method_details: object | null;
  readonly receipt_url: string | null;
  readonly refunded: boolean;
  readonly status: "succeeded" | "pending" | "failed";
};

type ChargeBorn = Pick<Charge, "id" | "created" | "amount" | "currency" | "status"> & Partial<Charge>;

const BLANK_CHARGE: Charge = blank({
  id: "",
  ...CHARGE_FIXED,
  amount_captured: 0,
  amount_refunded: 0,
  balance_transaction: null,
  billing_details: NO_BILLING_DETAILS,
  captured: true,
  customer: null,
  description: null,
  disputed: false,
  failure_code: null,
  failure_message: null,
  metadata: NO_METADATA,
  outcome: null,
  paid: true,
  payment_intent: null,
  payment_method: null,
  payment_method_details: null,
  receipt_url: null,
  refunded: false,
  amount: 0,
  created: 0,
  currency: "",
  status: "succeeded",
});

/** A new charge. */
export function newCharge(born: ChargeBorn): Charge {
  const failed = born.status === "failed";
  const taken = { amount_captured: failed ? 0 : born.amount, captured: !failed, paid: !failed };
  return Object.assign({ ...BLANK_CHARGE }, taken, born);
}
