/** Billing credits: what a customer was granted for usage. */
import type { Metadata } from "./shared.ts";

export type CreditGrant = {
  readonly id: string;
  readonly object: "billing.credit_grant";
  readonly amount: {
    readonly monetary: { readonly currency: string; readonly value: number };
    readonly type: "monetary";
  };
  readonly applicability_config: { readonly scope: { readonly price_type: "metered" } };
  readonly category: "paid" | "promotional";
  readonly created: number;
  readonly customer: string;
  readonly customer_account: null;
  readonly effective_at: number;
  readonly expires_at: number | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly priority: number;
  readonly test_clock: null;
  readonly updated: number;
  readonly voided_at: number | null;
};

/** What was taken from a grant. */
export type CreditDebit = {
  readonly id: string;
  readonly object: "billing.credit_balance_transaction";
  readonly created: number;
  readonly credit: null;
  readonly credit_grant: string;
  readonly debit: {
    readonly amount: CreditGrant["amount"];
    readonly credits_applied: null;
    readonly type: "credits_applied";
  };
  readonly effective_at: number;
  readonly livemode: false;
  readonly test_clock: null;
  readonly type: "debit";
};
