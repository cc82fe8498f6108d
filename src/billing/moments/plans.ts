/** Station billing: the moments of a subscription's plan: other prices, another quantity. */
import { Decimal } from "decimal.js";
import type { ObjectCopyOf, SubscriptionFacts, SubscriptionItemFacts } from "../../model/stripe-object.ts";
import { itemCostOf } from "../item-cost.ts";
import { mainItem, subscriptionState, type Catalogue } from "../subscription.ts";
import { turnOf, type ChangeOf } from "./change.ts";
import { aMoment, linkTo, type MaybeFacts, type Moment } from "./moment.ts";

/** What is told of every subscription. */
export function planFacts(copy: ObjectCopyOf<"subscription">, catalogue: Catalogue): MaybeFacts {
  const plan = subscriptionState(copy, catalogue).plan;
  return { plan: plan?.name, interval: plan?.interval, ...linkTo("subscriptions", copy.id) };
}

/** Other prices, or the same ones in another quantity, on a subscription that goes on. */
export function planMoments(change: ChangeOf<"subscription">, catalogue: Catalogue): readonly Moment[] {
  const { before, after } = turnOf(change) ?? {};
  if (!before || !after || !goesOn(before) || !goesOn(after.facts)) return [];
  return pricesOf(before) === pricesOf(after.facts)
    ? quantityMoments(before, after, catalogue)
    : priceMoments(before, after, catalogue);
}

type Subscription = ObjectCopyOf<"subscription">;

function priceMoments(before: SubscriptionFacts, after: Subscription, catalogue: Catalogue): readonly Moment[] {
  const { id, customerId, asOfS: occurredAtS } = after;
  if (customerId === null) return [];
  const former = subscriptionState({ ...after, facts: before }, catalogue).plan;
  const direction = directionOf([before, after.facts], catalogue.prices);
  const was = { previous_plan: former?.name, previous_interval: former?.interval };
  const facts = { ...planFacts(after, catalogue), ...was, direction };
  return [aMoment({ name: "plan_changed", objectId: id, by: [id, occurredAtS], customerId, occurredAtS, facts })];
}

function quantityMoments(before: SubscriptionFacts, after: Subscription, catalogue: Catalogue): readonly Moment[] {
  const { id, customerId, asOfS: occurredAtS } = after;
  const [previous, quantity] = [quantityOf(before, catalogue), quantityOf(after.facts, catalogue)];
  if (customerId === null || previous === null || quantity === null || previous === quantity) return [];
  const facts = { ...planFacts(after, catalogue), quantity, previous_quantity: previous };
  return [aMoment({ name: "quantity_changed", objectId: id, by: [id, occurredAtS], customerId, occurredAtS, facts })];
}

/** A checkout that is not paid yet may still change, and what has ended changes no more. */
function goesOn({ status }: SubscriptionFacts): boolean {
  return ["trialing", "active", "past_due", "unpaid", "paused"].includes(status);
}

function pricesOf({ items }: SubscriptionFacts): string {
  return listed(items.map(({ priceId }) => priceId));
}

function quantityOf(facts: SubscriptionFacts, { prices }: Catalogue): number | null {
  return mainItem(facts, prices)?.quantity ?? null;
}

/** Each once, in one order. */
function listed(ids: readonly (string | null)[]): string {
  return [...new Set(ids)]
    .map(String)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();
}

type Prices = Catalogue["prices"];

/** By what is paid per year for what is ordered, before discounts; undefined when prices alone do not tell. */
function directionOf(
  turn: readonly [before: SubscriptionFacts, after: SubscriptionFacts],
  prices: Prices,
): "up" | "down" | "same" | undefined {
  const [was, is] = turn.map((facts) => yearlyOf(facts, prices));
  if (!was || !is || was.currency !== is.currency || was.metered !== is.metered) return undefined;
  const step = is.amount.cmp(was.amount);
  return step === 0 ? "same" : step > 0 ? "up" : "down";
}

type Yearly = {
  readonly amount: Decimal;
  readonly currency: string;
  /** Prices for usage: what they cost is not known beforehand, so they must be the same ones. */
  readonly metered: string;
};

const perYear: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, year: 1 };

function yearlyOf({ items }: SubscriptionFacts, prices: Prices): Yearly | undefined {
  const licensed = items.filter(({ metered }) => !metered);
  const currencies = new Set(licensed.map(({ currency }) => currency));
  const [currency] = currencies;
  if (currencies.size !== 1 || typeof currency !== "string") return undefined;
  const costs = licensed.map((item) => costPerYear(item, prices));
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length < costs.length) return undefined;
  const metered = items.filter((item) => item.metered).map(({ priceId }) => priceId);
  return { amount: Decimal.sum(...known), currency, metered: listed(metered) };
}

function costPerYear(item: SubscriptionItemFacts, prices: Prices): Decimal | undefined {
  const cost = itemCostOf(item, prices);
  const times = perYear[item.interval ?? ""];
  return cost instanceof Decimal && times !== undefined ? cost.times(times).div(item.intervalCount) : undefined;
}
