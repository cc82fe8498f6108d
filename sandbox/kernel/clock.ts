/** The sandbox's own time: the real one plus an offset that only grows. */
import type { Clock } from "./types.ts";

/** A clock that runs with the real one and can be moved forward. */
export class MovableClock implements Clock {
  offsetMs = 0;

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  nowS(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** Moves to this moment; a moment that has passed changes nothing, since time never runs backwards. */
  moveTo(momentMs: number): void {
    this.offsetMs = Math.max(this.offsetMs, momentMs - Date.now());
  }
}
