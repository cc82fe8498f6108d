/** Station billing: folds a batch of events into our copies of Stripe's objects. Pure: what it needs comes in. */
import type { Lane } from "../model/lane.ts";
import type { EventUse, StripeEvent } from "../model/stripe-event.ts";
import type { ObjectKind, ObjectCopy, StripeCopy, StripeKind } from "../model/stripe-object.ts";
import { describeChanges, laneOfChange, type Change } from "./changes.ts";
import { copyIdOf, prefixed } from "./copy-id.ts";
import { customerOf, relatedIds, type FindCopy } from "./customer-of.ts";
import { extractFacts } from "./extract.ts";
import type { ObjectChange } from "./moments/change.ts";
import { compareCopies, sayTheSame } from "./newest.ts";
import { newestOfSecond, type Candidate, type Snapshot } from "./one-second.ts";
import { idOf, partOf, textOf } from "./read.ts";
import { lacksDetails, mayChangeCurrencies, stillKnown, withKnownDetails } from "./on-request.ts";
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
  /** Of the copy that changed. */
  readonly kind?: ObjectKind;
  readonly customerId: string | null;
  readonly changes: readonly Change[];
  /** The customer's contact may have to be written, this soon. */
  readonly lane: Lane | null;
  /** What moments are told from; absent when the event says nothing that can be read. */
  readonly change?: ObjectChange;
};

/** What the fold may look at. */
export type Known = {
  readonly find: FindCopy;
  /** The event that a stored copy came from; needed when two snapshots share a second. */
  readonly findSnapshot: (eventId: string) => Snapshot | undefined;
  /** Whether changes are put into words, which takes longer than the fold itself. Left out: yes. */
  readonly describes?: boolean;
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
  if (use.how !== "copy") return idsInNote(event.object);
  const own = copyIdOf(use.kind, event.object);
  return [...(own === null ? [] : [own]), ...relatedIds(use.kind, event.object)];
}

/** A note is about a customer, or about a payment of theirs. */
function idsInNote(object: StripeEvent["object"]): readonly string[] {
  return ["customer", "charge", "payment_intent"].flatMap((field) => idOf(object, field) ?? []);
}

/** Folds the events one after the other; later ones see what earlier ones changed. */
export function foldEvents(incoming: readonly IncomingEvent[], known: Known): Folded {
  const copies = new Map<string, ObjectCopy>();
  const bodies = new Map(incoming.map(({ event }) => [event.id, snapshotOfEvent(event)]));
  const snapshotsNeeded = new Set<string>();
  const fold: Fold = {
    find: (id) => copies.get(id) ?? known.find(id),
    describe: known.describes === false ? () => [] : describeChanges,
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

type Fold = {
  readonly find: FindCopy;
  readonly snapshotOf: (eventId: string) => Snapshot | undefined;
  readonly describe: typeof describeChanges;
};
type Step = { readonly outcome: Outcome; readonly copy?: ObjectCopy };

function foldEvent({ event, use }: IncomingEvent, fold: Fold): Step {
  if (!use) return { outcome: nothing("skipped", event) };
  if (use.how === "note") return { outcome: foldNote(event, fold) };
  if (use.how === "look") return { outcome: foldLook(event, use.kind, fold) };
  const id = copyIdOf(use.kind, event.object);
  if (id === null) return { outcome: nothing("skipped", event) };
  const customerId = customerOf(use.kind, event.object, { previous: event.previous, find: fold.find });
  const waiting: Outcome = { state: "waiting", objectId: id, customerId, changes: [], lane: null };
  const stored = fold.find(id);
  if (mustAsk(use.kind, event, customerId) || mayChangeCurrencies(stored, event.type)) return { outcome: waiting };
  const shown = copyOfEvent(event, { kind: use.kind, id, customerId, deleted: use.deletes, rev: stored?.rev ?? 0 });
  const copy = withKnownDetails(shown, stillKnown(stored, event.type));
  if (lacksDetails(copy) && mattersNow(copy)) return { outcome: waiting };
  const step = decide({ stored, shown, copy, waiting }, fold);
  const current = step.outcome.state === "waiting" ? undefined : (step.copy ?? stored);
  return { ...step, outcome: { ...step.outcome, change: { event, shown: copy, stored, current } } };
}

type Incoming = {
  readonly stored: ObjectCopy | undefined;
  readonly shown: StripeCopy;
  /** What was shown, with what only Stripe's answers show. */
  readonly copy: ObjectCopy;
  readonly waiting: Outcome;
};

function decide({ stored, shown, copy, waiting }: Incoming, fold: Fold): Step {
  switch (compareCopies(stored, copy)) {
    case "doubt":
      return { outcome: waiting };
    case "older":
    case "same":
      return { outcome: { ...waiting, state: "unchanged" } };
    case "newer":
      return { outcome: outcomeOf(stored, copy, fold.describe), copy };
    case "same second":
      return stored ? (orderSecond(stored, shown, fold) ?? { outcome: waiting }) : { outcome: waiting };
  }
}

/** Undefined when only Stripe can tell, or when bodies are missing that will be there the next time. */
function orderSecond(stored: ObjectCopy, incoming: StripeCopy, fold: Fold): Step | undefined {
  const ids = [...stored.secondEvents, stored.eventId, incoming.eventId].filter((id) => id !== null);
  const candidates = ids.map((eventId) => candidateOf(eventId, incoming, fold));
  const complete = candidates.filter((candidate) => candidate !== undefined);
  if (complete.length < candidates.length) return undefined;
  const newest = newestOfSecond(complete)?.copy;
  if (!newest) return undefined;
  const secondEvents = ids.filter((id) => id !== newest.eventId);
  const customerId = newest.customerId ?? stored.customerId;
  const copy = withKnownDetails({ ...newest, customerId, rev: stored.rev, secondEvents }, stored);
  if (lacksDetails(copy) && mattersNow(copy)) return undefined;
  return { outcome: outcomeOf(stored, copy, fold.describe), copy };
}

function candidateOf(eventId: string, incoming: StripeCopy, fold: Fold): Candidate | undefined {
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

/** What Stripe told only to who asked cannot be asked of what is gone, and a coupon is read when somebody uses it. */
function mattersNow({ kind, deleted }: ObjectCopy): boolean {
  return !deleted && kind !== "coupon";
}

/** The object that an event names without showing it; null when it names none. */
export function lookedAt(kind: StripeKind, object: StripeEvent["object"]): string | null {
  const customerId = idOf(object, "customer") ?? idOf(object, "customer_account");
  return kind === "customer" ? customerId : prefixed(kind, customerId);
}

/** A discount of a subscription shows in the subscription's own events, and one that the customer's copy shows is no news. */
function foldLook(event: StripeEvent, kind: StripeKind, fold: Fold): Outcome {
  const customerId = idOf(event.object, "customer") ?? idOf(event.object, "customer_account");
  const stored = customerId === null ? undefined : fold.find(customerId);
  if (kind === "customer" && (customerId === null || isNoNews(event, stored))) {
    return { ...nothing("unchanged", event), customerId };
  }
  return { ...nothing("waiting", event), customerId };
}

function isNoNews({ type, object }: StripeEvent, stored: ObjectCopy | undefined): boolean {
  if (idOf(object, "subscription") !== null) return true;
  if (stored?.kind !== "customer") return false;
  const shows = stored.facts.discount?.id === textOf(object, "id");
  return type.endsWith(".deleted") ? !shows && stored.facts.discount !== undefined : shows;
}

/** A customer whom we have never seen is read when their contact is written. */
function foldNote(event: StripeEvent, fold: Fold): Outcome {
  const named = idOf(event.object, "customer");
  const customerId = named ?? payerOf(event.object, fold);
  const lane = customerId !== null && !fold.find(customerId) ? "calm" : null;
  return { ...nothing("unchanged", event), customerId, lane };
}

/** Warnings of fraud name the payment only (docs.stripe.com/api/radar/early_fraud_warnings). */
function payerOf(object: StripeEvent["object"], { find }: Fold): string | null {
  const ids = idsInNote(object);
  return ids.map((id) => find(id)?.customerId ?? null).find((customerId) => customerId !== null) ?? null;
}

/**
 * True when the body is not enough: another payload version; a dispute or mandate whose charge or payment method we do
 * not know; more entitlements, or items of a subscription, than an event shows; a refund that failed, since the charge it
 * belongs to changes without an event of its own.
 */
function mustAsk(kind: StripeKind, event: StripeEvent, customerId: string | null): boolean {
  if (!isReadable(event.apiVersion)) return true;
  if (kind === "dispute" || kind === "mandate") return customerId === null;
  if (kind === "entitlements") return partOf(event.object, "entitlements")["has_more"] === true;
  if (kind === "subscription") return partOf(event.object, "items")["has_more"] === true;
  return kind === "refund" && (event.type === "refund.failed" || event.object["status"] === "failed");
}

type CopyHead = {
  readonly kind: StripeKind;
  readonly id: string;
  readonly customerId: string | null;
  readonly deleted: boolean;
  readonly rev: number;
};

function copyOfEvent(event: StripeEvent, head: CopyHead): StripeCopy {
  return makeCopy(event.object, { ...head, asOfS: event.createdS, eventId: event.id, origin: "event" });
}

/** Makes a copy of an object of this kind; the facts are extracted here. */
export function makeCopy(
  object: Readonly<Record<string, unknown>>,
  head: CopyHead & Pick<ObjectCopy, "asOfS" | "eventId" | "origin">,
): StripeCopy {
  const copy = { ...head, secondEvents: [], facts: extractFacts(head.kind, object) };
  return copy as StripeCopy; // oxlint-disable-line no-unsafe-type-assertion -- extractFacts answers the facts of that kind
}

/** What a new copy means: a change of facts is "applied", a mere step in time is "unchanged". */
export function outcomeOf(stored: ObjectCopy | undefined, copy: ObjectCopy, describe = describeChanges): Outcome {
  const changed = !stored || !sayTheSame(stored, copy);
  return {
    state: changed ? "applied" : "unchanged",
    objectId: copy.id,
    kind: copy.kind,
    customerId: copy.customerId,
    changes: changed ? describe(stored, copy) : [],
    lane: changed ? laneOfChange(stored, copy) : null,
  };
}

function nothing(state: EventState, event: StripeEvent): Outcome {
  return { state, objectId: textOf(event.object, "id"), customerId: null, changes: [], lane: null };
}
