/** Intercom does what it was asked and the answer is lost on the way: nothing may be done twice because of that. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

describe("a lost answer", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: { DUNLIN_CREATE_CONTACTS: "all" } });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it("to the making of contacts with a user id makes no second one", async () => {
    const fault = sandbox.faults.add({
      vendor: "intercom",
      method: "POST",
      pathPattern: "^/contacts$",
      kind: "reset-after",
      count: 4,
    });
    for (const name of ["a", "b", "c", "d"]) {
      sandbox.stripe.scenarios.checkout({
        email: `lost.${name}@example.com`,
        name: `Lost ${name}`,
        userId: `user_lost_${name}`,
      });
    }
    await dunlin.settled();

    expect(sandbox.faults.list().find(({ id }) => id === fault.id)?.hits).toBe(4);
    for (const name of ["a", "b", "c", "d"]) contactOf(sandbox, `user_lost_${name}`);
    await expectContactsRight(sandbox, { createAll: true });
  });

  it("to the making of contacts by e-mail makes no second one, even while the search lags behind", async () => {
    sandbox.intercom.setSearchLagMs(1500);
    sandbox.faults.add({
      vendor: "intercom",
      method: "POST",
      pathPattern: "^/contacts$",
      kind: "reset-after",
      count: 3,
    });
    for (const name of ["e", "f", "g"])
      sandbox.stripe.scenarios.checkout({ email: `lost.${name}@example.com`, name: `Lost ${name}` });
    await dunlin.settled();
    sandbox.intercom.setSearchLagMs(0);

    for (const name of ["e", "f", "g"])
      expect(sandbox.intercom.contactsFor({ email: `lost.${name}@example.com` })).toHaveLength(1);
    await expectContactsRight(sandbox, { createAll: true });
  });

  it("to updates leaves the contact right", async () => {
    sandbox.faults.add({
      vendor: "intercom",
      method: "PUT",
      pathPattern: "^/contacts/",
      kind: "reset-after",
      count: 5,
    });
    for (const name of ["a", "b", "c"]) {
      const customer = sandbox.stripe.world.tables.customers
        .all()
        .find(({ metadata }) => metadata["user_id"] === `user_lost_${name}`);
      sandbox.stripe.scenarios.paymentFails(customer?.id ?? "");
    }
    await dunlin.settled();

    await expectContactsRight(sandbox, { createAll: true });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it.each([
    ["lost", { kind: "reset-after" }],
    ["broken off", { kind: "truncate" }],
  ] as const)("to an update that is taken back before the next attempt does not stay (%s)", async (_name, { kind }) => {
    const customer = await findSteadyCustomer(sandbox);
    const userId = customer.metadata["user_id"] ?? "";
    const shown = (): unknown => contactOf(sandbox, userId).custom_attributes["stripe_cancel_at"] ?? null;
    const fault = sandbox.faults.add({ vendor: "intercom", method: "PUT", pathPattern: "^/contacts/", kind });
    sandbox.stripe.scenarios.cancelAtPeriodEnd(customer.id);
    await eventually(() => expect(shown()).toBeGreaterThan(0), { withinMs: 15_000 });
    // Every attempt meets the same fate, until what is wanted is what was known before.
    sandbox.faults.remove(fault.id);
    sandbox.faults.add({ vendor: "intercom", method: "PUT", pathPattern: "^/contacts/", kind: "status", status: 503 });
    sandbox.stripe.scenarios.keep(customer.id);
    await sandbox.deliveries.idle();
    sandbox.faults.clear();
    await dunlin.settled();

    expect(shown()).toBeNull();
    await expectContactsRight(sandbox, { createAll: true });
  });

  it("of Stripe is asked for again", async () => {
    sandbox.faults.add({ vendor: "stripe", method: "GET", kind: "reset-after", count: 3 });
    sandbox.stripe.scenarios.checkout({ email: "lost.h@example.com", name: "Lost h", userId: "user_lost_h" });
    await dunlin.settled();
    sandbox.faults.clear();

    await expectContactsRight(sandbox, { createAll: true });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
