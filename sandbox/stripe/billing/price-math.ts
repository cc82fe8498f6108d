/** What a quantity costs under a price, in whole minor units. */
import type { Price, Tier } from "../objects/catalogue.ts";

/** Stripe writes up to twelve decimal places. */
const SCALE = 12;
const ONE = 10n ** BigInt(SCALE);

/** The amount for this quantity; tiers are needed for a tiered price. Each line is rounded once, half up. */
export function amountFor(price: Price, tiers: readonly Tier[], quantity: number): number {
  const units = transform(price, quantity);
  if (price.billing_scheme === "per_unit") return round(multiply(decimal(price.unit_amount_decimal), units));
  return round(price.tiers_mode === "volume" ? volume(tiers, units) : graduated(tiers, units));
}

/** "Package" pricing counts started or full packages instead of units. */
function transform(price: Price, quantity: number): bigint {
  if (price.transform_quantity === null) return decimal(String(quantity));
  const { divide_by, round: direction } = price.transform_quantity;
  const packages = direction === "up" ? Math.ceil(quantity / divide_by) : Math.floor(quantity / divide_by);
  return decimal(String(packages));
}

/** One tier prices all units. */
function volume(tiers: readonly Tier[], units: bigint): bigint {
  const tier = tiers.find((candidate) => candidate.up_to === null || units <= decimal(String(candidate.up_to)));
  if (tier === undefined) return 0n;
  return multiply(decimal(tier.unit_amount_decimal), units) + decimal(tier.flat_amount_decimal) * ONE;
}

/** Each tier prices its own slice; the flat fee of every tier entered is added, the first one's even for nothing. */
function graduated(tiers: readonly Tier[], units: bigint): bigint {
  let [total, below] = [0n, 0n];
  for (const [index, tier] of tiers.entries()) {
    if (index > 0 && units <= below) break;
    const upTo = tier.up_to === null ? units : decimal(String(tier.up_to));
    const slice = (units < upTo ? units : upTo) - below;
    total += multiply(decimal(tier.unit_amount_decimal), slice) + decimal(tier.flat_amount_decimal) * ONE;
    below = upTo;
  }
  return total;
}

function multiply(unit: bigint, units: bigint): bigint {
  return unit * units;
}

/** From twice the scale to whole minor units. */
function round(amount: bigint): number {
  const whole = ONE * ONE;
  const half = whole / 2n;
  return Number(amount >= 0n ? (amount + half) / whole : -((-amount + half) / whole));
}

function decimal(text: string | null): bigint {
  if (text === null) return 0n;
  const [whole = "0", fraction = ""] = Number.isInteger(Number(text)) ? [String(Number(text))] : text.split(".");
  const sign = whole.startsWith("-") ? -1n : 1n;
  const digits = fraction.slice(0, SCALE).padEnd(SCALE, "0");
  return BigInt(whole) * ONE + sign * BigInt(digits);
}
