/** Station links: which of the reasons to say nothing about a saving a customer is told, and how. */

/** What a customer is told; the receipt's own reasons speak to the operator. */
export type RefusalCode =
  | "no_subscription"
  | "several_subscriptions"
  | "subscription_ends"
  | "planned"
  | "renewing"
  | "usage"
  | "unsure";

const told: Readonly<Record<string, RefusalCode>> = {
  no_subscription: "no_subscription",
  several_subscriptions: "several_subscriptions",
  subscription_ends: "subscription_ends",
  scheduled: "planned",
  collection_paused: "planned",
  copy_outdated: "renewing",
  usage_unknown: "usage",
  usage_not_settled: "usage",
  usage_too_early: "usage",
  usage_no_period: "usage",
  usage_short_period: "usage",
};

/** What a customer is told for a receipt's reason; everything about prices and documents is simply not sure. */
export function savingRefusal(code: string): RefusalCode {
  return Object.hasOwn(told, code) ? (told[code] ?? "unsure") : "unsure";
}
