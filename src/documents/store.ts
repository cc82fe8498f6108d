/** Station documents: its rows. A version is inserted once and never changed. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { DocumentChanged, DocumentUnknown, type DocumentKind, type StoredDocument } from "./document.ts";

type DocumentRow = Omit<StoredDocument, "body"> & { readonly body: string };

const columns = `version, body, saved_at as "savedAt", saved_by as "savedBy", note`;

/** The version in force, or this one; undefined when there is none. */
export async function findDocument(
  db: Queryable,
  kind: DocumentKind,
  version?: number,
): Promise<StoredDocument | undefined> {
  const text = `select ${columns} from documents where kind = $1 and version = coalesce($2, version)
    order by version desc limit 1`;
  const [row] = await query<DocumentRow>(db, sql.plain(text, [kind, version ?? null]));
  return row && toDocument(row);
}

/** This version. Throws DocumentUnknown. */
export async function getDocument(db: Queryable, kind: DocumentKind, version: number): Promise<StoredDocument> {
  const saved = await findDocument(db, kind, version);
  if (!saved) throw new DocumentUnknown({ kind, version });
  return saved;
}

/** The number of the version in force; 0 when there is none. */
export async function findVersion(db: Queryable, kind: DocumentKind): Promise<number> {
  const text = "select coalesce(max(version), 0) as version from documents where kind = $1";
  const [row] = await query<{ version: number }>(db, sql.prepared("find_document_version", text, [kind]));
  return row?.version ?? 0;
}

/** The versions, newest first. */
export async function listDocuments(
  db: Queryable,
  kind: DocumentKind,
  limit: number,
): Promise<readonly StoredDocument[]> {
  const text = `select ${columns} from documents where kind = $1 order by version desc limit $2`;
  return (await query<DocumentRow>(db, sql.plain(text, [kind, limit]))).map(toDocument);
}

/** Saves the next version and answers its number. `basedOn` is the version that its author saw, 0 for none: DocumentChanged when that is not the newest any more. */
export async function saveDocument(db: Queryable, { kind, body, basedOn, by, note }: DocumentToSave): Promise<number> {
  const text = `insert into documents (kind, version, body, saved_by, note)
    select $1, $2::int + 1, $3, $4, $5 where coalesce((select max(version) from documents where kind = $1), 0) = $2::int
    on conflict do nothing returning version`;
  const values = [kind, basedOn, JSON.stringify(body), by, note ?? null];
  const [row] = await query<{ version: number }>(db, sql.plain(text, values));
  if (!row) throw new DocumentChanged({ kind, basedOn });
  return row.version;
}

export type DocumentToSave = {
  readonly kind: DocumentKind;
  readonly body: object;
  readonly basedOn: number;
  /** Who saves it: a person, or the command line. */
  readonly by: string;
  readonly note?: string | undefined;
};

function toDocument({ body, ...row }: DocumentRow): StoredDocument {
  const parsed: unknown = JSON.parse(body);
  return { ...row, body: parsed };
}
