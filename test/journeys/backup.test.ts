/** Keeping what Dunlin holds, bringing it back, and growing up: the three commands as an operator uses them. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createPool } from "../../src/db/pool.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createDataDir, createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { openOtherServer, type OtherServer } from "../support/other-server.ts";
import { freePort } from "../support/ports.ts";
import { runCommand, startDunlinProcess } from "../support/process.ts";
import { openSandbox } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Settings } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 30_000, everyMs: 50 };

/** As if nothing but what `connect` kept were known. */
const noKeys = { STRIPE_API_KEY: "", INTERCOM_ACCESS_TOKEN: "", INTERCOM_CLIENT_SECRET: "" };

let sandbox: Sandbox;
let other: OtherServer;

beforeAll(async () => {
  other = await openOtherServer();
});
afterAll(() => other.stop());
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

function somethingHappens(): void {
  for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
}

const credentials = z.object({ credentials: z.array(z.object({ state: z.string() })) });

describe("a backup", () => {
  let home: Home;
  let env: Settings;

  beforeEach(async () => {
    home = await createHome();
    const port = await freePort();
    env = { ...environmentFor(sandbox.url, port), DUNLIN_DATA_DIR: home.dataDir, DATABASE_URL: home.databaseUrl };
    await runCommand(["connect", "stripe"], env);
    await runCommand(["connect", "intercom"], env);
  });
  afterEach(() => home.remove());

  it("taken under load brings a lost installation back, which then catches up by itself", async () => {
    const port = Number(env["PORT"]);
    const lost = await startDunlin({ sandbox, home, port });
    await lost.settled();
    somethingHappens();
    const made = await runCommand(["backup"], env);
    expect(made.output).toContain("read back in");
    expect(made.output).toContain(join(home.dataDir, "secret.key"));
    expect(made.exitCode).toBe(0);
    const file = /✓ (\S+\.backup\.gz)/.exec(made.output)?.[1] ?? "";
    somethingHappens(); // is not in the backup
    await lost.settled();
    await lost.stop();

    const key = (await readFile(join(home.dataDir, "secret.key"), "utf8")).trim();
    const address = await other.createDatabase();
    const there = { ...env, DATABASE_URL: address, DUNLIN_SECRET_KEY: key };
    const restored = await runCommand(["restore", file], there);
    expect(restored.output).toContain("every count agrees");
    expect(restored.output).toMatch(/✓ Stripe, main +can be opened/);
    expect(restored.output).toMatch(/✓ Intercom +can be opened/);
    expect(restored.exitCode).toBe(0);

    const pool = createPool({ kind: "url", url: address });
    const dunlin = await startDunlin({
      sandbox,
      home: { ...home, databaseUrl: address, pool },
      port,
      env: { ...noKeys, DUNLIN_SECRET_KEY: key },
    });
    try {
      await dunlin.settled(30_000);
      await eventually(() => expectContactsRight(sandbox), patience);
      const before = await listStoredEvents(home.pool);
      await eventually(async () => {
        const after = await listStoredEvents(pool);
        expect([...before].filter((id) => !after.has(id))).toEqual([]);
      }, patience);
      expect(await listDeadLetters(pool)).toEqual([]);
    } finally {
      await dunlin.stop();
      await pool.end();
    }
  });

  it("says when its keys cannot be opened, refuses to overwrite, and to fill a database in use", async () => {
    const file = join(home.dataDir, "mine.gz");
    await runCommand(["backup", "--to", file], env);
    const again = await runCommand(["backup", "--to", file], env);
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.output).toContain("there is such a file already");
    const nowhere = await runCommand(["backup", "--to", join(home.dataDir, "no-such-disk")], env);
    expect(nowhere).toMatchObject({ exitCode: 1 });
    expect(nowhere.output).toContain("there is no such folder");

    const full = await runCommand(["restore", file], env);
    expect(full).toMatchObject({ exitCode: 1 });
    expect(full.output).toContain("--replace");

    const foreign = { ...env, DUNLIN_SECRET_KEY: "another key, and not the one of that time" };
    const replaced = await runCommand(["restore", file, "--replace"], foreign);
    expect(replaced.output).toMatch(/✗ Stripe, main +were encrypted with another key/);
    expect(replaced.output).toContain("dunlin connect stripe");
    const machine = await runCommand(["restore", file, "--replace", "--json"], env);
    expect(credentials.parse(JSON.parse(machine.output)).credentials.map(({ state }) => state)).toEqual(["ok", "ok"]);

    const dunlin = await startDunlin({ sandbox, home, port: Number(env["PORT"]) });
    try {
      const running = await runCommand(["restore", file, "--replace"], env);
      expect(running).toMatchObject({ exitCode: 1 });
      expect(running.output).toContain("Dunlin is running on the database");
    } finally {
      await dunlin.stop();
    }
  });
});

describe("a move", () => {
  it("from the embedded database to a server under load loses nothing that was acknowledged", async () => {
    const [dataDir, port, address] = await Promise.all([createDataDir(), freePort(), other.createDatabase()]);
    const env = { ...environmentFor(sandbox.url, port), DUNLIN_DATA_DIR: dataDir };
    let dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port });
    const pool = createPool({ kind: "url", url: address });
    let load: NodeJS.Timeout | undefined;
    try {
      await eventually(() => expectContactsRight(sandbox), patience);
      load = setInterval(somethingHappens, 100);
      const moved = await runCommand(["move", "--to", address], env);
      expect(moved.output).toContain("every count agrees");
      expect(moved.output).toMatch(/paused Dunlin for [\d.]+ m?s/);
      expect(moved.output).toContain("Restart Dunlin, which still runs here");
      expect(moved.exitCode).toBe(0);
      await eventually(
        () => sandbox.deliveries.recent().some(({ vendor, status }) => vendor === "stripe" && status === 503),
        patience,
      );
      clearInterval(load);
      await dunlin.stop();

      const refused = await runCommand(["doctor"], env);
      expect(refused).toMatchObject({ exitCode: 1 });
      expect(refused.output).toContain("Set DATABASE_URL");
      const acknowledged = sandbox.deliveries
        .recent()
        .filter(({ vendor, status }) => vendor === "stripe" && status === 200)
        .map(({ label }) => label.split(" ")[0] ?? "");

      dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port, env: { DATABASE_URL: address } });
      await eventually(() => expect(sandbox.deliveries.pending).toBe(0), patience);
      await eventually(() => expectContactsRight(sandbox), patience);
      const stored = await listStoredEvents(pool);
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
      expect(await listDeadLetters(pool)).toEqual([]);
    } finally {
      clearInterval(load);
      await dunlin.stop();
      await pool.end();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
