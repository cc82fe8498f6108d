/** What time does to a subscription: renewals, ends of trials, planned cancellations. */
import type { Invoice } from "../objects/invoice.ts";
import { itemList } from "../objects/subscription.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { methodFor } from "./collecting.ts";
import { endSubscription, expireIncomplete } from "./ending.ts";
import { draftInvoice, finaliseLater, markUncollectible, voidInvoice, finalise } from "./invoicing.ts";
import { itemLine } from "./lines.ts";
import type { LineDraft } from "./lines.ts";
import { scheduleNext } from "./opening.ts";
import { periodFrom } from "./periods.ts";
import { nextPeriodEnd } from "./standing.ts";

/** Does what is due for a subscription now and makes its next appointment. */
export function passTime(world: World, subscriptionId: string): void {
  const subscription = world.tables.subscriptions.get(subscriptionId);
  if (subscription === undefined) return;
  step(world, subscription);
  const now = world.tables.subscriptions.get(subscriptionId);
  if (now !== undefined) scheduleNext(world, now);
}

/** The notice before a trial ends. */
export function announceTrialEnd(world: World, subscriptionId: string): void {
  const subscription = world.tables.subscriptions.get(subscriptionId);
  if (subscription?.status === "trialing") world.events.emit("customer.subscription.trial_will_end", subscription);
}

/** Ends a trial now and begins the first paid period. */
export function endTrial(world: World, subscription: Subscription): void {
  const { missing_payment_method: missing } = subscription.trial_settings.end_behavior;
  if (missing !== "create_invoice" && !hasMethod(world, subscription)) {
    if (missing === "cancel") endSubscription(world, subscription, { reason: "payment_failed" });
    else pause(world, subscription);
    return;
  }
  const now = world.now();
  const ended = { ...subscription, trial_end: now, billing_cycle_anchor: now, status: "active" as const };
  startPeriods(world, { before: subscription, after: ended, due: subscription.items.data });
}

/** Begins a new period now, before the old one is over, as a change of the billing cycle does. */
export function renewEarly(world: World, subscription: Subscription): Invoice {
  const reset = { ...subscription, billing_cycle_anchor: world.now() };
  const invoice = startPeriods(world, { before: subscription, after: reset, due: subscription.items.data });
  const renewed = world.tables.subscriptions.get(subscription.id);
  if (renewed !== undefined) scheduleNext(world, renewed);
  return invoice;
}

/** A subscription that was paused begins again now. */
export function resume(world: World, subscription: Subscription): Subscription {
  const { status_details: _over, ...rest } = subscription;
  const resumed = { ...rest, status: "active" as const, billing_cycle_anchor: world.now() };
  const invoice = startPeriods(world, { before: subscription, after: resumed, due: subscription.items.data });
  finalise(world, world.tables.invoices.get(invoice.id) ?? invoice);
  const now = world.tables.subscriptions.get(subscription.id) ?? resumed;
  world.events.emit("customer.subscription.resumed", now);
  scheduleNext(world, now);
  return now;
}

/** Pauses: no invoices until it is resumed. */
export function pause(
  world: World,
  subscription: Subscription,
  why: "trial_end_without_payment_method" | "pause_requested" = "trial_end_without_payment_method",
): Subscription {
  const status_details = {
    paused: { subscription: { type: why }, transitioned_at: world.now(), type: "subscription" as const },
  };
  const paused = world.update(world.tables.subscriptions, subscription, { status: "paused", status_details });
  world.events.emit("customer.subscription.paused", paused);
  scheduleNext(world, paused);
  return paused;
}

function step(world: World, subscription: Subscription): void {
  const now = world.now();
  const { status, cancel_at: cancelAt } = subscription;
  if (status === "canceled" || status === "incomplete_expired") return;
  if (cancelAt !== null && cancelAt <= now) {
    endSubscription(world, subscription, {});
  } else if (status === "incomplete") {
    expire(world, subscription);
  } else if (status === "trialing") {
    if ((subscription.trial_end ?? Infinity) <= now) endTrial(world, subscription);
  } else if (status !== "paused" && nextPeriodEnd(subscription) <= now) {
    renew(world, endPauseOfCollection(world, subscription), now);
  }
}

/** `pause_collection` may have an end; it is noticed when the next invoice is due. */
function endPauseOfCollection(world: World, subscription: Subscription): Subscription {
  const { pause_collection: paused } = subscription;
  if (paused === null || paused.resumes_at === null || paused.resumes_at > world.now()) return subscription;
  return world.update(
    world.tables.subscriptions,
    subscription,
    { pause_collection: null },
    "customer.subscription.updated",
  );
}

function renew(world: World, subscription: Subscription, now: number): void {
  const due = subscription.items.data.filter((item) => item.current_period_end <= now);
  startPeriods(world, { before: subscription, after: subscription, due });
}

type Turn = {
  readonly before: Subscription;
  /** The subscription with what changes besides its items. */
  readonly after: Subscription;
  /** The items whose next period begins. */
  readonly due: readonly SubscriptionItem[];
};

/** Moves the due items on, bills the new period and the usage of the old one, and tells of both. */
function startPeriods(world: World, { before, after, due }: Turn): Invoice {
  const items = before.items.data.map((item) => (due.includes(item) ? nextPeriod(world, after, item) : item));
  const moved: Subscription = { ...after, items: itemList(before.id, items) };
  const lines = due.flatMap((item) => {
    const next = items.find((candidate) => candidate.id === item.id);
    return next === undefined ? [] : periodLines(world, moved, { old: item, next });
  });
  const oldest = due[0] ?? before.items.data[0];
  const period = {
    start: oldest?.current_period_start ?? 0,
    end: Math.min(world.now(), oldest?.current_period_end ?? 0),
  };
  const customer = world.tables.customers.get(before.customer);
  if (customer === undefined) throw new Error(`Subscription ${before.id} has no customer.`);
  const unpaid = moved.status === "unpaid";
  const extra = unpaid ? { auto_advance: false } : {};
  const draft = draftInvoice(world, {
    customer,
    subscription: moved,
    reason: "subscription_cycle",
    lines,
    period,
    extra,
  });
  const next = { ...moved, latest_invoice: draft.id };
  world.replace(world.tables.subscriptions, before, { next, eventType: "customer.subscription.updated" });
  return unpaid ? draft : advance(world, moved, draft);
}

/** `pause_collection` decides otherwise than collecting. */
function advance(world: World, subscription: Subscription, draft: Invoice): Invoice {
  switch (subscription.pause_collection?.behavior) {
    case "keep_as_draft":
      return world.update(world.tables.invoices, draft, { auto_advance: false }, "invoice.updated");
    case "mark_uncollectible":
      return markUncollectible(world, finalise(world, draft), "subscription_paused");
    case "void":
      return voidInvoice(world, finalise(world, draft));
    case undefined:
      return finaliseLater(world, draft);
  }
}

function nextPeriod(world: World, subscription: Subscription, item: SubscriptionItem): SubscriptionItem {
  const start = Math.min(item.current_period_end, world.now());
  const every = item.price.recurring ?? { interval: "month" as const, interval_count: 1 };
  const period = periodFrom(start, every, subscription.billing_cycle_anchor);
  return { ...item, current_period_start: period.start, current_period_end: period.end };
}

function periodLines(
  world: World,
  subscription: Subscription,
  { old, next }: { readonly old: SubscriptionItem; readonly next: SubscriptionItem },
): readonly LineDraft[] {
  const metered = old.price.recurring?.usage_type === "metered";
  const billed = metered ? old : next;
  const end = metered ? Math.min(old.current_period_end, world.now()) : next.current_period_end;
  return [itemLine(world, subscription, billed, { start: billed.current_period_start, end })];
}

function expire(world: World, subscription: Subscription): void {
  const invoice = world.tables.invoices.get(subscription.latest_invoice ?? "");
  if (invoice?.status === "open") voidInvoice(world, invoice);
  expireIncomplete(world, subscription);
}

function hasMethod(world: World, subscription: Subscription): boolean {
  const customer = world.tables.customers.get(subscription.customer);
  const latest = world.tables.invoices.get(subscription.latest_invoice ?? "");
  if (latest !== undefined && methodFor(world, latest) !== undefined) return true;
  return (subscription.default_payment_method ?? customer?.invoice_settings.default_payment_method ?? null) !== null;
}
