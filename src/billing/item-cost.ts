/** Station billing: what a licensed item of a subscription costs each time it is billed, before discounts. */
import { Decimal } from "decimal.js";
import { decimalsOf } from "../model/money.ts";
import type { Unknown } from "../model/profile.ts";
import type { ObjectCopyOf, PriceFacts, SubscriptionItemFacts } from "../model/stripe-object.ts";
import { costOf, roundedLine } from "./price-cost.ts";
import { priceIn } from "./price-in-currency.ts";

type Prices = readonly ObjectCopyOf<"price">[];

/** Amounts that are surely in range, which nearly all are. */
const plainAmount = /^\d{1,9}(\.\d{1,4})?$/;
const plainQuantityMax = 1_000_000;

/** What the catalogue says of prices, and the currency that a subscription is billed in. */
export type Billing = { readonly prices: Prices; readonly currency: string | null };

/**
 * The cost of an item as its subscription is billed. A price of several currencies shows only the amounts of its own one, in
 * items as elsewhere (docs.stripe.com/api/prices/object, `currency_options`), and those are not what is paid.
 */
export function billedCostOf(item: SubscriptionItemFacts, billing: Billing): Decimal | Unknown {
  if (!isForeign(item, billing.currency)) return itemCostOf(item, billing.prices);
  const price = billedPriceOf(item, billing);
  return price ? costOf(price, item.quantity ?? 1) : { unknown: amountsElsewhere };
}

const amountsElsewhere = "A price has several currencies, and its amount in that of the subscription is not known.";

/** The price of an item in the currency that its subscription is billed in; undefined while it is not known. */
export function billedPriceOf(
  { priceId }: SubscriptionItemFacts,
  { prices, currency }: Billing,
): PriceFacts | undefined {
  const price = prices.find(({ id }) => id === priceId);
  return price && priceIn(price.facts, currency ?? "");
}

/** The currency of what is paid for an item. */
export function billedCurrencyOf(item: SubscriptionItemFacts, billedIn: string | null): string {
  return (isForeign(item, billedIn) ? billedIn : item.currency) ?? "";
}

/** Whether what an item shows is of another currency than what its subscription is billed in. */
export function isForeign({ currency }: SubscriptionItemFacts, billedIn: string | null): boolean {
  return currency !== null && billedIn !== null && currency !== billedIn;
}

/**
 * The exact cost in minor units, in the currency of the price. An item shows what one unit costs; of tiers and packages its
 * price alone knows. Unknown, with the reason, when the price is not known or cannot be right.
 */
export function itemCostOf(item: SubscriptionItemFacts, prices: Prices): Decimal | Unknown {
  const { unitAmount, quantity } = item;
  const units = quantity ?? 1;
  if (unitAmount !== null && item.divided !== true) {
    if (plainAmount.test(unitAmount) && units >= 0 && units <= plainQuantityMax) {
      return new Decimal(unitAmount).times(units);
    }
    return costOf({ ...perUnit, unitAmount, currency: item.currency }, units);
  }
  const price = prices.find(({ id }) => id === item.priceId);
  if (price && (price.facts.tiers !== null || price.facts.unitAmount !== null)) return costOf(price.facts, units);
  return { unknown: unitAmount === null ? untoldTiers : "A price is for packages of units whose size is not known." };
}

const perUnit = { billingScheme: "per_unit", tiersMode: null, tiers: null, transformQuantity: null } as const;

const untoldTiers = "A price has no amount for one unit, and its tiers are not known.";

/** Amounts in these are charged to the last minor unit, which nearly all are. */
function isPlain(currency: string): boolean {
  return decimalsOf(currency) < 3 && currency !== "isk" && currency !== "ugx";
}

/** An amount as a line of an invoice, rounded half up; unknown where nobody knows how Stripe rounds. */
export function lineOf(amount: Decimal | Unknown, currency: string): Decimal | Unknown {
  if (!(amount instanceof Decimal) || (amount.isInteger() && isPlain(currency))) return amount;
  return roundedLine(amount, currency);
}
