/** Tells moments of events as the pipeline does, without a database: folds them and keeps the first moment of each key. */
import type { MomentName } from "../../contract/moment.ts";
import { foldEvents, snapshotOfEvent } from "../../src/billing/apply.ts";
import { momentsOf } from "../../src/billing/moments.ts";
import type { Moment } from "../../src/billing/moments/moment.ts";
import type { Snapshot } from "../../src/billing/one-second.ts";
import { useOf } from "../../src/events/catalogue.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import type { ObjectCopy } from "../../src/model/stripe-object.ts";

/** Everything that is told of these events, in batches of so many, by key. */
export function tellAll(
  events: readonly StripeEvent[],
  { known = [], batch = 1 }: { readonly known?: readonly ObjectCopy[]; readonly batch?: number } = {},
): ReadonlyMap<string, Moment> {
  const copies = new Map(known.map((copy) => [copy.id, copy]));
  const bodies = new Map<string, Snapshot>();
  const told = new Map<string, Moment>();
  for (let at = 0; at < events.length; at += batch) {
    const incoming = events.slice(at, at + batch).map((event) => ({ event, use: useOf(event.type) }));
    const folded = foldEvents(incoming, { find: (id) => copies.get(id), findSnapshot: (id) => bodies.get(id) });
    for (const { event } of incoming) bodies.set(event.id, snapshotOfEvent(event));
    for (const copy of folded.copies) copies.set(copy.id, copy);
    for (const { change } of folded.outcomes) {
      const moments = change ? momentsOf(change, (id) => copies.get(id)) : [];
      for (const moment of moments) if (!told.has(moment.key)) told.set(moment.key, moment);
    }
  }
  return told;
}

/** The names of what is told. */
export function namesOf(told: ReadonlyMap<string, Moment>): readonly MomentName[] {
  return [...told.values()].map(({ name }) => name);
}
