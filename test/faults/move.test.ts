/** A move to another database that dies in the middle, or whose new database does: Dunlin goes on in the old one. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { openEmbedded, type EmbeddedDatabase } from "../../src/db/embedded.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createDataDir } from "../support/home.ts";
import { openOtherServer, type OtherServer } from "../support/other-server.ts";
import { freePort } from "../support/ports.ts";
import { runCommand, startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { openSandbox } from "../support/sandbox.ts";
import { environmentFor, type Settings } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** A hold that nobody renews lapses after twelve seconds. */
const patience = { withinMs: 45_000, everyMs: 50 };
/** So many rows that copying them takes long enough to die in. */
const ballast = `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes)
  select 'main', 'cus_' || n, 'contact', 'update', 1, repeat('["status","active","past_due"]', 20) from generate_series(1, 150000) n`;

describe("a move that dies in the middle", () => {
  let other: OtherServer;
  let sandbox: Sandbox;
  let dataDir: string;
  let env: Settings;
  let dunlin: DunlinProcess;
  let visit: EmbeddedDatabase;
  let source: Pool;
  let target: Pool;
  let address: string;

  beforeAll(async () => {
    other = await openOtherServer();
  });
  afterAll(() => other.stop());

  beforeEach(async () => {
    [sandbox, dataDir, address] = await Promise.all([
      openSandbox({ customers: 6 }),
      createDataDir(),
      other.createDatabase(),
    ]);
    const port = await freePort();
    env = { ...environmentFor(sandbox.url, port), DUNLIN_DATA_DIR: dataDir };
    dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port });
    await eventually(() => expectContactsRight(sandbox), patience);
    const log = { info: () => undefined, warn: () => undefined };
    visit = await openEmbedded({ dataDir: join(dataDir, "postgres"), database: "dunlin", log, own: false });
    source = createPool(visit.connection);
    target = createPool({ kind: "url", url: address });
    await source.query(ballast);
  });

  afterEach(async () => {
    await Promise.all([source.end(), target.end()]);
    await visit.stop();
    await dunlin.stop();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function startMove(): ChildProcess {
    return spawn(process.execPath, ["dist/src/main.js", "move", "--to", address], {
      cwd: root,
      env: { PATH: process.env["PATH"], ...env },
      stdio: "ignore",
    });
  }

  /** Rows are on their way, and nobody can write. */
  async function underWay(): Promise<void> {
    await eventually(
      async () => {
        const { rows } = await target.query("select from pg_stat_progress_copy where tuples_processed > 0");
        expect(rows.length).toBeGreaterThan(0);
      },
      { withinMs: 60_000, everyMs: 5 },
    );
  }

  async function expectOldOneInUse(): Promise<void> {
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(() => expect(sandbox.deliveries.pending).toBe(0), patience);
    await eventually(() => expectContactsRight(sandbox), patience);
    expect((await target.query("select from contact_writes")).rowCount).toBe(0);
  }

  it("by kill -9 leaves Dunlin working in the old database, and can simply be run again", async () => {
    const mover = startMove();
    await underWay();
    const exit = once(mover, "exit");
    mover.kill("SIGKILL");
    await exit;
    await expectOldOneInUse();

    const again = await runCommand(["move", "--to", address], env);
    expect(again.output).toContain("every count agrees");
    expect(again.exitCode).toBe(0);
    const { rows } = await target.query<{ count: number }>("select count(*) as count from contact_writes");
    expect(rows[0]?.count).toBeGreaterThan(150_000);
  });

  it("by Ctrl-C gives the nodes free at once", async () => {
    const mover = startMove();
    await underWay();
    const exit = once(mover, "exit");
    mover.kill("SIGINT");
    await exit;
    expect(mover.exitCode).toBe(1);

    const { rows } = await source.query("select scope from pauses where made_by = 'move'");
    expect(rows).toEqual([]);
    await expectOldOneInUse();
  });

  it("because the new database cuts the connection leaves Dunlin working in the old one", async () => {
    const mover = startMove();
    await underWay();
    const exit = once(mover, "exit");
    await target.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await exit;
    expect(mover.exitCode).toBe(1);
    await expectOldOneInUse();
  });
});
