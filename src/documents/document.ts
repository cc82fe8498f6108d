/** Station documents: what people write as a whole and Dunlin keeps by version. */
import type { DocumentProblem } from "../../contract/mapping.ts";
import { AppError } from "../model/error.ts";

export type DocumentKind = "mapping" | "plans" | "rules";

/** One version of a document. */
export type StoredDocument = {
  readonly version: number;
  /** As it was saved; whoever reads it checks it again, since an older version of Dunlin may have written it. */
  readonly body: unknown;
  readonly savedAt: Date;
  readonly savedBy: string;
  readonly note: string | null;
};

/** A document has errors; nothing was saved. Whoever is answered gets the problems as a list, too. */
export abstract class DocumentInvalid extends AppError {
  readonly kind = "invalid";
  readonly problems: readonly DocumentProblem[];
  constructor(kind: DocumentKind, problems: readonly DocumentProblem[]) {
    const errors = problems.filter(({ severity }) => severity === "error");
    super(
      `The ${kind} ${kind === "rules" ? "have" : "has"} errors: ${errors.map(({ path, problem }) => `${path}: ${problem}`).join("; ")}`,
    );
    this.problems = problems;
  }
}

/** Somebody saved another version meanwhile. */
export class DocumentChanged extends AppError {
  readonly code = "DOCUMENT_CHANGED";
  readonly kind = "conflict";
  override readonly httpStatus = 409;
  constructor({ kind, basedOn }: { readonly kind: DocumentKind; readonly basedOn: number }) {
    super(
      `The ${kind} changed since version ${basedOn}, which yours is based on. Look at what is in force now, and save yours again.`,
    );
  }
}

/** No version of this number was ever saved. */
export class DocumentUnknown extends AppError {
  readonly code = "DOCUMENT_UNKNOWN";
  readonly kind = "missing";
  constructor({ kind, version }: { readonly kind: DocumentKind; readonly version: number }) {
    super(`There is no version ${version} of the ${kind}.`);
  }
}
