/** The log of PostgreSQL: one file that is kept small, and read when a start fails. */
import { constants } from "node:fs";
import { copyFile, open, stat, truncate } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

const sizeMax = 8 * 1024 * 1024;
const tailBytes = 8_192;

/** Opens the log for a server that is about to start, and remembers where its lines will begin. */
export async function openLog(file: string): Promise<{ handle: FileHandle; start: number }> {
  // Never through a link: the folder of the log may be shared with the account of the database.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const handle = await open(file, flags, 0o600);
  return { handle, start: (await handle.stat()).size };
}

/** Moves a long log aside and empties it; the server keeps writing to the same file, at its end. */
export async function trimLog(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.size <= sizeMax) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

/** What was written since `start`, at most the last few kilobytes. */
export async function readLogSince(file: string, start: number): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const from = Math.max(start, size - tailBytes);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    await handle.read(buffer, 0, buffer.length, from);
    return buffer.toString("utf8");
  } finally {
    await handle.close();
  }
}
