/** What Stripe told us: one event, immutable, known by its id. */
import type { StripeKind } from "./stripe-object.ts";

/** An event whose envelope was checked; `object` is Stripe's own JSON, still to be read with care. */
export type StripeEvent = {
  readonly id: string;
  readonly type: string;
  /** Stripe's unix second; it orders nothing inside that second. */
  readonly createdS: number;
  readonly livemode: boolean;
  /** The version the body was rendered with; null when the sender did not say. */
  readonly apiVersion: string | null;
  readonly object: Readonly<Record<string, unknown>>;
  /** On `*.updated`: the former values of what changed. */
  readonly previous: Readonly<Record<string, unknown>> | null;
};

/** How an event came in: delivered by Stripe, or fetched from its list of events. */
export type EventWay = "webhook" | "list";

/**
 * How an event is used.
 * - copy: its body is a snapshot of an object that we keep
 * - look: it names an object that has changed and does not show it
 * - note: it is kept for what it says about its customer; there is no object of its own to copy
 */
export type EventUse =
  | { readonly how: "copy"; readonly kind: StripeKind; readonly deletes: boolean }
  | { readonly how: "look"; readonly kind: StripeKind }
  | { readonly how: "note" };
