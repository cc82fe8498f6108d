/** All data events, kept apart by person; the key of an event is what makes a repeated one a duplicate. */
import type { Collection } from "../kernel/types.ts";
import type { DataEvent } from "./rows.ts";

export type EventJournal = {
  /** In the order of arrival. */
  of(contactId: string): readonly DataEvent[];
  /** False when the event was there already. */
  add(event: DataEvent): boolean;
  /** Gives one person's events to another, as merging does. */
  move(from: string, into: string): void;
};

/** Events count once per person, name and second. */
export function eventKey(event: Pick<DataEvent, "contact_id" | "event_name" | "created_at">): string {
  return `${event.contact_id}|${event.event_name}|${event.created_at}`;
}

/** Reads the events of the store once. */
export function openEventJournal(events: Collection<DataEvent>): EventJournal {
  const byContact = new Map<string, string[]>();
  const remember = (event: DataEvent): void => {
    const ids = byContact.get(event.contact_id);
    if (ids === undefined) byContact.set(event.contact_id, [event.id]);
    else ids.push(event.id);
  };
  const of = (contactId: string) =>
    (byContact.get(contactId) ?? []).map((id) => events.get(id)).filter((event) => event !== undefined);
  const add = (event: DataEvent): boolean => {
    if (events.get(event.id) !== undefined) return false;
    events.put(event);
    remember(event);
    return true;
  };
  for (const event of events.all()) remember(event);
  return {
    of,
    add,
    move(from, into) {
      for (const event of of(from)) {
        events.delete(event.id);
        add({ ...event, id: eventKey({ ...event, contact_id: into }), contact_id: into });
      }
      byContact.delete(from);
    },
  };
}
