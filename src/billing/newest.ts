/**
 * Station billing: which of two snapshots of an object is the newer one.
 *
 * Stripe promises no order and its times have one second. So: the later second wins; within one second the chain of
 * `previous_attributes` (B follows A when B's former values are A's); then facts that only ever move one way. What is
 * still in doubt must be read from Stripe.
 */
import { isRecord, sameJson } from "../lib/json.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { progressOf } from "./progress.ts";
import type { Raw } from "./read.ts";

/** A snapshot as an event carries it. */
export type Snapshot = {
  readonly type: string;
  readonly object: Raw;
  readonly previous: Raw | null;
};

export type Verdict =
  | "newer" // the incoming snapshot replaces the copy
  | "same" // both say the same
  | "older" // the incoming snapshot is stale
  | "doubt"; // only Stripe can tell

/**
 * Compares an incoming copy with the stored one. `storedSnapshot` is the event that the stored copy came from; it is
 * needed only when both are of the same second.
 */
export function compareCopies(
  stored: ObjectCopy | undefined,
  incoming: ObjectCopy,
  snapshots: { readonly incoming: Snapshot; readonly stored: Snapshot | undefined },
): Verdict {
  if (!stored) return "newer";
  if (stored.deleted) return "older";
  if (incoming.deleted) return "newer";
  if (stored.origin === "read") return compareWithRead(stored, incoming);
  if (incoming.asOfS > stored.asOfS) return "newer";
  if (incoming.asOfS < stored.asOfS) return "older";
  if (sayTheSame(stored, incoming)) return "same";
  if (stored.origin === "fetch") return "doubt";
  return withinOneSecond(stored, incoming, snapshots);
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

function withinOneSecond(
  stored: ObjectCopy,
  incoming: ObjectCopy,
  snapshots: { readonly incoming: Snapshot; readonly stored: Snapshot | undefined },
): Verdict {
  if (snapshots.stored) {
    const after = follows(snapshots.incoming, snapshots.stored);
    const before = follows(snapshots.stored, snapshots.incoming);
    if (after && !before) return "newer";
    if (before && !after) return "older";
    if (isFirst(snapshots.stored) !== isFirst(snapshots.incoming)) {
      return isFirst(snapshots.stored) ? "newer" : "older";
    }
  }
  return byProgress(stored, incoming);
}

/** True when the former values that `later` names are the values that `earlier` shows. */
function follows(later: Snapshot, earlier: Snapshot): boolean {
  const { previous } = later;
  if (!previous || Object.keys(previous).length === 0) return false;
  return Object.entries(previous).every(([key, former]) => shows(earlier.object[key], former));
}

/** Stripe names only the changed keys of nested objects, and whole arrays. */
function shows(value: unknown, former: unknown): boolean {
  if (!isRecord(former)) return sameJson(value, former);
  const shown = isRecord(value) ? value : {};
  return Object.entries(former).every(([key, part]) => shows(shown[key], part));
}

/** Nothing precedes the snapshot of a creation. */
function isFirst(snapshot: Snapshot): boolean {
  return snapshot.type.endsWith(".created");
}

function byProgress(stored: ObjectCopy, incoming: ObjectCopy): Verdict {
  const order = compareSteps(progressOf(incoming), progressOf(stored));
  if (order > 0) return "newer";
  return order < 0 ? "older" : "doubt";
}

/** Every step must agree: a copy that is ahead in one fact and behind in another decides nothing. */
function compareSteps(a: readonly number[], b: readonly number[]): number {
  const signs = new Set(a.map((step, index) => Math.sign(step - (b[index] ?? 0))));
  signs.delete(0);
  const [only] = signs;
  return signs.size === 1 && only !== undefined ? only : 0;
}
