/** Restores a backup: all of it into a database without data, or nothing. */
import { createPool, type DatabaseConfig } from "../../db/pool.ts";
import { messageOf } from "../../model/error.ts";
import type { RowSink } from "./copy.ts";
import { doubtTheWorld } from "./doubt.ts";
import { BackupDamaged } from "./errors.ts";
import type { Header, Trailer } from "./format.ts";
import { analyseTables, findRoom, withLoad, type Load, type LoadOptions } from "./load.ts";
import { readBackupFile, type Part } from "./read-file.ts";

export type RestoreWish = LoadOptions & {
  readonly path: string;
  /** Told when a table has been filled. */
  readonly onTable?: (table: string, rows: number) => void;
  readonly signal?: AbortSignal;
};

export type Restored = {
  /** When and by whom the backup was made. */
  readonly header: Header;
  readonly rows: Trailer["rows"];
};

/**
 * Fills the database of `config`, whose tables exist, from a file. What may have happened since the backup is looked for
 * before it is done again. Everything is checked before it is committed: the
 * file to its last byte, and the rows of every table. Throws BackupDamaged, BackupTooNew, DatabaseNotEmpty,
 * DatabaseInUse, CopyIncomplete.
 */
export async function restoreBackup(config: DatabaseConfig, wish: RestoreWish): Promise<Restored> {
  const pool = createPool(config, { max: 1, statementTimeoutMs: 0 });
  const parts = readBackupFile(wish.path);
  try {
    const first = await parts.next();
    if (first.done || first.value.kind !== "header") throw new BackupDamaged("it has no header.");
    const { header } = first.value;
    const room = await findRoom(pool, wish);
    const rows = await withLoad(room, header, async (load) => {
      const filled = await fill(load, parts, wish);
      await doubtTheWorld(load.tx);
      return filled;
    });
    await analyseTables(pool, header);
    return { header, rows };
  } finally {
    await parts.return(undefined);
    await pool.end();
  }
}

async function fill(load: Load, parts: AsyncIterable<Part>, wish: RestoreWish): Promise<Trailer["rows"]> {
  const filling = new Filling(load, wish);
  try {
    for await (const part of parts) {
      wish.signal?.throwIfAborted();
      const rows = await filling.take(part);
      if (rows) return rows;
    }
    throw new BackupDamaged("it ends in the middle.");
  } catch (error) {
    await filling.fail(error);
    throw error;
  }
}

/** Carries the parts of a file into the database, one after the other. */
class Filling {
  readonly #load: Load;
  readonly #wish: RestoreWish;
  /** The table that is being filled. */
  #sink: RowSink | undefined;

  constructor(load: Load, wish: RestoreWish) {
    this.#load = load;
    this.#wish = wish;
  }

  /** Answers the counts when this was the last part and everything is in place. */
  async take(part: Part): Promise<Trailer["rows"] | undefined> {
    switch (part.kind) {
      case "header":
        return undefined;
      case "table":
        this.#sink = this.#load.open(part.table);
        return undefined;
      case "rows":
        await this.#sink?.write(part.chunk);
        return undefined;
      case "end":
        await this.#endTable(part.table);
        return undefined;
      case "trailer":
        await this.#load.complete(part.trailer.rows);
        return part.trailer.rows;
    }
  }

  async fail(error: unknown): Promise<void> {
    await this.#sink?.fail(error instanceof Error ? error : new Error(messageOf(error)));
  }

  async #endTable(table: string): Promise<void> {
    const rows = (await this.#sink?.end()) ?? 0;
    this.#sink = undefined;
    this.#wish.onTable?.(table, rows);
  }
}
