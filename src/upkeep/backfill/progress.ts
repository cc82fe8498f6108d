/** How far a run is: kept in memory while it works, and saved about once a second for whoever asks. */
import type { BackfillCensus, BackfillCount, BackfillProgress, BackfillResource } from "../../../contract/backfill.ts";
import type { Pool } from "../../db/pool.ts";
import { etaS, RateMeter } from "../../lib/rate-meter.ts";
import { remainingIn, type Finished, type Range } from "./ranges.ts";
import { saveProgress } from "./run-rows.ts";

export type ProgressSettings = {
  readonly run: number;
  /** Commits need not wait for the disk. */
  readonly records: Pool;
  readonly nowMs: () => number;
  /** Where an interrupted run was. */
  readonly before: BackfillProgress | null;
  /** Told whether the run is still open; another one may have taken its place. */
  readonly onSaved: (isOpen: boolean) => void;
};

const saveEveryMs = 1_000;

/** What is known of a resource. */
export type ResourceState = { readonly open: readonly Range[]; readonly finished: Finished };

type Counted = "planned" | "contacts";

export class ProgressKeeper {
  readonly #settings: ProgressSettings;
  readonly #meters = new Map<string, RateMeter>();
  #progress: BackfillProgress;
  #savedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: ProgressSettings) {
    this.#settings = settings;
    this.#progress = settings.before ?? { resources: [], census: null, planned: null, contacts: null };
  }

  get now(): BackfillProgress {
    return this.#progress;
  }

  /** A resource went on; called in the order in which resources are to be shown. */
  async resource(name: string, state: ResourceState): Promise<void> {
    const shown = showResource(name, state, this.#meter(name, objectsIn(state)));
    const known = this.#progress.resources;
    const resources = known.some((resource) => resource.name === name)
      ? known.map((resource) => (resource.name === name ? shown : resource))
      : [...known, shown];
    await this.#change({ resources });
  }

  async census(census: BackfillCensus): Promise<void> {
    await this.#change({ census });
  }

  /** So many of all customers were gone through. */
  async count(what: Counted, { all, done }: { readonly all: number; readonly done: number }): Promise<void> {
    const remaining = Math.max(0, all - done);
    const perS = remaining === 0 ? null : this.#meter(what, done);
    const count: BackfillCount = { all, done, remaining, perS: rounded(perS), etaS: etaS(remaining, perS) };
    await this.#change({ [what]: count });
  }

  /** Saves what has not been saved yet. */
  async flush(): Promise<void> {
    this.#savedMs = this.#settings.nowMs();
    const { records, run, onSaved } = this.#settings;
    onSaved(await saveProgress(records, run, this.#progress));
  }

  async #change(part: Partial<BackfillProgress>): Promise<void> {
    this.#progress = { ...this.#progress, ...part };
    if (this.#settings.nowMs() - this.#savedMs >= saveEveryMs) await this.flush();
  }

  #meter(name: string, total: number): number | null {
    const meter = this.#meters.get(name) ?? new RateMeter();
    this.#meters.set(name, meter);
    meter.add(total, this.#settings.nowMs());
    return meter.perS();
  }
}

function objectsIn({ open, finished }: ResourceState): number {
  return open.reduce((sum, { objects }) => sum + objects, finished.objects);
}

function showResource(name: string, state: ResourceState, perS: number | null): BackfillResource {
  const { open, finished } = state;
  const remaining = remainingIn(open, finished);
  return {
    name,
    ranges: { done: finished.ranges, all: finished.ranges + open.length },
    objects: objectsIn(state),
    perS: open.length === 0 ? null : rounded(perS),
    remaining,
    etaS: etaS(remaining, perS),
    problems: open.flatMap((range) => problemOf(range)),
  };
}

function problemOf({ fromS, toS, attempt, dueAtMs, error }: Range): BackfillResource["problems"] {
  if (!error) return [];
  const from = fromS === 0 ? null : isoOf(fromS * 1000);
  return [{ from, to: isoOf(toS * 1000), ...error, attempt, nextAttemptAt: isoOf(dueAtMs) }];
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function rounded(perS: number | null): number | null {
  return perS === null ? null : Math.round(perS * 10) / 10;
}
