/** Station billing: what customers were granted: billing credits and features. Stripe tells of both when they change. */
import type { Money } from "../model/money.ts";
import type { Unknown } from "../model/profile.ts";
import type { ObjectCopyOf } from "../model/stripe-object.ts";

type Grantee = {
  readonly creditBalances: readonly ObjectCopyOf<"credit_balance">[];
  readonly entitlements: readonly ObjectCopyOf<"entitlements">[];
};

const untoldCredits: Unknown = { unknown: "Stripe has not told of a change of billing credits yet." };
const untoldFeatures: Unknown = { unknown: "Stripe has not told of a change of entitlements yet." };

/** The billing credits that these customers have left, added up by currency. */
export function creditsOf(grantees: readonly Grantee[]): readonly Money[] | Unknown {
  const copies = grantees.flatMap(({ creditBalances }) => creditBalances);
  if (copies.length === 0) return untoldCredits;
  const sums = new Map<string, number>();
  for (const { amountMinor, currency } of copies.flatMap(({ facts }) => facts.available)) {
    sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  }
  return [...sums].toSorted(byKey).map(([currency, amountMinor]) => ({ amountMinor, currency }));
}

/** The features that any of these customers may use, in alphabetical order. */
export function featuresOf(grantees: readonly Grantee[]): readonly string[] | Unknown {
  const copies = grantees.flatMap(({ entitlements }) => entitlements);
  if (copies.length === 0) return untoldFeatures;
  return [...new Set(copies.flatMap(({ facts }) => facts.features))].toSorted();
}

function byKey([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
