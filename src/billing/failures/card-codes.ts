/**
 * Station billing: what the codes of refused cards mean, as data.
 * Sources: docs.stripe.com/declines/codes (issuer decline codes), docs.stripe.com/billing/revenue-recovery/smart-retries
 * (codes that are never tried again), docs.stripe.com/declines/network-codes (ISO 8583 response codes).
 */
import type { FailureClass } from "../../model/payment-trouble.ts";
import type { FailureReason } from "./reasons.ts";

export type Meaning = readonly [FailureClass, FailureReason];

/** Whoever holds the card may be the wrong person to tell: Stripe asks to show these as a plain decline. */
export const hiddenCardCodes: ReadonlySet<string> = new Set([
  "fraudulent",
  "lost_card",
  "stolen_card",
  "pickup_card",
  "merchant_blacklist",
  "highest_risk_level",
  "elevated_risk_level",
  "rule",
  "security_violation",
]);

const soft: Meaning = ["soft", "declined"];
const later: Meaning = ["soft", "try_later"];
const limit: Meaning = ["soft", "limit_exceeded"];
const hard: Meaning = ["hard", "declined"];
const unsupported: Meaning = ["hard", "not_supported"];
const stopped: Meaning = ["hard", "stopped_by_payer"];
const confirm: Meaning = ["needs_authentication", "authentication"];
const details: Meaning = ["needs_new_details", "card_details"];
const number: Meaning = ["needs_new_details", "card_number"];
const expired: Meaning = ["needs_new_details", "card_expired"];
const funds: Meaning = ["insufficient_funds", "insufficient_funds"];

/** By the decline code, which a charge carries as `outcome.reason`, or by `failure_code`. */
export const cardCodes: Readonly<Record<string, Meaning>> = {
  approve_with_id: later,
  authentication_not_handled: confirm,
  authentication_required: confirm,
  call_issuer: soft,
  card_decline_rate_limit_exceeded: later,
  card_declined: soft,
  card_not_supported: unsupported,
  card_velocity_exceeded: limit,
  currency_not_supported: unsupported,
  do_not_honor: soft,
  do_not_try_again: hard,
  duplicate_transaction: hard,
  elevated_risk_level: hard,
  expired_card: expired,
  fraudulent: hard,
  generic_decline: soft,
  highest_risk_level: hard,
  incorrect_address: details,
  incorrect_cvc: details,
  incorrect_number: number,
  incorrect_pin: details,
  incorrect_zip: details,
  insufficient_funds: funds,
  invalid_account: number,
  invalid_amount: limit,
  invalid_cvc: details,
  invalid_expiry_month: details,
  invalid_expiry_year: details,
  invalid_number: number,
  invalid_pin: details,
  issuer_not_available: later,
  lost_card: hard,
  merchant_blacklist: hard,
  mobile_device_authentication_required: confirm,
  new_account_information_available: details,
  no_action_taken: soft,
  not_permitted: soft,
  offline_pin_required: confirm,
  online_or_offline_pin_required: confirm,
  pickup_card: hard,
  pin_try_exceeded: hard,
  processing_error: later,
  reenter_transaction: later,
  restricted_card: hard,
  revocation_of_all_authorizations: stopped,
  revocation_of_authorization: stopped,
  rule: hard,
  security_violation: hard,
  service_not_allowed: unsupported,
  stolen_card: hard,
  stop_payment_order: stopped,
  testmode_decline: hard,
  transaction_not_allowed: unsupported,
  try_again_later: later,
  withdrawal_count_limit_exceeded: limit,
};

/** Codes that say no more than "no"; the network's own code may say more. */
export const vagueCardCodes: ReadonlySet<string> = new Set([
  "card_declined",
  "generic_decline",
  "do_not_honor",
  "no_action_taken",
]);

/** By the card network's response code; asked only when Stripe's own code is vague. */
export const cardNetworkCodes: Readonly<Record<string, Meaning>> = {
  "14": number,
  "51": funds,
  "54": expired,
  "61": limit,
  "65": limit,
  "91": later,
};

/** Stripe's advice about a refused card (`outcome.advice_code`), for codes that say no more than "no". */
export const adviceMeanings: Readonly<Record<string, Meaning>> = {
  confirm_card_data: details,
  do_not_try_again: hard,
};
