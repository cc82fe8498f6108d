/** Traces one write back: which copies were new to it, the events that changed them, and what set it off. Pure. */
import type {
  ExplainCause,
  ExplainEvent,
  ExplainObject,
  ExplainSetting,
  ExplainWrite,
} from "../../contract/explain.ts";
import { readBasis, readBasisObjects, type Basis, type BasisObject } from "../billing/basis.ts";
import type { KeptWrite } from "../contacts/store.ts";
import type { KeptEvent } from "../events/store.ts";
import { parseStored } from "../lib/json.ts";
import type { AttributeValue } from "../model/contact.ts";

type StoredChange = readonly [name: string, before: AttributeValue, after: AttributeValue];

/** The changes of a write. */
function changesOf({ changes }: Pick<KeptWrite, "changes">): readonly StoredChange[] {
  return parseStored<readonly StoredChange[]>(changes);
}

/** What is at hand about the past of a write. */
export type Past = {
  /** Earlier writes of the same person, newest first. */
  readonly earlier: readonly KeptWrite[];
  /** Events about the objects that it rested on, in any order, more than needed. */
  readonly events: readonly KeptEvent[];
};

/** Explains what a write did to an attribute. */
export function traceWrite(write: KeptWrite, name: string, past: Past): ExplainWrite {
  const [, before, after] = changesOf(write).find(([changed]) => changed === name) ?? [name, null, null];
  const basis = basisFor(write, name);
  const known = formerCopies(past);
  const objects = basis.objects.map((object) => toExplainObject(object, known.isNew(object)));
  const events = eventsBehind(basis.objects, known, past.events);
  const stored = new Set(past.events.map(({ id }) => id));
  const named = basis.objects.map(({ eventId }) => eventId).filter((id) => id !== null);
  return {
    id: String(write.id),
    at: write.at.toISOString(),
    kind: write.kind,
    lane: write.lane,
    contactId: write.contactId,
    before,
    after,
    requestId: write.requestId,
    lagMs: write.lagMs,
    mapping: write.mapping,
    cause: causeOf(write, objects, past.earlier),
    objects,
    others: basis.others,
    events: events.map(toExplainEvent),
    eventsGone: [...new Set(named)].filter((id) => !stored.has(id)),
    setting: null,
  };
}

/** Why a write changed an attribute that rules set; without a setting its run is no longer kept, or its rule is gone. */
export function causeOfRule({ after }: Pick<ExplainWrite, "after">, setting: ExplainSetting | null): ExplainCause {
  if (!setting) return { kind: "rule", text: after === null ? "No rule sets it any more." : "A rule had set it." };
  const { rule, why } = setting;
  const back = why === null ? "." : `: ${why}`;
  return {
    kind: "rule",
    text: after === null ? `The rule “${rule}” took it back${back}` : `The rule “${rule}” set it.`,
  };
}

/** What the attribute rested on in this write. */
function basisFor({ basis }: Pick<KeptWrite, "basis">, name: string): Basis {
  return (basis === null ? undefined : readBasis(basis, name)) ?? { objects: [], others: 0 };
}

/** What was known of the copies when the write before was made. */
type Former = {
  readonly isNew: (object: BasisObject) => boolean;
  /** The event that the former copy of an object came from. */
  readonly eventOf: (objectId: string) => KeptEvent | undefined;
};

/** A copy may be stored a moment before the write that does not show it yet. */
const overlapMs = 60_000;

function formerCopies({ earlier, events }: Past): Former {
  const copies = new Map<string, BasisObject>();
  for (const object of earlier.flatMap(({ basis }) => (basis === null ? [] : readBasisObjects(basis)))) {
    const known = copies.get(object.id);
    if (!known || known.rev < object.rev) copies.set(object.id, object);
  }
  const byId = new Map(events.map((event) => [event.id, event]));
  const arrivedMs = ({ eventId, asOfS }: BasisObject): number =>
    byId.get(eventId ?? "")?.receivedAt.getTime() ?? asOfS * 1000;
  const [last] = earlier;
  return {
    isNew: (object) => {
      const known = copies.get(object.id);
      if (known) return object.rev > known.rev;
      return last === undefined || arrivedMs(object) > last.at.getTime() - overlapMs;
    },
    eventOf: (objectId) => byId.get(copies.get(objectId)?.eventId ?? ""),
  };
}

/**
 * The events that made the copies what they were: those that the copies name, and those before them that changed the same
 * objects since the write before. Oldest first.
 */
function eventsBehind(
  objects: readonly BasisObject[],
  former: Former,
  events: readonly KeptEvent[],
): readonly KeptEvent[] {
  const behind = objects.flatMap((object): readonly KeptEvent[] => {
    const own = events.find(({ id }) => id === object.eventId);
    if (!own) return [];
    return former.isNew(object) ? [own, ...eventsBetween(former.eventOf(object.id), own, events)] : [own];
  });
  return [...new Set(behind)].toSorted(
    (a, b) => a.receivedAt.getTime() - b.receivedAt.getTime() || a.createdS - b.createdS || (a.id < b.id ? -1 : 1),
  );
}

/** What changed the object of these two events between them. */
function eventsBetween(
  first: KeptEvent | undefined,
  last: KeptEvent,
  events: readonly KeptEvent[],
): readonly KeptEvent[] {
  const sinceMs = first?.receivedAt.getTime() ?? Number.NEGATIVE_INFINITY;
  return events.filter(
    ({ id, objectId, changes, receivedAt }) =>
      objectId === last.objectId &&
      changes !== null &&
      id !== first?.id &&
      receivedAt.getTime() >= sinceMs &&
      receivedAt <= last.receivedAt,
  );
}

function causeOf(write: KeptWrite, objects: readonly ExplainObject[], earlier: readonly KeptWrite[]): ExplainCause {
  const [before] = earlier;
  if (write.basis === null)
    return { kind: "unknown", text: "It was written before Dunlin kept what a write rests on." };
  if (!earlier.some(({ contactId }) => contactId === write.contactId))
    return { kind: "linked", text: firstWriteText(write) };
  if (before && before.mapping !== null && before.mapping !== write.mapping)
    return { kind: "mapping", text: `The mapping changed from ${before.mapping} to ${String(write.mapping)}.` };
  const fresh = objects.filter(({ isNew }) => isNew);
  const [told] = fresh.filter(({ eventId }) => eventId !== null);
  if (told) return { kind: "events", text: `Stripe told us of a change of ${nameOf(told)}.` };
  if (fresh.some(({ kind }) => kind === "customer"))
    return { kind: "person", text: "A further Stripe customer is taken for the same person from then on." };
  const [read] = fresh;
  if (read) return { kind: "read", text: `${capital(nameOf(read))} was read from Stripe's API.` };
  return {
    kind: "repair",
    text: "Nothing had changed in Stripe since the write before: the contact showed something else, or counted other customers, and was put right.",
  };
}

function firstWriteText({ kind }: KeptWrite): string {
  return kind === "create"
    ? "The contact was created, with everything that was known."
    : "The contact was linked, and everything that differed was written.";
}

function nameOf({ kind, id }: Pick<ExplainObject, "kind" | "id">): string {
  return `${kind.replaceAll("_", " ")} ${id}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A copy as people are shown it. */
export function toExplainObject(object: BasisObject, isNew?: boolean): ExplainObject {
  return {
    account: object.account,
    kind: object.kind,
    id: object.id,
    revision: object.rev,
    asOf: new Date(object.asOfS * 1000).toISOString(),
    origin: object.origin,
    eventId: object.eventId,
    ...(isNew === undefined ? {} : { isNew }),
  };
}

/** An event as people are shown it. */
export function toExplainEvent(event: KeptEvent): ExplainEvent {
  const changes =
    event.changes === null
      ? []
      : parseStored<readonly (readonly [string, string | null, string | null])[]>(event.changes);
  return {
    account: event.account,
    id: event.id,
    type: event.type,
    objectId: event.objectId,
    createdAt: new Date(event.createdS * 1000).toISOString(),
    receivedAt: event.receivedAt.toISOString(),
    came: event.came,
    state: event.state,
    changes: changes.map(([field, before, after]) => ({ field, before, after })),
  };
}
