/** Charges: one attempt to move money with one payment method. */
import type { PaymentMethod } from "../objects/payment.ts";
import type { Charge, PaymentIntent } from "../objects/charge.ts";
import { newCharge } from "../objects/charge.ts";
import type { World } from "../world.ts";
import { approvedOutcome, behaviourOf, messageOf, refusedOutcome } from "./bank.ts";
import type { Refusal } from "./bank.ts";
import { businessDaysAfter } from "./business-days.ts";

/** Business days until a SEPA debit counts as paid, and after which a bank's refusal arrives. */
const SEPA_SUCCESS_DAYS = 6;
const SEPA_REFUSAL_DAYS = 3;

/** Makes the charge of an attempt: succeeded, failed, or pending for debits. */
export function charge(
  world: World,
  intent: PaymentIntent,
  attempt: { readonly method: PaymentMethod; readonly status: Charge["status"]; readonly refusal?: Refusal },
): Charge {
  const { method, status, refusal } = attempt;
  const id = world.id(method.type === "card" ? "ch" : "py");
  return newCharge({
    id,
    created: world.now(),
    amount: intent.amount,
    currency: intent.currency,
    status,
    billing_details: method.billing_details,
    customer: intent.customer,
    description: intent.description,
    metadata: intent.metadata,
    outcome: refusal === undefined ? approvedOutcome(method) : refusedOutcome(refusal, method),
    ...(refusal === undefined ? {} : { failure_code: refusal.code, failure_message: messageOf(refusal) }),
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: detailsOf(world, intent, method),
    receipt_url: status === "succeeded" ? `https://pay.stripe.com/receipts/payment/${id}` : null,
  });
}

/** When the bank's answer to a debit submitted now will be known, and whether it will be a yes. */
export function settlementAt(world: World, methodId: string): number {
  const refused = behaviourOf(world, methodId).outcome === "decline";
  return businessDaysAfter(world.now(), refused ? SEPA_REFUSAL_DAYS : SEPA_SUCCESS_DAYS);
}

function detailsOf(world: World, intent: PaymentIntent, method: PaymentMethod): object {
  if (method.card !== undefined) {
    const {
      display_brand: _display,
      generated_from: _from,
      networks: _networks,
      three_d_secure_usage: _usage,
      ...card
    } = method.card;
    return {
      card: {
        amount_authorized: intent.amount,
        authorization_code: null,
        electronic_commerce_indicator: null,
        installments: null,
        mandate: null,
        network: card.brand,
        network_transaction_id: null,
        three_d_secure: null,
        transaction_link_id: null,
        ...card,
      },
      type: "card",
    };
  }
  const expected = new Date(businessDaysAfter(world.now(), 1) * 1000).toISOString().slice(0, 10);
  const mandate = behaviourOf(world, method.id).mandate;
  const { generated_from: _from, ...debit } = method.sepa_debit ?? { generated_from: null };
  return { sepa_debit: { ...debit, expected_debit_date: expected, mandate }, type: "sepa_debit" };
}
