/** The database goes away: Stripe is told to come again, nothing that was acknowledged is lost, and all goes on by itself. */
import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createGate, type DatabaseGate } from "../support/gate.ts";
import { createDataDir, createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { startDunlinProcess } from "../support/process.ts";
import { openSandbox } from "../support/sandbox.ts";
import { readReadiness, startDunlin, type Dunlin } from "../support/server.ts";
import { deliverStripeEvent, stripeEventBody } from "../support/signed-event.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 20_000, everyMs: 50 };

/** An event of a type that Dunlin stores and passes over, so that it changes nothing. */
function probe(url: string, secret: string): Promise<Response> {
  return deliverStripeEvent(
    url,
    stripeEventBody({ type: "account.updated", object: { id: "acct_1", object: "account" } }),
    { secret },
  );
}

function secretOf({ stripe }: Sandbox): string {
  const [endpoint] = stripe.world.tables.webhookEndpoints.all();
  return endpoint?.secret ?? "";
}

function acknowledged({ deliveries }: Sandbox): readonly string[] {
  const taken = deliveries.recent().filter(({ vendor, status }) => vendor === "stripe" && status === 200);
  return taken.map(({ label }) => label.split(" ")[0] ?? "");
}

describe("a database that is lost", () => {
  let sandbox: Sandbox;
  let home: Home;
  let gate: DatabaseGate;
  let dunlin: Dunlin;

  beforeEach(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 10 }), createHome()]);
    gate = await createGate(home.databaseUrl);
    dunlin = await startDunlin({ sandbox, home, env: { DATABASE_URL: gate.url } });
    await dunlin.settled();
  });

  afterEach(async () => {
    if (sandbox) await dunlin.stop();
    await gate.close();
    await sandbox.close();
    await home.remove();
  });

  function somethingHappens(): void {
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
  }

  it("connection by connection costs nothing but a retry", async () => {
    for (let round = 0; round < 5; round += 1) {
      somethingHappens();
      await home.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
    }
    await dunlin.settled(20_000);
    await expectContactsRight(sandbox);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    await eventually(async () => expect((await readReadiness(dunlin.url)).status).toBe(200), patience);
  });

  it("as a whole is answered with 503, so that Stripe sends again, and everything is right once it is back", async () => {
    await gate.shut();
    const refused = await probe(dunlin.url, secretOf(sandbox));
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: "DATABASE_UNAVAILABLE" } });
    const readiness = await readReadiness(dunlin.url);
    expect(readiness.status).toBe(503);
    expect(readiness.parts["database"]).toContain("out of reach");
    expect((await fetch(`${dunlin.url}/health`)).status).toBe(200);
    somethingHappens();
    await eventually(
      () => sandbox.deliveries.recent().some(({ vendor, status }) => vendor === "stripe" && status === 503),
      patience,
    );

    await gate.open();
    await eventually(async () => expect((await readReadiness(dunlin.url)).status).toBe(200), patience);
    await dunlin.settled(20_000);
    await expectContactsRight(sandbox);
    const stored = await listStoredEvents(home.pool);
    expect(acknowledged(sandbox).filter((id) => !stored.has(id))).toEqual([]);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});

describe("a server whose database is out of reach", () => {
  it("still ends when it is asked to", async () => {
    const [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
    const gate = await createGate(home.databaseUrl);
    const dunlin = await startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      env: { DATABASE_URL: gate.url },
    });
    try {
      await eventually(() => expectContactsRight(sandbox), patience);
      await gate.shut();
      for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
      void dunlin.stop();
      await dunlin.ended(15_000);
    } finally {
      await dunlin.kill();
      await gate.close();
      await sandbox.close();
      await home.remove();
    }
  });
});

describe("an embedded database whose process is killed", () => {
  it("is started again by itself, and what was acknowledged is still there", async () => {
    const [sandbox, dataDir] = await Promise.all([openSandbox({ customers: 6 }), createDataDir()]);
    const dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir });
    try {
      await eventually(() => expectContactsRight(sandbox), patience);
      const postmaster = Number(/"pid":(\d+)/.exec(dunlin.output())?.[1]);
      for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
      process.kill(postmaster, "SIGKILL");

      const statuses = new Set<number>();
      await eventually(
        async () => {
          statuses.add((await probe(dunlin.url, secretOf(sandbox))).status);
          expect(dunlin.output()).toContain("the embedded database is back");
        },
        { withinMs: 20_000, everyMs: 20 },
      );
      expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
      await eventually(async () => expect((await readReadiness(dunlin.url)).status).toBe(200), patience);
      await eventually(() => expectContactsRight(sandbox), patience);
    } finally {
      await dunlin.stop();
      await sandbox.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
