/** The end of a subscription. */
import type { CancellationDetails, Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";

/** Cancels for good, now. Open invoices are no longer collected automatically. */
export function endSubscription(
  world: World,
  subscription: Subscription,
  why: Partial<CancellationDetails>,
): Subscription {
  const now = world.now();
  for (const invoice of world.tables.invoices.find("subscription", subscription.id)) {
    if (invoice.status !== "draft" && invoice.status !== "open") continue;
    const patch = { auto_advance: false, next_payment_attempt: null, automatically_finalizes_at: null };
    world.update(world.tables.invoices, invoice, patch, "invoice.updated");
    world.agenda.cancel("invoice", invoice.id);
  }
  world.agenda.cancel("subscription", subscription.id);
  world.agenda.cancel("trial-notice", subscription.id);
  const ended = world.update(world.tables.subscriptions, subscription, {
    status: "canceled",
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
    cancellation_details: { ...subscription.cancellation_details, ...why },
  });
  world.events.emit("customer.subscription.deleted", ended);
  return ended;
}

/** The first payment never came: after 23 hours an incomplete subscription is gone and its invoice void. */
export function expireIncomplete(world: World, subscription: Subscription): void {
  const patch = { status: "incomplete_expired" as const, ended_at: world.now() };
  world.update(world.tables.subscriptions, subscription, patch, "customer.subscription.updated");
}
