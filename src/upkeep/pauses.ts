/** Connections on which nothing can work at present: paused, with their jobs kept, one alert, and tried again now and then. */
import type { Vendor } from "../connections/connection.ts";
import { pauseConnection, resumeConnection } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { pause } from "../lib/pause.ts";
import { AppError, codeOf } from "../model/error.ts";
import type { Log } from "../pipeline/context.ts";

export type PausesSettings = {
  readonly pool: Pool;
  readonly log: Log;
  readonly nowMs: () => number;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Fails while the account cannot be used. */
  readonly probe: (vendor: Vendor) => Promise<unknown>;
  readonly onChange: (vendor: Vendor, paused: boolean) => void;
};

type Trouble = { readonly code: string; readonly reason: string };
type Past = { readonly reason: string; readonly attempts: number; readonly resumedAtMs: number };

/** The same trouble so soon after a probe went well means that the probe does not see it: try more seldom, alert once. */
const sameTroubleMs = 15 * 60_000;
const firstProbeMs = 2_000;
const lastProbeMs = 120_000;

export class Pauses {
  readonly #settings: PausesSettings;
  readonly #now = new Map<Vendor, Trouble>();
  readonly #past = new Map<Vendor, Past>();
  readonly #waits: Promise<void>[] = [];

  constructor(settings: PausesSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#now.size;
  }

  has(vendor: Vendor): boolean {
    return this.#now.has(vendor);
  }

  /** What stands in the way, for people; null when nothing does. */
  reasonOf(vendor: Vendor): string | null {
    return this.#now.get(vendor)?.reason ?? null;
  }

  /** Pauses the connection that this error is about. `resume` says whether to probe; a start that fails tries again by itself. */
  async block(error: unknown, { resume }: { readonly resume: boolean }): Promise<void> {
    if (!(error instanceof AppError) || error.kind !== "blocked") return;
    const vendor: Vendor = error.code.startsWith("STRIPE") ? "stripe" : "intercom";
    if (this.#now.has(vendor)) return;
    const trouble = { code: error.code, reason: error.message };
    this.#now.set(vendor, trouble);
    this.#settings.onChange(vendor, true);
    const attempts = this.#attemptsBefore(vendor, trouble);
    const { pool, log } = this.#settings;
    if (attempts === 0)
      log.error({ vendor, code: error.code }, `${vendor} is paused, its jobs are kept: ${error.message}`);
    await pauseConnection(pool, vendor, trouble);
    if (resume) this.#waits.push(this.#resumeLater(vendor, { ...trouble, attempts }));
  }

  /** Both accounts were joined: nothing stands in the way any more. */
  async clear(): Promise<void> {
    for (const vendor of this.#now.keys()) await this.#resume(vendor);
  }

  /** Resolves when no probe is under way; abort the signal first. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#waits);
  }

  #attemptsBefore(vendor: Vendor, { reason }: Trouble): number {
    const past = this.#past.get(vendor);
    const isSame = past?.reason === reason && this.#settings.nowMs() - past.resumedAtMs < sameTroubleMs;
    return isSame ? past.attempts : 0;
  }

  async #resumeLater(vendor: Vendor, trouble: Trouble & { readonly attempts: number }): Promise<void> {
    const { signal, probe, log, nowMs } = this.#settings;
    for (let attempts = trouble.attempts; ; attempts += 1) {
      await pause(Math.min(lastProbeMs, firstProbeMs * 1.5 ** attempts), signal);
      if (signal.aborted || !this.#now.has(vendor)) return;
      try {
        await probe(vendor);
        this.#past.set(vendor, { reason: trouble.reason, attempts: attempts + 1, resumedAtMs: nowMs() });
        await this.#resume(vendor);
        return;
      } catch (error) {
        log.debug({ vendor, code: codeOf(error) }, "still paused");
      }
    }
  }

  async #resume(vendor: Vendor): Promise<void> {
    const { pool, log, onChange } = this.#settings;
    await resumeConnection(pool, vendor);
    this.#now.delete(vendor);
    onChange(vendor, false);
    log.info({ vendor }, `${vendor} works again; what was kept is sent now`);
  }
}
