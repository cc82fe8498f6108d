/** The embedded database's life: first start, later starts, company, kill, and every way to refuse. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { startDatabaseProcess } from "../../test/support/database-process.ts";
import { openEmbedded } from "./embedded.ts";
import type { EmbeddedDatabase, EmbeddedOptions } from "./embedded.ts";
import { createPool } from "./pool.ts";
import { query, sql } from "./query.ts";

const isRoot = process.geteuid?.() === 0;
const silent = { info: () => undefined, warn: () => undefined };
const startedAt = "select pg_postmaster_start_time()::text as value";

let root: string;
/** Used by most tests, because a first start takes a second. Each test finds it without a server and leaves it so. */
let dataDir: string;
let opened: EmbeddedDatabase[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dunlin-embedded-"));
  await chmod(root, 0o711);
  dataDir = join(root, "data");
});

afterEach(async () => {
  await Promise.all(opened.map((embedded) => embedded.stop()));
  opened = [];
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function open(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedDatabase> {
  const embedded = await openEmbedded({ dataDir, database: "dunlin", log: silent, own: true, ...options });
  opened.push(embedded);
  return embedded;
}

async function ask(embedded: EmbeddedDatabase, text: string): Promise<unknown> {
  const pool = createPool(embedded.connection, { max: 1 });
  try {
    const [row] = await query<{ value: unknown }>(pool, sql.plain(text));
    return row?.value;
  } finally {
    await pool.end();
  }
}

/** The process of the server that runs on the folder; undefined when there is none. */
async function serverProcess(): Promise<number | undefined> {
  const text = await readFile(join(dataDir, "cluster", "postmaster.pid"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

async function killServer(): Promise<void> {
  const pid = await serverProcess();
  if (pid === undefined) throw new Error("No server runs on the test's folder.");
  process.kill(pid, "SIGKILL");
}

describe("openEmbedded", () => {
  it("makes a database in an empty folder, and finds its rows on the next start", async () => {
    const first = await open();
    await ask(first, "create table birds as select 'dunlin' as name");
    await first.stop();
    expect(await serverProcess()).toBeUndefined();

    const second = await open();

    expect(await ask(second, "select name as value from birds")).toBe("dunlin");
    expect([first.adopted, second.adopted]).toEqual([false, false]);
  });

  it("opens no door but a socket that only its own account can reach", async () => {
    const embedded = await open();

    expect(await ask(embedded, "select current_setting('listen_addresses') as value")).toBe("");
    expect((await stat(embedded.connection.host)).mode & 0o777).toBe(0o700);
  });

  it("writes to the disk before it confirms", async () => {
    const embedded = await open();
    const settings = "'fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums'";
    const text = `select string_agg(distinct setting, ',') as value from pg_settings where name in (${settings})`;

    expect(await ask(embedded, text)).toBe("on");
  });

  it("keeps the socket elsewhere when the path of the folder is too long for one", async () => {
    const embedded = await open({ dataDir: join(root, "long".repeat(25)) });

    expect(await ask(embedded, "select 1 as value")).toBe(1);
    expect(embedded.connection.host.startsWith(root)).toBe(false);
    await embedded.stop();
    await rm(embedded.connection.host, { recursive: true });
  });
});

describe("openEmbedded beside other processes", () => {
  it("adopts the server that a killed process left behind", async () => {
    const killed = await startDatabaseProcess(dataDir, "own");
    const left = await serverProcess();
    await killed.kill();

    const embedded = await open();

    expect(embedded.adopted).toBe(true);
    expect(await serverProcess()).toBe(left);
    await embedded.stop();
    expect(await serverProcess()).toBeUndefined();
  });

  it("attaches to the running server and leaves it running", async () => {
    const owner = await open();
    const since = await ask(owner, startedAt);

    const visitor = await startDatabaseProcess(dataDir, "visit");
    await visitor.stop();

    expect(visitor.adopted).toBe(true);
    expect(await ask(owner, startedAt)).toBe(since);
  });

  it("starts the server for a command when none runs, and stops it after the command", async () => {
    const visitor = await open({ own: false });
    expect(visitor.adopted).toBe(false);

    await visitor.stop();

    expect(await serverProcess()).toBeUndefined();
  });

  it("leaves the server to whoever still uses it", async () => {
    const owner = await open();
    const visitor = await open({ own: false });
    const since = await ask(owner, startedAt);

    await owner.stop();
    expect(await ask(visitor, startedAt)).toBe(since);

    await visitor.stop();
    expect(await serverProcess()).toBeUndefined();
  });

  it("lets processes that open an empty folder at once share one server", async () => {
    const empty = { dataDir: join(root, "shared") };
    const [child, ...here] = await Promise.all([
      startDatabaseProcess(empty.dataDir, "own"),
      open(empty),
      open({ ...empty, own: false }),
    ]);

    const starts = await Promise.all(here.map((embedded) => ask(embedded, startedAt)));

    expect(new Set(starts).size).toBe(1);
    expect([child, ...here].filter(({ adopted }) => !adopted)).toHaveLength(1);
    await child.stop();
  });

  it("stops the server exactly once when all leave at once", async () => {
    const all = await Promise.all([open(), open({ own: false }), open({ own: false })]);

    await Promise.all(all.map((embedded) => embedded.stop()));

    expect(await serverProcess()).toBeUndefined();
  });
});

describe("openEmbedded when things break", () => {
  it("starts PostgreSQL again when it is killed, without losing a confirmed row", async () => {
    const embedded = await open();
    const lost = vi.fn<() => void>();
    embedded.onExit(lost);
    await ask(embedded, "create table waders as select 'knot' as name");

    await killServer();
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 5_000);

    const name = (): Promise<unknown> => ask(embedded, "select name as value from waders").catch(() => undefined);
    expect(await vi.waitUntil(name, 10_000)).toBe("knot");
  });

  it("stops in the middle of a restart", async () => {
    const embedded = await open();
    const lost = vi.fn<() => void>();
    embedded.onExit(lost);

    await killServer();
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 5_000);
    await embedded.stop();

    const next = await open();
    expect(await ask(next, "select 1 as value")).toBe(1);
  });

  it("is not misled by a left-over file whose number now belongs to another process", async () => {
    const cluster = join(dataDir, "cluster");
    await writeFile(join(cluster, "postmaster.pid"), `${process.pid}\n${cluster}\n1\n5432\n`);

    const embedded = await open();

    expect(await ask(embedded, "select 1 as value")).toBe(1);
  });

  it("begins anew after a first start that was interrupted, and clears its remains away", async () => {
    const half = join(root, "half");
    const remains = join(half, `cluster.draft-${randomUUID()}`);
    await mkdir(remains, { recursive: true });
    await writeFile(join(remains, "PG_VERSION"), "18\n");
    await utimes(remains, new Date(0), new Date(0));

    await open({ dataDir: half });

    expect(await readdir(half)).not.toContainEqual(expect.stringContaining("draft"));
  });

  it("says in PostgreSQL's own words why it does not start", async () => {
    const refusal = await open({ settings: { shared_buffers: "plenty" } }).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: "EMBEDDED_DATABASE_FAILED" });
    expect(String(refusal)).toContain('invalid value for parameter "shared_buffers": "plenty"');
  });
});

describe("openEmbedded on a folder that it cannot use", () => {
  it("refuses data of another major version, and says the way out", async () => {
    const old = join(root, "old");
    await mkdir(join(old, "cluster"), { recursive: true });
    await writeFile(join(old, "cluster", "PG_VERSION"), "17\n");

    const refusal = await open({ dataDir: old }).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: "EMBEDDED_DATABASE_VERSION" });
    expect(String(refusal)).toMatch(/PostgreSQL 17.*pg_dump/);
  });

  it("refuses a folder that holds something else, and leaves it alone", async () => {
    const photos = join(root, "photos");
    await mkdir(join(photos, "cluster"), { recursive: true });
    await writeFile(join(photos, "cluster", "holiday.jpg"), "");

    await expect(open({ dataDir: photos })).rejects.toMatchObject({ code: "EMBEDDED_DATABASE_FOLDER" });
    expect(await readdir(join(photos, "cluster"))).toEqual(["holiday.jpg"]);
  });

  it.runIf(isRoot)("gives data that root has restored to the database's account", async () => {
    const cluster = join(dataDir, "cluster");
    await promisify(execFile)("chown", ["-R", "0:0", cluster]);

    const embedded = await open();

    expect(await ask(embedded, "select 1 as value")).toBe(1);
    expect((await stat(join(cluster, "PG_VERSION"))).uid).not.toBe(0);
  });

  it.runIf(isRoot)("names the folder that keeps the database's account from its data", async () => {
    await chmod(root, 0o700);

    await expect(open()).rejects.toThrow(`chmod o+x ${root}`);
    await chmod(root, 0o711);
  });
});
