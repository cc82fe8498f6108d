/**
 * Station billing: what a quantity or a usage costs under a price. The one arithmetic of prices, for the profile, the next
 * invoice and savings alike (docs.stripe.com/products-prices/pricing-models).
 *
 * | price | cost of U units |
 * | --- | --- |
 * | per unit | U × amount |
 * | per package | U is divided by the package's size and rounded up or down, then as per unit |
 * | volume | the tier that U falls into prices all units, and adds its flat amount |
 * | graduated | each tier prices the units that fall into it; every tier that is entered adds its flat amount |
 *
 * With no unit at all, the first tier's flat amount is still charged. A tier's last unit, `upTo`, belongs to it.
 */
import { Decimal } from "decimal.js";
import { decimalsOf } from "../model/money.ts";
import type { Unknown } from "../model/profile.ts";
import type { PriceFacts, PriceTier } from "../model/stripe-object.ts";

/** What the cost depends on: of the facts of a price, those that have to do with arithmetic. */
export type PriceTerms = Pick<
  PriceFacts,
  "billingScheme" | "unitAmount" | "tiersMode" | "tiers" | "transformQuantity" | "currency"
>;

/** Stripe writes at most twelve decimals; usage and quantities stay far below what this many digits can hold. */
const Exact = Decimal.clone({ precision: 60 });

/** A number for arithmetic that must not lose a digit. */
export function exactly(value: Decimal.Value): Decimal {
  return new Exact(value);
}

/** Thirds cannot be written down: what is a half but for the last of the sixty digits is a half. */
const certainDecimals = 35;

/** Rounded half up to a minor unit, also where divisions came before. */
export function halfUp(amount: Decimal): Decimal {
  if (amount.isInteger()) return amount;
  return amount.toDecimalPlaces(certainDecimals).toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
}

const decimalsMax = 12;
/** Of an amount in minor units and of a quantity: beyond it, JSON's numbers are no longer exact. */
const largest = new Exact(Number.MAX_SAFE_INTEGER);

/**
 * The exact cost in minor units, before it is rounded; unknown, with the reason, when it cannot be right: unknown or broken
 * tiers, amounts that the customer chooses, numbers out of range. `units` may have decimals, as usage may.
 */
export function costOf(price: PriceTerms, units: Decimal | number): Decimal | Unknown {
  const flaw = flawOf(price) ?? flawOfUnits(units);
  if (flaw !== null) return flaw;
  const counted = transformed(price, new Exact(units));
  const cost = price.billingScheme === "tiered" ? tieredCost(price, counted) : counted.times(price.unitAmount ?? 0);
  return cost.gt(largest) ? { unknown: "The cost is out of range." } : cost;
}

/**
 * The cost as one line of an invoice: rounded half up to a minor unit, since Stripe rounds line by line. Unknown, too, where
 * the last digits must be zero (ISK, UGX and currencies of three decimals, docs.stripe.com/currencies) and are not.
 */
export function lineCostOf(price: PriceTerms, units: Decimal | number): Decimal | Unknown {
  const cost = costOf(price, units);
  return cost instanceof Decimal ? roundedLine(cost, price.currency ?? "") : cost;
}

/** An amount rounded half up to a minor unit; unknown where Stripe's rounding of it is not documented. */
export function roundedLine(amount: Decimal, currency: string): Decimal | Unknown {
  const line = halfUp(amount);
  if (line.mod(stepOf(currency)).isZero()) return line;
  return {
    unknown: `How Stripe rounds an amount such as ${line.toFixed()} in ${currency.toUpperCase()} is not known.`,
  };
}

/** How finely amounts of a currency are charged, in its minor unit. */
function stepOf(currency: string): number {
  if (currency === "isk" || currency === "ugx") return 100;
  return decimalsOf(currency) === 3 ? 10 : 1;
}

/** What makes a price impossible to reckon with; null when nothing does. */
export function flawOf({ billingScheme, unitAmount, ...price }: PriceTerms): Unknown | null {
  if (billingScheme === "per_unit") {
    if (unitAmount === null) return { unknown: "A price has no amount of its own: the customer chooses it." };
    if (!isAmount(unitAmount)) return { unknown: `A price's amount is out of range: ${unitAmount}.` };
    return flawOfPackage(price);
  }
  if (billingScheme !== "tiered")
    return { unknown: `Stripe names a kind of price that is not known: ${billingScheme}.` };
  if (price.tiers === null) return { unknown: "A price is tiered, and its tiers are not known." };
  if (price.tiersMode !== "volume" && price.tiersMode !== "graduated") {
    return { unknown: `Stripe names a kind of tiers that is not known: ${price.tiersMode ?? "none"}.` };
  }
  if (price.transformQuantity !== null)
    return { unknown: "A price has both tiers and packages, which Stripe rules out." };
  return flawOfTiers(price.tiers);
}

function flawOfPackage({ transformQuantity }: Pick<PriceTerms, "transformQuantity">): Unknown | null {
  if (transformQuantity === null || transformQuantity.divideBy > 0) return null;
  return { unknown: "A price is for packages without a size." };
}

/** Tiers rise, only the last one has no end, and each has a price. */
function flawOfTiers(tiers: readonly PriceTier[]): Unknown | null {
  if (tiers.length === 0) return { unknown: "A price is tiered and has no tier." };
  let below = 0;
  for (const [index, { upTo, unitAmount, flatAmount }] of tiers.entries()) {
    const name = `Tier ${index + 1} of a price`;
    if (unitAmount === null && flatAmount === null) return { unknown: `${name} has no price.` };
    const wrong = [unitAmount, flatAmount].find((amount) => amount !== null && !isAmount(amount));
    if (wrong !== undefined) return { unknown: `${name} has an amount that is out of range: ${wrong}.` };
    const isLast = index === tiers.length - 1;
    if (isLast !== (upTo === null))
      return { unknown: "Of a price's tiers exactly the last one must be without an end." };
    if (upTo !== null && upTo <= below) return { unknown: `${name} ends before it begins.` };
    below = upTo ?? below;
  }
  return null;
}

function flawOfUnits(units: Decimal | number): Unknown | null {
  const exact = new Exact(units);
  if (exact.isNaN() || exact.isNegative() || exact.gt(largest)) {
    return { unknown: `A quantity is out of range: ${exact.toString()}.` };
  }
  return null;
}

/** True for what Stripe may write as an amount: not below zero, at most twelve decimals, within JSON's exact numbers. */
function isAmount(text: string): boolean {
  if (!/^\d+(\.\d+)?$/.test(text)) return false;
  const amount = new Exact(text);
  return amount.decimalPlaces() <= decimalsMax && amount.lte(largest);
}

function transformed({ transformQuantity }: PriceTerms, units: Decimal): Decimal {
  if (transformQuantity === null) return units;
  const packages = units.div(transformQuantity.divideBy);
  return transformQuantity.roundUp ? packages.ceil() : packages.floor();
}

function tieredCost({ tiers, tiersMode }: PriceTerms, units: Decimal): Decimal {
  return tiersMode === "volume" ? volumeCost(tiers ?? [], units) : graduatedCost(tiers ?? [], units);
}

function volumeCost(tiers: readonly PriceTier[], units: Decimal): Decimal {
  const tier = tiers.find(({ upTo }) => upTo === null || units.lte(upTo));
  return units.times(tier?.unitAmount ?? 0).plus(tier?.flatAmount ?? 0);
}

function graduatedCost(tiers: readonly PriceTier[], units: Decimal): Decimal {
  let [sum, below] = [new Exact(0), new Exact(0)];
  for (const [index, { upTo, unitAmount, flatAmount }] of tiers.entries()) {
    if (index > 0 && units.lte(below)) break;
    const end = upTo === null ? units : Decimal.min(upTo, units);
    sum = sum.plus(end.minus(below).times(unitAmount ?? 0)).plus(flatAmount ?? 0);
    below = new Exact(upTo ?? units);
  }
  return sum;
}
