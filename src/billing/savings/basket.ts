/** Station billing: what a subscription consists of, and what it would consist of under another plan. */
import type { PlanDefinition, PlanPrice, PlansDocument } from "../../../contract/plans.ts";
import type { Refusal } from "../../../contract/savings.ts";
import type { ObjectCopyOf, PriceFacts, SubscriptionItemFacts } from "../../model/stripe-object.ts";
import { flawOf } from "../price-cost.ts";
import { priceIn } from "../price-in-currency.ts";
import { isRefusal, refuse } from "./refusals.ts";

/** How much of it: a quantity that stays as it is, or what a meter counts. */
export type Units =
  | { readonly kind: "quantity"; readonly quantity: number }
  | { readonly kind: "usage"; readonly meterId: string };

export type BasketLine = {
  /** The item of the subscription that it is; null for what would be new. */
  readonly itemId: string | null;
  readonly priceId: string;
  readonly price: PriceFacts;
  readonly units: Units;
  /** What a quantity counts; null for usage, and for what belongs to no plan. */
  readonly role: string | null;
  /** The quantity was carried over, or could be. */
  readonly carried: boolean;
  /** Of no plan, so the same on both sides. */
  readonly kept: boolean;
};

export type Basket = { readonly currency: string; readonly lines: readonly BasketLine[] };

export type PricesById = ReadonlyMap<string, ObjectCopyOf<"price">>;

/** The plan of a subscription: all that a plan needs is among its items. Of several the one that names most of them. */
export function findPlan(items: readonly SubscriptionItemFacts[], { plans }: PlansDocument): PlanDefinition | Refusal {
  const ids = new Set(items.map(({ priceId }) => priceId));
  const fitting = plans
    .filter(({ prices }) => prices.every(({ id, optional }) => optional || ids.has(id)))
    .map((plan) => ({ plan, named: plan.prices.filter(({ id }) => ids.has(id)).length }))
    .filter(({ named }) => named > 0);
  const most = Math.max(0, ...fitting.map(({ named }) => named));
  const [first, ...others] = fitting.filter(({ named }) => named === most).map(({ plan }) => plan);
  if (!first) return refuse("plan_unknown");
  if (others.length > 0) return refuse("plan_ambiguous", { plans: [first, ...others].map(({ id }) => id).join(", ") });
  return first;
}

/** What the subscription consists of, with what each item counts under its plan. */
export function presentBasket(
  items: readonly SubscriptionItemFacts[],
  { plan, prices, currency }: { readonly plan: PlanDefinition; readonly prices: PricesById; readonly currency: string },
): Basket | Refusal {
  const lines: BasketLine[] = [];
  for (const item of items) {
    const price = usablePrice(item.priceId ?? item.id, { prices, currency });
    if (isRefusal(price)) return price;
    const entry = plan.prices.find(({ id }) => id === item.priceId);
    const units = unitsOf(price, item.quantity ?? 1);
    lines.push({
      itemId: item.id,
      priceId: price.id,
      price: price.facts,
      units,
      role: entry && units.kind === "quantity" ? entry.as : null,
      carried: entry !== undefined && entry.quantity === undefined && units.kind === "quantity",
      kept: entry === undefined,
    });
  }
  return withOwnMeters({ currency, lines });
}

/** What it would consist of under another plan: the plan's prices, and what belongs to no plan. */
export function otherBasket(
  plan: PlanDefinition,
  { present, prices }: { readonly present: Basket; readonly prices: PricesById },
): Basket | Refusal {
  const lines: BasketLine[] = [];
  for (const entry of plan.prices) {
    const price = usablePrice(entry.id, { prices, currency: present.currency });
    if (isRefusal(price)) return price;
    if (!price.facts.active) return refuse("price_inactive", { price: entry.id });
    const line = lineOf(entry, price, present);
    if (line !== null && isRefusal(line)) return line;
    if (line !== null) lines.push(line);
  }
  const lost = whatIsLost(plan, present, lines);
  if (lost) return lost;
  return withOwnMeters({ currency: present.currency, lines: [...lines, ...present.lines.filter(({ kept }) => kept)] });
}

/** A line of the other plan; null for what is optional and not there. */
function lineOf(entry: PlanPrice, price: ObjectCopyOf<"price">, present: Basket): BasketLine | Refusal | null {
  const common = { itemId: null, priceId: price.id, price: price.facts, kept: false };
  const { meterId, metered } = price.facts;
  if (metered) {
    if (entry.optional && !metersOf(present.lines).includes(meterId ?? "")) return null;
    return { ...common, units: { kind: "usage", meterId: meterId ?? "" }, role: null, carried: false };
  }
  const own = present.lines.filter(({ role }) => role === entry.as);
  if (entry.optional && own.length === 0) return null;
  const units = quantityOf(entry, own);
  if (isRefusal(units)) return units;
  return { ...common, units, role: entry.as, carried: entry.quantity === undefined };
}

/** The quantity that the plan states, or the one that is carried over. */
function quantityOf({ as, quantity }: PlanPrice, own: readonly BasketLine[]): Units | Refusal {
  if (quantity !== undefined) return { kind: "quantity", quantity };
  const [first, ...others] = own;
  if (!first) return refuse("quantity_unknown", { role: as });
  return others.length > 0 ? refuse("quantity_ambiguous", { role: as }) : first.units;
}

/** Nothing that somebody has may silently be missing on the other side, or it would be cheaper for that alone. */
function whatIsLost(plan: PlanDefinition, present: Basket, lines: readonly BasketLine[]): Refusal | null {
  for (const { kept, role, units, priceId } of present.lines) {
    if (kept) continue;
    if (units.kind === "quantity" && !lines.some((line) => line.role === role)) {
      return refuse("item_lost", { role: role ?? "", price: priceId });
    }
    if (units.kind !== "usage" || plan.includes.includes(units.meterId)) continue;
    if (!metersOf(lines).includes(units.meterId)) return refuse("usage_uncovered", { meter: units.meterId });
  }
  return null;
}

function unitsOf({ facts }: ObjectCopyOf<"price">, quantity: number): Units {
  return facts.metered ? { kind: "usage", meterId: facts.meterId ?? "" } : { kind: "quantity", quantity };
}

/** The meters whose usage these lines charge for, as often as they do. */
export function metersOf(lines: readonly BasketLine[]): readonly string[] {
  return lines.flatMap(({ units }) => (units.kind === "usage" ? [units.meterId] : []));
}

/** Two prices on one meter would both charge for the same usage, which nobody means. */
function withOwnMeters(basket: Basket): Basket | Refusal {
  const meters = metersOf(basket.lines);
  const shared = meters.find((meter, index) => meters.indexOf(meter) !== index);
  return shared === undefined ? basket : refuse("meter_shared", { meter: shared });
}

const intervals = new Set(["day", "week", "month", "year"]);

/** A price that can be reckoned with, in this currency. */
function usablePrice(
  id: string,
  { prices, currency }: { readonly prices: PricesById; readonly currency: string },
): ObjectCopyOf<"price"> | Refusal {
  const price = prices.get(id);
  if (!price || price.deleted) return refuse("price_unknown", { price: id });
  const facts = priceIn(price.facts, currency);
  if (facts === undefined) {
    return refuse("currencies_differ", { price: id, other: upper(price.facts.currency), currency: upper(currency) });
  }
  const usable = { ...price, facts };
  return whyUnusable(usable) ?? usable;
}

function whyUnusable({ id, facts }: ObjectCopyOf<"price">): Refusal | null {
  const { metered, meterId, billingScheme, tiers, unitAmount } = facts;
  if (!recurs(facts)) return refuse("not_recurring", { price: id });
  if (metered && meterId === null) return refuse("meter_missing", { price: id });
  if (billingScheme === "tiered" && tiers === null) return refuse("tiers_unknown", { price: id });
  if (billingScheme === "per_unit" && unitAmount === null) return refuse("custom_amount", { price: id });
  const flaw = flawOf(facts);
  return flaw === null ? null : refuse("price_unusable", { price: id, detail: flaw.unknown });
}

function recurs({ interval, intervalCount }: PriceFacts): boolean {
  return interval !== null && intervals.has(interval) && intervalCount >= 1;
}

function upper(currency: string | null): string {
  return currency?.toUpperCase() ?? "?";
}
