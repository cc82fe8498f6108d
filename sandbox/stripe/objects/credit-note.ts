/** A credit note: lowers what an open invoice asks for, or gives back what was paid on it. */
import type { List, Metadata } from "./shared.ts";

export type CreditNoteLine = {
  readonly id: string;
  readonly object: "credit_note_line_item";
  readonly amount: number;
  readonly description: string | null;
  readonly discount_amount: 0;
  readonly discount_amounts: readonly [];
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly pretax_credit_amounts: readonly [];
  readonly quantity: number | null;
  readonly tax_rates: readonly [];
  readonly taxes: readonly [];
  readonly type: "custom_line_item";
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
};

export type CreditNote = {
  readonly id: string;
  readonly object: "credit_note";
  readonly amount: number;
  readonly amount_shipping: 0;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly customer_account: null;
  readonly customer_balance_transaction: string | null;
  readonly discount_amount: 0;
  readonly discount_amounts: readonly [];
  readonly effective_at: number;
  readonly invoice: string;
  readonly lines: List<CreditNoteLine>;
  readonly livemode: false;
  readonly memo: string | null;
  readonly metadata: Metadata;
  readonly number: string;
  readonly out_of_band_amount: number | null;
  readonly pdf: string;
  readonly post_payment_amount: number;
  readonly pre_payment_amount: number;
  readonly pretax_credit_amounts: readonly [];
  readonly reason: string | null;
  readonly refunds: readonly {
    readonly amount_refunded: number;
    readonly payment_record_refund: null;
    readonly refund: string;
    readonly type: "refund";
  }[];
  readonly shipping_cost: null;
  readonly status: "issued" | "void";
  readonly subtotal: number;
  readonly subtotal_excluding_tax: number;
  readonly total: number;
  readonly total_excluding_tax: number;
  readonly total_taxes: readonly [];
  readonly type: "pre_payment" | "post_payment" | "mixed";
  readonly voided_at: number | null;
};
