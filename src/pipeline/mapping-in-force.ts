/** The mapping in force: the newest saved document, or else the preset. Every node keeps it in memory and hears of changes. */
import { findSetting } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import type { StoredDocument } from "../documents/document.ts";
import { findDocument, findVersion } from "../documents/store.ts";
import { checkDocument } from "../mapping/check-document.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { compileMapping, type Mapping } from "../mapping/mapping.ts";
import { presets, type Preset } from "../mapping/preset.ts";
import { isRolledOut } from "../mapping/rollout.ts";
import { findRollout } from "../mapping/store.ts";
import { AppError } from "../model/error.ts";
import type { Log } from "./context.ts";
import { InForce } from "./in-force.ts";

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

export type MappingInForceSettings = {
  readonly pool: Pool;
  readonly preset: Preset;
  /** Told before a mapping comes into force on this node. */
  readonly onRead?: ((mapping: Mapping) => Promise<void>) | undefined;
  readonly log: Log;
  /** Ends the watching. */
  readonly signal: AbortSignal;
};

export type MappingInForce = InForce<Mapping>;

/** Keeps the mapping in memory; reading it throws MappingUnreadable. */
export function mappingInForce({ pool, preset, ...settings }: MappingInForceSettings): MappingInForce {
  return new InForce({
    ...settings,
    topic: "mapping",
    first: presetMapping(preset),
    read: async () => (await findSavedMapping(pool)) ?? presetMapping(preset),
    isNewest: async ({ name }) => {
      const version = await findVersion(pool, "mapping");
      return version === 0 || name === savedName(version);
    },
  });
}

function savedName(version: number): string {
  return `mapping@${version}`;
}
