/** Saves a mapping: the version, its rollout and the job that carries it out come with one commit. */
import type { Pool, Queryable, Tx } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { DocumentInvalid } from "../../documents/document.ts";
import { saveDocument } from "../../documents/store.ts";
import { checkDocument } from "../../mapping/check-document.ts";
import { beginRollout } from "../../mapping/store.ts";
import { addSlowJob } from "../../queue/slow-jobs.ts";
import type { DocumentProblem, MappingDocument } from "../../../contract/mapping.ts";
import { checkAuthors, findRuleAuthors } from "./check-authors.ts";

/** A document has errors; nothing was saved. */
export class MappingInvalid extends DocumentInvalid {
  readonly code = "MAPPING_INVALID";
  constructor(problems: readonly DocumentProblem[]) {
    super("mapping", problems);
  }
}

/** The document, checked by itself. Throws MappingInvalid. */
export function readMappingDocument(input: unknown): MappingDocument {
  const { document, problems } = checkDocument(input);
  if (!document) throw new MappingInvalid(problems);
  return document;
}

/** Throws MappingInvalid when a mapping writes what a rule in force sets. */
export async function refuseRuleAuthors(db: Queryable, document: MappingDocument): Promise<void> {
  const problems = checkAuthors(document, await findRuleAuthors(db));
  if (problems.length > 0) throw new MappingInvalid(problems);
}

export type MappingToSave = {
  readonly document: MappingDocument;
  readonly basedOn: number;
  readonly by: string;
  readonly note?: string | undefined;
};

/** The job that brings the newest version to the contacts; asked for twice it is one. */
const rolloutJob = { task: "mapping", payload: {}, key: "mapping" } as const;

/** Saves the next version and answers its number. Throws MappingInvalid, or DocumentChanged when somebody else was faster. */
export function saveMapping(pool: Pool, order: MappingToSave): Promise<number> {
  return transaction(pool, (tx) => enterMapping(tx, order));
}

/**
 * Saves the next version inside the caller's transaction. Throws MappingInvalid when it writes what a rule in force sets, and
 * DocumentChanged.
 */
export async function enterMapping(tx: Tx, { document, basedOn, by, note }: MappingToSave): Promise<number> {
  await refuseRuleAuthors(tx, document);
  const version = await saveDocument(tx, { kind: "mapping", body: document, basedOn, by, note });
  await beginRollout(tx, version);
  await addSlowJob(tx, rolloutJob);
  return version;
}
