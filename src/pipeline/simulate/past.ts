/** What was known of a person before the journal tells, and how events are read and settled without Stripe. */
import { makeCopy, outcomeOf, type Outcome } from "../../billing/apply.ts";
import type { FindCopy } from "../../billing/customer-of.ts";
import { copyIdOf } from "../../billing/copy-id.ts";
import { withKnownDetails } from "../../billing/on-request.ts";
import { isAhead, undo } from "../../billing/one-second.ts";
import { isReadable } from "../../billing/version.ts";
import { useOf } from "../../events/catalogue.ts";
import { parseStored } from "../../lib/json.ts";
import type { StripeEvent } from "../../model/stripe-event.ts";
import { isCatalogue, type ObjectCopy, type StripeCopy, type StripeKind } from "../../model/stripe-object.ts";
import { beganS, pastOf, relativesOf, type PastState, type Relatives } from "./reconstruct.ts";
import type { PersonRecord, RecordedEvent } from "./record.ts";

type Envelope = {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly livemode: boolean;
  readonly api_version?: string | null;
  readonly data: {
    readonly object: StripeEvent["object"];
    readonly previous_attributes?: StripeEvent["previous"];
  };
};

/** Reads the body of a stored event, which was checked when it came. */
export function readRecorded(body: string): StripeEvent {
  const { id, type, created, livemode, api_version, data } = parseStored<Envelope>(body);
  const { object, previous_attributes } = data;
  return {
    id,
    type,
    createdS: created,
    livemode,
    apiVersion: api_version ?? null,
    object,
    previous: previous_attributes ?? null,
  };
}

/** A copy that is known from then on without being told of; read is one that is only assumed. */
export type SilentCopy = { readonly account: string; readonly atS: number; readonly copy: ObjectCopy };

/** The stretch of the past that is rehearsed; before `journalSince` nothing is recorded of an account (unix seconds). */
export type Stretch = {
  readonly fromS: number;
  readonly toS: number;
  readonly journalSince: (account: string) => number;
};

export type PlannedPast = {
  readonly silent: readonly SilentCopy[];
  readonly past: readonly (PastState & { readonly account: string })[];
};

/**
 * What was known when the stretch begins, and what happened in it before the journal or beside it: an object of which events
 * tell is as before the first of them; one without events is as its newest copy, with the past that its times tell.
 */
export function planPast(record: PersonRecord, stretch: Stretch): PlannedPast {
  const firsts = firstEvents(record);
  let relatives: Relatives | undefined;
  const silent: SilentCopy[] = [];
  const past: (PastState & { readonly account: string })[] = [];
  for (const { account, copy } of record.copies) {
    const first = firsts.get(keyOf(account, copy.id));
    firsts.delete(keyOf(account, copy.id));
    const startS = Math.max(stretch.fromS, stretch.journalSince(account));
    const basis = basisOf(copy, first, startS);
    if (basis === undefined) continue;
    const isOld = beganS(basis.copy) < startS;
    relatives ??= relativesOf(record.copies.map((one) => one.copy));
    const states = pastOf(basis.copy, relatives).filter(({ atS }) => !isOld || atS < startS);
    for (const state of states) {
      if (state.atS >= stretch.fromS) past.push({ ...state, account });
      else silent.push({ account, atS: stretch.fromS, copy: { ...state.copy, asOfS: stretch.fromS - 1 } });
    }
    if (isOld) silent.push({ account, atS: startS, copy: silentCopy(basis, startS) });
  }
  // Objects of which there is no copy any more.
  for (const first of firsts.values()) {
    const startS = Math.max(stretch.fromS, stretch.journalSince(first.account));
    const basis = factsBefore(first, startS);
    if (basis) silent.push({ account: first.account, atS: startS, copy: silentCopy(basis, startS) });
  }
  return { silent, past };
}

/** What the past of an object is made up from; undefined where its events tell all of it. */
function basisOf(copy: ObjectCopy, first: RecordedEvent | undefined, startS: number): Basis | undefined {
  if (isCatalogue(copy.kind) || copy.kind === "payment_intent" || copy.kind === "usage") return undefined;
  if (!first) return { copy, isSure: true };
  // Most were made with their first event, and nothing has to be read to know it.
  return beganS(copy) >= startS ? undefined : factsBefore(first, startS);
}

type Basis = { readonly copy: ObjectCopy; readonly isSure: boolean };

/** What was told before is not told again; what is only assumed may be. */
function silentCopy({ copy, isSure }: Basis, startS: number): ObjectCopy {
  return {
    ...copy,
    asOfS: Math.min(copy.asOfS, startS - 1),
    eventId: null,
    secondEvents: [],
    origin: isSure ? "event" : "read",
  };
}

function keyOf(account: string, id: string): string {
  return `${account} ${id}`;
}

/** The first event that shows each object. */
function firstEvents({ events }: PersonRecord): Map<string, RecordedEvent> {
  const firsts = new Map<string, RecordedEvent>();
  for (const event of events) {
    if (event.objectId === null || useOf(event.type)?.how !== "copy") continue;
    const key = keyOf(event.account, event.objectId);
    if (!firsts.has(key)) firsts.set(key, event);
  }
  return firsts;
}

/** The object before its first event; undefined when it was made with it, or when that cannot be told. */
function factsBefore(first: RecordedEvent, startS: number): Basis | undefined {
  const use = useOf(first.type);
  if (use?.how !== "copy" || first.type.endsWith(".created")) return undefined;
  const { object, previous, apiVersion } = readRecorded(first.body);
  const id = copyIdOf(use.kind, object);
  if (id === null || !isReadable(apiVersion)) return undefined;
  const isSure = previous !== null && Object.keys(previous).length > 0;
  const former = isSure ? undo(object, previous) : beforeEvent(first.type, object);
  const { customerId } = first;
  const copy = makeCopy(former, {
    kind: use.kind,
    id,
    customerId,
    deleted: false,
    rev: 0,
    asOfS: startS - 1,
    eventId: null,
    origin: "event",
  });
  return beganS(copy) < startS ? { copy, isSure } : undefined;
}

/** What some events announce was not so before them. */
function beforeEvent(type: string, object: StripeEvent["object"]): StripeEvent["object"] {
  switch (type) {
    case "charge.succeeded":
    case "charge.failed":
      return { ...object, status: "pending", captured: false, amount_captured: 0 };
    case "invoice.paid":
      return { ...object, status: "open", amount_paid: 0, amount_remaining: object["amount_due"] };
    case "customer.subscription.deleted":
      return { ...object, status: "active", ended_at: null };
    default:
      return object;
  }
}

export type Doubt = {
  /** As the fold left it. */
  readonly outcome: Outcome;
  readonly find: FindCopy;
  /** Our newest copy, which holds what Stripe answered. */
  readonly newest: FindCopy;
};

/**
 * Settles an event for which Stripe had to be asked. What Stripe tells only to who asks never changes, so that it is taken from
 * the newest copy. Of two events of one second the newest copy says what they came to, as long as it is of that second; else
 * the later heard counts, unless the other one has come further. That is a guess.
 */
export function settleDoubt(
  event: StripeEvent,
  doubt: Doubt,
): { readonly outcome: Outcome; readonly isGuess: boolean } {
  const use = useOf(event.type);
  const { outcome, find, newest } = doubt;
  const id = outcome.objectId;
  if (use?.how !== "copy" || id === null || !isReadable(event.apiVersion)) return { outcome, isGuess: true };
  const stored = find(id);
  const last = newest(id);
  const head = { kind: use.kind, id, customerId: ownerIn(doubt, id), rev: stored?.rev ?? 0 };
  const shown = withKnownDetails(withKnownDetails(copyOf(event, head), stored), last);
  const { current, isGuess } = currentAfter(event, { shown, stored, last });
  return { outcome: { ...outcomeOf(stored, current), change: { event, shown, stored, current } }, isGuess };
}

type Copies = {
  /** As the event has it. */
  readonly shown: ObjectCopy;
  /** As it was before. */
  readonly stored: ObjectCopy | undefined;
  /** Our newest copy of today. */
  readonly last: ObjectCopy | undefined;
};

/** What the object came to with this event: our newest copy, if it is of that second or Stripe's answer to this event. */
function currentAfter(
  { id, createdS }: StripeEvent,
  { shown, stored, last }: Copies,
): { readonly current: ObjectCopy; readonly isGuess: boolean } {
  if (last?.asOfS === createdS || last?.eventId === id) return { current: last, isGuess: false };
  if (!stored) return { current: shown, isGuess: false };
  return { current: isOlder(shown, stored) ? stored : shown, isGuess: stored.asOfS === shown.asOfS };
}

function isOlder(shown: ObjectCopy, stored: ObjectCopy): boolean {
  return stored.deleted || stored.asOfS > shown.asOfS || (stored.asOfS === shown.asOfS && isAhead(stored, shown));
}

function ownerIn({ outcome, find, newest }: Doubt, id: string): string | null {
  return outcome.customerId ?? find(id)?.customerId ?? newest(id)?.customerId ?? null;
}

type Head = {
  readonly kind: StripeKind;
  readonly id: string;
  readonly customerId: string | null;
  readonly rev: number;
};

function copyOf(event: StripeEvent, head: Head): StripeCopy {
  return makeCopy(event.object, { ...head, deleted: false, asOfS: event.createdS, eventId: event.id, origin: "event" });
}
