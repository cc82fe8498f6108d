/** Station billing: whose event it is. Several types name no customer (facts: Stripe's event reference). */
import type { ObjectCopy, StripeKind } from "../model/stripe-object.ts";
import { copyIdOf } from "./copy-id.ts";
import { idOf, type Raw } from "./read.ts";

/** Finds a stored copy by the object's id. */
export type FindCopy = (id: string) => ObjectCopy | undefined;

/**
 * The ids of other objects that may be needed to find the customer: disputes and old refunds name only a charge, mandates
 * only a payment method.
 */
export function relatedIds(kind: StripeKind, object: Raw): readonly string[] {
  if (kind === "mandate") return [idOf(object, "payment_method")].filter((id) => id !== null);
  if (kind !== "dispute" && kind !== "refund") return [];
  return [idOf(object, "charge"), idOf(object, "payment_intent")].filter((id) => id !== null);
}

/** The customer that an object belongs to; null when neither the object nor our copies know. */
export function customerOf(
  kind: StripeKind,
  object: Raw,
  { previous, find }: { readonly previous: Raw | null; readonly find: FindCopy },
): string | null {
  if (kind === "customer") return idOf(object, "id");
  return (
    idOf(object, "customer") ??
    idOf(object, "customer_account") ??
    (previous ? idOf(previous, "customer") : null) ??
    fromCopies([copyIdOf(kind, object), ...relatedIds(kind, object)], find)
  );
}

function fromCopies(ids: readonly (string | null)[], find: FindCopy): string | null {
  for (const id of ids) {
    const customerId = id === null ? null : (find(id)?.customerId ?? null);
    if (customerId !== null) return customerId;
  }
  return null;
}
