/**
 * Station billing: thresholds that usage passes.
 *
 * A threshold is reached at exactly its percentage, and left below it. Each period begins at nothing, so that what ends
 * with a period is no falling crossing. There is no hysteresis: each threshold is told at most once per period and
 * direction, which the table's key holds, so that usage that goes up and down around one is not told again and again.
 *
 * What holds whatever the order of readings: an older reading than the newest known is dropped. So for usage that only
 * grows, every order gives the crossings of the sorted one; for usage that also shrinks, every order gives some of them,
 * and always those that the newest reading still stands above.
 */
import type { Decimal } from "decimal.js";
import type { Crossing } from "../../model/usage.ts";

/** A reading, as far as crossings look at it. */
export type Level = {
  readonly periodStartS: number;
  /** Of the limit that was in force; null without one. */
  readonly percent: Decimal | null;
};

/**
 * The thresholds (in percent) between two readings of a meter, in the order in which they were passed; `before` is
 * undefined for the first. A limit that appears or disappears moves the level from or to nothing: a limit that is taken
 * away makes no falling crossing, since nothing is known to be below anything.
 */
export function crossingsBetween(
  before: Level | undefined,
  after: Level,
  thresholds: readonly number[],
): readonly Crossing[] {
  if (after.percent === null) return [];
  const { percent } = after;
  const former = before?.periodStartS === after.periodStartS ? before.percent : null;
  const wasAt = (threshold: number): boolean => former !== null && former.gte(threshold);
  const sorted = [...new Set(thresholds)].toSorted((a, b) => a - b);
  const rising = sorted.filter((threshold) => !wasAt(threshold) && percent.gte(threshold));
  const falling = sorted.filter((threshold) => wasAt(threshold) && percent.lt(threshold)).toReversed();
  return [
    ...rising.map((threshold) => ({ threshold, direction: "rising" }) as const),
    ...falling.map((threshold) => ({ threshold, direction: "falling" }) as const),
  ];
}
