/** Intercom's search shows new and changed people only after a while; this remembers what it still shows meanwhile. */
import type { Clock } from "../kernel/types.ts";
import type { Contact } from "./rows.ts";

export type SearchLag = {
  /** Call before saving a change; `before` is `undefined` for a new person. */
  changed(id: string, before: Contact | undefined): void;
  /** The version that search knows now: an older one, none at all, or the present one. */
  seen(present: Contact): Contact | undefined;
  /** True while search does not know the person at all. */
  isNew(id: string): boolean;
  /** Ids whose present version is not searchable yet. */
  pending(): readonly string[];
};

type Version = { readonly was: Contact | undefined; readonly untilMs: number };

/** Keeps the versions that are still shown; they expire by the clock and are dropped when next looked at. */
export function createSearchLag(clock: Clock, lagMs: () => number): SearchLag {
  const versions = new Map<string, Version[]>();
  const current = (id: string): Version | undefined => {
    const list = versions.get(id);
    if (list === undefined) return undefined;
    const now = clock.nowMs();
    while (list[0] !== undefined && list[0].untilMs <= now) list.shift();
    if (list.length === 0) versions.delete(id);
    return list[0];
  };
  return {
    changed(id, before) {
      const lag = lagMs();
      if (lag <= 0) return;
      const version = { was: before, untilMs: clock.nowMs() + lag };
      const list = versions.get(id);
      if (list === undefined) versions.set(id, [version]);
      else list.push(version);
    },
    seen(present) {
      const version = current(present.id);
      return version === undefined ? present : version.was;
    },
    isNew(id) {
      const version = current(id);
      return version !== undefined && version.was === undefined;
    },
    pending: () => [...versions.keys()].filter((id) => current(id) !== undefined),
  };
}
