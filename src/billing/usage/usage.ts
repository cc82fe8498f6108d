/** Station billing: how the meters of a customer stand, a pure function of the readings, the subscriptions and the catalogue. */
import { Decimal } from "decimal.js";
import type { UsageRules } from "../../../contract/mapping.ts";
import { isUnknown, type Unknown, type UsageState } from "../../model/profile.ts";
import type { ObjectCopyOf, SubscriptionItemFacts, UsageFacts } from "../../model/stripe-object.ts";
import type { UsageLimit, UsageStatus } from "../../model/usage.ts";
import { limitOf } from "./limit.ts";
import { percentOf, projectedValueOf } from "./projection.ts";
import { livingSubscriptions, primarySubscription, standingOf } from "../subscription.ts";

/** What holds when no document says otherwise. */
export const usualUsageRules: UsageRules = { limitKey: "usage_limit", limits: [], thresholds: [80, 90, 100] };

/** The copies of a customer that usage follows from. */
export type UsageCopies = {
  readonly subscriptions: readonly ObjectCopyOf<"subscription">[];
  readonly products: readonly ObjectCopyOf<"product">[];
  readonly prices: readonly ObjectCopyOf<"price">[];
  readonly usages: readonly ObjectCopyOf<"usage">[];
};

/** A metered item and the subscription that it belongs to. */
export type MeteredItem = {
  readonly meterId: string;
  readonly item: SubscriptionItemFacts;
  readonly subscription: ObjectCopyOf<"subscription">;
};

/**
 * The items that bill a meter, one for each meter: of several, that of the subscription in the best standing, of equals
 * the newest. Items whose price is not known, or has no meter, are left out.
 */
export function meteredItemsOf({ subscriptions, prices }: Omit<UsageCopies, "usages" | "products">) {
  const meters = new Map<string, MeteredItem>();
  const living = livingSubscriptions(subscriptions).toSorted(
    (a, b) => standingOf(a) - standingOf(b) || b.facts.createdS - a.facts.createdS || (a.id < b.id ? -1 : 1),
  );
  for (const subscription of living) {
    for (const item of subscription.facts.items.filter(({ metered }) => metered)) {
      const meterId = prices.find(({ id }) => id === item.priceId)?.facts.meterId ?? null;
      if (meterId !== null && !meters.has(meterId)) meters.set(meterId, { meterId, item, subscription });
    }
  }
  return [...meters.values()] satisfies readonly MeteredItem[];
}

/** The states of the customer's meters, the worst first. Readings of a period that is over are left out. */
export function usageOf(copies: UsageCopies, rules: UsageRules = usualUsageRules): readonly UsageState[] {
  const metered = meteredItemsOf(copies);
  return copies.usages
    .filter(({ deleted }) => !deleted)
    .flatMap((copy) => stateOf(copy, { copies, metered, rules }) ?? [])
    .toSorted(byUrgency);
}

type Around = {
  readonly copies: UsageCopies;
  readonly metered: readonly MeteredItem[];
  readonly rules: UsageRules;
};

function stateOf(copy: ObjectCopyOf<"usage">, { copies, metered, rules }: Around): UsageState | null {
  const { facts } = copy;
  const billing = metered.find(({ meterId }) => meterId === facts.meterId) ?? null;
  if (!isCurrent(facts, { copies, billing })) return null;
  const { meter, unit, periodStartS, periodEndS, asOfS, source } = facts;
  const limit = usageLimitOf(facts, { copies, billing, rules });
  return {
    customerId: copy.customerId ?? "",
    meter,
    unit,
    periodStartS,
    periodEndS,
    asOfS,
    source,
    ...(limit === null || isUnknown(limit)
      ? { limit, limitSource: null }
      : { limit: Number(limit.amount), limitSource: limit.source }),
    ...levelsOf(facts, { limit, rules }),
  };
}

type Levelled = Pick<UsageState, "value" | "percent" | "projectedValue" | "projectedPercent" | "status">;

function levelsOf(
  facts: UsageFacts,
  { limit, rules }: { readonly limit: UsageLimit | null | Unknown; readonly rules: UsageRules },
): Levelled {
  const amount = limit === null || isUnknown(limit) ? null : limit.amount;
  const value = Decimal.max(0, facts.value);
  const projected = projectedValueOf(facts);
  const [percent, projectedPercent] = [percentOf(value, amount), projected && percentOf(projected, amount)];
  return {
    value: value.toNumber(),
    percent: shown(percent, 1),
    projectedValue: shown(projected, 2),
    projectedPercent: shown(projectedPercent, 1),
    status: percent && statusOf({ percent, projectedPercent, thresholds: rules.thresholds }),
  };
}

/**
 * Whether a reading is of the period that runs, without asking a clock. One that Stripe gave belongs to the item that
 * runs; after a renewal it tells of the former period. What was pushed is over once something has begun after its end.
 */
function isCurrent(
  { source, periodStartS, periodEndS }: UsageFacts,
  { copies, billing }: { readonly copies: UsageCopies; readonly billing: MeteredItem | null },
): boolean {
  if (source === "stripe") return billing !== null && periodStartS >= (billing.item.periodStartS ?? 0);
  const items = livingSubscriptions(copies.subscriptions).flatMap(({ facts }) => facts.items);
  return items.every((item) => (item.periodStartS ?? 0) < periodEndS);
}

/** The limit of the meter that a reading is of, as the customer's subscriptions and the rules have it now. */
export function usageLimitOf(
  { meter, meterId }: Pick<UsageFacts, "meter" | "meterId">,
  { copies, billing, rules }: { copies: Omit<UsageCopies, "usages">; billing: MeteredItem | null; rules: UsageRules },
): UsageLimit | null | Unknown {
  const subscription = billing?.subscription ?? primarySubscription(livingSubscriptions(copies.subscriptions));
  const items = subscription?.facts.items ?? [];
  const { products, prices } = copies;
  return limitOf({ meter, meterId, item: billing?.item ?? null, items, products, prices }, rules);
}

type Levels = {
  readonly percent: Decimal;
  readonly projectedPercent: Decimal | null;
  readonly thresholds: readonly number[];
};

/** Above the limit is over it; at the first threshold, or on the way over the limit, is a high risk. */
export function statusOf({ percent, projectedPercent, thresholds }: Levels): UsageStatus {
  if (percent.gt(100)) return "over";
  const isHigh = percent.gte(Math.min(...thresholds, 100)) || projectedPercent?.gt(100) === true;
  return isHigh ? "high_risk" : "ok";
}

/** Rounded down: 79.96 % must not read as the 80 that it has not reached. */
function shown(value: Decimal | null, decimals: number): number | null {
  return value && value.toDecimalPlaces(decimals, Decimal.ROUND_DOWN).toNumber();
}

const statusRank = { over: 0, high_risk: 1, ok: 2 } as const;

/** For the worst to come first: by status, then by percent; what has no limit comes last. */
export function byUrgency(a: UsageState, b: UsageState): number {
  const rank = ({ status }: UsageState): number => (status === null ? 3 : statusRank[status]);
  return (
    rank(a) - rank(b) ||
    (b.percent ?? 0) - (a.percent ?? 0) ||
    (b.projectedPercent ?? 0) - (a.projectedPercent ?? 0) ||
    compareTexts(a.meter, b.meter) ||
    compareTexts(a.customerId, b.customerId)
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
