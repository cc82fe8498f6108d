/** The time that decisions go by. Leases, limits and signatures never ask it: they go by the database's or the machine's own. */

export type Clock = {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Told when something has happened, so that it is not later than now. */
  readonly heed: (happenedMs: number) => void;
};

/** This machine's time; others' clocks may be a little ahead, and move nothing. */
export const systemClock: Clock = { nowMs: () => Date.now(), heed: () => undefined };

/** This machine's time, moved. It may be moved forward only: what has happened does not become future again. */
export class MovedClock implements Clock {
  #aheadMs = 0;

  readonly nowMs = (): number => Date.now() + this.#aheadMs;

  readonly heed = (happenedMs: number): void => this.follow(happenedMs);

  /** Takes over what another clock shows at this instant, unless that is behind. */
  follow(shownMs: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, shownMs - Date.now());
  }
}
