/** How long something is ago, whatever happened to this process or to the machine meanwhile. */

/**
 * Measures from its making. A stopped process, a sleeping machine and a paused virtual one all count: of the two clocks
 * one may stand still in each of these cases, so the one that moved further is believed.
 */
export class Stopwatch {
  readonly #steadyMs = performance.now();
  readonly #wallMs = Date.now();

  elapsedMs(): number {
    return Math.max(performance.now() - this.#steadyMs, Date.now() - this.#wallMs);
  }
}
