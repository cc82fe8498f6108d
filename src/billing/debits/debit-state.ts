/**
 * Station billing: where a bank debit stands, as a state machine.
 *
 * | state    | what Stripe shows                                                              |
 * | ---      | ---                                                                            |
 * | pending  | the charge is pending: the banks have not answered                             |
 * | settled  | the charge succeeded, and no dispute holds its money                           |
 * | returned | the charge failed; or it succeeded and a dispute with a bank's reason followed |
 * | disputed | it succeeded, and the payer had the money taken back                           |
 *
 * A bank's refusal after "paid" is delivered as a dispute (docs.stripe.com/payments/sepa-debit). Time alone moves nothing
 * here: the date that passes is `expectedAtS`, see clock.ts.
 */
import type { DebitState } from "../../model/payment-trouble.ts";
import type { ChargeFacts, DisputeFacts } from "../../model/stripe-object.ts";
import { isLateReturn } from "../failures/classify.ts";

/** Where a debit may go next. A dispute that is won or withdrawn gives the money back. */
export const debitMoves: Readonly<Record<DebitState, readonly DebitState[]>> = {
  pending: ["settled", "returned"],
  settled: ["returned", "disputed"],
  returned: ["settled"],
  disputed: ["settled"],
};

/** While a dispute is in one of these states its money is gone; `warning_*` and `prevented` moved none. */
const withdrawnStatuses = new Set(["needs_response", "under_review", "lost"]);

/** The dispute that holds a charge's money; of several the latest. */
export function holdingDispute<D extends { readonly id: string; readonly facts: DisputeFacts }>(
  disputes: readonly D[],
): D | undefined {
  return disputes
    .filter(({ facts }) => withdrawnStatuses.has(facts.status))
    .toSorted((a, b) => a.facts.createdS - b.facts.createdS || (a.id < b.id ? -1 : 1))
    .at(-1);
}

/** The state of a debit, from its charge and the dispute that holds its money. */
export function debitState(charge: Pick<ChargeFacts, "status">, dispute: DisputeFacts | undefined): DebitState {
  if (charge.status === "pending") return "pending";
  if (charge.status !== "succeeded") return "returned";
  if (!dispute) return "settled";
  return isLateReturn(dispute.reason ?? null) ? "returned" : "disputed";
}
