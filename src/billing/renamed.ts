/** Station billing: products that have changed in what contacts show of them: their name, or the limits in their metadata. */
import { sameJson } from "../lib/json.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { FindCopy } from "./customer-of.ts";

/** The ids of products among these copies that we knew under another name, or with other metadata. */
export function renamedProducts(copies: readonly ObjectCopy[], find: FindCopy): readonly string[] {
  return copies.filter((copy) => copy.kind === "product" && showsOtherwise(copy, find(copy.id))).map(({ id }) => id);
}

/** Copies that are older than the keeping of metadata say nothing of them. */
function showsOtherwise(copy: ObjectCopy, stored: ObjectCopy | undefined): boolean {
  if (copy.kind !== "product" || stored?.kind !== "product") return false;
  const { name, metadata } = stored.facts;
  return name !== copy.facts.name || (metadata !== undefined && !sameJson(metadata, copy.facts.metadata ?? {}));
}
