/** Refunds: money back to where it came from, in parts if need be. */
import { StripeError } from "../api/errors.ts";
import type { Charge } from "../objects/charge.ts";
import type { Refund } from "../objects/refund.ts";
import { NO_METADATA } from "../objects/shared.ts";
import type { Metadata } from "../objects/shared.ts";
import type { World } from "../world.ts";
import { businessDaysAfter } from "./business-days.ts";

const DEBIT_REFUND_DAYS = 3;

export type RefundOrder = {
  readonly amount?: number | undefined;
  readonly reason?: string | undefined;
  readonly metadata?: Metadata | undefined;
};

/** Refunds a charge, wholly unless an amount is given. Cards are refunded at once, debits after some days. */
export function refundCharge(world: World, charge: Charge, order: RefundOrder): Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = order.amount ?? left;
  refuseImpossible(charge, amount, left);
  const debit = charge.id.startsWith("py_");
  const refund = world.create(
    world.tables.refunds,
    {
      id: world.id(debit ? "pyr" : "re"),
      object: "refund" as const,
      amount,
      balance_transaction: world.id("txn"),
      charge: charge.id,
      created: world.now(),
      currency: charge.currency,
      customer: charge.customer,
      customer_account: null,
      destination_details: debit ? { type: "eu_bank_transfer" } : { card: { type: "refund" }, type: "card" },
      metadata: order.metadata ?? NO_METADATA,
      payment_intent: charge.payment_intent,
      payment_method: charge.payment_method,
      ...(debit ? { pending_reason: "processing" as const } : {}),
      reason: order.reason ?? null,
      receipt_number: null,
      source_transfer_reversal: null,
      status: debit ? ("pending" as const) : ("succeeded" as const),
      transfer_reversal: null,
    },
    "refund.created",
  );
  const amount_refunded = charge.amount_refunded + amount;
  const refunded = amount_refunded >= charge.amount_captured;
  const previous = { amount_refunded: charge.amount_refunded, ...(refunded ? { refunded: false } : {}) };
  const updated = world.update(world.tables.charges, charge, { amount_refunded, refunded });
  world.events.emit("charge.refunded", updated, previous);
  if (debit) world.agenda.set("refund", refund.id, businessDaysAfter(world.now(), DEBIT_REFUND_DAYS));
  return refund;
}

/** The refund arrived. */
export function completeRefund(world: World, refund: Refund): Refund {
  const { pending_reason: _over, ...rest } = refund;
  return replace(world, refund, { ...rest, status: "succeeded" });
}

/** The refund came back, up to a month later: the money is in our account again. */
export function failRefund(world: World, refund: Refund, reason: string): Refund {
  const { pending_reason: _over, ...rest } = refund;
  world.agenda.cancel("refund", refund.id);
  const failed = replace(world, refund, { ...rest, status: "failed", failure_reason: reason });
  world.events.emit("refund.failed", failed);
  return failed;
}

/** Stops a refund that has not left yet. */
export function cancelRefund(world: World, refund: Refund): Refund {
  if (refund.status !== "requires_action" && refund.status !== "pending") {
    throw StripeError.invalid("This refund cannot be canceled because it is not in a cancelable state.");
  }
  world.agenda.cancel("refund", refund.id);
  return replace(world, refund, { ...refund, status: "canceled" });
}

function replace(world: World, before: Refund, after: Refund): Refund {
  const updated = world.replace(world.tables.refunds, before, { next: after, eventType: "refund.updated" });
  world.events.emit("charge.refund.updated", updated, { status: before.status });
  return updated;
}

function refuseImpossible(charge: Charge, amount: number, left: number): void {
  if (charge.status !== "succeeded")
    throw StripeError.invalid(`Charge ${charge.id} has not succeeded and cannot be refunded.`, "charge");
  if (charge.disputed)
    throw StripeError.invalid(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      undefined,
      "charge_disputed",
    );
  if (left <= 0)
    throw StripeError.invalid(`Charge ${charge.id} has already been refunded.`, undefined, "charge_already_refunded");
  if (amount < 1) throw StripeError.invalid("Invalid positive integer", "amount", "parameter_invalid_integer");
  if (amount > left) {
    throw StripeError.invalid(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
      "amount",
    );
  }
}
