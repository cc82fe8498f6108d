/** The customer: who pays. A negative balance is credit for the next invoice. */
import { blank, NO_METADATA } from "./shared.ts";
import type { Address, Metadata } from "./shared.ts";
import type { Discount } from "./coupon.ts";

const FIXED = {
  object: "customer",
  customer_account: null,
  default_source: null,
  livemode: false,
  shipping: null,
  tax_exempt: "none",
  test_clock: null,
} as const;

export type InvoiceSettings = {
  readonly custom_fields: null;
  readonly default_payment_method: string | null;
  readonly footer: string | null;
  readonly rendering_options: null;
};

export type Customer = typeof FIXED & {
  readonly id: string;
  readonly address: Address | null;
  readonly balance: number;
  readonly created: number;
  readonly currency: string | null;
  readonly delinquent: boolean;
  readonly description: string | null;
  readonly discount: Discount | null;
  readonly email: string | null;
  readonly invoice_prefix: string;
  readonly invoice_settings: InvoiceSettings;
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly next_invoice_sequence: number;
  readonly phone: string | null;
  readonly preferred_locales: readonly string[];
};

export const DEFAULT_INVOICE_SETTINGS: InvoiceSettings = {
  custom_fields: null,
  default_payment_method: null,
  footer: null,
  rendering_options: null,
};

const BLANK_CUSTOMER: Customer = blank({
  id: "",
  ...FIXED,
  address: null,
  balance: 0,
  currency: null,
  delinquent: false,
  description: null,
  discount: null,
  email: null,
  invoice_settings: DEFAULT_INVOICE_SETTINGS,
  metadata: NO_METADATA,
  name: null,
  next_invoice_sequence: 1,
  phone: null,
  preferred_locales: [],
  created: 0,
  invoice_prefix: "",
});

/** A new customer with nothing but an id, a prefix for invoice numbers and a date. */
export function newCustomer(born: Pick<Customer, "id" | "created" | "invoice_prefix"> & Partial<Customer>): Customer {
  return Object.assign({ ...BLANK_CUSTOMER }, born);
}

export type BalanceTransaction = {
  readonly id: string;
  readonly object: "customer_balance_transaction";
  readonly amount: number;
  readonly checkout_session: null;
  readonly created: number;
  readonly credit_note: string | null;
  readonly currency: string;
  readonly customer: string;
  readonly customer_account: null;
  readonly description: string | null;
  readonly ending_balance: number;
  readonly invoice: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly type: string;
};
