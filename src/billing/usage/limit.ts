/**
 * Station billing: how much of a meter is included. The mapping document counts before the metadata of products, and that
 * before the tiers of the price. What is stated and cannot be read makes the limit unknown: a weaker statement never
 * takes the place of a stronger one that somebody mistyped.
 */
import { Decimal } from "decimal.js";
import type { UsageRules } from "../../../contract/mapping.ts";
import type { Unknown } from "../../model/profile.ts";
import type { ObjectCopyOf, PriceTier, SubscriptionItemFacts } from "../../model/stripe-object.ts";
import type { UsageLimit } from "../../model/usage.ts";

/** What the limit of a meter may follow from. */
export type LimitInputs = {
  /** The meter's name and, if Stripe knows it, its id. */
  readonly meter: string;
  readonly meterId: string | null;
  /** The item that bills the meter; null when none does. */
  readonly item: SubscriptionItemFacts | null;
  /** All items of its subscription, or of the primary one when no item bills the meter. */
  readonly items: readonly SubscriptionItemFacts[];
  readonly products: readonly ObjectCopyOf<"product">[];
  readonly prices: readonly ObjectCopyOf<"price">[];
};

/** The limit of a meter; null when nobody states one, unknown when it is stated and cannot be read. */
export function limitOf(inputs: LimitInputs, rules: UsageRules): UsageLimit | null | Unknown {
  return mappedLimit(inputs, rules) ?? productLimit(inputs, rules) ?? tierLimit(inputs);
}

/** A rule for the price counts before one for the product, and that before one for all. */
function mappedLimit({ meter, meterId, items }: LimitInputs, { limits }: UsageRules): UsageLimit | null {
  const fitting = limits.filter(
    (rule) =>
      (rule.meter === meter || rule.meter === meterId) &&
      (rule.price === undefined || items.some(({ priceId }) => priceId === rule.price)) &&
      (rule.product === undefined || items.some(({ productId }) => productId === rule.product)),
  );
  const exactness = (rule: (typeof fitting)[number]): number =>
    (rule.price === undefined ? 0 : 2) + (rule.product === undefined ? 0 : 1);
  const [best] = fitting.toSorted((a, b) => exactness(b) - exactness(a));
  return best ? { amount: new Decimal(best.limit).toFixed(), source: "mapping" } : null;
}

/** The key with the meter's name counts before the one without; the product that is metered before the others. */
function productLimit(inputs: LimitInputs, { limitKey }: UsageRules): UsageLimit | null | Unknown {
  const { meter, item, items, products } = inputs;
  const ids = [...new Set([item, ...items].map((one) => one?.productId ?? null))];
  const named = ids.flatMap((id) => products.find((product) => product.id === id) ?? []);
  for (const key of [`${limitKey}_${meter}`, limitKey]) {
    const product = named.find(({ facts }) => facts.metadata !== undefined && Object.hasOwn(facts.metadata, key));
    if (product) return readLimit(product.facts.metadata?.[key] ?? "", { key, productId: product.id });
  }
  return null;
}

function readLimit(text: string, { key, productId }: { readonly key: string; readonly productId: string }) {
  const plain = text.trim();
  const amount = /^\d{1,15}(\.\d{1,12})?$/.test(plain) ? new Decimal(plain) : null;
  if (amount === null || amount.isZero())
    return { unknown: `The metadata ${key} of product ${productId} is no number above 0.` };
  return { amount: amount.toFixed(), source: "product" } satisfies UsageLimit;
}

/** The last of the first tiers whose units cost nothing. When no tier ever costs anything there is no limit. */
function tierLimit({ item, prices }: LimitInputs): UsageLimit | null | Unknown {
  const price = prices.find(({ id }) => id === item?.priceId);
  if (price?.facts.billingScheme !== "tiered") return null;
  const { tiers } = price.facts;
  if (tiers === null) return { unknown: `Stripe has not told the tiers of price ${price.id}.` };
  const broken = tiers.some(({ unitAmount, flatAmount }) => unitAmount === null && flatAmount === null);
  if (broken) return { unknown: `A tier of price ${price.id} has no price.` };
  const firstPaid = tiers.findIndex((tier) => !isIncluded(tier));
  const upTo = firstPaid > 0 ? (tiers[firstPaid - 1]?.upTo ?? null) : null;
  return upTo === null || upTo <= 0 ? null : { amount: String(upTo), source: "tiers" };
}

function isIncluded({ unitAmount }: PriceTier): boolean {
  return unitAmount === null || new Decimal(unitAmount).isZero();
}
