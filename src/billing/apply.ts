/** Station billing: folds a batch of events into our copies of Stripe's objects. Pure: what it needs comes in. */
import type { Lane } from "../model/lane.ts";
import type { EventUse, StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy, ObjectKind } from "../model/stripe-object.ts";
import { describeChanges, laneOfChange, type Change } from "./changes.ts";
import { customerOf, relatedIds, type FindCopy } from "./customer-of.ts";
import { extractFacts } from "./extract.ts";
import { compareCopies, sayTheSame } from "./newest.ts";
import { newestOfSecond, type Candidate, type Snapshot } from "./one-second.ts";
import { idOf, textOf } from "./read.ts";
import { lacksTiers, withKnownTiers } from "./tiers.ts";
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
  const bodies = new Map(incoming.map(({ event }) => [event.id, snapshotOfEvent(event)]));
  const snapshotsNeeded = new Set<string>();
  const fold: Fold = {
    find: (id) => copies.get(id) ?? known.find(id),
    snapshotOf: (eventId) => {
      const snapshot = bodies.get(eventId) ?? known.findSnapshot(eventId);
      if (!snapshot) snapshotsNeeded.add(eventId);
      return snapshot;
    },
  };
  const outcomes = incoming.map((item) => {
    const { outcome, copy } = foldEvent(item, fold);
    if (copy) copies.set(copy.id, copy);
    return outcome;
  });
  return { outcomes, copies: [...copies.values()], snapshotsNeeded: [...snapshotsNeeded] };
}

/** An event as a snapshot of its object. */
export function snapshotOfEvent(event: StripeEvent): Snapshot {
  return { type: event.type, object: event.object, previous: event.previous };
}

type Fold = { readonly find: FindCopy; readonly snapshotOf: (eventId: string) => Snapshot | undefined };
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
  const shown = copyOfEvent(event, { kind: use.kind, id, customerId, deleted: use.deletes, rev: stored?.rev ?? 0 });
  const copy = withKnownTiers(shown, stored);
  if (lacksTiers(copy) && !copy.deleted) return { outcome: waiting };
  switch (compareCopies(stored, copy)) {
    case "doubt":
      return { outcome: waiting };
    case "older":
    case "same":
      return { outcome: { ...waiting, state: "unchanged" } };
    case "newer":
      return { outcome: outcomeOf(stored, copy), copy };
    case "same second":
      return stored ? (orderSecond(stored, shown, fold) ?? { outcome: waiting }) : { outcome: waiting };
  }
}

/** Undefined when only Stripe can tell, or when bodies are missing that will be there the next time. */
function orderSecond(stored: ObjectCopy, incoming: ObjectCopy, fold: Fold): Step | undefined {
  const ids = [...stored.secondEvents, stored.eventId, incoming.eventId].filter((id) => id !== null);
  const candidates = ids.map((eventId) => candidateOf(eventId, incoming, fold));
  const complete = candidates.filter((candidate) => candidate !== undefined);
  if (complete.length < candidates.length) return undefined;
  const newest = newestOfSecond(complete)?.copy;
  if (!newest) return undefined;
  const secondEvents = ids.filter((id) => id !== newest.eventId);
  const customerId = newest.customerId ?? stored.customerId;
  const copy = withKnownTiers({ ...newest, customerId, rev: stored.rev, secondEvents }, stored);
  return { outcome: outcomeOf(stored, copy), copy };
}

function candidateOf(eventId: string, incoming: ObjectCopy, fold: Fold): Candidate | undefined {
  const snapshot = fold.snapshotOf(eventId);
  if (!snapshot) return undefined;
  if (eventId === incoming.eventId) return { copy: incoming, snapshot };
  const { kind, id, asOfS, deleted, rev } = incoming;
  const customerId = customerOf(kind, snapshot.object, { previous: snapshot.previous, find: fold.find });
  return {
    copy: makeCopy(snapshot.object, { kind, id, customerId, asOfS, deleted, rev, eventId, origin: "event" }),
    snapshot,
  };
}

/** A customer whom we have never seen is read when their contact is written. */
function foldNote(event: StripeEvent, fold: Fold): Outcome {
  const customerId = idOf(event.object, "customer");
  const lane = customerId !== null && !fold.find(customerId) ? "calm" : null;
  return { ...nothing("unchanged", event), customerId, lane };
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
  const copy = { ...head, secondEvents: [], facts: extractFacts(head.kind, object) };
  return copy as ObjectCopy; // oxlint-disable-line no-unsafe-type-assertion -- extractFacts answers the facts of that kind
}

/** What a new copy means: a change of facts is "applied", a mere step in time is "unchanged". */
export function outcomeOf(stored: ObjectCopy | undefined, copy: ObjectCopy): Outcome {
  const changed = !stored || !sayTheSame(stored, copy);
  return {
    state: changed ? "applied" : "unchanged",
    objectId: copy.id,
    customerId: copy.customerId,
    changes: changed ? describeChanges(stored, copy) : [],
    lane: changed ? laneOfChange(stored, copy) : null,
  };
}

function nothing(state: EventState, event: StripeEvent): Outcome {
  return { state, objectId: textOf(event.object, "id"), customerId: null, changes: [], lane: null };
}
