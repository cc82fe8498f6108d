/** Station billing: what one event did to what we know of an object, as moments are told from it. */
import type { FactsByKind, ObjectCopy, ObjectCopyOf, StripeKind } from "../../model/stripe-object.ts";
import { extractFacts } from "../extract.ts";
import { sayTheSame } from "../newest.ts";
import { undo, type Snapshot } from "../one-second.ts";

/** An event as far as moments need it. */
export type Occasion = Snapshot & { readonly createdS: number };

/** Everything that moments are told from. Copies that backfill and reconcile read silently make none. */
export type ObjectChange = {
  readonly event: Occasion;
  /** What the event says of the object, or what Stripe answered because of it. */
  readonly shown: ObjectCopy;
  /** Our copy before it. */
  readonly stored: ObjectCopy | undefined;
  /** Our copy after it: what was shown, or a newer one. Undefined while only Stripe can tell. */
  readonly current: ObjectCopy | undefined;
};

/** A change of an object of one kind. */
export type ChangeOf<K extends StripeKind> = {
  readonly event: Occasion;
  readonly shown: ObjectCopyOf<K>;
  readonly stored: ObjectCopyOf<K> | undefined;
  readonly current: ObjectCopyOf<K> | undefined;
  /** What was shown is the newest that we know. */
  readonly isNewest: boolean;
  /** It was read silently before, and the event says the same: nobody has told of it yet. */
  readonly wasReadAhead: boolean;
};

/** The change as one of this kind; undefined when it is about another, or about what is gone. */
export function changeOf<K extends StripeKind>(kind: K, change: ObjectChange): ChangeOf<K> | undefined {
  const { event, shown, stored, current } = change;
  if (!isOf(kind, shown) || shown.deleted) return undefined;
  return {
    event,
    shown,
    stored: isOf(kind, stored) ? stored : undefined,
    current: isOf(kind, current) ? current : undefined,
    isNewest: current !== undefined && (current === shown || current.eventId === shown.eventId),
    wasReadAhead: stored?.origin === "read" && sayTheSame(stored, shown),
  };
}

function isOf<K extends StripeKind>(kind: K, copy: ObjectCopy | undefined): copy is ObjectCopy & ObjectCopyOf<K> {
  return copy?.kind === kind;
}

type IsTrue<K extends StripeKind> = (facts: FactsByKind[K]) => boolean;

/**
 * Whether it became known with this event that something is true which stays true for ever. What the copy before showed
 * too was told with that one, unless it was read silently. What came late is told of in any case: whoever keeps the
 * keys knows whether it was told.
 */
export function isNews<K extends StripeKind>(change: ChangeOf<K>, isTrue: IsTrue<K>): boolean {
  const { shown, stored, isNewest } = change;
  if (!isTrue(shown.facts)) return false;
  return !isNewest || stored === undefined || stored.origin === "read" || !isTrue(stored.facts);
}

/** How the second is found at which something became true. */
export type TimeSigns<K extends StripeKind> = {
  readonly isTrue: IsTrue<K>;
  /** Types of events that are sent when it becomes true. */
  readonly announcedBy: readonly string[];
  /** The object's own time, which it is when nothing tells better. */
  readonly ownS: number;
};

/** When it became true: as announced; else when we saw it turn; else by the object itself. */
export function becameTrueAtS<K extends StripeKind>(change: ChangeOf<K>, signs: TimeSigns<K>): number {
  const { event, shown, stored, isNewest } = change;
  if (signs.announcedBy.includes(event.type)) return event.createdS;
  const wasWatched = stored !== undefined && stored.origin !== "read" && !signs.isTrue(stored.facts);
  return wasWatched && isNewest ? shown.asOfS : signs.ownS;
}

/** The newest state, and the one before it; `before` is undefined when nobody knows it. */
export type Turn<K extends StripeKind> = {
  readonly before: FactsByKind[K] | undefined;
  readonly after: ObjectCopyOf<K>;
};

/**
 * How the newest state moved with this event; undefined when it did not. The state before is our copy's. Where we had
 * none, or one that was read silently and says the same, the event itself may say what was before it.
 */
export function turnOf<K extends StripeKind>(change: ChangeOf<K>): Turn<K> | undefined {
  const { event, shown, stored, current, wasReadAhead } = change;
  if (wasReadAhead) return { before: formerFacts(shown.kind, event), after: shown };
  if (!current || current === stored) return undefined;
  return { before: stored ? stored.facts : formerFacts(shown.kind, event), after: current };
}

/** The facts before the event, by its own account. */
function formerFacts<K extends StripeKind>(kind: K, { object, previous }: Snapshot): FactsByKind[K] | undefined {
  return previous && Object.keys(previous).length > 0 ? extractFacts(kind, undo(object, previous)) : undefined;
}
