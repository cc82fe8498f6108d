/** Whatever happens to the webhook, every event arrives: after downtime, and with an endpoint that somebody spoils. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { readPulse } from "../support/pulse.ts";
import { openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

/** Behind the webhook the list is read every two seconds instead of every five minutes. */
const env = { DUNLIN_CATCH_UP_MS: "2000" };
const patience = { withinMs: 25_000, everyMs: 100 };

describe("catch-up", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeEach(async () => {
    // Whoever cannot deliver gives up soon, as Stripe does after three days.
    [sandbox, home] = await Promise.all([
      openSandbox({ customers: 20, stripeSettings: { webhookRetryDelaysMs: [50] } }),
      createHome(),
    ]);
    dunlin = await startDunlin({ sandbox, home, env });
    await dunlin.settled();
    // Stripe's times are whole seconds: what happens in the second of the start counts as before it.
    const startedS = Math.floor(Date.now() / 1000);
    await eventually(() => expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(startedS), patience);
  });

  afterEach(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  const endpoints = (): Sandbox["stripe"]["world"]["tables"]["webhookEndpoints"] =>
    sandbox.stripe.world.tables.webhookEndpoints;

  /** The one endpoint that there is. */
  function endpoint(): ReturnType<ReturnType<typeof endpoints>["all"]>[number] {
    const [only, ...others] = endpoints().all();
    if (!only || others.length > 0) throw new Error(`There are ${others.length + (only ? 1 : 0)} endpoints.`);
    return only;
  }

  /** Something happens to everybody who has a running subscription. */
  function bill(): void {
    const running = sandbox.stripe.world.tables.subscriptions.all().filter(({ status }) => status === "active");
    for (const { customer } of running) sandbox.stripe.scenarios.addCredit(customer, 100);
  }

  const warnings = (): readonly string[] =>
    dunlin
      .logged()
      .filter(
        ({ level, msg }) => (level === "warn" || level === "error") && !String(msg).includes("delivery was refused"),
      )
      .map(({ msg }) => String(msg));

  async function deliveriesWork(): Promise<void> {
    const before = sandbox.deliveries.counters.delivered;
    bill();
    await eventually(() => expect(sandbox.deliveries.counters.delivered).toBeGreaterThan(before + 5), patience);
  }

  async function detail(): Promise<string> {
    const { connections } = await readPulse(dunlin.url);
    return connections.find(({ vendor }) => vendor === "stripe")?.detail ?? "";
  }

  it("fetches all that happened while nobody was there", async () => {
    const { port } = dunlin;
    await dunlin.stop();
    for (let round = 0; round < 8; round += 1) bill();
    await sandbox.deliveries.idle();
    expect(sandbox.deliveries.counters.failed).toBeGreaterThan(100);
    dunlin = await startDunlin({ sandbox, home, env, port });

    await eventually(() => expectContactsRight(sandbox), patience);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  it.each([
    ["is disabled", () => ({ status: "disabled" as const }), /is disabled; it was set right/],
    ["points elsewhere", () => ({ url: "http://127.0.0.1:9/nowhere" }), /points to .*nowhere; it was set right/],
    [
      "subscribes to other types",
      () => ({ enabled_events: ["invoice.paid"] }),
      /subscribes to other event types; it was set right/,
    ],
    ["sends another version", () => ({ api_version: "2024-06-20" }), /sends version 2024-06-20; it was made again/],
  ])("mends an endpoint that %s, says so once, and loses nothing", async (_name, spoil, said) => {
    endpoints().put({ ...endpoint(), ...spoil() });
    bill();

    await eventually(() => expect(warnings().filter((line) => said.test(line))).toHaveLength(1), patience);
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(endpoint()).toMatchObject({ status: "enabled", url: `${dunlin.url}/webhooks/stripe` });
    await deliveriesWork();
    await eventually(async () => expect(await detail()).toMatch(said), patience);
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("makes an endpoint again that was deleted, and takes its deliveries at once", async () => {
    const deleted = endpoint().id;
    await stripeOf(sandbox).webhookEndpoints.del(deleted);
    bill();

    await eventually(() => expect(endpoint().id).not.toBe(deleted), patience);
    await eventually(
      () => expect(warnings().filter((line) => /was deleted; it was made again/.test(line))).toHaveLength(1),
      patience,
    );
    await deliveriesWork();
    await eventually(() => expectContactsRight(sandbox), patience);
  });

  it("makes a new endpoint when deliveries are signed with a secret that is not known here", async () => {
    const rolled = endpoint().id;
    endpoints().put({ ...endpoint(), secret: "whsec_rolled_by_somebody" });
    bill();

    await eventually(() => expect(endpoint().id).not.toBe(rolled), patience);
    await eventually(
      () =>
        expect(warnings().filter((line) => /signed with another secret; it was made again/.test(line))).toHaveLength(1),
      patience,
    );
    await deliveriesWork();
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(warnings().filter((line) => /deliveries do not come/.test(line))).toHaveLength(1);
  });

  it("fetches events every few seconds while deliveries are lost on the way, and says when they come again", async () => {
    sandbox.deliveries.set({ dropRate: 1 });
    bill();
    await eventually(async () => expect(await detail()).toMatch(/deliveries do not come since/), patience);
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(warnings().filter((line) => /deliveries do not come/.test(line))).toHaveLength(1);

    sandbox.deliveries.set({ dropRate: 0 });
    await deliveriesWork();
    await eventually(async () => expect(await detail()).not.toMatch(/deliveries do not come/), patience);
    await eventually(() => expectContactsRight(sandbox), patience);
  });

  it("hands over to a comparison of both sides what is older than what Stripe lists", async () => {
    const { port } = dunlin;
    await dunlin.stop();
    bill();
    await sandbox.deliveries.idle();
    await home.pool.query(`update settings set value = '{"latest": "evt_forgotten"}' where name = 'events-cursor'`);
    dunlin = await startDunlin({ sandbox, home, env, port });

    await eventually(() => expectContactsRight(sandbox), patience);
    expect(warnings().filter((line) => /older than what Stripe lists/.test(line))).toHaveLength(1);
    await eventually(async () => {
      const { rows } = await home.pool.query<{ asked_by: string }>("select asked_by from reconcile_runs");
      expect(rows).toEqual([{ asked_by: "gap" }]);
    }, patience);
  });

  it("a key that may not look at endpoints does no harm: events are fetched", async () => {
    await stripeOf(sandbox).webhookEndpoints.del(endpoint().id);
    sandbox.faults.add({ vendor: "stripe", kind: "status", status: 403, pathPattern: "^/v1/webhook_endpoints" });
    bill();

    await eventually(() => expectContactsRight(sandbox), patience);
    await eventually(
      () => expect(warnings().filter((line) => /could not be checked/.test(line))).toHaveLength(1),
      patience,
    );
    expect((await readPulse(dunlin.url)).pauses).toEqual([]);
  });
});
