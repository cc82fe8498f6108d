/**
 * Station billing: the tiers of a price. Events never show them, Stripe tells them only to who asks, and they never
 * change (docs.stripe.com/api/prices/update), so what was read once is kept under every later copy.
 */
import type { ObjectCopy } from "../model/stripe-object.ts";

/** The copy with the tiers that were known before, when it is a tiered price that does not show its own. */
export function withKnownTiers(copy: ObjectCopy, stored: ObjectCopy | undefined): ObjectCopy {
  if (!lacksTiers(copy) || stored?.kind !== "price" || stored.facts.tiers === null) return copy;
  return { ...copy, facts: { ...copy.facts, tiers: stored.facts.tiers } };
}

/** True for a tiered price whose tiers are not known: Stripe has to be asked. */
export function lacksTiers(copy: ObjectCopy): copy is Extract<ObjectCopy, { kind: "price" }> {
  return copy.kind === "price" && copy.facts.billingScheme === "tiered" && copy.facts.tiers === null;
}
