/** Backup and restore against real databases: everything comes back, or nothing does. */
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync, gzipSync, createGunzip } from "node:zlib";
import { runMigrations } from "graphile-worker";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contentOf, fillDatabase } from "../../../test/support/database-content.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { readMigrations } from "../../db/migrate.ts";
import { makeBackup, backupName, type BackupMade } from "./make-backup.ts";
import { restoreBackup } from "./restore.ts";
import { findOwnTables } from "./schema.ts";

let folder: string;
let source: TestDatabase;
/** A backup of it. */
let whole: BackupMade;
let target: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dunlin-backup-"));
  source = await createTestDatabase();
  await fillDatabase(source.pool);
  whole = await backUp();
});
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  target = await createTestDatabase();
});
afterEach(() => target.drop());

let count = 0;
function newPath(): string {
  return join(folder, `backup-${(count += 1)}.gz`);
}

function backUp(path = newPath()): Promise<BackupMade> {
  return makeBackup(source.config, { path, version: "1.2.3" });
}

/** The backup with its text changed. */
async function forged(change: (text: string) => string): Promise<string> {
  const path = newPath();
  const text = gunzipSync(await readFile(whole.path)).toString("latin1");
  await writeFile(path, gzipSync(Buffer.from(change(text), "latin1")));
  return path;
}

async function restoreInto(database: TestDatabase, path: string, replace = false): Promise<unknown> {
  return restoreBackup(database.config, { path, replace });
}

/** The one difference there is meant to be: every linked contact is in doubt. */
async function trustContacts(): Promise<void> {
  const { rowCount } = await target.pool.query("update identities set doubted = false where doubted");
  expect(rowCount).toBe(1);
}

describe("a backup", () => {
  it("is restored to the last byte of every table and every slow job", async () => {
    const progress: string[] = [];
    const { header, rows } = await restoreBackup(target.config, {
      path: whole.path,
      replace: false,
      onTable: (table) => progress.push(table),
    });

    await trustContacts();
    expect(await contentOf(target.pool)).toEqual(await contentOf(source.pool));
    expect(rows).toEqual(whole.rows);
    expect(header).toMatchObject({ dunlin: "backup", format: 1, version: "1.2.3", madeAt: whole.madeAt });
    expect(progress).toEqual(header.tables.map(({ name }) => name));
    expect(whole.rows).toMatchObject({ stripe_events: 3, slow_jobs: 4 });
  });

  it("holds every table that is kept, so that none is forgotten", async () => {
    const { carried } = await findOwnTables(source.pool, await readMigrations());
    const { rows } = whole;

    expect(Object.keys(rows).toSorted()).toEqual([...carried.keys(), "slow_jobs"].toSorted());
    expect(rows).not.toHaveProperty("nodes");
    expect(rows).not.toHaveProperty("reconcile_marks");
  });

  it("knows Dunlin's tables from its migrations, and looks for them without touching the real ones", async () => {
    const { carried, leftOut } = await findOwnTables(target.pool, await readMigrations());
    const { rows } = await target.pool.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema', 'graphile_worker')",
    );

    const real = rows.map(({ name }) => name).filter((name) => name !== "dunlin_migrations");
    expect(real.toSorted()).toEqual([...carried.keys(), ...leftOut].toSorted());
  });

  it("lets the numbering go on where it stood, not where the newest row is", async () => {
    await restoreInto(target, whole.path);
    const insert = `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes)
      values ('main', 'cus_next', 'c', 'update', 0, '[]') returning id`;
    const { rows } = await target.pool.query<{ id: number }>(insert);

    expect(rows).toEqual([{ id: 4 }]); // three were written, the third was removed
  });

  it("runs slow jobs again: attempts, keys, times and payloads stay, locks do not", async () => {
    await restoreInto(target, whole.path);
    const { rows } = await target.pool.query(
      `select task_identifier as task, key, attempts, max_attempts, locked_by, run_at > now() + interval '1 day' as later
       from graphile_worker.jobs order by key nulls last`,
    );

    expect(rows).toEqual([
      { task: "backfill", key: "failed-often", attempts: 5, max_attempts: 1000, locked_by: null, later: false },
      { task: "backfill", key: "later", attempts: 0, max_attempts: 25, locked_by: null, later: true },
      { task: "fan-out-product", key: "running", attempts: 1, max_attempts: 1000, locked_by: null, later: false },
      { task: "fan-out-product", key: null, attempts: 0, max_attempts: 25, locked_by: null, later: false },
    ]);
  });

  it("shows one instant, whatever is written meanwhile", async () => {
    const busy = await createTestDatabase();
    const path = newPath();
    try {
      const write = (n: number): Promise<unknown> =>
        busy.pool.query(
          `with e as (insert into stripe_events (account, id, type, created_s, state, body) values ('main', $1, 't', 0, 'applied', ''))
           insert into sync_jobs (account, customer_id, lane, due_at) values ('main', $1, 0, now())`,
          [`evt_${n}`],
        );
      for (let n = 0; n < 50; n += 1) await write(n);
      const writes = (async () => {
        for (let n = 50; n < 400; n += 1) await write(n);
      })();
      const { rows } = await makeBackup(busy.config, { path, version: "1" });
      await writes;

      expect(rows["stripe_events"]).toBe(rows["sync_jobs"]);
      expect(rows["stripe_events"]).toBeGreaterThanOrEqual(50);
    } finally {
      await busy.drop();
    }
  });

  it("is a file that only its owner may read, whole under its name, and shows what it is without Dunlin", async () => {
    const { path, bytes, unpackedBytes } = whole;
    const { mode, size } = await stat(path);
    const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) });
    const [first] = await lines[Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [String(value)]);
    lines.close();

    expect(mode & 0o777).toBe(0o600);
    expect(size).toBe(bytes);
    expect(unpackedBytes).toBeGreaterThan(bytes);
    expect(JSON.parse(first ?? "")).toMatchObject({ dunlin: "backup", format: 1 });
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("never takes the place of a file that is there", async () => {
    const { path } = whole;
    const before = await readFile(path);

    await expect(backUp(path)).rejects.toMatchObject({ code: "BACKUP_NOT_WRITTEN" });
    expect(await readFile(path)).toEqual(before);
  });

  it("that cannot be written leaves nothing behind and a connection that works", async () => {
    const file = newPath();
    await writeFile(file, "");

    await expect(backUp(join(file, "below.gz"))).rejects.toMatchObject({ code: "BACKUP_NOT_WRITTEN" });
  });

  it("that is broken off leaves nothing behind", async () => {
    const path = newPath();
    const ends = new AbortController();
    const wish = { path, version: "1", signal: ends.signal, onTable: () => ends.abort() };

    await expect(makeBackup(source.config, wish)).rejects.toMatchObject({ name: "AbortError" });
    expect((await readdir(folder)).filter((name) => name.startsWith(path))).toEqual([]);
  });

  it("has a name that sorts by time", () => {
    expect(backupName(Date.UTC(2026, 10, 22, 1, 12, 5))).toBe("dunlin-2026-11-22T01-12-05Z.backup.gz");
  });
});

describe("restoring", () => {
  it("refuses a database with data, and replaces it when told to", async () => {
    await target.pool.query("insert into settings (name, value) values ('mine', '1')");
    await target.pool.query("select graphile_worker.add_job('backfill', job_key => 'mine')");
    const { path } = whole;

    await expect(restoreInto(target, path)).rejects.toMatchObject({ code: "DATABASE_NOT_EMPTY" });
    await restoreInto(target, path, true);
    await trustContacts();
    expect(await contentOf(target.pool)).toEqual(await contentOf(source.pool));
  });

  it("refuses while a node lives on the database, even to replace", async () => {
    await target.pool.query("insert into nodes (id, workers, seen_at) values ('node-1', '{}', now())");

    await expect(restoreInto(target, whole.path, true)).rejects.toMatchObject({
      code: "DATABASE_IN_USE",
      message: expect.stringContaining("node-1"),
    });
  });

  it("leaves the database as it was when the file is damaged anywhere", async () => {
    await fillDatabase(target.pool);
    const before = await contentOf(target.pool);
    const { path } = whole;
    const { size } = await stat(path);
    const cut = newPath();
    await writeFile(cut, await readFile(path));
    await truncate(cut, size - 20);
    const flipped = newPath();
    const bytes = await readFile(path);
    bytes[Math.floor(size / 2)] = (bytes[Math.floor(size / 2)] ?? 0) ^ 0xff;
    await writeFile(flipped, bytes);
    const damaged = [
      cut,
      flipped,
      await forged((text) => text.replace("cus_1", "cus_9")),
      await forged((text) => text.replace(/\n[^\n]*evt_2[^\n]*\n/, "\n")),
      await forged((text) => text.replace('{"table":"stripe_events"}', '{"table":"stripe_objects"}')),
      await forged((text) => text.slice(0, text.lastIndexOf('{"end"'))),
      await forged((text) => `${text}more\n`.replace('"end":true', '"end":false')),
      await forged((text) => text.slice(text.indexOf("\n") + 1)),
    ];

    for (const file of damaged)
      await expect(restoreInto(target, file, true), file).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    expect(await contentOf(target.pool)).toEqual(before);
  });

  it("says so when a file is no backup at all", async () => {
    const plain = newPath();
    await writeFile(plain, "hello");
    const packed = newPath();
    await writeFile(packed, gzipSync("hello"));

    for (const file of [plain, packed, join(folder, "none.gz")])
      await expect(restoreInto(target, file)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  });

  it("refuses what a later version made", async () => {
    const format = await forged((text) => text.replace('"format":1', '"format":2'));
    const migration = await forged((text) => text.replace('"name":"0001_spine.sql"', '"name":"0999_later.sql"'));

    for (const file of [format, migration])
      await expect(restoreInto(target, file)).rejects.toMatchObject({ code: "BACKUP_TOO_NEW" });
  });

  it("takes names only from what it knows", async () => {
    const table = await forged((text) =>
      text.replaceAll('"tallies"', '"pg_authid"').replace('"table":"tallies"', '"table":"pg_authid"'),
    );
    const column = await forged((text) => text.replace('"columns":["name","value"]', '"columns":["name","nonsense"]'));

    for (const file of [table, column])
      await expect(restoreInto(target, file)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  });
});

describe("what may have happened since the backup", () => {
  it("is looked for before it is done again, unless twice is the same as once", async () => {
    const busy = await createTestDatabase();
    try {
      await busy.pool.query(`
        insert into effects (account, customer_id, key, kind, lane, guarantee, state, body, fingerprint, contact_id, looks, leased_by) values
          ('main', 'cus_1', 'tried', 'note', 0, 'verified', 'planned', '{}', '', 'contact', 0, 'node'),
          ('main', 'cus_1', 'never tried', 'note', 0, 'verified', 'planned', '{}', '', null, 0, null),
          ('main', 'cus_1', 'message', 'message', 0, 'at_most_once', 'planned', '{}', '', null, 0, null),
          ('main', 'cus_1', 'tag', 'tag', 0, 'effectively_once', 'planned', '{}', '', null, 0, null),
          ('main', 'cus_2', 'looked for', 'ticket', 0, 'verified', 'unknown', '{}', '', 'contact', 4, null),
          ('main', 'cus_2', 'failed', 'note', 0, 'verified', 'failed', '{}', '', 'other', 0, null),
          ('main', 'cus_2', 'done', 'note', 0, 'verified', 'confirmed', '{}', '', 'contact', 0, null)`);
      const path = newPath();
      await makeBackup(busy.config, { path, version: "1" });
      await restoreInto(target, path);

      const { rows } = await target.pool.query(
        `select key, state, contact_id as contact, looks, doubted_at = planned_at as doubted from effects
         where leased_by is null order by id`,
      );
      expect(rows).toEqual([
        { key: "tried", state: "unknown", contact: null, looks: 0, doubted: true },
        { key: "never tried", state: "unknown", contact: null, looks: 0, doubted: true },
        { key: "message", state: "unknown", contact: null, looks: 0, doubted: true },
        { key: "tag", state: "planned", contact: null, looks: 0, doubted: null },
        { key: "looked for", state: "unknown", contact: "contact", looks: 0, doubted: null },
        { key: "failed", state: "failed", contact: "other", looks: 0, doubted: true },
        { key: "done", state: "confirmed", contact: "contact", looks: 0, doubted: null },
      ]);
    } finally {
      await busy.drop();
    }
  });
});

describe("a backup of an earlier version", () => {
  it("lets rules stand still, since nobody knows what they have done", async () => {
    const busy = await createTestDatabase();
    await busy.pool.query(
      `insert into documents (kind, version, body, saved_by) values ('rules', 1, '{"rules":[{"name":"old"}]}', 'test'),
        ('rules', 2, '{"rules":[{"name":"one"},{"name":"two"}]}', 'test')`,
    );
    await busy.pool.query("insert into rule_stops (rule, by, reason, resumed_s) values ('two', 'person', 'Once.', 1)");
    const path = newPath();
    await makeBackup(busy.config, { path, version: "1" });
    await busy.drop();
    await restoreInto(target, path);
    const { rows } = await target.pool.query("select rule, by, resumed_s as resumed from rule_stops order by rule");
    expect(rows).toEqual([
      { rule: "one", by: "restore", resumed: null },
      { rule: "two", by: "restore", resumed: null },
    ]);
  });

  it("is migrated while it is restored, as the old database would be", async () => {
    const old = await createEmptyDatabase();
    try {
      const [first] = await readMigrations();
      if (!first) throw new Error("There are no migrations.");
      await old.pool.query(first.text);
      await old.pool.query(
        "create table dunlin_migrations (name text primary key, checksum text, applied_at timestamptz default now())",
      );
      await old.pool.query("insert into dunlin_migrations values ($1, $2)", [first.name, first.checksum]);
      await runMigrations({ pgPool: old.pool });
      await old.pool.query("insert into connections (vendor, label) values ('stripe', 'old')");
      await old.pool.query(
        "insert into contact_writes (account, customer_id, contact_id, kind, lane, changes) select 'main', 'cus', 'c', 'update', 0, '[]' from generate_series(1, 7)",
      );
      await old.pool.query("select graphile_worker.add_job('backfill', job_key => 'old')");
      const path = newPath();
      await makeBackup(old.config, { path, version: "0.1.0" });
      await restoreInto(target, path);

      const { rows } = await target.pool.query("select vendor, account, label from connections");
      expect(rows).toEqual([{ vendor: "stripe", account: "main", label: "old" }]);
      const { rows: next } = await target.pool.query(
        "insert into contact_writes (account, customer_id, contact_id, kind, lane, changes) values ('main', 'cus', 'c', 'update', 0, '[]') returning id",
      );
      expect(next).toEqual([{ id: 8 }]);
      const { rows: jobs } = await target.pool.query("select key from graphile_worker.jobs");
      expect(jobs).toEqual([{ key: "old" }]);
      const { rows: schemas } = await target.pool.query("select from pg_namespace where nspname like 'dunlin%'");
      expect(schemas).toEqual([]);
    } finally {
      await old.drop();
    }
  });
});
