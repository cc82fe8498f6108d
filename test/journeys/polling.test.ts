/** Without PUBLIC_URL no webhook can reach us: events are fetched from Stripe's list and end in the same state. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const polling = { PUBLIC_URL: "" };

describe("without a public address", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 20 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: polling });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** Many things at once, so that several land in the same look at the list. */
  async function muchHappens(): Promise<void> {
    const taken = new Set<string>();
    const somebody = async (): Promise<string> => {
      const { id } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
      taken.add(id);
      return id;
    };
    const [a, b, c, d] = [await somebody(), await somebody(), await somebody(), await somebody()];
    const { scenarios } = sandbox.stripe;
    scenarios.paymentFails(a);
    scenarios.cancelAtPeriodEnd(b);
    scenarios.refund(c, 100);
    scenarios.addCredit(d, 500);
    scenarios.checkout({ email: `polled.${sandbox.requests.lastSeq}@example.com`, name: "Polled", userId: `user_polled_${sandbox.requests.lastSeq}` });
  }

  async function expectAllRight(): Promise<void> {
    await eventually(() => expectContactsRight(sandbox), { withinMs: 12_000, everyMs: 250 });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  }

  it("makes no webhook endpoint", async () => {
    expect((await stripeOf(sandbox).webhookEndpoints.list()).data).toEqual([]);
  });

  it("misses nothing of the very first events that an account has", async () => {
    await muchHappens();
    await expectAllRight();
  });

  it("fetches what happened while it was stopped, page by page", async () => {
    await dunlin.stop();
    for (let round = 0; round < 3; round += 1) await muchHappens();

    dunlin = await startDunlin({ sandbox, home, env: polling });
    await expectAllRight();
    expect((await stripeOf(sandbox).events.list({ limit: 100 })).data.length).toBe(100);
  });
});
