/** One word more than Stripe's status. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ObjectCopyOf, SubscriptionFacts } from "../model/stripe-object.ts";
import { statusDetailOf } from "./status-detail.ts";

/** Charges of these statuses, oldest first. */
function charges(...statuses: readonly string[]): readonly ObjectCopyOf<"charge">[] {
  return statuses.map((status, index) => aCopy("charge", { status, createdS: index }, { id: `ch_${index}` }));
}

describe("the exact status", () => {
  it.each<[Partial<SubscriptionFacts>, readonly string[], string]>([
    [{}, [], "active"],
    [{}, ["succeeded"], "active_paid"],
    [{}, ["pending"], "active_first_payment_processing"],
    [{}, ["failed", "pending"], "active_first_payment_processing"],
    [{}, ["succeeded", "pending"], "active_payment_processing"],
    [{}, ["pending", "failed"], "active_last_payment_failed"],
    [{}, ["failed", "succeeded"], "active_paid"],
    [{ collectionPaused: true }, ["succeeded"], "active_collection_paused"],
    [{ status: "paused", pausedReason: "pause_requested" }, ["failed"], "paused_by_choice"],
    [{ status: "paused", pausedReason: "final_payment_failure" }, ["failed"], "paused_after_failed_payment"],
    [{ status: "paused", pausedReason: "first_payment_failure" }, [], "paused_after_failed_payment"],
    [{ status: "paused", pausedReason: "trial_end_without_payment_method" }, [], "paused_after_trial"],
    [{ status: "paused", pausedReason: "system" }, [], "paused"],
    [{ status: "paused" }, [], "paused"],
    [{ status: "past_due" }, ["failed"], "past_due"],
    [{ status: "trialing" }, [], "trialing"],
  ])("of %j with payments %j is %s", (facts, statuses, expected) => {
    expect(statusDetailOf(aCopy("subscription", facts), charges(...statuses))).toBe(expected);
  });

  it("of no subscription is none", () => {
    expect(statusDetailOf(null, charges("succeeded"))).toBeNull();
  });
});
