/** Saves a mapping: the version, its rollout and the job that carries it out come with one commit. */
import type { Pool, Tx } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { saveDocument } from "../../documents/store.ts";
import { checkDocument } from "../../mapping/check-document.ts";
import { beginRollout } from "../../mapping/store.ts";
import { AppError } from "../../model/error.ts";
import { addSlowJob } from "../../queue/slow-jobs.ts";
import type { DocumentProblem, MappingDocument } from "../../../contract/mapping.ts";

/** A document has errors; nothing was saved. */
export class MappingInvalid extends AppError {
  readonly code = "MAPPING_INVALID";
  readonly kind = "invalid";
  readonly problems: readonly DocumentProblem[];
  constructor(problems: readonly DocumentProblem[]) {
    const errors = problems.filter(({ severity }) => severity === "error");
    super(`The mapping has errors: ${errors.map(({ path, problem }) => `${path}: ${problem}`).join("; ")}`);
    this.problems = problems;
  }
}

/** The document, checked by itself. Throws MappingInvalid. */
export function readMappingDocument(input: unknown): MappingDocument {
  const { document, problems } = checkDocument(input);
  if (!document) throw new MappingInvalid(problems);
  return document;
}

export type MappingToSave = {
  readonly document: MappingDocument;
  readonly basedOn: number;
  readonly by: string;
  readonly note?: string | undefined;
};

/** The job that brings the newest version to the contacts; asked for twice it is one. */
const rolloutJob = { task: "mapping", payload: {}, key: "mapping" } as const;

/** Saves the next version and answers its number. Throws DocumentChanged when somebody else was faster. */
export function saveMapping(pool: Pool, order: MappingToSave): Promise<number> {
  return transaction(pool, (tx) => enterMapping(tx, order));
}

/** Saves the next version inside the caller's transaction. Throws DocumentChanged. */
export async function enterMapping(tx: Tx, { document, basedOn, by, note }: MappingToSave): Promise<number> {
  const version = await saveDocument(tx, { kind: "mapping", body: document, basedOn, by, note });
  await beginRollout(tx, version);
  await addSlowJob(tx, rolloutJob);
  return version;
}
