/** Station rules: the trigger `becomes`. */
import type { Truth } from "./run-values.ts";

/** What is kept for the next look, and whether the rule is triggered. */
export type Crossing = { readonly truth: Truth; readonly fires: boolean };

/**
 * A crossing is a change from false or not known to true.
 *
 * | before | now | kept | fires |
 * | --- | --- | --- | --- |
 * | never looked at | anything | what it is now | no: a new rule does not start for all whom it fits already |
 * | anything | not known | what it was before | no: nothing is known to have changed |
 * | false, not known | true | true | yes |
 * | true | true | true | no |
 * | anything | false | false | no |
 */
export function becomes(before: Truth | null, now: Truth): Crossing {
  if (before === null) return { truth: now, fires: false };
  if (now === "unknown") return { truth: before, fires: false };
  return { truth: now, fires: now === "true" && before !== "true" };
}
