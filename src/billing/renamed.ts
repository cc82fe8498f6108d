/**
 * Station billing: products that have changed in what contacts show of them: their name, the limits in their metadata, or
 * what one of their prices is in other currencies.
 */
import { sameJson } from "../lib/json.ts";
import type { ObjectCopy, ObjectCopyOf } from "../model/stripe-object.ts";
import type { FindCopy } from "./customer-of.ts";

/** The ids of products that we knew otherwise, by these copies of them and of their prices. */
export function renamedProducts(copies: readonly ObjectCopy[], find: FindCopy): readonly string[] {
  const ids = copies.flatMap((copy) => {
    if (copy.kind === "price") return hasOtherAmounts(copy, find(copy.id)) ? (copy.facts.productId ?? []) : [];
    return copy.kind === "product" && showsOtherwise(copy, find(copy.id)) ? copy.id : [];
  });
  return [...new Set(ids)];
}

/** All else of a price stays as it was made. */
function hasOtherAmounts({ facts }: ObjectCopyOf<"price">, stored: ObjectCopy | undefined): boolean {
  if (stored?.kind !== "price") return false;
  const [before, after] = [stored.facts.currencyOptions, facts.currencyOptions];
  return before !== undefined && after !== undefined && !sameJson(before, after);
}

/** Copies that are older than the keeping of metadata say nothing of them. */
function showsOtherwise(copy: ObjectCopy, stored: ObjectCopy | undefined): boolean {
  if (copy.kind !== "product" || stored?.kind !== "product") return false;
  const { name, metadata } = stored.facts;
  return name !== copy.facts.name || (metadata !== undefined && !sameJson(metadata, copy.facts.metadata ?? {}));
}
