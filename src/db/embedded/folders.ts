/** Folders that nobody else can tamper with, and questions about who may enter a folder. */
import { randomUUID } from "node:crypto";
import { chmod, chown, lchown, lstat, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { errorCode } from "../failure.ts";
import { ownIds } from "./system-user.ts";
import type { Ids, SystemUser } from "./system-user.ts";

const draftAgeMs = 10 * 60_000;

/**
 * Makes a folder for `owner`, or takes an existing one only if it is a real folder of theirs or ours that nobody else may
 * write to: a place such as /tmp can hold a folder or a link that somebody prepared. Returns whether it may be used.
 */
export async function claimFolder(path: string, owner: Ids, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") return false;
  }
  const found = await lstat(path);
  if (!found.isDirectory() || (found.mode & 0o022) !== 0) return false;
  // What is theirs already stays as it is: they could put a link in its place before we touch it.
  if (found.uid !== ownIds().uid) return found.uid === owner.uid;
  await chmod(path, mode); // the umask had narrowed it
  await chown(path, owner.uid, owner.gid);
  return true;
}

/** Removes what was being built beside `name` when a process was killed: building takes seconds, these are older. */
export async function removeOldDrafts(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`${name}.draft-`)) continue;
    const made = (await stat(join(folder, entry))).mtimeMs;
    if (Date.now() - made > draftAgeMs) await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** A name beside `path` under which its next content can be built unseen. */
export function draftOf(path: string): string {
  return `${path}.draft-${randomUUID()}`;
}

/** The first folder on the way down to `path` that the account may not enter; the permission bits decide. */
export async function findClosedFolder(path: string, user: SystemUser): Promise<string | undefined> {
  for (const folder of ancestorsOf(path)) {
    const found = await stat(folder);
    const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001;
    if ((found.mode & bit) === 0) return folder;
  }
  return undefined;
}

/** Gives a folder and everything in it to another account, without following links; the folder last, as a sign that all is done. */
export async function giveAway(path: string, user: SystemUser): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await giveAway(join(path, name), user);
  }
  await lchown(path, user.uid, user.gid);
}

/** Whether something exists at this path, be it a dangling link. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** From the root down to the folder itself. */
function ancestorsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestorsOf(parent), path];
}
