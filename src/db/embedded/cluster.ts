/** Makes the data folder of PostgreSQL on the first start, and checks its version on later ones. */
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, open, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { errorCode } from "../failure.ts";
import { plainEnvironment } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";
import { EmbeddedDatabaseFailed, EmbeddedDatabaseFolder, EmbeddedDatabaseVersion } from "./failure.ts";
import { draftOf, giveAway, removeOldDrafts } from "./folders.ts";
import type { Layout } from "./layout.ts";

/** The one role of the embedded server; the socket's folder is the lock on its door. */
export const embeddedRole = "dunlin";

const run = promisify(execFile);

/** Leaves a complete data folder that belongs to the database's account, or says why that cannot be. */
export async function ensureCluster(layout: Layout, binaries: Binaries): Promise<void> {
  const { base, cluster, user } = layout;
  const found = await readVersion(cluster);
  if (found === undefined) {
    await refuseForeignFiles(cluster);
    await removeOldDrafts(base, basename(cluster));
    await createCluster(layout, binaries);
    return;
  }
  if (found !== binaries.major) throw new EmbeddedDatabaseVersion(cluster, found, binaries.major);
  if (user.switchTo !== undefined && (await stat(cluster)).uid !== user.uid) await giveAway(cluster, user);
}

/** The cluster is built under another name and renamed when complete, so an interrupted initdb leaves no half cluster. */
async function createCluster(layout: Layout, binaries: Binaries): Promise<void> {
  const draft = draftOf(layout.cluster);
  try {
    await mkdir(draft, { mode: 0o700 });
    await chmod(draft, 0o700);
    if (layout.user.switchTo !== undefined) await chown(draft, layout.user.uid, layout.user.gid);
    await initialise(draft, layout, binaries);
    await rename(draft, layout.cluster);
    await flushFolder(layout.base);
  } catch (error) {
    // Another process was faster; its cluster is as good as ours.
    if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The builtin locale depends on no library of the system, so an upgrade of the system cannot break an index. */
async function initialise(draft: string, layout: Layout, binaries: Binaries): Promise<void> {
  const options = [
    // A new segment is filled with zeros inside somebody's commit: small ones make that wait short.
    "--wal-segsize=2",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--encoding=UTF8",
    "--data-checksums",
  ];
  const access = ["--auth=trust", `--username=${embeddedRole}`, "--no-instructions"];
  try {
    await run(binaries.initdb, ["--pgdata", draft, ...options, ...access], {
      cwd: "/",
      env: plainEnvironment,
      ...layout.user.switchTo,
    });
  } catch (error) {
    throw new EmbeddedDatabaseFailed(
      `The embedded database could not be initialised in ${layout.base}: ${outputOf(error)}`,
      { cause: error },
    );
  }
}

async function readVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function refuseForeignFiles(cluster: string): Promise<void> {
  const names = await readdir(cluster).catch(() => []);
  if (names.length === 0) return;
  throw new EmbeddedDatabaseFolder(
    `${cluster} holds files that are not a PostgreSQL data folder. Move them away, then start again.`,
  );
}

/** A rename outlives a power cut only once its folder is on the disk. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}

function outputOf(error: unknown): string {
  const stderr: unknown = error instanceof Error ? Reflect.get(error, "stderr") : undefined;
  const text = typeof stderr === "string" && stderr.trim() !== "" ? stderr : String(error);
  return text.trim().split("\n").slice(-3).join(" ");
}
