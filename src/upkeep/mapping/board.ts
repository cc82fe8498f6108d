/** The mapping as people see it: what is in force, which fields there are, how far its rollout is, and the versions before. */
import type { MappingBoard, MappingField, MappingRollout } from "../../../contract/mapping.ts";
import type { Pool } from "../../db/pool.ts";
import { listDocuments } from "../../documents/store.ts";
import type { Mapping } from "../../mapping/mapping.ts";
import { baseAttributes } from "../../mapping/preset.ts";
import { purposes } from "../../mapping/purposes.ts";
import { findRollout } from "../../mapping/store.ts";
import { measureQueue } from "../../queue/sync-jobs.ts";

const versionsShown = 50;

/** Every field that an attribute can be made of. */
export const mappingFields: readonly MappingField[] = baseAttributes.map(({ key, type, help, rule, currencyKey }) => ({
  field: key,
  type,
  help,
  rule,
  purpose: purposes[key] ?? help,
  isAmount: currencyKey !== undefined,
}));

/** Reads the board. */
export async function readMappingBoard(pool: Pool, { name, document }: Mapping): Promise<MappingBoard> {
  const { versions, rollout } = await readMappingHistory(pool);
  return { name, version: versions[0]?.version ?? 0, document, fields: [...mappingFields], rollout, versions };
}

/** The versions, newest first, and how far the latest is. Also of documents that this version of Dunlin does not understand. */
export async function readMappingHistory(pool: Pool): Promise<Pick<MappingBoard, "versions" | "rollout">> {
  const [documents, rollout] = await Promise.all([listDocuments(pool, "mapping", versionsShown), readRollout(pool)]);
  const versions = documents.map(({ version, savedAt, savedBy, note }) => ({
    version,
    savedAt: savedAt.toISOString(),
    savedBy,
    note,
  }));
  return { versions, rollout };
}

/** How far the latest rollout is; null when there was none. */
export async function readRollout(pool: Pool): Promise<MappingRollout | null> {
  const rollout = await findRollout(pool);
  if (!rollout) return null;
  const isOpen = rollout.phase === "looking" || rollout.phase === "writing";
  const { version, phase, contacts, looked, affected, createdAt, doneAt } = rollout;
  return {
    version,
    phase,
    contacts,
    looked,
    affected,
    waiting: isOpen ? (await measureQueue(pool)).backfill : 0,
    createdAt: createdAt.toISOString(),
    doneAt: doneAt?.toISOString() ?? null,
  };
}
