/** Somebody stops Dunlin by hand, or a part of it: nothing is lost, and what waited goes out in order. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { environmentFor, readReadiness, startDunlin, type Dunlin } from "../support/server.ts";
import { runCommand, type CommandResult } from "../support/process.ts";
import { findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 10_000 };

describe("pausing by hand", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeEach(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 20 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterEach(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  const pauseByHand = async (scope: string, body: object = { reason: "A test." }): Promise<Response> =>
    fetch(`${dunlin.url}/api/pauses/${scope}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const resume = (scope: string): Promise<Response> => fetch(`${dunlin.url}/api/pauses/${scope}`, { method: "DELETE" });
  const command = (...args: readonly string[]): Promise<CommandResult> => {
    const settings = environmentFor(sandbox.url, dunlin.port);
    return runCommand(args, { ...settings, DUNLIN_DATA_DIR: home.dataDir, DATABASE_URL: home.databaseUrl });
  };

  /** Writes to contacts since this many requests, as the customer's contact ids in the order of their arrival. */
  const written = (since: number): readonly string[] =>
    sandbox.requests
      .since(since)
      .filter(({ vendor, method, path }) => vendor === "intercom" && method === "PUT" && path.startsWith("/contacts/"))
      .map(({ path }) => path.slice("/contacts/".length));

  async function storedEvents(): Promise<number> {
    const { rows } = await home.pool.query<{ count: number }>("select count(*)::int as count from stripe_events");
    return rows[0]?.count ?? 0;
  }

  it("keeps what happens while Intercom is paused, and sends urgent work first when it goes on", async () => {
    const calm = await findSteadyCustomer(sandbox);
    const urgent = await findSteadyCustomer(sandbox, (id) => id !== calm.id);
    expect((await pauseByHand("intercom")).status).toBe(200);
    const before = sandbox.requests.lastSeq;
    const known = await storedEvents();

    sandbox.stripe.scenarios.addCredit(calm.id, 500);
    await eventually(async () => expect(await storedEvents()).toBeGreaterThan(known), patience);
    sandbox.stripe.scenarios.paymentFails(urgent.id);
    await eventually(async () => {
      const { rows } = await home.pool.query("select 1 from sync_jobs where lane = 0 and customer_id = $1", [
        urgent.id,
      ]);
      expect(rows).toHaveLength(1);
      expect(sandbox.deliveries.pending).toBe(0);
    }, patience);
    expect(written(before)).toEqual([]);
    expect((await readReadiness(dunlin.url)).parts["intercom"]).toContain("A test.");

    expect((await resume("intercom")).status).toBe(200);
    await dunlin.settled();
    await expectContactsRight(sandbox);
    const order = written(before);
    const contactOf = (userId: string | undefined): string =>
      sandbox.intercom.contactsFor({ external_id: userId ?? "" })[0]?.id ?? "";
    expect(order.indexOf(contactOf(urgent.metadata["user_id"]))).toBeLessThan(
      order.indexOf(contactOf(calm.metadata["user_id"])),
    );
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("lets the other lanes go on while one is paused", async () => {
    const calm = await findSteadyCustomer(sandbox);
    const urgent = await findSteadyCustomer(sandbox, (id) => id !== calm.id);
    await pauseByHand("lane:urgent");
    sandbox.stripe.scenarios.paymentFails(urgent.id);
    sandbox.stripe.scenarios.addCredit(calm.id, 700);

    await eventually(() => expectContactsRight(sandbox, { only: [calm.id] }), patience);
    const { rows } = await home.pool.query("select lane from sync_jobs where customer_id = $1", [urgent.id]);
    expect(rows).toEqual([{ lane: 0 }]);

    await resume("lane:urgent");
    await dunlin.settled();
    await expectContactsRight(sandbox);
  });

  it("calls neither vendor while everything is paused, and takes events in all the same", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    await pauseByHand("all");
    await eventually(() => expect(dunlin.app.backfill?.state).toBe("done"), patience);
    const before = sandbox.requests.lastSeq;
    const known = await storedEvents();
    sandbox.stripe.scenarios.renew(id);

    await eventually(async () => {
      expect(await storedEvents()).toBeGreaterThan(known);
      expect(sandbox.deliveries.pending).toBe(0);
    }, patience);
    const calls = sandbox.requests.since(before);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([]);

    await resume("all");
    await dunlin.settled();
    await expectContactsRight(sandbox);
  });

  it("refuses deliveries while the intake is closed, and gets every one of them afterwards", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    await pauseByHand("intake");
    const known = await storedEvents();
    sandbox.stripe.scenarios.renew(id);
    await eventually(() => expect(sandbox.deliveries.counters.attempts).toBeGreaterThan(0), patience);
    expect(await storedEvents()).toBe(known);

    await resume("intake");
    await dunlin.settled();
    expect(await storedEvents()).toBeGreaterThan(known);
    await expectContactsRight(sandbox);
  });

  it("ends by itself after its time", async () => {
    await pauseByHand("intercom", { reason: "A short look.", seconds: 2 });
    const { id } = await findSteadyCustomer(sandbox);
    sandbox.stripe.scenarios.addCredit(id, 300);

    await eventually(() => expectContactsRight(sandbox), { withinMs: 15_000 });
  });

  it("is done, seen and undone on the command line", async () => {
    const paused = await command("pause", "lane:calm", "--reason", "Intercom is being cleaned up", "--for", "2h");
    expect(paused).toMatchObject({ exitCode: 0 });
    expect(paused.output).toContain("lane:calm is paused for 2h");
    const status = await command("status");
    expect(status.output).toMatch(/lane:calm is paused by hand since .* UTC, until .* UTC/);
    expect(status.output).toContain("Intercom is being cleaned up");
    expect(status.output).toContain("→ dunlin resume lane:calm");
    expect((await command("resume", "lane:calm")).output).toContain("lane:calm: resumed");
    expect((await command("status")).output).toContain("Nothing is paused.");
  });

  it("is refused for what does not exist, with the names that do", async () => {
    const answer = await pauseByHand("lane:fast");

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "PAUSE_SCOPE_UNKNOWN" } });
    expect((await pauseByHand("all", {})).status).toBe(400);
    expect((await command("pause", "everything", "--reason", "x")).output).toContain("lane:backfill");
  });

  it("stays when Dunlin is started again, until somebody resumes", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    await pauseByHand("intercom");
    const { port } = dunlin;
    await dunlin.stop();
    await stripeOf(sandbox).customers.update(id, { name: "Renamed While Paused" });
    dunlin = await startDunlin({ sandbox, home, port });
    expect((await readReadiness(dunlin.url)).parts["intercom"]).toContain("A test.");

    await resume("intercom");
    await eventually(() => expectContactsRight(sandbox), { withinMs: 20_000 });
  });
});
