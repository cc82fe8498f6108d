/** Invoices, their lines, the payments made on them and items waiting for the next one. */
import { ACCOUNT_ID, blank, ISSUER_SELF, listOf, NO_AUTOMATIC_TAX, NO_METADATA } from "./shared.ts";
import type { Address, List, Metadata } from "./shared.ts";

const FIXED = {
  object: "invoice",
  account_country: "DE",
  account_name: "Lapwing Analytics",
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  automatic_tax: NO_AUTOMATIC_TAX,
  custom_fields: null,
  customer_account: null,
  customer_shipping: null,
  customer_tax_exempt: "none",
  customer_tax_ids: [],
  default_source: null,
  default_tax_rates: [],
  footer: null,
  from_invoice: null,
  issuer: ISSUER_SELF,
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  test_clock: null,
  total_taxes: [],
} as const;

export type InvoiceStatus = "draft" | "open" | "paid" | "uncollectible" | "void";

export type BillingReason =
  | "manual"
  | "subscription_create"
  | "subscription_cycle"
  | "subscription_update"
  | "upcoming";

export type Pricing = {
  readonly price_details: { readonly price: string; readonly product: string };
  readonly type: "price_details";
  readonly unit_amount_decimal: string | null;
};

export type Period = { readonly end: number; readonly start: number };

export type LineParent = {
  readonly invoice_item_details: {
    readonly invoice_item: string;
    readonly proration: boolean;
    readonly proration_details: { readonly credited_items: null };
    readonly subscription: string | null;
  } | null;
  readonly subscription_item_details: {
    readonly invoice_item: string | null;
    readonly proration: boolean;
    readonly proration_details: { readonly credited_items: null };
    readonly subscription: string;
    readonly subscription_item: string;
  } | null;
  readonly type: "invoice_item_details" | "subscription_item_details";
};

export type InvoiceLine = {
  readonly id: string;
  readonly object: "line_item";
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly discount_amounts: readonly { readonly amount: number; readonly discount: string }[];
  readonly discountable: boolean;
  readonly discounts: readonly string[];
  readonly invoice: string;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly parent: LineParent;
  readonly period: Period;
  readonly pretax_credit_amounts: readonly [];
  readonly pricing: Pricing | null;
  readonly quantity: number | null;
  readonly quantity_decimal: string | null;
  readonly subscription: string | null;
  readonly subtotal: number;
  readonly taxes: readonly [];
};

export type InvoiceParent = {
  readonly quote_details: null;
  readonly subscription_details: {
    readonly metadata: Metadata;
    readonly subscription: string;
    readonly subscription_proration_date?: number;
  };
  readonly type: "subscription_details";
};

export type Invoice = typeof FIXED & {
  readonly id: string;
  readonly amount_due: number;
  readonly amount_paid: number;
  readonly amount_paid_off_stripe: number;
  readonly amount_remaining: number;
  readonly attempt_count: number;
  readonly attempted: boolean;
  readonly auto_advance: boolean;
  readonly automatically_finalizes_at: number | null;
  readonly billing_reason: BillingReason;
  readonly collection_method: "charge_automatically" | "send_invoice";
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly customer_address: Address | null;
  readonly customer_email: string | null;
  readonly customer_name: string | null;
  readonly customer_phone: string | null;
  readonly default_payment_method: string | null;
  readonly description: string | null;
  readonly discounts: readonly string[];
  readonly due_date: number | null;
  readonly effective_at: number | null;
  readonly ending_balance: number | null;
  readonly hosted_invoice_url: string | null;
  readonly invoice_pdf: string | null;
  readonly lines: List<InvoiceLine>;
  readonly metadata: Metadata;
  readonly next_payment_attempt: number | null;
  readonly number: string | null;
  readonly parent: InvoiceParent | null;
  readonly period_end: number;
  readonly period_start: number;
  readonly post_payment_credit_notes_amount: number;
  readonly pre_payment_credit_notes_amount: number;
  readonly starting_balance: number;
  readonly status: InvoiceStatus;
  readonly status_details?: { readonly uncollectible: { readonly reason: string } };
  readonly status_transitions: {
    readonly finalized_at: number | null;
    readonly marked_uncollectible_at: number | null;
    readonly paid_at: number | null;
    readonly voided_at: number | null;
  };
  readonly subtotal: number;
  readonly subtotal_excluding_tax: number;
  readonly total: number;
  readonly total_discount_amounts: readonly { readonly amount: number; readonly discount: string }[];
  readonly total_excluding_tax: number;
  readonly total_pretax_credit_amounts: readonly unknown[];
  readonly webhooks_delivered_at: number | null;
};

type Born = Pick<Invoice, "id" | "created" | "currency" | "customer" | "billing_reason" | "lines"> & Partial<Invoice>;

const BLANK_INVOICE: Invoice = blank({
  id: "",
  ...FIXED,
  amount_due: 0,
  amount_paid: 0,
  amount_paid_off_stripe: 0,
  amount_remaining: 0,
  attempt_count: 0,
  attempted: false,
  auto_advance: true,
  automatically_finalizes_at: null,
  collection_method: "charge_automatically",
  customer_address: null,
  customer_email: null,
  customer_name: null,
  customer_phone: null,
  default_payment_method: null,
  description: null,
  discounts: [],
  due_date: null,
  effective_at: null,
  ending_balance: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  metadata: NO_METADATA,
  next_payment_attempt: null,
  number: null,
  parent: null,
  period_end: 0,
  period_start: 0,
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  starting_balance: 0,
  status: "draft",
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  subtotal: 0,
  subtotal_excluding_tax: 0,
  total: 0,
  total_discount_amounts: [],
  total_excluding_tax: 0,
  total_pretax_credit_amounts: [],
  webhooks_delivered_at: 0,
  created: 0,
  currency: "",
  customer: "",
  billing_reason: "manual",
  lines: listOf([], ""),
});

/** A new draft. */
export function newInvoice(born: Born): Invoice {
  const { created } = born;
  const times = { period_end: created, period_start: created, webhooks_delivered_at: created };
  return Object.assign({ ...BLANK_INVOICE }, times, born);
}

/** The subscription an invoice was made for, if any. */
export function subscriptionOf(invoice: Invoice): string | null {
  return invoice.parent?.subscription_details.subscription ?? null;
}

/** The page where the customer could pay. Like the real one it is a link to Stripe's own site; nothing is behind it here. */
export function hostedInvoiceUrl(invoiceId: string): string {
  return `https://invoice.stripe.com/i/${ACCOUNT_ID}/test_${invoiceId}?s=ap`;
}

export type InvoicePayment = {
  readonly id: string;
  readonly object: "invoice_payment";
  readonly amount_paid: number | null;
  readonly amount_requested: number;
  readonly created: number;
  readonly currency: string;
  readonly invoice: string;
  readonly is_default: boolean;
  readonly livemode: false;
  readonly payment: { readonly payment_intent: string; readonly type: "payment_intent" };
  readonly status: "open" | "paid" | "canceled";
  readonly status_transitions: { readonly canceled_at: number | null; readonly paid_at: number | null };
};

export type InvoiceItem = {
  readonly id: string;
  readonly object: "invoiceitem";
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly customer_account: null;
  readonly date: number;
  readonly description: string | null;
  readonly discountable: boolean;
  readonly discounts: readonly string[];
  readonly invoice: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly net_amount: number;
  readonly parent: {
    readonly subscription_details: { readonly subscription: string; readonly subscription_item: string };
    readonly type: "subscription_details";
  } | null;
  readonly period: Period;
  readonly pricing: Pricing | null;
  readonly proration: boolean;
  readonly proration_details: { readonly credited_items: null; readonly discount_amounts: readonly [] };
  readonly quantity: number;
  readonly quantity_decimal: string;
  readonly tax_rates: readonly [];
  readonly test_clock: null;
};
