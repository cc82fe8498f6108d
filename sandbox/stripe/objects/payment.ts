/** Payment methods, and what the banks behind them will answer. */
import { NO_ADDRESS } from "./shared.ts";
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

export const NO_BILLING_DETAILS: BillingDetails = {
  address: NO_ADDRESS,
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};
