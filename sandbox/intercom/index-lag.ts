/** New conversations and tickets appear in their searches only after a while. */
import type { Clock } from "../kernel/types.ts";

export type IndexLag = {
  /** Call when something is made. */
  added(id: string): void;
  /** False while a search does not know it yet. */
  shows(id: string): boolean;
};

/** Remembers what is too new; the moments pass by the sandbox's clock. */
export function createIndexLag(clock: Clock, lagMs: () => number): IndexLag {
  const shownFromMs = new Map<string, number>();
  return {
    added(id) {
      if (lagMs() > 0) shownFromMs.set(id, clock.nowMs() + lagMs());
    },
    shows(id) {
      const fromMs = shownFromMs.get(id);
      if (fromMs === undefined) return true;
      if (fromMs > clock.nowMs()) return false;
      shownFromMs.delete(id);
      return true;
    },
  };
}
