/** How a subscription stands with its payments: what paid and unpaid invoices do to its status. */
import type { Invoice } from "../objects/invoice.ts";
import { subscriptionOf } from "../objects/invoice.ts";
import type { Subscription, SubscriptionStatus } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { endSubscription } from "./ending.ts";

/** From which states a paid (or accepted) latest invoice leads back to `active`. */
const CURABLE: ReadonlySet<SubscriptionStatus> = new Set(["incomplete", "past_due", "unpaid"]);

/** Paid, or a debit was accepted: the subscription is in good standing again. */
export function afterPayment(world: World, invoice: Invoice): void {
  const subscription = subscriptionFor(world, invoice);
  if (subscription !== undefined && CURABLE.has(subscription.status) && isLatest(world, subscription, invoice)) {
    const status = "active";
    world.update(world.tables.subscriptions, subscription, { status }, "customer.subscription.updated");
    world.agenda.set("subscription", subscription.id, nextPeriodEnd(subscription));
  }
  setDelinquent(world, invoice.customer, false);
}

/** An attempt failed: a running subscription falls behind; one that never began stays incomplete. */
export function afterFailure(world: World, invoice: Invoice): void {
  const subscription = subscriptionFor(world, invoice);
  if (subscription === undefined) return;
  const running = subscription.status === "active" || subscription.status === "trialing";
  if (running && isLatest(world, subscription, invoice)) {
    world.update(world.tables.subscriptions, subscription, { status: "past_due" }, "customer.subscription.updated");
  }
  if (subscription.status !== "incomplete") setDelinquent(world, invoice.customer, true);
}

/** The automatic attempts are used up: what the account has decided happens. */
export function afterLastAttempt(world: World, invoice: Invoice): void {
  const subscription = subscriptionFor(world, invoice);
  if (subscription === undefined || subscription.status !== "past_due") return;
  switch (world.settings.afterRetries) {
    case "cancel":
      endSubscription(world, subscription, { reason: "payment_failed" });
      return;
    case "unpaid":
      world.update(world.tables.subscriptions, subscription, { status: "unpaid" }, "customer.subscription.updated");
      return;
    case "past_due":
      return;
  }
}

/** When the next period of any of its items ends. */
export function nextPeriodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

/** What counts is the latest invoice that asks for money: drafts do not yet, void ones do not any more. */
function isLatest(world: World, subscription: Subscription, invoice: Invoice): boolean {
  const asking = world.tables.invoices
    .find("subscription", subscription.id)
    .findLast(({ status }) => status !== "draft" && status !== "void");
  return asking?.id === invoice.id;
}

function subscriptionFor(world: World, invoice: Invoice): Subscription | undefined {
  return world.tables.subscriptions.get(subscriptionOf(invoice) ?? "");
}

function setDelinquent(world: World, customerId: string, delinquent: boolean): void {
  const customer = world.tables.customers.get(customerId);
  if (customer !== undefined) world.update(world.tables.customers, customer, { delinquent }, "customer.updated");
}
