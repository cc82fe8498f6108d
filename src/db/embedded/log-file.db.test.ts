/** PostgreSQL's log stays small while the server keeps writing to it. */
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openLog, readLogSince, trimLog } from "./log-file.ts";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dunlin-log-"));
  file = join(folder, "postgresql.log");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the log of PostgreSQL", () => {
  it("is moved aside when it is long, and goes on at the beginning", async () => {
    await writeFile(file, "x".repeat(9 * 1024 * 1024));
    const { handle } = await openLog(file);

    await trimLog(file);
    await handle.write("next line\n");
    await handle.close();

    expect(await readFile(file, "utf8")).toBe("next line\n");
    expect((await stat(`${file}.1`)).size).toBe(9 * 1024 * 1024);
  });

  it("is left alone while it is short", async () => {
    await writeFile(file, "a line\n");

    await trimLog(file);

    expect(await readFile(file, "utf8")).toBe("a line\n");
  });

  it("is read from where the last start began", async () => {
    await writeFile(file, "yesterday\n");
    const { handle, start } = await openLog(file);
    await handle.write("today\n");
    await handle.close();

    expect(await readLogSince(file, start)).toBe("today\n");
  });

  it("is never written through a link", async () => {
    await symlink(join(folder, "elsewhere"), file);

    await expect(openLog(file)).rejects.toMatchObject({ code: "ELOOP" });
  });
});
