/** Reads `postmaster.pid`, in which a running PostgreSQL says who it is and where its socket lies. */
import { execFile } from "node:child_process";
import { link, readFile, readlink, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { errorCode } from "../failure.ts";

/**
 * What the file says about the server of a data folder:
 * - absent: there is none, or PostgreSQL itself will see that the file is a left-over;
 * - starting: it lives and does not accept connections yet (or does no more);
 * - ready: it lives, and this is its socket folder;
 * - misleading: the number now belongs to another process, which PostgreSQL would take for a server.
 */
export type ServerTrace =
  | { readonly kind: "absent" }
  | { readonly kind: "starting" }
  | { readonly kind: "ready"; readonly pid: number; readonly socketFolder: string }
  | { readonly kind: "misleading"; readonly text: string };

const run = promisify(execFile);
/** An empty file is there for an instant while a server starts; one that stays was left by a crash. */
const emptyFileAgeMs = 5_000;

/** Looks for the server of this data folder. */
export async function traceServer(cluster: string): Promise<ServerTrace> {
  const file = join(cluster, "postmaster.pid");
  const text = await readIfThere(file);
  if (text === undefined) return { kind: "absent" };
  const { pid, socketFolder, status } = parsePostmasterFile(text);
  if (pid === undefined)
    return (await ageMs(file)) > emptyFileAgeMs ? { kind: "misleading", text } : { kind: "starting" };
  if (!isAlive(pid)) return { kind: "absent" };
  if (!(await runsOn(pid, cluster))) return { kind: "misleading", text };
  if (status !== "ready" || socketFolder === undefined) return { kind: "starting" };
  return { kind: "ready", pid, socketFolder };
}

/** Lines 1, 5 and 8 of the file; the later lines appear as the start goes on. */
export function parsePostmasterFile(text: string): { pid?: number; socketFolder?: string; status?: string } {
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number.parseInt(lines[0] ?? "", 10);
  const socketFolder = lines[4];
  const status = lines[7];
  return {
    ...(Number.isNaN(pid) ? {} : { pid: Math.abs(pid) }),
    ...(socketFolder === undefined || socketFolder === "" ? {} : { socketFolder }),
    ...(status === undefined || status === "" ? {} : { status }),
  };
}

/**
 * Takes away a file that would keep PostgreSQL from starting. PostgreSQL's second lock, the shared memory tied to the
 * folder, still guards the data if old processes linger.
 */
export async function removeMisleadingFile(cluster: string, text: string): Promise<void> {
  const file = join(cluster, "postmaster.pid");
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  // Between our look and the renaming a server may have started and written its own file: give it back.
  if ((await readIfThere(aside)) !== text) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Whether the process that was a server of this folder is gone; a zombie counts as gone. */
export async function isGone(pid: number, cluster: string): Promise<boolean> {
  return !isAlive(pid) || !(await runsOn(pid, cluster));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** PostgreSQL makes the data folder its working folder. A zombie has none. */
async function runsOn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== "linux") return await namesFolder(pid, cluster);
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster;
  } catch {
    return false;
  }
}

async function namesFolder(pid: number, cluster: string): Promise<boolean> {
  try {
    const { stdout } = await run("ps", ["-ww", "-o", "command=", "-p", String(pid)]);
    return stdout.includes(cluster);
  } catch {
    return false;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function ageMs(file: string): Promise<number> {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
}
