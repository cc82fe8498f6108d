/** Where the binaries run from when the package itself cannot be used. */
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, symlink, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { BinariesPackage } from "./binaries-copy.ts";
import { findBinaries, locatePackage } from "./binaries.ts";
import { chooseSystemUser } from "./system-user.ts";
import type { SystemUser } from "./system-user.ts";

let folder: string;
let source: BinariesPackage;
let user: SystemUser;
let cache: string;

/** A package as an install leaves it that ran no scripts and that the account of the database may not write to or enter. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dunlin-binaries-"));
  await chmod(folder, 0o755);
  user = await chooseSystemUser(undefined);
  const installed = await locatePackage();
  const native = join(folder, "package", "native");
  for (const part of ["bin", "lib", "pg-symlinks.json"]) {
    await cp(join(installed.native, part), join(native, part), { recursive: true });
  }
  await removeLinks(join(native, "lib"));
  await chmod(join(native, "lib"), 0o500);
  await chmod(join(folder, "package"), 0o700);
  source = { ...installed, native };
});

beforeEach(async () => {
  cache = join(await mkdtemp(join(folder, "cache-")), "dunlin");
  await chmod(dirname(cache), 0o755);
});

afterAll(async () => {
  await chmod(join(source.native, "lib"), 0o700);
  await rm(folder, { recursive: true, force: true });
});

async function removeLinks(lib: string): Promise<void> {
  for (const name of await readdir(lib)) {
    if ((await lstat(join(lib, name))).isSymbolicLink()) await unlink(join(lib, name));
  }
}

describe("findBinaries", () => {
  it("makes one copy when two processes need it at once, and uses it again", async () => {
    const both = await Promise.all([findBinaries(user, source, [cache]), findBinaries(user, source, [cache])]);
    const later = await findBinaries(user, source, [cache]);

    expect(new Set([...both, later].map(({ postgres }) => postgres)).size).toBe(1);
    expect(later.postgres.startsWith(cache)).toBe(true);
    expect(await readdir(cache)).toHaveLength(1);
  });

  it("replaces a copy that does not run", async () => {
    const { postgres } = await findBinaries(user, source, [cache]);
    await unlink(postgres);

    expect(await findBinaries(user, source, [cache])).toMatchObject({ postgres });
  });

  it("passes over a cache folder that somebody else could write to, or that is a link", async () => {
    const [open, link] = [`${cache}-open`, `${cache}-link`];
    await mkdir(open);
    await chmod(open, 0o777);
    await symlink(open, link);

    const { postgres } = await findBinaries(user, source, [open, link, cache]);

    expect(postgres.startsWith(`${cache}/`)).toBe(true);
    expect(await readdir(open)).toEqual([]);
  });

  it("asks for DATABASE_URL when the binaries run nowhere", async () => {
    const refusal = await findBinaries(user, source, []).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: "EMBEDDED_DATABASE_UNSUPPORTED" });
    expect(String(refusal)).toContain("DATABASE_URL");
  });
});
