/** Counts what flows, for the page and the metrics: the last two minutes by second, the lag, the totals. */
import type { Receipt } from "./receive-event.ts";
import type { SyncDone } from "./sync-worker.ts";

export type FlowSecond = { readonly at: number; readonly events: number; readonly writes: number };

/** Totals that are added up over all nodes and starts. */
export type Tallies = {
  readonly events: number;
  readonly skipped: number;
  readonly changes: number;
  readonly writes: number;
  /** Writes that events caused, without those of a backfill. */
  readonly eventWrites: number;
};

const secondsKept = 120;
const lagSamplesMax = 5_000;
const lagWindowMs = 5 * 60_000;

export class Flow {
  readonly #seconds = new Map<number, { events: number; writes: number }>();
  readonly #lags: { readonly atMs: number; readonly lagMs: number }[] = [];
  readonly #nowMs: () => number;
  #unsaved = { events: 0, skipped: 0, changes: 0, writes: 0, eventWrites: 0 };

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Events were stored. */
  received(receipts: readonly Receipt[]): void {
    const fresh = receipts.filter(({ duplicate }) => !duplicate);
    this.#second().events += fresh.length;
    this.#unsaved.events += fresh.length;
    this.#unsaved.skipped += fresh.filter(({ outcome }) => outcome.state === "skipped").length;
    this.#unsaved.changes += fresh.filter(({ outcome }) => outcome.lane !== null).length;
  }

  /** A customer was synced, with or without a write. */
  synced({ job, write }: SyncDone): void {
    if (!write) return;
    this.#second().writes += 1;
    this.#unsaved.writes += 1;
    if (job.lane === "backfill") return;
    this.#unsaved.eventWrites += 1;
    this.#lags.push({ atMs: this.#nowMs(), lagMs: write.lagMs });
    if (this.#lags.length > lagSamplesMax) this.#lags.shift();
  }

  /** The last two minutes without gaps, oldest first. */
  seconds(): readonly FlowSecond[] {
    const last = this.#nowS();
    return Array.from({ length: secondsKept }, (_, index) => {
      const at = last - secondsKept + 1 + index;
      return { at, ...(this.#seconds.get(at) ?? { events: 0, writes: 0 }) };
    });
  }

  /** From event stored to Intercom's answer, over five minutes. */
  lag(): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
    const since = this.#nowMs() - lagWindowMs;
    const lags = this.#lags.filter(({ atMs }) => atMs >= since).map(({ lagMs }) => lagMs);
    const sorted = lags.toSorted((a, b) => a - b);
    return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
  }

  /** What was counted since the last call. */
  takeUnsaved(): Tallies {
    const unsaved = this.#unsaved;
    this.#unsaved = { events: 0, skipped: 0, changes: 0, writes: 0, eventWrites: 0 };
    return unsaved;
  }

  /** What is counted and not saved yet. */
  unsaved(): Tallies {
    return this.#unsaved;
  }

  #nowS(): number {
    return Math.floor(this.#nowMs() / 1000);
  }

  #second(): { events: number; writes: number } {
    const at = this.#nowS();
    const known = this.#seconds.get(at);
    if (known) return known;
    const second = { events: 0, writes: 0 };
    this.#seconds.set(at, second);
    for (const old of this.#seconds.keys()) if (old < at - secondsKept) this.#seconds.delete(old);
    return second;
  }
}

function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
