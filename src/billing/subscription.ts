/** Station billing: which subscription speaks for a customer, and what it says. */
import { Decimal } from "decimal.js";
import { decimalsOf } from "../model/money.ts";
import { isUnknown } from "../model/profile.ts";
import type { Plan, SubscriptionState } from "../model/profile.ts";
import type { ObjectCopyOf, SubscriptionFacts, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { billedCostOf, billedPriceOf, isForeign, type Billing } from "./item-cost.ts";
import { recurringOf, type Subscriber } from "./recurring.ts";

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

/**
 * Which of several subscriptions speaks for a customer. One that has ended never does while there is another.
 * - best_standing: the order of `statusOrder`, of equals the newest
 * - newest: the one that was made last
 * - highest_mrr: the one that brings in most per month, of equals the one in the best standing
 */
export const primaryPolicies = ["best_standing", "newest", "highest_mrr"] as const;
export type PrimaryPolicy = (typeof primaryPolicies)[number];

/** The subscription that speaks for this customer. */
export function primaryOf(subscriber: Subscriber, policy: PrimaryPolicy = "best_standing"): Subscription | null {
  const { subscriptions } = subscriber;
  if (policy === "best_standing" || subscriptions.length < 2) return primarySubscription(subscriptions);
  const living = livingSubscriptions(subscriptions);
  const [first, ...others] = (living.length > 0 ? living : subscriptions).toSorted(byStanding);
  if (!first) return null;
  const rank = policy === "newest" ? createdOf : (one: Subscription): number => mrrOf(one, subscriber);
  return others.reduce((best, one) => (rank(one) > rank(best) ? one : best), first);
}

function createdOf({ facts }: Subscription): number {
  return facts.createdS;
}

/** What is not known counts as nothing. */
function mrrOf(subscription: Subscription, subscriber: Subscriber): number {
  const recurring = recurringOf([{ ...subscriber, subscriptions: [subscription] }]);
  return isUnknown(recurring) ? 0 : recurring.mrrMinor;
}

/** The subscription in the best standing; of equals the newest. */
export function primarySubscription(subscriptions: readonly Subscription[]): Subscription | null {
  return subscriptions.toSorted(byStanding)[0] ?? null;
}

/** Orders subscriptions by standing, of equals the newest first. */
export function byStanding(a: Subscription, b: Subscription): number {
  return standingOf(a) - standingOf(b) || b.facts.createdS - a.facts.createdS || b.id.localeCompare(a.id);
}

/** How good the standing is: smaller is better. A status that Stripe adds one day stands before the ended ones. */
export function standingOf({ facts }: Subscription): number {
  const index = statusOrder.indexOf(facts.status);
  return index === -1 ? statusOrder.indexOf("canceled") - 0.5 : index;
}

/** What the catalogue says about the items of subscriptions. */
export type Catalogue = {
  readonly products: readonly ObjectCopyOf<"product">[];
  readonly prices: readonly ObjectCopyOf<"price">[];
  /** Where the name of a plan is looked for, in this order. */
  readonly planName?: readonly PlanNamePart[] | undefined;
};

export type PlanNamePart = "product" | "nickname" | "lookupKey" | "priceId";

const usualPlanName: readonly PlanNamePart[] = ["product", "nickname", "lookupKey", "priceId"];

/** What the profile says about a subscription. */
export function subscriptionState({ id, facts }: Subscription, catalogue: Catalogue): SubscriptionState {
  const ended = endedStatuses.has(facts.status);
  const main = mainItem(facts, catalogue.prices);
  const periodEndS = ended ? null : earliest(facts.items.map((item) => item.periodEndS));
  const cancelAtS = facts.cancelAtS ?? (facts.cancelAtPeriodEnd ? periodEndS : null);
  return {
    id,
    status: facts.status,
    plan: main ? planOf(main, facts.currency, catalogue) : null,
    periodEndS,
    trialEndS: facts.trialEndS,
    cancelAtS: ended ? null : cancelAtS,
  };
}

/** The item that brings in most per month; metered items only when there is no other. Tiers and packages count with their prices. */
export function mainItem(
  { items, currency }: Pick<SubscriptionFacts, "items" | "currency">,
  prices: Catalogue["prices"] = [],
): SubscriptionItemFacts | null {
  if (items.length < 2) return items[0] ?? null;
  const amountOf = (item: SubscriptionItemFacts): Decimal => monthly(item, { prices, currency });
  const ranked = items.toSorted(
    (a, b) => Number(a.metered) - Number(b.metered) || amountOf(b).cmp(amountOf(a)) || a.id.localeCompare(b.id),
  );
  return ranked[0] ?? null;
}

/** Subscriptions that have not ended. */
export function livingSubscriptions(subscriptions: readonly Subscription[]): readonly Subscription[] {
  return subscriptions.filter(({ facts }) => !endedStatuses.has(facts.status));
}

/** What a subscription has beside its main item, by name and in its order; a name that comes twice is said once. */
export function addonsOf({ facts }: Subscription, catalogue: Catalogue): readonly string[] {
  if (facts.items.length < 2) return [];
  const main = mainItem(facts, catalogue.prices);
  const others = facts.items.filter((item) => item !== main).map((item) => nameOf(item, catalogue));
  return [...new Set(others.filter((name) => name !== null))].toSorted();
}

const monthsOf: Readonly<Record<string, number>> = { day: 12 / 365, week: 12 / 52, month: 1, year: 12 };

/** What is not known counts as nothing. */
function monthly(item: SubscriptionItemFacts, billing: Billing): Decimal {
  const months = (monthsOf[item.interval ?? "month"] ?? 1) * item.intervalCount;
  const cost = item.metered ? new Decimal(item.unitAmount ?? 0) : billedCostOf(item, billing);
  return cost instanceof Decimal ? cost.div(months) : new Decimal(0);
}

function planOf(item: SubscriptionItemFacts, billedIn: string | null, catalogue: Catalogue): Plan {
  const foreign = isForeign(item, billedIn);
  return {
    name: nameOf(item, catalogue),
    unitPrice: unitPriceOf(foreign ? billedPriceOf(item, { prices: catalogue.prices, currency: billedIn }) : item),
    currency: foreign ? billedIn : item.currency,
    interval: intervalOf(item),
  };
}

function nameOf(item: SubscriptionItemFacts, { products, planName = usualPlanName }: Catalogue): string | null {
  for (const part of planName) {
    const name = part === "product" ? products.find(({ id }) => id === item.productId)?.facts.name : item[part];
    if (name) return name;
  }
  return item.priceId;
}

function unitPriceOf(
  { unitAmount, currency }: Pick<SubscriptionItemFacts, "unitAmount" | "currency"> = {
    unitAmount: null,
    currency: null,
  },
): number | null {
  if (unitAmount === null || currency === null) return null;
  const amount = new Decimal(unitAmount);
  return amount.abs().gt(Number.MAX_SAFE_INTEGER) ? null : amount.div(10 ** decimalsOf(currency)).toNumber();
}

function intervalOf({ interval, intervalCount }: SubscriptionItemFacts): string | null {
  if (interval === null || intervalCount === 1) return interval;
  return `${intervalCount} ${interval}s`;
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
