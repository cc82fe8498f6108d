/** Whether a payment is a customer's first: the copies know, where in earnest the database is asked. */
import type { Moment } from "../../billing/moments/moment.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";

/** Whether a charge of this customer was paid before the one that the moment is about. */
export function hasPaidBefore(
  { customerId, objectId, occurredAtS }: Moment,
  copies: ReadonlyMap<string, ObjectCopy>,
): boolean {
  const charge = copies.get(objectId);
  const paid = { createdS: charge?.kind === "charge" ? charge.facts.createdS : occurredAtS, id: objectId };
  for (const copy of copies.values()) if (copy.customerId === customerId && isPaidBefore(copy, paid)) return true;
  return false;
}

function isPaidBefore(
  { id, kind, deleted, facts }: ObjectCopy,
  than: { readonly createdS: number; readonly id: string },
): boolean {
  if (kind !== "charge" || deleted || facts.status !== "succeeded" || facts.capturedMinor === 0) return false;
  return facts.createdS < than.createdS || (facts.createdS === than.createdS && id < than.id);
}
