/** Station billing: which subscription speaks for a customer, and what it says. */
import { Decimal } from "decimal.js";
import { decimalsOf } from "../model/money.ts";
import type { Plan, SubscriptionState } from "../model/profile.ts";
import type { ObjectCopyOf, SubscriptionItemFacts } from "../model/stripe-object.ts";

type Subscription = ObjectCopyOf<"subscription">;

/** Who speaks first when there are several; ended ones speak last. */
const statusOrder = [
  "active",
  "trialing",
  "past_due",
  "unpaid",
  "paused",
  "incomplete",
  "canceled",
  "incomplete_expired",
];

const endedStatuses = new Set(["canceled", "incomplete_expired"]);

/** The subscription in the best standing; of equals the newest. */
export function primarySubscription(subscriptions: readonly Subscription[]): Subscription | null {
  return subscriptions.toSorted(byStanding)[0] ?? null;
}

function byStanding(a: Subscription, b: Subscription): number {
  return standingOf(a) - standingOf(b) || b.facts.createdS - a.facts.createdS || b.id.localeCompare(a.id);
}

/** How good the standing is: smaller is better. A status that Stripe adds one day stands before the ended ones. */
export function standingOf({ facts }: Subscription): number {
  const index = statusOrder.indexOf(facts.status);
  return index === -1 ? statusOrder.indexOf("canceled") - 0.5 : index;
}

/** What the profile says about a subscription. */
export function subscriptionState(
  { id, facts }: Subscription,
  products: readonly ObjectCopyOf<"product">[],
): SubscriptionState {
  const ended = endedStatuses.has(facts.status);
  const main = mainItem(facts.items);
  const periodEndS = ended ? null : earliest(facts.items.map((item) => item.periodEndS));
  const cancelAtS = facts.cancelAtS ?? (facts.cancelAtPeriodEnd ? periodEndS : null);
  return {
    id,
    status: facts.status,
    plan: main ? planOf(main, products) : null,
    periodEndS,
    trialEndS: facts.trialEndS,
    cancelAtS: ended ? null : cancelAtS,
  };
}

/** The item that brings in most per month; metered items only when there is no other. */
export function mainItem(items: readonly SubscriptionItemFacts[]): SubscriptionItemFacts | null {
  const ranked = items.toSorted(
    (a, b) => Number(a.metered) - Number(b.metered) || monthly(b).cmp(monthly(a)) || a.id.localeCompare(b.id),
  );
  return ranked[0] ?? null;
}

/** Subscriptions that have not ended. */
export function livingSubscriptions(subscriptions: readonly Subscription[]): readonly Subscription[] {
  return subscriptions.filter(({ facts }) => !endedStatuses.has(facts.status));
}

/** What a subscription has beside its main item, by name and in its order; a name that comes twice is said once. */
export function addonsOf({ facts }: Subscription, products: readonly ObjectCopyOf<"product">[]): readonly string[] {
  if (facts.items.length < 2) return [];
  const main = mainItem(facts.items);
  const others = facts.items.filter((item) => item !== main).map((item) => planOf(item, products).name);
  return [...new Set(others.filter((name) => name !== null))].toSorted();
}

const monthsOf: Readonly<Record<string, number>> = { day: 12 / 365, week: 12 / 52, month: 1, year: 12 };

function monthly(item: SubscriptionItemFacts): Decimal {
  const months = (monthsOf[item.interval ?? "month"] ?? 1) * item.intervalCount;
  return new Decimal(item.unitAmount ?? 0).times(item.quantity ?? 1).div(months);
}

function planOf(item: SubscriptionItemFacts, products: readonly ObjectCopyOf<"product">[]): Plan {
  const product = products.find(({ id }) => id === item.productId);
  return {
    name: product?.facts.name ?? item.nickname ?? item.lookupKey ?? item.priceId,
    unitPrice: unitPriceOf(item),
    currency: item.currency,
    interval: intervalOf(item),
  };
}

function unitPriceOf({ unitAmount, currency }: SubscriptionItemFacts): number | null {
  if (unitAmount === null || currency === null) return null;
  return new Decimal(unitAmount).div(new Decimal(10).pow(decimalsOf(currency))).toNumber();
}

function intervalOf({ interval, intervalCount }: SubscriptionItemFacts): string | null {
  if (interval === null || intervalCount === 1) return interval;
  return `${intervalCount} ${interval}s`;
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
