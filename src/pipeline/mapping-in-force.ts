/** The mapping in force: the newest saved document, or else the preset. Every node keeps it in memory and hears of changes. */
import { findSetting } from "../connections/store.ts";
import type { Bulletin } from "../db/bulletin.ts";
import type { Pool } from "../db/pool.ts";
import { pause } from "../lib/pause.ts";
import { SingleFlight } from "../lib/single-flight.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import type { StoredDocument } from "../documents/document.ts";
import { findDocument, findVersion } from "../documents/store.ts";
import { checkDocument } from "../mapping/check-document.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { compileMapping, type Mapping } from "../mapping/mapping.ts";
import { presets, type Preset } from "../mapping/preset.ts";
import { isRolledOut } from "../mapping/rollout.ts";
import { findRollout } from "../mapping/store.ts";
import { AppError, codeOf, messageOf } from "../model/error.ts";
import type { Log } from "./context.ts";

/** Under this name the prefix is kept that was chosen for the workspace. */
export const presetSetting = "attribute-preset";

/** A saved mapping is not one that this version of Dunlin understands. */
export class MappingUnreadable extends AppError {
  readonly code = "MAPPING_UNREADABLE";
  readonly kind = "invalid";
  constructor(version: number, problems: readonly string[]) {
    super(
      `Version ${version} of the mapping cannot be used by this version of Dunlin: ${problems.join("; ")}. Mend it with: dunlin mapping show > mapping.yaml, dunlin mapping apply mapping.yaml`,
    );
  }
}

/** The prefix that is in use, or would be; undefined while nothing was chosen. */
export async function wantedPreset(pool: Pool, wish: Preset | "auto"): Promise<Preset | undefined> {
  if (wish !== "auto") return wish;
  const kept = await findSetting(pool, presetSetting);
  return presets.find((preset) => preset === kept);
}

/** The mapping that is saved; undefined while nobody has saved one. Throws MappingUnreadable. */
export async function findSavedMapping(pool: Pool): Promise<Mapping | undefined> {
  const saved = await findDocument(pool, "mapping");
  if (!saved) return undefined;
  const rollout = await findRollout(pool, saved.version);
  return compileSaved(saved, { isRolledOut: !rollout || isRolledOut(rollout) });
}

/** The mapping in force. Throws MappingUnreadable. */
export async function loadMapping(pool: Pool, wish: Preset | "auto"): Promise<Mapping> {
  return (await findSavedMapping(pool)) ?? presetMapping((await wantedPreset(pool, wish)) ?? "stripe");
}

/** Values of retired names are taken out until the rollout is done; then the names are archived, and not spoken of any more. */
function compileSaved(saved: StoredDocument, { isRolledOut: isDone }: { readonly isRolledOut: boolean }): Mapping {
  const { document, problems } = checkDocument(saved.body);
  if (!document) {
    throw new MappingUnreadable(
      saved.version,
      problems.map(({ path, problem }) => `${path}: ${problem}`),
    );
  }
  return compileMapping(document, {
    name: savedName(saved.version),
    version: saved.version,
    retiring: isDone ? [] : document.retired,
  });
}

type InForceSettings = {
  readonly pool: Pool;
  readonly preset: Preset;
  /** Told before a mapping comes into force on this node. */
  readonly onRead?: ((mapping: Mapping) => Promise<void>) | undefined;
  readonly log: Log;
  /** Ends the watching. */
  readonly signal: AbortSignal;
};

/** A hint that was lost, or a command beside the server, is noticed within this time. */
const watchEveryMs = 2_000;

/** When every node works by a mapping that was saved so long ago. */
export const mappingHeardMs = 2 * watchEveryMs;

/** A node that has not looked for so long has stood still, or had no database: it looks before it works. */
const trustedMs = 1.5 * watchEveryMs;

/** Keeps the mapping in memory. */
export class MappingInForce {
  readonly #settings: InForceSettings;
  #current: Mapping;
  /** The reading under way; it never fails here. */
  #reading: Promise<unknown> = Promise.resolve();
  /** Since it was known last that there is no newer one. */
  #confirmed = new Stopwatch();
  readonly #looks = new SingleFlight<void>();
  #unhear: () => void = () => undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(settings: InForceSettings) {
    this.#settings = settings;
    this.#current = presetMapping(settings.preset);
  }

  get current(): Mapping {
    return this.#current;
  }

  /** Reads it, and again whenever it has changed. Throws MappingUnreadable. */
  async start(bulletin: Pick<Bulletin, "on">): Promise<void> {
    await this.reload();
    this.#unhear = bulletin.on("mapping", () => void this.#reloadOrKeep());
    this.#watching = this.#watch();
  }

  /** Resolves when the current one is in force, so that work that begins now goes by it. Throws what the database throws. */
  async confirm(): Promise<void> {
    if (this.#confirmed.elapsedMs() > trustedMs) await this.#looks.do("version", () => this.#look());
  }

  /**
   * Reads it again, and answers it. Throws MappingUnreadable. One reading after the other: of two that overlap, the one that
   * saw the older version could end last, and put it in force again.
   */
  reload(): Promise<Mapping> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async #read(): Promise<Mapping> {
    const { pool, preset, onRead } = this.#settings;
    const since = new Stopwatch();
    const mapping = (await findSavedMapping(pool)) ?? presetMapping(preset);
    await onRead?.(mapping);
    this.#current = mapping;
    this.#confirmed = since;
    return mapping;
  }

  /** Resolves when it hears and reads nothing more, which is soon after its signal was given. */
  get watching(): Promise<void> {
    return this.#watching;
  }

  /** One that cannot be read leaves the former in force. */
  async #reloadOrKeep(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      const { log } = this.#settings;
      log.error({ code: codeOf(error) }, `the mapping could not be read, the former stays: ${messageOf(error)}`);
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#settings;
    while (!signal.aborted) {
      await pause(watchEveryMs, signal);
      if (signal.aborted) break;
      await this.#look().catch(() => undefined);
    }
    this.#unhear();
  }

  async #look(): Promise<void> {
    const since = new Stopwatch();
    const version = await findVersion(this.#settings.pool, "mapping");
    if (version > 0 && this.#current.name !== savedName(version)) await this.#reloadOrKeep();
    this.#confirmed = since;
  }
}

function savedName(version: number): string {
  return `mapping@${version}`;
}
