/** Facts that only ever move one way, as numbers that only ever grow. */
import type { ObjectCopy } from "../model/stripe-object.ts";

const chargeSteps = ["pending", "failed", "succeeded"];
const invoiceSteps = ["draft", "open", "uncollectible", "paid", "void"];
const refundSteps = ["pending", "requires_action", "succeeded", "failed", "canceled"];

/** How far an object has come; compare two copies of the same object number by number. */
export function progressOf(copy: ObjectCopy): readonly number[] {
  switch (copy.kind) {
    case "subscription":
      return [subscriptionStep(copy.facts.status), copy.facts.endedAtS === null ? 0 : 1];
    case "invoice":
      return [stepOf(invoiceSteps, copy.facts.status), copy.facts.attemptCount, copy.facts.amountPaidMinor];
    case "charge":
      return [
        stepOf(chargeSteps, copy.facts.status),
        copy.facts.capturedMinor,
        copy.facts.refundedMinor,
        copy.facts.disputed ? 1 : 0,
      ];
    case "payment_intent":
      return [["succeeded", "canceled"].includes(copy.facts.status) ? 1 : 0];
    case "refund":
      return [stepOf(refundSteps, copy.facts.status)];
    case "dispute":
      return [["won", "lost", "warning_closed", "prevented"].includes(copy.facts.status) ? 1 : 0];
    case "coupon":
    case "credit_balance":
    case "customer":
    case "entitlements":
    case "mandate":
    case "payment_method":
    case "price":
    case "product":
    case "usage":
      return [];
  }
}

/** `incomplete` is always the first status; `canceled` and `incomplete_expired` are never left. */
function subscriptionStep(status: string): number {
  if (status === "incomplete") return 0;
  return status === "canceled" || status === "incomplete_expired" ? 2 : 1;
}

function stepOf(steps: readonly string[], status: string | null): number {
  return status === null ? -1 : steps.indexOf(status);
}
