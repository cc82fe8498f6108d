/** What must be told of a history of the small Stripe, from its objects alone. */
import type { Json } from "./stripe-json.ts";
import type { History, World } from "./stripe-model.ts";

const running = new Set<unknown>(["trialing", "active", "past_due", "unpaid", "paused"]);

/** What must have been told by the time that the world looked like this, from Stripe's objects alone. */
function dueIn(world: World): readonly string[] {
  return [...world].flatMap(([id, { kind, object, deleted }]) => (deleted ? [] : dueOf(kind, id, object)));
}

function dueOf(kind: string, id: string, object: Json): readonly string[] {
  const { status, customer } = object;
  const keys: readonly (readonly [boolean, string])[] = [
    [kind === "charge" && status === "succeeded", `payment_succeeded:${id}`],
    [kind === "charge" && status === "succeeded", `first_payment:${String(customer)}`],
    [kind === "charge" && status === "failed", `payment_failed:${id}`],
    [kind === "refund" && status === "succeeded", `payment_refunded:${id}`],
    [kind === "refund" && status === "failed", `refund_failed:${id}`],
    [kind === "dispute", `dispute_opened:${id}`],
    [kind === "dispute" && status === "won", `dispute_won:${id}`],
    [kind === "dispute" && status === "lost", `dispute_lost:${id}`],
    [kind === "invoice" && status === "paid", `invoice_paid:${id}`],
    [kind === "subscription" && running.has(status), `subscription_started:${id}`],
    [kind === "subscription" && status === "trialing", `trial_started:${id}`],
    [kind === "subscription" && status === "canceled", `subscription_ended:${id}`],
  ];
  return keys.filter(([isDue]) => isDue).map(([, key]) => key);
}

/** The keys of every moment that must be told of this history, whatever happens to its events. */
export function promised({ worlds }: History): readonly string[] {
  return [...new Set(worlds.flatMap(dueIn))].toSorted();
}
