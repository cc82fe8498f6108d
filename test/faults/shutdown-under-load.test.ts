/** The service manager asks it to end in the middle of a storm: what is under way ends in order, nothing is left half done. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { contactOf, openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 20_000, everyMs: 50 };

describe("SIGTERM in the middle of a storm", () => {
  let sandbox: Sandbox;
  let home: Home;
  let port: number;
  let dunlin: DunlinProcess;

  beforeAll(async () => {
    [sandbox, home, port] = await Promise.all([openSandbox({ customers: 20 }), createHome(), freePort()]);
    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  const start = (): Promise<DunlinProcess> =>
    startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      port,
      env: { DATABASE_URL: home.databaseUrl },
    });
  const buyers = Array.from({ length: 10 }, (_, index) => `user_storm_${index}`);

  it("ends within seconds and gives every lease back", async () => {
    // Slow answers make sure that calls are under way when the signal comes.
    sandbox.faults.add({ vendor: "intercom", kind: "slow", delayMs: 300, rate: 0.5 });
    for (const userId of buyers)
      sandbox.stripe.scenarios.checkout({ email: `${userId}@example.com`, name: "In The Storm", userId });
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(async () => expect((await listStoredEvents(home.pool)).size).toBeGreaterThan(20), patience);

    const begun = performance.now();
    expect(await dunlin.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5000);
    sandbox.faults.clear();

    expect((await home.pool.query("select from sync_jobs where leased_by is not null")).rowCount).toBe(0);
    expect(dunlin.output()).not.toContain('"level":"error"');
  });

  it("has stored whatever it acknowledged", async () => {
    const stored = await listStoredEvents(home.pool);
    const taken = sandbox.deliveries.recent().filter(({ vendor, status }) => vendor === "stripe" && status === 200);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.map(({ label }) => label.split(" ")[0]).filter((id) => id !== undefined && !stored.has(id))).toEqual(
      [],
    );
  });

  it("leaves nothing to repair: the next start goes on at once and makes nobody twice", async () => {
    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), { withinMs: 10_000, everyMs: 100 });
    const creations = sandbox.requests
      .since(0)
      .filter(
        ({ vendor, method, path, status }) =>
          vendor === "intercom" && method === "POST" && path === "/contacts" && status === 200,
      );
    for (const userId of buyers) {
      contactOf(sandbox, userId);
      expect(creations.filter(({ body }) => JSON.stringify(body).includes(`"${userId}"`))).toHaveLength(1);
    }
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
