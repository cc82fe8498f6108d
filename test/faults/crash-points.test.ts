/** The process dies at the worst moments: after an event was stored and before Stripe hears so, after Intercom has written and before we know. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

/** What a killed node held is taken over within fifteen seconds; a busy machine gets a few more. */
const patience = { withinMs: 20_000, everyMs: 50 };

describe("a kill -9", () => {
  let sandbox: Sandbox;
  let home: Home;
  let port: number;
  let dunlin: DunlinProcess | undefined;

  beforeEach(async () => {
    [sandbox, home, port] = await Promise.all([openSandbox({ customers: 6 }), createHome(), freePort()]);
  });

  afterEach(async () => {
    await dunlin?.kill();
    await sandbox.close();
    await home.remove();
  });

  const start = (crash?: { readonly point: string; readonly passes: number }): Promise<DunlinProcess> =>
    startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      port,
      env: { DATABASE_URL: home.databaseUrl },
      ...(crash ? { crash } : {}),
    });

  /** Everybody's contact is right, so that whatever is written next is because of the test. */
  async function loaded(): Promise<void> {
    await eventually(() => expectContactsRight(sandbox), patience);
    await eventually(async () => {
      const { rows } = await home.pool.query("select from sync_jobs");
      expect(rows).toHaveLength(0);
    }, patience);
  }

  /** Purchases, failures and changes of several customers at once. */
  async function muchHappens(): Promise<void> {
    const { scenarios } = sandbox.stripe;
    const { id } = await findSteadyCustomer(sandbox);
    for (const userId of ["user_a", "user_b", "user_c"]) {
      scenarios.checkout({ email: `${userId}@example.com`, name: `Buyer ${userId}`, userId });
    }
    scenarios.paymentFails(id);
  }

  function creationsOf(userId: string): number {
    return sandbox.requests.since(0).filter(({ vendor, method, path, status, body }) => {
      return (
        vendor === "intercom" &&
        method === "POST" &&
        path === "/contacts" &&
        status === 200 &&
        JSON.stringify(body).includes(userId)
      );
    }).length;
  }

  it("after an event was stored and before Stripe was told loses no event and stores none twice", async () => {
    dunlin = await start({ point: "after-store-before-ack", passes: 3 });
    await loaded();
    await muchHappens();
    await dunlin.ended(10_000);
    const stored = await listStoredEvents(home.pool);
    expect(stored.size).toBeGreaterThanOrEqual(3);

    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
    await eventually(() => expect(sandbox.deliveries.pending).toBe(0), patience);

    const kept = await listStoredEvents(home.pool);
    expect([...stored].filter((id) => !kept.has(id))).toEqual([]);
    for (const userId of ["user_a", "user_b", "user_c"]) {
      contactOf(sandbox, userId);
      expect(creationsOf(userId)).toBe(1);
    }
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("after Intercom has made the contact and before that was recorded makes no second one", async () => {
    dunlin = await start();
    await loaded();
    await dunlin.stop();
    dunlin = await start({ point: "after-intercom-before-record", passes: 1 });
    sandbox.stripe.scenarios.checkout({ email: "user_a@example.com", name: "Buyer A", userId: "user_a" });
    await dunlin.ended(10_000);
    expect(contactOf(sandbox, "user_a").email).toBe("user_a@example.com");

    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(creationsOf("user_a")).toBe(1);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("after Intercom has taken a new name and before that was recorded does not make the name somebody else's", async () => {
    dunlin = await start();
    await loaded();
    const { id, metadata } = await findSteadyCustomer(sandbox);
    await dunlin.stop();
    dunlin = await start({ point: "after-intercom-before-record", passes: 1 });
    sandbox.stripe.scenarios.updateCustomer(id, { name: "First Name" });
    await dunlin.ended(10_000);
    expect(contactOf(sandbox, metadata["user_id"] ?? "").name).toBe("First Name");
    // By the time that the dead one's lease has run out, this is known too.
    sandbox.stripe.scenarios.updateCustomer(id, { name: "Second Name" });

    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(contactOf(sandbox, metadata["user_id"] ?? "").name).toBe("Second Name");
  });

  it("after Intercom has taken a value that is taken back meanwhile leaves no trace of it", async () => {
    dunlin = await start();
    await loaded();
    const { id, metadata } = await findSteadyCustomer(sandbox);
    const shown = (): unknown => contactOf(sandbox, metadata["user_id"] ?? "").custom_attributes["stripe_cancel_at"];
    await dunlin.stop();
    dunlin = await start({ point: "after-intercom-before-record", passes: 1 });
    sandbox.stripe.scenarios.cancelAtPeriodEnd(id);
    await dunlin.ended(10_000);
    expect(shown()).toBeGreaterThan(0);
    // What is wanted now is what was known before: only Intercom itself can tell that it shows something else.
    sandbox.stripe.scenarios.keep(id);

    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(shown() ?? null).toBeNull();
  });

  it("in the middle of a storm loses nothing that was acknowledged", async () => {
    dunlin = await start();
    await loaded();
    sandbox.faults.add({ vendor: "intercom", kind: "slow", delayMs: 200, rate: 0.5 });
    await muchHappens();
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(async () => expect((await listStoredEvents(home.pool)).size).toBeGreaterThan(15), patience);
    await dunlin.kill();
    sandbox.faults.clear();

    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
    const stored = await listStoredEvents(home.pool);
    const acknowledged = sandbox.deliveries
      .recent()
      .filter(({ vendor, status }) => vendor === "stripe" && status === 200);
    expect(acknowledged.map(({ label }) => label.split(" ")[0] ?? "").filter((id) => !stored.has(id))).toEqual([]);
    for (const userId of ["user_a", "user_b", "user_c"]) expect(creationsOf(userId)).toBe(1);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("in the middle of the first loading is taken up where it stopped", async () => {
    dunlin = await start({ point: "after-intercom-before-record", passes: 2 });
    await dunlin.ended(15_000);

    dunlin = await start();
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
