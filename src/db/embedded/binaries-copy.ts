/** Copies the PostgreSQL binaries to a cache folder that every account can read, and makes their library links. */
import { chmod, copyFile, mkdir, readFile, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

import { errorCode } from "../failure.ts";
import { claimFolder, draftOf, removeOldDrafts } from "./folders.ts";
import { ownIds } from "./system-user.ts";

/** The unpacked platform package; `native` holds bin, lib and share. */
export type BinariesPackage = { readonly native: string; readonly version: string; readonly platform: string };

/** Rejects when the binaries in this folder cannot be run. */
type Prove = (native: string) => Promise<void>;

/**
 * The copy of this version below the cache folder, made when it is missing. It is built under a name of its own, proven,
 * and then renamed: a second process sees all of it or none, and a crash half-way leaves nothing that looks finished.
 */
export async function provideCopy(source: BinariesPackage, cacheFolder: string, prove: Prove): Promise<string> {
  if (ownIds().uid !== 0) await mkdir(dirname(cacheFolder), { recursive: true });
  if (!(await claimFolder(cacheFolder, ownIds(), 0o755))) {
    throw new Error(`The folder ${cacheFolder} cannot be made, or belongs to somebody else.`);
  }
  const name = `postgresql-${source.version}-${source.platform}`;
  const place = join(cacheFolder, name);
  try {
    await prove(place);
  } catch {
    await removeOldDrafts(cacheFolder, name);
    await buildCopy(source.native, place, prove);
  }
  return place;
}

/** Makes the library links that a package cannot carry, and that its blocked install script would have made. */
export async function makeLinks(native: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of parseLinks(list)) {
    try {
      // Both ends are named from the package's folder ("native/lib/…") and lie side by side.
      await symlink(basename(source), join(native, relative("native", target)));
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    }
  }
}

async function buildCopy(native: string, place: string, prove: Prove): Promise<void> {
  const draft = draftOf(place);
  try {
    await copyTree(native, draft);
    await makeLinks(draft);
    await prove(draft);
    await publish(draft, place, prove);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function publish(draft: string, place: string, prove: Prove): Promise<void> {
  try {
    await rename(draft, place);
  } catch (error) {
    if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
    // Another process was faster, or somebody damaged an older copy, which then makes room for ours.
    await prove(place).catch(async () => {
      await rm(place, { recursive: true, force: true });
      await rename(draft, place);
    });
  }
}

/** Copies files so that every account can read them, whatever the umask and the modes of the source. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      await copyFile(source, target);
      await chmod(target, basename(from) === "bin" ? 0o755 : 0o644);
    }
  }
}

function parseLinks(list: unknown): readonly { source: string; target: string }[] {
  if (!Array.isArray(list)) throw new TypeError("The list of library links is not a list.");
  return list.map((link: unknown) => ({ source: textIn(link, "source"), target: textIn(link, "target") }));
}

function textIn(value: unknown, key: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  if (typeof found !== "string") throw new TypeError(`A library link has no ${key}.`);
  return found;
}
