/** Deliveries come twice, late and in any order: hundreds of events still end in the state that Stripe shows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

describe("deliveries of which a third come twice and a third too late", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let stripeReads = 0;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 20 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    sandbox.deliveries.set({ duplicateRate: 0.3, reorderRate: 0.3, reorderHoldMs: 150 });
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** Contradicting things in a row, all within one second, which is the smallest time that Stripe tells. */
  function upAndDown(customerId: string): void {
    const { scenarios } = sandbox.stripe;
    const steps = [
      () => scenarios.paymentFails(customerId),
      () => scenarios.addCredit(customerId, 300),
      () => scenarios.paymentSucceeds(customerId),
      () => scenarios.upgrade(customerId),
      () => scenarios.cancelAtPeriodEnd(customerId),
      () => scenarios.keep(customerId),
      () => scenarios.updateCustomer(customerId, { name: "First Name" }),
      () => scenarios.updateCustomer(customerId, { name: "Last Name" }),
      () => scenarios.refund(customerId, 50),
      () => scenarios.downgrade(customerId),
    ];
    for (const step of steps) ignoreRefusal(step);
  }

  it("end in the right state of every contact", async () => {
    const running = sandbox.stripe.world.tables.subscriptions.all().filter(({ status }) => status === "active");
    for (const { customer } of running) upAndDown(customer);
    for (let count = 1; count <= 5; count += 1) {
      sandbox.stripe.scenarios.checkout({
        email: `burst${count}@example.com`,
        name: `Burst ${count}`,
        userId: `user_burst_${count}`,
      });
    }

    const before = sandbox.requests.lastSeq;
    await dunlin.settled(30_000);
    stripeReads = sandbox.requests.since(before).filter(({ vendor }) => vendor === "stripe").length;
    await expectContactsRight(sandbox);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    expect(sandbox.deliveries.counters.duplicated).toBeGreaterThan(50);
  });

  it("are stored once each", async () => {
    const stored = await listStoredEvents(home.pool);
    expect(stored.size).toBeGreaterThan(200);
    const delivered = new Set(
      sandbox.deliveries
        .recent()
        .filter(({ vendor }) => vendor === "stripe")
        .map(({ label }) => label.split(" ")[0]),
    );
    expect([...delivered].filter((id) => id !== undefined && !stored.has(id))).toEqual([]);
  });

  it("make Stripe be asked only now and then, since reads are a budget", async () => {
    const events = (await listStoredEvents(home.pool)).size;
    expect(stripeReads).toBeLessThan(events / 2);
  });

  it("cost fewer calls than there were events", () => {
    const writes = sandbox.requests
      .since(0)
      .filter(
        ({ vendor, method, path }) =>
          vendor === "intercom" && method !== "GET" && path.startsWith("/contacts/") && path !== "/contacts/search",
      );
    expect(writes.length).toBeLessThan(sandbox.deliveries.counters.delivered / 3);
  });
});

/** Not every step is possible for everybody: the largest plan has nothing above it. */
function ignoreRefusal(step: () => unknown): void {
  try {
    step();
  } catch {
    // The next step is as good.
  }
}
