/**
 * Station billing: which copy of an object is the newer one.
 *
 * Stripe promises no order and its times have one second. So the later second wins. Events of one second are put in
 * order by what they say about each other (one-second.ts). What is still in doubt must be read from Stripe.
 */
import { sameJson } from "../lib/json.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";

export type Verdict =
  | "newer" // the incoming copy replaces the stored one
  | "older" // the incoming copy is stale
  | "same" // both say the same
  | "same second" // the events of that second must be put in order
  | "doubt"; // only Stripe can tell

/** Compares the copy that an event carries with the stored one. */
export function compareCopies(stored: ObjectCopy | undefined, incoming: ObjectCopy): Verdict {
  if (!stored) return "newer";
  // A deletion that Stripe told us is final. A read that found nothing may have been too early.
  if (stored.deleted) return stored.origin === "event" ? "older" : "newer";
  if (incoming.deleted) return "newer";
  if (stored.origin === "read") return compareWithRead(stored, incoming);
  if (incoming.asOfS > stored.asOfS) return "newer";
  if (incoming.asOfS < stored.asOfS) return "older";
  if (stored.origin === "event") return "same second";
  return sayTheSame(stored, incoming) ? "same" : "doubt";
}

/** True when two copies state the same facts about the same customer. */
export function sayTheSame(a: ObjectCopy, b: ObjectCopy): boolean {
  return a.deleted === b.deleted && a.customerId === b.customerId && sameJson(a.facts, b.facts);
}

/**
 * Compares a copy that was read from the API, without an event as its reason, with the stored one. What was read shows
 * what was true when Stripe answered; an event of that second or later knows better.
 */
export function compareRead(stored: ObjectCopy | undefined, read: ObjectCopy): Verdict {
  if (!stored) return "newer";
  if (sayTheSame(stored, read)) return "same";
  if (stored.deleted) return "older";
  return stored.asOfS < read.asOfS ? "newer" : "older";
}

/** Events up to the second of the answer may be in it or not. */
function compareWithRead(stored: ObjectCopy, incoming: ObjectCopy): Verdict {
  if (incoming.asOfS > stored.asOfS) return "newer";
  return sayTheSame(stored, incoming) ? "same" : "doubt";
}
