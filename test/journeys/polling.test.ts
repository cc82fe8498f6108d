/** Without PUBLIC_URL no webhook can reach us: events are fetched from Stripe's list and end in the same state. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const polling = { PUBLIC_URL: "" };
/** Events are fetched every three seconds. */
const patience = { withinMs: 10_000, everyMs: 200 };

describe("without a public address", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeEach(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 20 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: polling });
    await dunlin.settled();
  });

  afterEach(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it("misses nothing of the very first events that an account has", async () => {
    const taken: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      taken.push((await findSteadyCustomer(sandbox, (candidate) => !taken.includes(candidate))).id);
    }
    const [a = "", b = "", c = "", d = ""] = taken;
    const { scenarios } = sandbox.stripe;
    scenarios.paymentFails(a);
    scenarios.cancelAtPeriodEnd(b);
    scenarios.refund(c, 100);
    scenarios.addCredit(d, 500);
    scenarios.checkout({ email: "polled@example.com", name: "Polled", userId: "user_polled" });

    await eventually(() => expectContactsRight(sandbox), patience);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    expect((await stripeOf(sandbox).webhookEndpoints.list()).data).toEqual([]);
  });

  it("fetches what happened while it was stopped, page by page", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(async () => expect((await listStoredEvents(home.pool)).size).toBeGreaterThan(0), patience);
    await dunlin.stop();

    const running = sandbox.stripe.world.tables.subscriptions.all().filter(({ status }) => status === "active");
    for (const { customer } of [...running, ...running]) sandbox.stripe.scenarios.renew(customer);
    expect((await stripeOf(sandbox).events.list({ limit: 100 })).has_more).toBe(true);

    dunlin = await startDunlin({ sandbox, home, env: polling });
    await eventually(() => expectContactsRight(sandbox), patience);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
