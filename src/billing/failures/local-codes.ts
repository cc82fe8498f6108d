/**
 * Station billing: what refusals of wallets and of local methods of payment mean, as data.
 * Source: docs.stripe.com/declines/codes (local payment methods), docs.stripe.com/declines/network-codes (Cash App Pay).
 * Codes that they share with cards stand in card-codes.ts.
 */
import type { Meaning } from "./card-codes.ts";

const refused: Meaning = ["soft", "payment_refused"];
const final: Meaning = ["hard", "payment_refused"];
const permission: Meaning = ["mandate_revoked", "permission_missing"];
const limit: Meaning = ["soft", "limit_exceeded"];

/** By Stripe's decline code. Whoever is thought a risk is told no more than that the payment was declined. */
export const localCodes: Readonly<Record<string, Meaning>> = {
  compliance_violation: final,
  currency_not_supported: final,
  duplicate_transaction: final,
  expired_payment_information: permission,
  invalid_authorization: permission,
  invalid_billing_agreement: permission,
  invalid_business_account: final,
  invalid_customer_account: final,
  invalid_payment_information: permission,
  limit_exceeded: limit,
  partner_duplicate_transaction: final,
  partner_expired_card: ["needs_new_details", "card_expired"],
  partner_generic_decline: refused,
  partner_high_risk_customer: final,
  partner_insufficient_funds: ["insufficient_funds", "insufficient_funds"],
  partner_invalid_amount: limit,
  partner_invalid_currency: final,
  partner_payment_not_found: final,
  partner_processing_error: ["soft", "try_later"],
  payment_declined: refused,
  payment_declined_risk: final,
  payment_disputed: ["disputed", "taken_back"],
  payment_limit_exceeded: limit,
  recurring_not_supported_by_bank: final,
};

/** What is said of a refusal that says nothing. */
export const plainRefusal: Meaning = refused;
