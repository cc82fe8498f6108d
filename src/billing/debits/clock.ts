/** Station billing: what a debit means at a given instant. */
import { dayNumberOf, dayS } from "../../lib/day.ts";
import type { Debit } from "../../model/payment-trouble.ts";
import { addBusinessDays } from "./business-days.ts";
import { expectedAt, submissionDay } from "./expected.ts";
import { timingOf } from "./methods.ts";

/**
 * - submitted: made, but its bank day has not begun
 * - pending: with the banks
 * - overdue: should count as paid for more than a business day; Stripe's news is missing
 * - settled, final: paid; final when the payer can no longer take it back without a reason
 */
export type DebitPhase = "submitted" | "pending" | "overdue" | "settled" | "final" | "returned" | "disputed";

/** Where a debit stands at this instant (unix seconds). Nothing may be held against a customer before `returned` or `disputed`. */
export function debitPhase(debit: Debit, nowS: number): DebitPhase {
  if (debit.state === "pending") return pendingPhase(debit, nowS);
  return debit.state === "settled" && isFinal(debit, nowS) ? "final" : debit.state;
}

function pendingPhase({ method, submittedAtS, expectedAtS }: Debit, nowS: number): DebitPhase {
  const timing = timingOf(method);
  if (!timing || expectedAtS === null) return "pending";
  if (nowS < submissionDay(timing, submittedAtS) * dayS) return "submitted";
  const patienceS = (addBusinessDays(timing.calendar, dayNumberOf(expectedAtS), 1) - dayNumberOf(expectedAtS)) * dayS;
  return nowS > expectedAtS + patienceS ? "overdue" : "pending";
}

/** The time to dispute counts from the day on which the account was debited, at the latest the one when it counts as paid. */
function isFinal({ method, submittedAtS }: Debit, nowS: number): boolean {
  const timing = timingOf(method);
  if (!timing || timing.disputeDays === null) return false;
  return dayNumberOf(nowS) > dayNumberOf(expectedAt(timing, submittedAtS, true)) + timing.disputeDays;
}
