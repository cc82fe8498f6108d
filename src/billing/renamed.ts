/** Station billing: products whose name stands on contacts and has changed. */
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { FindCopy } from "./customer-of.ts";

/** The ids of products among these copies that we knew under another name. */
export function renamedProducts(copies: readonly ObjectCopy[], find: FindCopy): readonly string[] {
  return copies.filter((copy) => copy.kind === "product" && hasOtherName(copy, find(copy.id))).map(({ id }) => id);
}

function hasOtherName(copy: ObjectCopy, stored: ObjectCopy | undefined): boolean {
  if (copy.kind !== "product" || stored?.kind !== "product") return false;
  return stored.facts.name !== copy.facts.name;
}
