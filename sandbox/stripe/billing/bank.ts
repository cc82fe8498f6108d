/** The banks behind the payment methods: what they answer, and how Stripe words a refusal. */
import type { Behaviour, PaymentMethod } from "../objects/payment.ts";
import type { Outcome, PaymentError } from "../objects/charge.ts";
import type { World } from "../world.ts";

/** Raw SEPA codes and Stripe's words for them (docs.stripe.com/declines/network-codes). */
const SEPA_CODES: Readonly<Record<string, string>> = {
  AC01: "invalid_account_number",
  AC04: "account_closed",
  AC13: "generic_could_not_process",
  AG02: "generic_could_not_process",
  AM04: "insufficient_funds",
  AM05: "generic_could_not_process",
  BE05: "debit_authorization_not_match",
  CNOR: "generic_could_not_process",
  DN05: "generic_could_not_process",
  DNOR: "generic_could_not_process",
  FF01: "generic_could_not_process",
  MD01: "debit_not_authorized",
  MD02: "debit_authorization_not_match",
  MD06: "debit_disputed",
  MD07: "recipient_deceased",
  MS03: "refer_to_customer",
  RC01: "branch_does_not_exist",
  RR01: "incorrect_account_holder_name",
  RR02: "incorrect_account_holder_name",
  RR03: "incorrect_account_holder_name",
  SL01: "refer_to_customer",
};

/** Declines that are never really tried again with the same card (docs.stripe.com: smart retries). */
const HARD_DECLINES = new Set([
  "incorrect_number",
  "lost_card",
  "pickup_card",
  "stolen_card",
  "revocation_of_authorization",
  "revocation_of_all_authorizations",
  "authentication_required",
  "highest_risk_level",
  "transaction_not_allowed",
]);

/** A revoked or wrong mandate is only learnt from a failed debit, and then it is inactive. */
const MANDATE_CODES = new Set([
  "debit_not_authorized",
  "debit_authorization_not_match",
  "account_closed",
  "debit_disputed",
]);

/** Card codes that stand in `code` themselves instead of as a `decline_code` of `card_declined`. */
const CARD_ERROR_CODES = new Set([
  "expired_card",
  "incorrect_cvc",
  "incorrect_number",
  "processing_error",
  "authentication_required",
]);

/** What the bank behind this payment method answers; good money unless said otherwise. */
export function behaviourOf(world: World, paymentMethodId: string): Behaviour {
  return (
    world.tables.behaviours.get(paymentMethodId) ?? {
      id: paymentMethodId,
      outcome: "succeed",
      code: null,
      networkCode: null,
      mandate: null,
    }
  );
}

/** Makes the bank answer differently from now on; unmentioned things stay. */
export function setBehaviour(world: World, paymentMethodId: string, change: Partial<Omit<Behaviour, "id">>): Behaviour {
  return world.tables.behaviours.put({ ...behaviourOf(world, paymentMethodId), ...change });
}

/** Whether an automatic attempt with the same method would be made only on paper. */
export function isHardDecline(code: string | null): boolean {
  return code !== null && HARD_DECLINES.has(code);
}

/** Whether this code means that the mandate is gone. */
export function endsMandate(code: string): boolean {
  return MANDATE_CODES.has(code);
}

/** Stripe's word for a raw SEPA code. */
export function sepaCode(networkCode: string): string {
  return SEPA_CODES[networkCode] ?? "generic_could_not_process";
}

export type Refusal = {
  readonly code: string;
  readonly declineCode: string | null;
  readonly networkCode: string | null;
};

/** How a refusal is coded: cards say `card_declined` plus a decline code, debits say the code itself. */
export function refusalOf(method: PaymentMethod, behaviour: Behaviour): Refusal {
  if (method.type === "sepa_debit") {
    const networkCode = behaviour.networkCode ?? "AM04";
    return { code: sepaCode(networkCode), declineCode: null, networkCode };
  }
  const declineCode = behaviour.code ?? "generic_decline";
  const code = CARD_ERROR_CODES.has(declineCode) ? declineCode : "card_declined";
  return { code, declineCode, networkCode: behaviour.networkCode };
}

/** The error that a payment intent keeps after a refusal. */
export function paymentError(refusal: Refusal, method: PaymentMethod, chargeId: string): PaymentError {
  return {
    ...(method.type === "card" ? { advice_code: adviceOf(refusal) } : {}),
    charge: chargeId,
    code: refusal.code,
    ...(refusal.declineCode === null ? {} : { decline_code: refusal.declineCode }),
    doc_url: `https://docs.stripe.com/error-codes/${refusal.code.replaceAll("_", "-")}`,
    message: messageOf(refusal),
    ...(refusal.networkCode === null ? {} : { network_decline_code: refusal.networkCode }),
    payment_method: method,
    type: method.type === "card" ? "card_error" : "invalid_request_error",
  };
}

/** How a charge describes a refusal. */
export function refusedOutcome(refusal: Refusal, method: PaymentMethod): Outcome {
  return {
    advice_code: method.type === "card" ? adviceOf(refusal) : null,
    network_advice_code: null,
    network_decline_code: refusal.networkCode,
    network_status: "declined_by_network",
    reason: refusal.declineCode ?? refusal.code,
    ...(method.type === "card" ? { risk_level: "normal", risk_score: 24 } : {}),
    seller_message: "The bank did not return any further details with this decline.",
    type: "issuer_declined",
  };
}

/** How a charge describes consent. */
export function approvedOutcome(method: PaymentMethod): Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: "approved_by_network",
    reason: null,
    ...(method.type === "card" ? { risk_level: "normal", risk_score: 12 } : { risk_level: "not_assessed" }),
    seller_message: "Payment complete.",
    type: "authorized",
  };
}

/** A sentence for people, in the tone of Stripe's. */
export function messageOf(refusal: Refusal): string {
  if (refusal.declineCode === "insufficient_funds") return "Your card has insufficient funds.";
  if (refusal.code === "expired_card") return "Your card has expired.";
  if (refusal.code === "card_declined") return "Your card was declined.";
  return "The customer's bank could not process this payment.";
}

function adviceOf(refusal: Refusal): string {
  if (isHardDecline(refusal.declineCode)) return "do_not_try_again";
  return refusal.code === "expired_card" ? "confirm_card_data" : "try_again_later";
}
