/** Payment methods, payment intents, charges, refunds and disputes: how money moves. */
import { blank, NO_ADDRESS, NO_METADATA } from "./shared.ts";
import type { BillingDetails, Metadata } from "./shared.ts";

export type Card = {
  readonly brand: string;
  readonly checks: {
    readonly address_line1_check: string | null;
    readonly address_postal_code_check: string | null;
    readonly cvc_check: string | null;
  };
  readonly country: string;
  readonly display_brand: string;
  readonly exp_month: number;
  readonly exp_year: number;
  readonly fingerprint: string;
  readonly funding: string;
  readonly generated_from: null;
  readonly last4: string;
  readonly networks: { readonly available: readonly string[]; readonly preferred: null };
  readonly regulated_status: "unregulated";
  readonly three_d_secure_usage: { readonly supported: true };
  readonly wallet: null;
};

export type SepaDebit = {
  readonly bank_code: string;
  readonly branch_code: string;
  readonly country: string;
  readonly fingerprint: string;
  readonly generated_from: { readonly charge: null; readonly setup_attempt: null };
  readonly last4: string;
};

export type PaymentMethod = {
  readonly id: string;
  readonly object: "payment_method";
  readonly allow_redisplay: "unspecified" | "limited" | "always";
  readonly billing_details: BillingDetails;
  readonly card?: Card;
  readonly created: number;
  readonly customer: string | null;
  readonly customer_account: null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly sepa_debit?: SepaDebit;
  readonly type: "card" | "sepa_debit";
};

/** What the bank behind a payment method will answer. Same id as the payment method; never visible through the API. */
export type Behaviour = {
  readonly id: string;
  readonly outcome: "succeed" | "decline" | "authenticate" | "dispute";
  /** Stripe's failure or decline code. */
  readonly code: string | null;
  /** The bank's raw code, e.g. AM04. */
  readonly networkCode: string | null;
  readonly mandate: string | null;
};

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

export const NO_BILLING_DETAILS: BillingDetails = {
  address: NO_ADDRESS,
  email: null,
  name: null,
  phone: null,
  tax_id: null,
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

export type RefundStatus = "pending" | "requires_action" | "succeeded" | "failed" | "canceled";

export type Refund = {
  readonly id: string;
  readonly object: "refund";
  readonly amount: number;
  readonly balance_transaction: string | null;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly customer_account: null;
  readonly destination_details: object;
  readonly failure_reason?: string;
  readonly metadata: Metadata;
  readonly payment_intent: string | null;
  readonly payment_method: string | null;
  readonly pending_reason?: "processing";
  readonly reason: string | null;
  readonly receipt_number: null;
  readonly source_transfer_reversal: null;
  readonly status: RefundStatus;
  readonly transfer_reversal: null;
};

export type DisputeStatus =
  | "needs_response"
  | "under_review"
  | "won"
  | "lost"
  | "warning_needs_response"
  | "warning_closed";

export type Dispute = {
  readonly id: string;
  readonly object: "dispute";
  readonly amount: number;
  readonly balance_transactions: readonly object[];
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly enhanced_eligibility_types: readonly string[];
  readonly evidence: object;
  readonly evidence_details: {
    readonly due_by: number | null;
    readonly enhanced_eligibility: object;
    readonly has_evidence: boolean;
    readonly past_due: boolean;
    readonly submission_count: number;
    readonly submission_method: null;
  };
  readonly intended_submission_method: null;
  readonly is_charge_refundable: boolean;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly payment_intent: string | null;
  readonly payment_method_details: object;
  readonly reason: string;
  readonly status: DisputeStatus;
};
