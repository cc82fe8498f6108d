/** The process dies at the worst moments: after an event was stored and before Stripe hears so, after Intercom has written and before we know. */
import { describe, expect, it } from "vitest";
import { expectContactsRight } from "../support/contacts-check.ts";
import { listDeadLetters, listStoredEvents } from "../support/home.ts";
import { contactOf, findSteadyCustomer } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";
import { aMortal } from "../support/mortal.ts";

/** What a killed node held is taken over within fifteen seconds; a busy machine gets a few more. */
const patience = { withinMs: 30_000, everyMs: 50 };

describe("a kill -9", () => {
  const mortal = aMortal();

  /** Everybody's contact is right, so that whatever is written next is because of the test. */
  async function loaded(): Promise<void> {
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    await eventually(async () => {
      const { rows } = await mortal.home.pool.query("select from sync_jobs");
      expect(rows).toHaveLength(0);
    }, patience);
  }

  /** Purchases, failures and changes of several customers at once. */
  async function muchHappens(): Promise<void> {
    const { scenarios } = mortal.sandbox.stripe;
    const { id } = await findSteadyCustomer(mortal.sandbox);
    for (const userId of ["user_a", "user_b", "user_c"]) {
      scenarios.checkout({ email: `${userId}@example.com`, name: `Buyer ${userId}`, userId });
    }
    scenarios.paymentFails(id);
  }

  function creationsOf(userId: string): number {
    return mortal.sandbox.requests.since(0).filter(({ vendor, method, path, status, body }) => {
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
    await mortal.start({ point: "after-store-before-ack", passes: 3 });
    await loaded();
    await muchHappens();
    await mortal.died();
    const stored = await listStoredEvents(mortal.home.pool);
    expect(stored.size).toBeGreaterThanOrEqual(3);

    await mortal.start();
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    await eventually(() => expect(mortal.sandbox.deliveries.pending).toBe(0), patience);

    const kept = await listStoredEvents(mortal.home.pool);
    expect([...stored].filter((id) => !kept.has(id))).toEqual([]);
    for (const userId of ["user_a", "user_b", "user_c"]) {
      contactOf(mortal.sandbox, userId);
      expect(creationsOf(userId)).toBe(1);
    }
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });

  it("after Intercom has made the contact and before that was recorded makes no second one", async () => {
    await mortal.start();
    await loaded();
    await mortal.stop();
    await mortal.start({ point: "after-intercom-before-record", passes: 1 });
    mortal.sandbox.stripe.scenarios.checkout({ email: "user_a@example.com", name: "Buyer A", userId: "user_a" });
    await mortal.died();
    expect(contactOf(mortal.sandbox, "user_a").email).toBe("user_a@example.com");

    await mortal.start();
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    expect(creationsOf("user_a")).toBe(1);
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });

  it("after Intercom has taken a new name and before that was recorded does not make the name somebody else's", async () => {
    await mortal.start();
    await loaded();
    const { id, metadata } = await findSteadyCustomer(mortal.sandbox);
    await mortal.stop();
    await mortal.start({ point: "after-intercom-before-record", passes: 1 });
    mortal.sandbox.stripe.scenarios.updateCustomer(id, { name: "First Name" });
    await mortal.died();
    expect(contactOf(mortal.sandbox, metadata["user_id"] ?? "").name).toBe("First Name");
    // By the time that the dead one's lease has run out, this is known too.
    mortal.sandbox.stripe.scenarios.updateCustomer(id, { name: "Second Name" });

    await mortal.start();
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    expect(contactOf(mortal.sandbox, metadata["user_id"] ?? "").name).toBe("Second Name");
  });

  it("after Intercom has taken a value that is taken back meanwhile leaves no trace of it", async () => {
    await mortal.start();
    await loaded();
    const { id, metadata } = await findSteadyCustomer(mortal.sandbox);
    const shown = (): unknown =>
      contactOf(mortal.sandbox, metadata["user_id"] ?? "").custom_attributes["stripe_cancel_at"];
    await mortal.stop();
    await mortal.start({ point: "after-intercom-before-record", passes: 1 });
    mortal.sandbox.stripe.scenarios.cancelAtPeriodEnd(id);
    await mortal.died();
    expect(shown()).toBeGreaterThan(0);
    // What is wanted now is what was known before: only Intercom itself can tell that it shows something else.
    mortal.sandbox.stripe.scenarios.keep(id);

    await mortal.start();
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    expect(shown() ?? null).toBeNull();
  });

  it("in the middle of a storm loses nothing that was acknowledged", async () => {
    await mortal.start();
    await loaded();
    mortal.sandbox.faults.add({ vendor: "intercom", kind: "slow", delayMs: 200, rate: 0.5 });
    await muchHappens();
    for (const { id } of mortal.sandbox.stripe.world.tables.customers.all())
      mortal.sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(async () => expect((await listStoredEvents(mortal.home.pool)).size).toBeGreaterThan(15), patience);
    await mortal.kill();
    mortal.sandbox.faults.clear();

    await mortal.start();
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    const stored = await listStoredEvents(mortal.home.pool);
    const acknowledged = mortal.sandbox.deliveries
      .recent()
      .filter(({ vendor, status }) => vendor === "stripe" && status === 200);
    expect(acknowledged.map(({ label }) => label.split(" ")[0] ?? "").filter((id) => !stored.has(id))).toEqual([]);
    for (const userId of ["user_a", "user_b", "user_c"]) expect(creationsOf(userId)).toBe(1);
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });

  it("in the middle of the first loading is taken up where it stopped", async () => {
    await mortal.start({ point: "after-intercom-before-record", passes: 2 });
    await mortal.died();

    await mortal.start();
    await eventually(() => expectContactsRight(mortal.sandbox), patience);
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });
});
