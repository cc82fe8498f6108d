/** Moving to another PostgreSQL: everything arrives, the old one closes in the same instant, a failure changes nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contentOf, fillDatabase } from "../../../test/support/database-content.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { openOtherServer, type OtherServer } from "../../../test/support/other-server.ts";
import { eventually } from "../../../test/support/wait.ts";
import { createPool, type Pool } from "../../db/pool.ts";
import { makeBackup } from "./make-backup.ts";
import { moveDatabase, placeOf, type MoveDone, type MoveWish } from "./move.ts";
import { findMoved, refuseMoved, unmarkMoved } from "./moved.ts";
import { restoreBackup } from "./restore.ts";

let other: OtherServer;
let source: TestDatabase;
let to: string;
let target: Pool;

beforeAll(async () => {
  other = await openOtherServer();
});
afterAll(() => other.stop());
beforeEach(async () => {
  source = await createTestDatabase();
  await fillDatabase(source.pool);
  to = await other.createDatabase();
  target = createPool({ kind: "url", url: to });
});
afterEach(async () => {
  await target.end();
  await source.drop();
});

function move(wish: Partial<MoveWish> = {}): Promise<MoveDone> {
  return moveDatabase({ from: source.config, to, replace: false, nowMs: Date.now, ...wish });
}

const event = `insert into stripe_events (account, id, type, created_s, state, body)
  values ('main', 'evt_late', 't', 0, 'applied', '')`;

async function pauseByHand(): Promise<void> {
  const text = "insert into pauses (scope, made_by, code, reason) values ('all', 'person', 'PAUSED', 'lunch')";
  await source.pool.query(text);
}

async function pausesOf(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ line: string }>(
    "select concat_ws(' ', scope, made_by, case when until is null then 'for good' else 'for a while' end) as line from pauses order by 1",
  );
  return rows.map(({ line }) => line);
}

describe("a move", () => {
  it("carries everything over, and leaves the old database as it was but closed", async () => {
    const before = await contentOf(source.pool);
    const done = await move();

    expect(await contentOf(target)).toEqual(before);
    expect(done).toMatchObject({ to: placeOf(to), running: [], rows: { stripe_events: 3, slow_jobs: 4 } });
    expect(done.pausedMs).toBeGreaterThan(0);
    await expect(source.pool.query(event)).rejects.toMatchObject({ code: "25006" });
    await expect(source.pool.query("truncate stripe_events")).rejects.toMatchObject({ code: "25006" });
    await expect(refuseMoved(source.pool)).rejects.toMatchObject({
      code: "DATABASE_MOVED",
      message: expect.stringContaining("DATABASE_URL"),
    });
    await refuseMoved(target);
  });

  it("never writes the password down", async () => {
    await move();
    expect(JSON.stringify(await findMoved(source.pool))).not.toContain("pass");
  });

  it("is not done twice, and can be taken back", async () => {
    await move();
    await expect(move({ replace: true })).rejects.toMatchObject({ code: "DATABASE_MOVED" });

    const doubted = "select from identities where doubted";
    expect((await source.pool.query(doubted)).rowCount).toBe(0);
    await unmarkMoved(source.pool);
    expect((await source.pool.query(doubted)).rowCount).toBe(1);
    await source.pool.query(event);
    await expect(move()).rejects.toMatchObject({ code: "DATABASE_NOT_EMPTY" });
    await move({ replace: true });
    expect((await target.query("select from stripe_events where id = 'evt_late'")).rowCount).toBe(1);
  });

  it("refuses a write that waited for it, instead of letting it into the database that was left", async () => {
    let late: Promise<unknown> = Promise.resolve();
    await move({
      onTable: (table) => {
        if (table === "connections")
          late = source.pool.query(event).then(
            () => "written",
            (error: unknown) => error,
          );
      },
    });

    expect(await late).toMatchObject({ code: "25006" });
  });

  it("keeps the nodes of the old database held, and leaves what people paused as it is", async () => {
    await pauseByHand();
    await move();
    expect(await pausesOf(source.pool)).toEqual(["all move for good", "all person for good", "intake move for good"]);
    expect(await pausesOf(target)).toEqual(["all person for good"]);
    await unmarkMoved(source.pool);
    expect(await pausesOf(source.pool)).toEqual(["all person for good"]);
  });

  it("that is broken off changes neither database, and works the next time", async () => {
    const before = await contentOf(source.pool);
    const ends = new AbortController();
    await expect(move({ signal: ends.signal, onTable: () => ends.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });

    await source.pool.query(event);
    await source.pool.query("delete from stripe_events where id = 'evt_late'");
    expect((await target.query("select from stripe_events")).rowCount).toBe(0);
    await move();
    expect(await contentOf(target)).toEqual(before);
  });

  it("holds the nodes only for a while, and says so when work in the old database does not let go", async () => {
    await pauseByHand();
    const busy = await source.pool.connect();
    await busy.query("begin");
    await busy.query("delete from tallies");
    const outcome = move().catch((error: unknown) => error);
    await eventually(
      async () =>
        expect(await pausesOf(source.pool)).toEqual([
          "all move for a while",
          "all person for good",
          "intake move for a while",
        ]),
      { withinMs: 15_000 },
    );

    expect(await outcome).toMatchObject({ code: "MOVE_BUSY" });
    await busy.query("rollback");
    busy.release();
    expect(await pausesOf(source.pool)).toEqual(["all person for good"]);
    await source.pool.query(event);
  });

  it("names what is wrong with the new database", async () => {
    const gone = new URL(to);
    gone.pathname = "/nowhere";
    await expect(move({ to: gone.toString() })).rejects.toMatchObject({
      code: "DATABASE_UNSUITABLE",
      message: expect.stringContaining("nowhere"),
    });
    const closed = new URL(to);
    closed.port = "9";
    closed.searchParams.delete("host");
    await expect(move({ to: closed.toString() })).rejects.toMatchObject({ code: "DATABASE_UNSUITABLE" });
    await expect(contentOf(source.pool)).resolves.toBeDefined();
    await source.pool.query(event);
  });

  it("refuses a new database on which a Dunlin runs", async () => {
    const done = await move();
    await unmarkMoved(source.pool);
    await target.query("insert into nodes (id, workers, host, seen_at) values ('node-2', '{}', 'other', now())");

    await expect(move({ replace: true })).rejects.toMatchObject({
      code: "DATABASE_IN_USE",
      message: expect.stringContaining("node-2 on other"),
    });
    expect(done.rows).toBeDefined();
  });
});

describe("a backup", () => {
  it("travels between the versions of PostgreSQL in both directions", async () => {
    const folder = await mkdtemp(join(tmpdir(), "dunlin-backup-"));
    const back = await createTestDatabase();
    try {
      const before = await contentOf(source.pool);
      await move();
      const path = join(folder, "there.gz");
      await makeBackup({ kind: "url", url: to }, { path, version: "1" });
      await restoreBackup(back.config, { path, replace: false });

      // A restored database doubts what it knows of contacts; nothing else differs.
      await back.pool.query("update identities set doubted = false");
      expect(await contentOf(back.pool)).toEqual(before);
    } finally {
      await back.drop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
