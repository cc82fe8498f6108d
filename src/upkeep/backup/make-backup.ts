/** Makes a backup: everything that Dunlin holds at one instant, in one file that was read back before it got its name. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { readMigrations } from "../../db/migrate.ts";
import { createPool, type DatabaseConfig } from "../../db/pool.ts";
import { BackupDamaged, BackupNotWritten } from "./errors.ts";
import { endOfRows, formatVersion, lineOf, type Header, type Trailer } from "./format.ts";
import { readBackupFile } from "./read-file.ts";
import { findOwnTables } from "./schema.ts";
import { withSnapshot, type Snapshot } from "./snapshot.ts";

export type BackupWish = {
  /** The file, which must not exist yet. */
  readonly path: string;
  /** Of this Dunlin. */
  readonly version: string;
  /** Told when a table has been written. */
  readonly onTable?: (table: string, rows: number) => void;
  readonly signal?: AbortSignal;
};

export type BackupMade = {
  readonly path: string;
  /** The instant that it shows. */
  readonly madeAt: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
};

/** Fast enough for any disk, and within some per cent of the smallest; see docs/operations/backups.md for figures. */
const compressionLevel = 3;

/** `dunlin-2026-11-22T01-12-05Z.backup.gz` */
export function backupName(nowMs: number): string {
  return `dunlin-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-")}Z.backup.gz`;
}

/**
 * Backs up the database of `config`, which may be in use. The file appears under its name only when it is on the disk
 * and has been read back; until then it is `<name>.partial-<process>`. Throws BackupNotWritten.
 */
export async function makeBackup(config: DatabaseConfig, wish: BackupWish): Promise<BackupMade> {
  const draft = `${wish.path}.partial-${process.pid}`;
  // One connection for the rows, one for giving up in the middle.
  const pool = createPool(config, { max: 2, statementTimeoutMs: 0 });
  try {
    await prepareFolder(wish.path);
    const own = await findOwnTables(pool, await readMigrations());
    const written = await withSnapshot(pool, { tables: [...own.carried.keys()] }, (snapshot) =>
      writeDraft(snapshot, draft, wish),
    );
    await readBack(draft, written.trailer, wish);
    await publish(draft, wish.path);
    const { rows, sha256 } = written.trailer;
    const { size } = await stat(wish.path);
    return { path: wish.path, madeAt: written.madeAt, rows, sha256, bytes: size, unpackedBytes: written.bytes };
  } catch (error) {
    throw isSystemError(error) ? new BackupNotWritten(wish.path, error.message, { cause: error }) : error;
  } finally {
    await rm(draft, { force: true }).catch(() => undefined); // the folder itself may be what is wrong
    await pool.end();
  }
}

async function prepareFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found) throw new BackupNotWritten(path, "there is such a file already. Choose another name, or remove it.");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

/** A full disk, a folder that may not be written to, and the like. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

type Written = { readonly trailer: Trailer; readonly madeAt: string; readonly bytes: number };

async function writeDraft(snapshot: Snapshot, draft: string, wish: BackupWish): Promise<Written> {
  const body = new BackupText(snapshot, wish);
  // Only the owner may read it: it holds personal data. `flush`: what is closed is on the disk.
  const file = createWriteStream(draft, { mode: 0o600, flags: "wx", flush: true });
  await pipeline(Readable.from(body.pieces()), createGzip({ level: compressionLevel }), file);
  return body.written();
}

/** The text of a backup, made while it is read. */
class BackupText {
  readonly #snapshot: Snapshot;
  readonly #wish: BackupWish;
  readonly #header: Header;
  readonly #hash = createHash("sha256");
  readonly #rows: Record<string, number> = {};
  #bytes = 0;
  #trailer: Trailer | undefined;

  constructor(snapshot: Snapshot, wish: BackupWish) {
    this.#snapshot = snapshot;
    this.#wish = wish;
    const madeAt = snapshot.at.toISOString();
    this.#header = { dunlin: "backup", format: formatVersion, madeAt, version: wish.version, ...snapshot.shape };
  }

  async *pieces(): AsyncGenerator<Buffer> {
    yield this.#note(lineOf(this.#header));
    for (const table of this.#header.tables) yield* this.#pieceOf(table);
    this.#trailer = { end: true, rows: this.#rows, sha256: this.#hash.digest("hex") };
    yield Buffer.from(lineOf(this.#trailer));
  }

  /** What is known once all pieces have been read. */
  written(): Written {
    if (this.#trailer === undefined) throw new Error("The backup was not written to its end.");
    return { trailer: this.#trailer, madeAt: this.#header.madeAt, bytes: this.#bytes };
  }

  async *#pieceOf(table: Header["tables"][number]): AsyncGenerator<Buffer> {
    yield this.#note(lineOf({ table: table.name }));
    let count = 0;
    for await (const chunk of this.#snapshot.rowsOf(table, (rows) => (count = rows))) {
      this.#wish.signal?.throwIfAborted();
      yield this.#note(chunk);
    }
    yield this.#note(endOfRows);
    this.#rows[table.name] = count;
    this.#wish.onTable?.(table.name, count);
  }

  #note(piece: string | Buffer): Buffer {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    return bytes;
  }
}

/** The reader counts rows for itself and holds them against PostgreSQL's own count; ours is that it is the same file. */
async function readBack(draft: string, written: Trailer, { path, signal }: BackupWish): Promise<void> {
  const doubt = (cause?: unknown): BackupNotWritten =>
    new BackupNotWritten(path, "read back, it was not what had been written. Is the disk sound?", { cause });
  try {
    for await (const part of readBackupFile(draft)) {
      signal?.throwIfAborted();
      if (part.kind === "trailer" && part.trailer.sha256 !== written.sha256) throw doubt();
    }
  } catch (error) {
    throw error instanceof BackupDamaged ? doubt(error) : error;
  }
}

/** A name outlives a power cut only once its folder is on the disk. */
async function publish(draft: string, path: string): Promise<void> {
  await rename(draft, path);
  if (process.platform === "win32") return; // folders cannot be flushed there
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
