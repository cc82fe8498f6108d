/** Reads a backup file from its beginning to its end, checking as it goes: order, counts, checksum, completeness. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { BackupDamaged, BackupTooNew } from "./errors.ts";
import { formatVersion, parseLine, type Header, type Line, type Trailer } from "./format.ts";

/** What the file holds, piece by piece. */
export type Part =
  | { readonly kind: "header"; readonly header: Header }
  | { readonly kind: "table"; readonly table: Header["tables"][number] }
  /** Whole rows of that table. */
  | { readonly kind: "rows"; readonly chunk: Buffer }
  | { readonly kind: "end"; readonly table: string }
  /** The last part: everything before it is as it was written. */
  | { readonly kind: "trailer"; readonly trailer: Trailer };

/** No line outside rows is as long as this; a file that is no backup may have no lines at all. */
const lineBytesMax = 4 * 1024 * 1024;

/** Yields the parts in order. Memory does not grow with the file. Throws BackupDamaged, BackupTooNew. */
export async function* readBackupFile(path: string): AsyncGenerator<Part> {
  const reader = new Reader();
  try {
    for await (const chunk of unpacked(path)) yield* reader.take(chunk);
  } catch (error) {
    throw asDamage(error);
  }
  reader.finish();
}

function unpacked(path: string): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // An error of the file ends the unpacking, and so reaches who reads.
  pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), gunzip, () => undefined);
  return gunzip;
}

function asDamage(error: unknown): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (code === "ENOENT") return new BackupDamaged("there is no such file.", { cause: error });
  if (code === "Z_BUF_ERROR") return new BackupDamaged("it ends in the middle.", { cause: error });
  if (typeof code === "string" && code.startsWith("Z_"))
    return new BackupDamaged("its compressed bytes are damaged, or it is no backup of Dunlin.", { cause: error });
  if (error instanceof Error && "syscall" in error) {
    return new BackupDamaged(`it cannot be read (${error.message}).`, { cause: error });
  }
  return error;
}

const newline = 10;
const backslash = 92;
const dot = 46;

class Reader {
  readonly #hash = createHash("sha256");
  readonly #rows = new Map<string, number>();
  #carry: Buffer = Buffer.alloc(0);
  #header: Header | undefined;
  #tables: Header["tables"] = [];
  /** The table whose rows are being read. */
  #open: string | undefined;
  #trailer: Trailer | undefined;

  *take(chunk: Buffer): Generator<Part> {
    let rest = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    for (;;) {
      const before = rest.length;
      rest = this.#open === undefined ? yield* this.#takeLine(rest) : yield* this.#takeRows(rest, this.#open);
      if (rest.length === before) break;
    }
    if (this.#open === undefined && rest.length > lineBytesMax) throw notOurs();
    this.#carry = rest;
  }

  finish(): void {
    if (this.#header === undefined) throw notOurs();
    if (this.#trailer === undefined || this.#carry.length > 0) throw new BackupDamaged("it ends in the middle.");
  }

  /** Takes one line outside rows; answers what is behind it. */
  *#takeLine(bytes: Buffer): Generator<Part, Buffer> {
    const end = bytes.indexOf(newline);
    if (end < 0) return bytes;
    if (this.#trailer !== undefined) throw new BackupDamaged("something follows its end.");
    const line = bytes.subarray(0, end + 1);
    const said = parseLine(line.toString("utf8"));
    if (said?.kind === "trailer") this.#check(said.trailer);
    else this.#hash.update(line);
    yield this.#follow(said);
    return bytes.subarray(end + 1);
  }

  #follow(said: Line | undefined): Part {
    if (said?.kind === "future")
      throw new BackupTooNew(
        `The file has format ${said.format}; this version of Dunlin reads up to ${formatVersion}.`,
      );
    if (this.#header === undefined) return this.#begin(said);
    if (said?.kind === "table") return this.#beginTable(said.name);
    if (said?.kind !== "trailer") throw new BackupDamaged("it holds a line that does not belong there.");
    return said;
  }

  #begin(said: Line | undefined): Part {
    if (said?.kind !== "header") throw notOurs();
    this.#header = said.header;
    this.#tables = said.header.tables;
    return said;
  }

  #beginTable(name: string): Part {
    const table = this.#tables[this.#rows.size];
    if (table?.name !== name) throw new BackupDamaged(`the rows of ${name} do not belong there.`);
    this.#open = name;
    this.#rows.set(name, 0);
    return { kind: "table", table };
  }

  /** Takes whole rows of the open table, and its end; answers what is behind them. */
  *#takeRows(bytes: Buffer, table: string): Generator<Part, Buffer> {
    const { rows, end, isOver } = scanRows(bytes);
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + rows);
    const next = isOver ? end + 3 : end;
    this.#hash.update(bytes.subarray(0, next));
    if (end > 0) yield { kind: "rows", chunk: bytes.subarray(0, end) };
    if (isOver) {
      this.#open = undefined;
      yield { kind: "end", table };
    }
    return bytes.subarray(next);
  }

  #check(trailer: Trailer): void {
    this.#trailer = trailer;
    if (this.#rows.size !== this.#tables.length) throw new BackupDamaged("it lacks tables.");
    for (const [table, rows] of this.#rows)
      if (trailer.rows[table] !== rows) throw new BackupDamaged(`it lacks rows of ${table}.`);
    if (trailer.sha256 !== this.#hash.digest("hex")) throw new BackupDamaged("its checksum does not fit.");
  }
}

/** How many whole rows there are, where they end, and whether the line behind them is the end of the table. */
function scanRows(bytes: Buffer): { readonly rows: number; readonly end: number; readonly isOver: boolean } {
  let at = 0;
  for (let rows = 0; ; rows += 1) {
    const end = bytes.indexOf(newline, at);
    if (end < 0) return { rows, end: at, isOver: false };
    if (end === at + 2 && bytes[at] === backslash && bytes[at + 1] === dot) return { rows, end: at, isOver: true };
    at = end + 1;
  }
}

function notOurs(): BackupDamaged {
  return new BackupDamaged("it is no backup of Dunlin.");
}
