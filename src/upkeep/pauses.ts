/**
 * What stands still on this installation, as this node knows it: pauses that people made, and those that Dunlin makes of a
 * vendor on whom nothing can work at present. The rows are the truth; every node reads them once a second, and at once when
 * another one says so. Jobs are kept, one alert is raised, and what Dunlin paused is tried again now and then.
 */
import { mainAccount } from "../connections/connection.ts";
import { openingsOf, type Openings, type Pause, type PauseScope } from "../connections/pause.ts";
import { liftPause, listPauses, savePause } from "../connections/store.ts";
import type { Bulletin } from "../db/bulletin.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { pause } from "../lib/pause.ts";
import { AppError, codeOf } from "../model/error.ts";
import type { Log } from "../pipeline/context.ts";
import { StripeForbidden, StripeUnauthorized } from "../stripe/failure.ts";
import { beginProbes, claimProbe, endProbes, giveBackProbe } from "./pause-probes.ts";

export type PausesSettings = {
  readonly pool: Pool;
  readonly bulletin: Pick<Bulletin, "on" | "publish">;
  readonly log: Log;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Fails while the account cannot be used; answers false when it cannot be told yet. */
  readonly probe: (scope: PauseScope) => Promise<boolean>;
  /** Told when something else may go on than before. */
  readonly onChange: (openings: Openings, pauses: readonly Pause[]) => void;
};

/** How soon a node obeys what another one, or a command, has written. */
const readEveryMs = 1_000;

export class Pauses {
  readonly #settings: PausesSettings;
  #current: readonly Pause[] = [];
  #text = "[]";
  /** Scopes that this node probes at this moment. */
  readonly #probing = new Map<PauseScope, Promise<void>>();
  #reading: Promise<void> = Promise.resolve();
  #unhear: () => void = () => undefined;

  constructor(settings: PausesSettings) {
    this.#settings = settings;
  }

  /** Reads what stands still, and goes on doing so. */
  async start(): Promise<void> {
    await this.read();
    this.#unhear = this.#settings.bulletin.on("pauses", () => void this.read());
    this.#reading = this.#readOn();
  }

  get current(): readonly Pause[] {
    return this.#current;
  }

  get openings(): Openings {
    return openingsOf(this.#current);
  }

  /** What closes this scope, for people; null when it is open. */
  reasonOf(scope: PauseScope): string | null {
    const closing = this.#current.filter((one) => one.scope === scope || (one.scope === "all" && scope !== "intake"));
    const [first] = closing.toSorted((a, b) => Number(b.by === "dunlin") - Number(a.by === "dunlin"));
    return first ? describePause(first) : null;
  }

  /** Pauses what this error says cannot work. A person's pause is no trouble: whoever met it only waits. */
  async block(error: unknown, account = mainAccount): Promise<void> {
    if (!(error instanceof AppError) || error.kind !== "blocked" || error instanceof VendorPaused) return;
    const scope: PauseScope = error.code.startsWith("STRIPE") ? `stripe:${accountOf(error) ?? account}` : "intercom";
    if (this.#current.some((one) => one.scope === scope && one.by === "dunlin")) return;
    const { pool, log, bulletin } = this.#settings;
    const { code, message: reason } = error;
    const isNew = await transaction(pool, async (tx) => {
      const isPaused = await savePause(tx, { scope, by: "dunlin", code, reason, lastsMs: null });
      return isPaused && (await beginProbes(tx, { scope, reason }));
    });
    if (isNew) log.error({ scope, code }, `${scope} is paused, its jobs are kept: ${reason}`);
    await this.read();
    bulletin.publish("pauses");
  }

  /** These were joined: what Dunlin paused of them works again. */
  async clear(scopes: readonly PauseScope[]): Promise<void> {
    for (const { scope, by } of this.#current) if (by === "dunlin" && scopes.includes(scope)) await this.#lift(scope);
  }

  /** Resolves when nothing is under way; abort the signal first. */
  async idle(): Promise<void> {
    this.#unhear();
    await Promise.allSettled([this.#reading, ...this.#probing.values()]);
  }

  /** Reads the rows and tells of a change. */
  async read(): Promise<void> {
    const { pool, log, onChange } = this.#settings;
    try {
      const pauses = await listPauses(pool);
      this.#current = pauses;
      const text = JSON.stringify(pauses);
      if (text !== this.#text) {
        this.#text = text;
        onChange(this.openings, pauses);
      }
      for (const one of pauses) if (one.by === "dunlin") this.#probeWhenDue(one);
    } catch (error) {
      log.debug({ err: error }, "pauses could not be read");
    }
  }

  async #readOn(): Promise<void> {
    const { signal } = this.#settings;
    while (!signal.aborted) {
      await pause(readEveryMs, signal);
      if (!signal.aborted) await this.read();
    }
  }

  #probeWhenDue(one: Pause): void {
    const { scope } = one;
    if (this.#probing.has(scope) || this.#settings.signal.aborted) return;
    this.#probing.set(
      scope,
      this.#probe(one).finally(() => this.#probing.delete(scope)),
    );
  }

  /** Once for all nodes: whoever finds a probe due makes it. */
  async #probe(one: Pause): Promise<void> {
    const { pool, probe, log } = this.#settings;
    const { scope } = one;
    try {
      if (!(await claimProbe(pool, one))) return;
      if (!(await probe(scope))) return await giveBackProbe(pool, one);
      await endProbes(pool, one);
      await this.#lift(scope);
    } catch (error) {
      log.debug({ scope, code: codeOf(error) }, "still paused");
    }
  }

  async #lift(scope: PauseScope): Promise<void> {
    const { pool, log, bulletin } = this.#settings;
    const wasPaused = await liftPause(pool, { scope, by: "dunlin" });
    await this.read();
    if (!wasPaused) return;
    bulletin.publish("pauses");
    log.info({ scope }, `${scope} works again; what was kept is sent now`);
  }
}

/** Whoever syncs a customer may meet the trouble of another account, which a customer of the same person is of. */
function accountOf(error: AppError): string | null {
  return error instanceof StripeUnauthorized || error instanceof StripeForbidden ? error.account : null;
}

/** A pause in words: who, why, until when. */
export function describePause({ by, reason, until }: Pause): string {
  const lapses = until === null ? "" : ` It ends by itself at ${until.toISOString().slice(0, 19)}Z.`;
  if (by === "dunlin") return reason;
  const sentence = /[.!?…]$/u.test(reason) ? reason : `${reason}.`;
  return by === "move" ? `${sentence}${lapses}` : `Paused by hand: ${sentence}${lapses}`;
}

/** A person paused this vendor, so it is not called. */
export class VendorPaused extends AppError {
  readonly code = "VENDOR_PAUSED";
  readonly kind = "blocked";
  /** Who needs Stripe waits for it; whoever needs Intercom is not taken at all while it is closed. */
  override readonly retryAfterMs: number;
  /** `closed` is what is paused: the vendor itself, or everything. */
  constructor(vendor: PauseScope, closed: PauseScope) {
    super(`${vendor} is not called while ${closed} is paused by hand; to go on: dunlin resume ${closed}`);
    this.retryAfterMs = vendor === "intercom" ? 1_000 : 30_000;
  }
}
