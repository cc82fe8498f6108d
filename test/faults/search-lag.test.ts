/** Intercom's search knows new contacts only after a while: nobody gets a second contact because of that. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { createContact } from "../support/intercom-app.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

/** Longer than several attempts of a job, shorter than a test may take. */
const lagMs = 2500;

describe("while Intercom's search lags behind", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: { DUNLIN_CREATE_CONTACTS: "all" } });
    await dunlin.settled();
    sandbox.intercom.setSearchLagMs(lagMs);
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  function usersWith(email: string): number {
    return sandbox.intercom
      .contacts()
      .filter((contact) => contact.state === "live" && contact.role === "user" && contact.email === email).length;
  }

  it("a purchase right after the sign-up finds the contact that the sign-up made", async () => {
    await createContact(sandbox, { role: "user", email: "just.signed.up@example.com", name: "Just Signed Up" });
    sandbox.stripe.scenarios.checkout({ email: "just.signed.up@example.com", name: "Just Signed Up" });
    await dunlin.settled();

    expect(usersWith("just.signed.up@example.com")).toBe(1);
    await expectContactsRight(sandbox, { createAll: true });
  });

  it("several things that happen to a new customer make one contact", async () => {
    const { customer } = sandbox.stripe.scenarios.checkout({ email: "busy@example.com", name: "Busy" });
    sandbox.stripe.scenarios.addCredit(String(customer), 100);
    sandbox.stripe.scenarios.paymentFails(String(customer));
    await dunlin.settled();

    expect(usersWith("busy@example.com")).toBe(1);
    await expectContactsRight(sandbox, { createAll: true });
  });

  it("two new customers with one address make one contact, and are one person", async () => {
    sandbox.stripe.scenarios.checkout({ email: "couple@example.com", name: "Couple" });
    sandbox.stripe.scenarios.checkout({ email: "couple@example.com", name: "Couple" });
    await dunlin.settled();

    expect(usersWith("couple@example.com")).toBe(1);
    const { rows } = await home.pool.query(
      `select state, reason, contact_id is null as follows from identities
        where inputs like '%couple@example.com%' order by follows`,
    );
    expect(rows).toEqual([
      { state: "linked", reason: null, follows: false },
      { state: "linked", reason: null, follows: true },
    ]);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});

describe("while Intercom's search lags behind, and nobody gets a contact made of whom only the e-mail is known", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
    const env = { DUNLIN_CREATE_CONTACTS: "identified", DUNLIN_SECOND_LOOK_MS: String(2 * lagMs) };
    dunlin = await startDunlin({ sandbox, home, env });
    await dunlin.settled();
    sandbox.intercom.setSearchLagMs(lagMs);
    // Nobody tells of the sign-up.
    sandbox.deliveries.set({ dropRate: 1, dropVendor: "intercom" });
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it("a purchase right after the sign-up finds the contact once the search knows it", async () => {
    const email = "signs.up.now@example.com";
    await createContact(sandbox, { role: "user", email, name: "Signs Up Now" });
    sandbox.stripe.scenarios.checkout({ email, name: "Signs Up Now" });
    await dunlin.settled();
    const stateOf = async (): Promise<unknown> =>
      (await home.pool.query("select state from identities where inputs like $1", [`%${email}%`])).rows[0]?.state;
    expect(await stateOf()).toBe("left_out");

    await eventually(async () => expect(await stateOf()).toBe("linked"), { withinMs: 30_000 });
    await dunlin.settled();
    await expectContactsRight(sandbox);
  });
});
