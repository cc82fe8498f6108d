/** Station billing: the status of a subscription, made more exact. */
import type { ObjectCopyOf } from "../model/stripe-object.ts";
import { attemptsOf, isPaid } from "./payments.ts";

/** Why Stripe says that a subscription is paused (`status_details.paused`), in our words. */
const pausedDetails: Readonly<Record<string, string>> = {
  pause_requested: "paused_by_choice",
  trial_end_without_payment_method: "paused_after_trial",
  first_payment_failure: "paused_after_failed_payment",
  final_payment_failure: "paused_after_failed_payment",
};

/**
 * Stripe calls a subscription active as soon as its first debit is submitted, and leaves it so when that debit fails
 * later (docs.stripe.com/billing/subscriptions/overview). The latest attempt to pay tells these apart.
 */
export function statusDetailOf(
  subscription: ObjectCopyOf<"subscription"> | null,
  charges: readonly ObjectCopyOf<"charge">[],
): string | null {
  if (!subscription) return null;
  const { status, pausedReason, collectionPaused } = subscription.facts;
  if (status === "paused") return pausedDetails[pausedReason ?? ""] ?? "paused";
  if (status !== "active") return status;
  return collectionPaused ? "active_collection_paused" : activeDetail(charges);
}

function activeDetail(charges: readonly ObjectCopyOf<"charge">[]): string {
  const attempts = attemptsOf(charges);
  switch (attempts.at(-1)?.facts.status) {
    case "pending":
      return attempts.some(isPaid) ? "active_payment_processing" : "active_first_payment_processing";
    case "succeeded":
      return "active_paid";
    case "failed":
      return "active_last_payment_failed";
    default:
      return "active";
  }
}
