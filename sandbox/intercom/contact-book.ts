/** All people of the workspace, with the look-ups that a store alone would answer by reading everything. */
import type { Collection, Kernel } from "../kernel/types.ts";
import type { Contact, DeletedContact } from "./rows.ts";
import { createSearchLag, type SearchLag } from "./search-lag.ts";

export type ContactBook = {
  get(id: string): Contact | undefined;
  /** Everyone who still has a record: live, archived, blocked and merged. */
  all(): readonly Contact[];
  /** Live people in the order of their position. */
  readonly liveCount: number;
  /** Live people from a position on (exclusive), at most `limit`. */
  liveAfter(position: number, limit: number): readonly Contact[];
  /** Users and leads with this external id, in whatever state. */
  withExternalId(externalId: string): readonly Contact[];
  /** Users and leads with this e-mail address, in whatever state. */
  withEmail(email: string): readonly Contact[];
  /** Saves a new version. `atOnce` makes it findable without the search lag. */
  save(contact: Contact, atOnce?: boolean): Contact;
  /** Removes the record and keeps its identifiers locked. */
  remove(contact: Contact, deletedAt: number): void;
  readonly deleted: Collection<DeletedContact>;
  readonly lag: SearchLag;
};

/** E-mail addresses are compared and stored in lower case. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** Reads the store once and keeps the indexes in step with every save. */
export function createContactBook(kernel: Kernel, lagMs: () => number): ContactBook {
  const rows = kernel.store.collection<Contact>("intercom_contacts");
  const deleted = kernel.store.collection<DeletedContact>("intercom_deleted_contacts");
  const byExternalId = createIndex((contact) => contact.external_id);
  const byEmail = createIndex((contact) => contact.email);
  const live = createLiveList();
  const lag = createSearchLag(kernel.clock, lagMs);
  const get = (id: string) => rows.get(id);
  const read = (ids: readonly string[]) => ids.map(get).filter((contact) => contact !== undefined);
  const reindex = (before: Contact | undefined, after: Contact | undefined): void => {
    byExternalId.move(before, after);
    byEmail.move(before, after);
    live.move(before, after);
  };
  for (const contact of rows.all()) reindex(undefined, contact);
  return {
    get,
    all: () => rows.all(),
    get liveCount() {
      return live.size;
    },
    liveAfter: (position, limit) => read(live.after(position, limit)),
    withExternalId: (externalId) => read(byExternalId.ids(externalId)),
    withEmail: (email) => read(byEmail.ids(normaliseEmail(email))),
    save(contact, atOnce = false) {
      const before = rows.get(contact.id);
      reindex(before, contact);
      if (!atOnce) lag.changed(contact.id, before);
      return rows.put(contact);
    },
    remove(contact, deletedAt) {
      reindex(contact, undefined);
      rows.delete(contact.id);
      const { id, role, external_id, email } = contact;
      deleted.put({ id, role, external_id, email, deleted_at: deletedAt });
    },
    deleted,
    lag,
  };
}

function createIndex(keyOf: (contact: Contact) => string | null) {
  const ids = new Map<string, Set<string>>();
  const leave = (key: string, id: string): void => {
    const left = ids.get(key);
    left?.delete(id);
    if (left?.size === 0) ids.delete(key);
  };
  return {
    ids: (key: string): readonly string[] => [...(ids.get(key) ?? [])],
    move(before: Contact | undefined, after: Contact | undefined): void {
      const from = before === undefined ? null : keyOf(before);
      const to = after === undefined ? null : keyOf(after);
      if (from === to) return;
      if (before !== undefined && from !== null) leave(from, before.id);
      if (after !== undefined && to !== null) ids.set(to, (ids.get(to) ?? new Set()).add(after.id));
    },
  };
}

type LiveEntry = { readonly seq: number; readonly id: string };

/** Live people sorted by position, so that a page starts in the middle without counting from the beginning. */
function createLiveList() {
  const entries: LiveEntry[] = [];
  const firstAfter = (seq: number): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.seq ?? Number.POSITIVE_INFINITY) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    get size() {
      return entries.length;
    },
    after: (seq: number, limit: number): readonly string[] => {
      const start = firstAfter(seq);
      return entries.slice(start, start + limit).map((entry) => entry.id);
    },
    move(before: Contact | undefined, after: Contact | undefined): void {
      const was = before?.state === "live";
      const is = after?.state === "live";
      if (was && !is) entries.splice(firstAfter(before.seq) - 1, 1);
      if (!was && is) entries.splice(firstAfter(after.seq), 0, { seq: after.seq, id: after.id });
    },
  };
}
