/** Disputes: the customer's bank takes the money back, at once for debits, with a chance to answer for cards. */
import { StripeError } from "../api/errors.ts";
import type { Charge } from "../objects/charge.ts";
import type { Dispute } from "../objects/refund.ts";
import { NO_METADATA } from "../objects/shared.ts";
import type { World } from "../world.ts";

const DAY_S = 86_400;
const ANSWER_DAYS = 14;
const DISPUTE_FEE = 2000;

/** Opens a dispute over a charge. A debit's dispute is lost from the start: there is no appeal. */
export function openDispute(world: World, charge: Charge, reason: string): Dispute {
  const debit = charge.id.startsWith("py_");
  const due = world.now() + ANSWER_DAYS * DAY_S;
  const dispute = world.create(
    world.tables.disputes,
    {
      id: world.id(debit ? "pdp" : "dp"),
      object: "dispute" as const,
      amount: charge.amount,
      balance_transactions: [withdrawal(world, charge)],
      charge: charge.id,
      created: world.now(),
      currency: charge.currency,
      enhanced_eligibility_types: [],
      evidence: {},
      evidence_details: {
        due_by: debit ? null : due,
        enhanced_eligibility: {},
        has_evidence: false,
        past_due: false,
        submission_count: 0,
        submission_method: null,
      },
      intended_submission_method: null,
      is_charge_refundable: false,
      livemode: false as const,
      metadata: NO_METADATA,
      payment_intent: charge.payment_intent,
      payment_method_details: debit
        ? { type: "sepa_debit" }
        : { card: { brand: "visa", case_type: "chargeback", network_reason_code: "10.4" }, type: "card" },
      reason,
      status: debit ? ("lost" as const) : ("needs_response" as const),
    },
    "charge.dispute.created",
  );
  world.update(world.tables.charges, charge, { disputed: true }, "charge.updated");
  world.events.emit("charge.dispute.funds_withdrawn", dispute);
  if (debit) world.events.emit("charge.dispute.closed", dispute);
  else world.agenda.set("dispute", dispute.id, due);
  return dispute;
}

/** Tells of an early fraud warning over a card payment. It names the charge and no customer. */
export function warnOfFraud(world: World, charge: Charge, fraudType: string): object {
  if (charge.id.startsWith("py_")) throw StripeError.invalid("Only card networks send early fraud warnings.");
  const warning = {
    id: world.id("issfr"),
    object: "radar.early_fraud_warning",
    actionable: true,
    charge: charge.id,
    created: world.now(),
    fraud_type: fraudType,
    livemode: false,
    payment_intent: charge.payment_intent,
  };
  world.events.emit("radar.early_fraud_warning.created", warning);
  return warning;
}

/** Ends a dispute. When it is won the money comes back. */
export function closeDispute(world: World, dispute: Dispute, result: "won" | "lost"): Dispute {
  world.agenda.cancel("dispute", dispute.id);
  const closed = world.update(world.tables.disputes, dispute, { status: result });
  world.events.emit("charge.dispute.closed", closed, { status: dispute.status });
  if (result === "won") world.events.emit("charge.dispute.funds_reinstated", closed);
  return closed;
}

function withdrawal(world: World, charge: Charge): object {
  return {
    id: world.id("txn"),
    object: "balance_transaction",
    amount: -charge.amount,
    available_on: world.now(),
    created: world.now(),
    currency: charge.currency,
    description: `Chargeback withdrawal for ${charge.id}`,
    exchange_rate: null,
    fee: DISPUTE_FEE,
    net: -charge.amount - DISPUTE_FEE,
    reporting_category: "dispute",
    source: charge.id,
    status: "available",
    type: "adjustment",
  };
}
