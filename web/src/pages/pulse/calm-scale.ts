/** The top of the chart's axis: round, and in no hurry to move. */
import { useState } from "react";

const steps = [1, 1.5, 2, 3, 4, 5, 6, 8] as const;
const least = 5;

/** The smallest round number that holds `peak`: 5, 6, 8, 10, 15, 20, 30, … */
export function roundUp(peak: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(peak, least)));
  return steps.map((step) => step * power).find((top) => top >= Math.max(peak, least)) ?? 10 * power;
}

/** Grows at once, because a curve must not be cut off; shrinks only when two thirds of the height stand empty. */
export function calmScale(previous: number, peak: number): number {
  if (peak > previous) return roundUp(peak);
  return peak < previous / 3 ? roundUp(peak) : previous;
}

/** The axis top for this peak, and the one before it, for easing from one to the other. */
export type Scale = { readonly top: number; readonly before: number };

/** The scale for this peak, remembering the last one. */
export function useCalmScale(peak: number): Scale {
  const [scale, setScale] = useState((): Scale => ({ top: roundUp(peak), before: roundUp(peak) }));
  const top = calmScale(scale.top, peak);
  if (top === scale.top) return scale;
  const next = { top, before: scale.top };
  setScale(next);
  return next;
}
