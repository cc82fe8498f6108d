/** Station billing: folds a batch of events into our copies of Stripe's objects. Pure: what it needs comes in. */
import type { Lane } from "../model/lane.ts";
import type { EventUse, StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy, ObjectKind } from "../model/stripe-object.ts";
import { describeChanges, laneOfChange, type Change } from "./changes.ts";
import { customerOf, relatedIds, type FindCopy } from "./customer-of.ts";
import { extractFacts } from "./extract.ts";
import { compareCopies, type Snapshot } from "./newest.ts";
import { idOf, textOf } from "./read.ts";
import { isReadable } from "./version.ts";

/** What became of an event. */
export type EventState =
  | "applied" // it changed a copy
  | "unchanged" // repeated, older, or a note
  | "skipped" // a type that we do not use
  | "waiting"; // Stripe must be asked first

export type Outcome = {
  readonly state: EventState;
  readonly objectId: string | null;
  readonly customerId: string | null;
  readonly changes: readonly Change[];
  /** The customer's contact may have to be written, this soon. */
  readonly lane: Lane | null;
};

/** What the fold may look at. */
export type Known = {
  readonly find: FindCopy;
  /** The event that a stored copy came from; needed when two snapshots share a second. */
  readonly findSnapshot: (eventId: string) => Snapshot | undefined;
};

export type Folded = {
  readonly outcomes: readonly Outcome[];
  /** The copies that changed, newest state only. */
  readonly copies: readonly ObjectCopy[];
  /** Events whose bodies must be at hand before this batch can be decided; then fold again. */
  readonly snapshotsNeeded: readonly string[];
};

export type IncomingEvent = { readonly event: StripeEvent; readonly use: EventUse | undefined };

/** The ids of the copies that must be at hand to fold this event. */
export function idsNeeded({ event, use }: IncomingEvent): readonly string[] {
  if (!use) return [];
  const customerId = idOf(event.object, "customer");
  if (use.how === "note") return customerId === null ? [] : [customerId];
  const own = textOf(event.object, "id");
  return [...(own === null ? [] : [own]), ...relatedIds(use.kind, event.object)];
}

/** Folds the events one after the other; later ones see what earlier ones changed. */
export function foldEvents(incoming: readonly IncomingEvent[], known: Known): Folded {
  const copies = new Map<string, ObjectCopy>();
  const bodies = new Map<string, Snapshot>();
  const snapshotsNeeded = new Set<string>();
  const fold = {
    find: (id: string) => copies.get(id) ?? known.find(id),
    snapshotOf: (copy: ObjectCopy) => {
      if (copy.eventId === null) return undefined;
      const snapshot = bodies.get(copy.eventId) ?? known.findSnapshot(copy.eventId);
      if (!snapshot) snapshotsNeeded.add(copy.eventId);
      return snapshot;
    },
  };
  const outcomes = incoming.map((item) => {
    const { outcome, copy } = foldEvent(item, fold);
    if (copy) {
      copies.set(copy.id, copy);
      bodies.set(item.event.id, snapshotOfEvent(item.event));
    }
    return outcome;
  });
  return { outcomes, copies: [...copies.values()], snapshotsNeeded: [...snapshotsNeeded] };
}

/** An event as a snapshot of its object. */
export function snapshotOfEvent(event: StripeEvent): Snapshot {
  return { type: event.type, object: event.object, previous: event.previous };
}

type Fold = { readonly find: FindCopy; readonly snapshotOf: (copy: ObjectCopy) => Snapshot | undefined };
type Step = { readonly outcome: Outcome; readonly copy?: ObjectCopy };

function foldEvent({ event, use }: IncomingEvent, fold: Fold): Step {
  if (!use) return { outcome: nothing("skipped", event) };
  if (use.how === "note") return { outcome: foldNote(event, fold) };
  const id = textOf(event.object, "id");
  if (id === null) return { outcome: nothing("skipped", event) };
  const customerId = customerOf(use.kind, event.object, { previous: event.previous, find: fold.find });
  const waiting: Outcome = { state: "waiting", objectId: id, customerId, changes: [], lane: null };
  if (mustAsk(use.kind, event, customerId)) return { outcome: waiting };
  const stored = fold.find(id);
  const copy = copyOfEvent(event, { kind: use.kind, id, customerId, deleted: use.deletes, rev: stored?.rev ?? 0 });
  const verdict = compareCopies(stored, copy, {
    incoming: snapshotOfEvent(event),
    stored: stored && needsSnapshot(stored, copy) ? fold.snapshotOf(stored) : undefined,
  });
  switch (verdict) {
    case "doubt":
      return { outcome: waiting };
    case "older":
    case "same":
      return { outcome: { ...waiting, state: "unchanged" } };
    case "newer":
      return { outcome: outcomeOf(stored, copy), copy };
  }
}

/** A customer whom we have never seen is read when their contact is written. */
function foldNote(event: StripeEvent, fold: Fold): Outcome {
  const customerId = idOf(event.object, "customer");
  const lane = customerId !== null && !fold.find(customerId) ? "calm" : null;
  return { ...nothing("unchanged", event), customerId, lane };
}

/** The bodies are compared only within one second. */
function needsSnapshot(stored: ObjectCopy, incoming: ObjectCopy): boolean {
  return stored.origin === "event" && stored.asOfS === incoming.asOfS && !stored.deleted;
}

/**
 * True when the body is not enough: another payload version; a dispute or refund whose charge we do not know; a refund
 * that failed, since the charge it belongs to changes without an event of its own.
 */
function mustAsk(kind: ObjectKind, event: StripeEvent, customerId: string | null): boolean {
  if (!isReadable(event.apiVersion)) return true;
  if (kind === "dispute") return customerId === null;
  return kind === "refund" && (event.type === "refund.failed" || event.object["status"] === "failed");
}

type CopyHead = {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly customerId: string | null;
  readonly deleted: boolean;
  readonly rev: number;
};

function copyOfEvent(event: StripeEvent, head: CopyHead): ObjectCopy {
  return makeCopy(event.object, { ...head, asOfS: event.createdS, eventId: event.id, origin: "event" });
}

/** Makes a copy of an object of this kind; the facts are extracted here. */
export function makeCopy(
  object: Readonly<Record<string, unknown>>,
  head: CopyHead & Pick<ObjectCopy, "asOfS" | "eventId" | "origin">,
): ObjectCopy {
  const copy = { ...head, facts: extractFacts(head.kind, object) };
  return copy as ObjectCopy; // oxlint-disable-line no-unsafe-type-assertion -- extractFacts answers the facts of that kind
}

/** What a new copy means: a change of facts is "applied", a mere step in time is "unchanged". */
export function outcomeOf(stored: ObjectCopy | undefined, copy: ObjectCopy): Outcome {
  const changes = describeChanges(stored, copy);
  const changed = changes.length > 0 || stored === undefined || stored.customerId !== copy.customerId;
  return {
    state: changed ? "applied" : "unchanged",
    objectId: copy.id,
    customerId: copy.customerId,
    changes,
    lane: changed ? laneOfChange(stored, copy) : null,
  };
}

function nothing(state: EventState, event: StripeEvent): Outcome {
  return { state, objectId: textOf(event.object, "id"), customerId: null, changes: [], lane: null };
}
