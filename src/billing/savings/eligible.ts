/** Station billing: whom a plan is for, by the rules of the plans document and by tax. */
import type { PlanDefinition } from "../../../contract/plans.ts";
import type { Refusal } from "../../../contract/savings.ts";
import type { Basket } from "./basket.ts";
import { refuse } from "./refusals.ts";

/** Why a plan is not for this customer; null when it is. */
export function whyNotEligible(
  plan: PlanDefinition,
  { present, country }: { readonly present: PlanDefinition; readonly country: string | null },
): Refusal | null {
  const isWelcome = plan.eligibleFrom === undefined || plan.eligibleFrom.includes(present.id);
  if (!isWelcome || plan.notFrom.includes(present.id)) return refuse("not_from_plan", { plan: present.id });
  if (plan.countries === undefined) return null;
  if (country === null) return refuse("country_unknown");
  return plan.countries.includes(country) ? null : refuse("country", { country });
}

/**
 * Where tax is added or contained, amounts may be compared only when all prices treat it alike; null when they do. What a
 * price leaves unspecified is decided by the account for all of them alike (docs.stripe.com/tax/products-prices-tax-codes-tax-behavior).
 */
export function taxDifference(present: Basket, other: Basket, taxed: boolean | undefined): Refusal | null {
  if (taxed === false) return null;
  const lines = [...present.lines, ...other.lines];
  const untold = lines.find(({ price }) => typeof price.taxBehavior !== "string");
  if (untold) return refuse("tax_unknown", { price: untold.priceId });
  return new Set(lines.map(({ price }) => price.taxBehavior)).size === 1 ? null : refuse("tax_differs");
}
