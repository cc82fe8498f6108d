/** Station billing: what a customer has at present, as the side that other plans are compared with. */
import type { PlanDefinition, PlansDocument } from "../../../contract/plans.ts";
import type { Refusal } from "../../../contract/savings.ts";
import type { ObjectCopyOf, SubscriptionFacts, SubscriptionItemFacts } from "../../model/stripe-object.ts";
import { livingSubscriptions } from "../subscription.ts";
import { findPlan, presentBasket, type Basket, type PricesById } from "./basket.ts";
import { discountsToCount, type Discounts } from "./discounts.ts";
import { intervalOf } from "./interval.ts";
import type { PresentPeriod } from "./reading.ts";
import { isRefusal, refuse } from "./refusals.ts";

export type PresentSide = {
  readonly plan: PlanDefinition;
  readonly basket: Basket;
  readonly discounts: Discounts;
  /** The period that is compared: of usage, or else of the plan's first price. */
  readonly period: PresentPeriod;
};

/** In the other states Stripe makes no invoice, or one that it does not collect. */
const billedStatuses = new Set(["active", "trialing", "past_due"]);

/** The subscription that is meant: the named one, or the only one that is billed. */
export function chooseSubscription(
  subscriptions: readonly ObjectCopyOf<"subscription">[],
  wanted: string | undefined,
): ObjectCopyOf<"subscription"> | Refusal {
  const billed = livingSubscriptions(subscriptions).filter(({ facts }) => billedStatuses.has(facts.status));
  if (wanted !== undefined) {
    return billed.find(({ id }) => id === wanted) ?? refuse("subscription_unknown", { subscription: wanted });
  }
  const [first, ...others] = billed.toSorted((a, b) => a.id.localeCompare(b.id));
  if (!first) return refuse("no_subscription");
  if (others.length === 0) return first;
  return refuse("several_subscriptions", { subscriptions: [first, ...others].map(({ id }) => id).join(", ") });
}

export type PresentInputs = {
  readonly subscription: ObjectCopyOf<"subscription">;
  readonly customer: ObjectCopyOf<"customer">;
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
  readonly prices: PricesById;
  readonly document: PlansDocument;
  readonly nowS: number;
};

/** The present side; refused when its costs are about to change in a way that nobody knows. */
export function presentSideOf({ document, prices, ...inputs }: PresentInputs): PresentSide | Refusal {
  const { facts } = inputs.subscription;
  const unsteady = whyUnsteady(inputs);
  if (unsteady) return unsteady;
  const plan = findPlan(facts.items, document);
  if (isRefusal(plan)) return plan;
  const basket = presentBasket(facts.items, { plan, prices, currency: facts.currency ?? "" });
  if (isRefusal(basket)) return basket;
  const item = periodItem(facts.items, { basket, plan });
  if (!item || item.periodStartS === null || item.periodEndS === null) return refuse("copy_outdated");
  const discounts = discountsToCount({ ...inputs, periodEndS: item.periodEndS });
  if (isRefusal(discounts)) return discounts;
  const period = { ...intervalOf(item), startS: item.periodStartS, endS: item.periodEndS, paidFromS: paidFrom(facts) };
  return { plan, basket, discounts, period };
}

function paidFrom({ startS, createdS, trialEndS }: SubscriptionFacts): number {
  return Math.max(startS ?? createdS, trialEndS ?? 0);
}

function whyUnsteady({ subscription, nowS }: Pick<PresentInputs, "subscription" | "nowS">): Refusal | null {
  const { collectionPaused, cancelAtPeriodEnd, cancelAtS, scheduled, items, itemsCut } = subscription.facts;
  if (itemsCut === true) return refuse("plan_unknown");
  if (collectionPaused) return refuse("collection_paused");
  if (cancelAtPeriodEnd || cancelAtS !== null) return refuse("subscription_ends");
  if (scheduled !== false || items.some(({ inTrial }) => inTrial === true)) return refuse("scheduled");
  return isPeriodOver(subscription, nowS) ? refuse("copy_outdated") : null;
}

/** A period of a copy that has ended: the event of the renewal is still to come. */
export function isPeriodOver({ facts }: ObjectCopyOf<"subscription">, nowS: number): boolean {
  return facts.items.some(({ periodEndS }) => periodEndS !== null && periodEndS <= nowS);
}

/** Usage is counted in the period of its item; without any, the plan's first price says what is a period. */
function periodItem(
  items: readonly SubscriptionItemFacts[],
  { basket, plan }: { readonly basket: Basket; readonly plan: PlanDefinition },
): SubscriptionItemFacts | undefined {
  const metered = basket.lines.find(({ units }) => units.kind === "usage");
  const wanted = metered?.priceId ?? plan.prices.find(({ id }) => items.some((item) => item.priceId === id))?.id;
  return items.find(({ priceId }) => priceId === wanted);
}
