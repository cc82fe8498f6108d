/** Somebody buys: who gets a contact, who is left out and why, and how that ends. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { createContact } from "../support/intercom-app.ts";
import { readPulse } from "../support/pulse.ts";
import { contactOf, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

type World = { readonly sandbox: Sandbox; readonly home: Home; readonly dunlin: Dunlin };

async function openWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
  const dunlin = await startDunlin({ sandbox, home, env });
  await dunlin.settled();
  return { sandbox, home, dunlin };
}

async function closeWorld({ sandbox, home, dunlin }: World): Promise<void> {
  await dunlin.stop();
  await sandbox.close();
  await home.remove();
}

function usersWith(
  { sandbox }: World,
  email: string,
): readonly { readonly id: string; readonly custom_attributes: Readonly<Record<string, unknown>> }[] {
  return sandbox.intercom
    .contacts()
    .filter((contact) => contact.state === "live" && contact.role === "user" && contact.email === email);
}

function creations({ sandbox }: World, since: number): number {
  return sandbox.requests
    .since(since)
    .filter(({ vendor, method, path }) => vendor === "intercom" && method === "POST" && path === "/contacts").length;
}

describe("a new customer", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => closeWorld(world));

  it("with a user id gets exactly one contact, with every value", async () => {
    const { sandbox, dunlin, home } = world;
    const before = sandbox.requests.lastSeq;

    sandbox.stripe.scenarios.checkout({ email: "nele.neu@example.com", name: "Nele Neu", userId: "user_nele" });
    await dunlin.settled();

    expect(contactOf(sandbox, "user_nele")).toMatchObject({
      role: "user",
      email: "nele.neu@example.com",
      name: "Nele Neu",
    });
    expect(creations(world, before)).toBe(1);
    await expectContactsRight(sandbox);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("whose user id Intercom knows already gets no second contact", async () => {
    const { sandbox, dunlin } = world;
    const contactId = await createContact(sandbox, {
      role: "user",
      external_id: "user_there",
      email: "there.before@example.com",
      name: "There Before",
    });
    const before = sandbox.requests.lastSeq;

    sandbox.stripe.scenarios.checkout({
      email: "there.before@example.com",
      name: "There Before",
      userId: "user_there",
    });
    await dunlin.settled();

    expect(contactOf(sandbox, "user_there").id).toBe(contactId);
    expect(creations(world, before)).toBe(0);
    await expectContactsRight(sandbox);
  });

  it("whose address belongs to a user with another id gets a contact of their own", async () => {
    const { sandbox, dunlin } = world;
    await createContact(sandbox, {
      role: "user",
      external_id: "user_first",
      email: "shared.box@example.com",
      name: "First",
    });

    sandbox.stripe.scenarios.checkout({ email: "shared.box@example.com", name: "Second", userId: "user_second" });
    await dunlin.settled();

    expect(contactOf(sandbox, "user_first").custom_attributes).toEqual({});
    expect(contactOf(sandbox, "user_second").custom_attributes["stripe_status"]).toBe("active");
    await expectContactsRight(sandbox);
  });

  it("of whom only an e-mail is known is left out, and linked once a contact appears", async () => {
    const { sandbox, dunlin } = world;
    const email = "only.mail@example.com";
    sandbox.stripe.scenarios.checkout({ email, name: "Only Mail" });
    await dunlin.settled();
    expect(usersWith(world, email)).toEqual([]);
    await eventually(
      async () =>
        expect((await readPulse(dunlin.url)).totals.leftOut).toContainEqual(
          expect.objectContaining({ reason: "no_user_id" }),
        ),
      { withinMs: 15_000 },
    );

    const contactId = await createContact(sandbox, { role: "user", email, name: "Only Mail" });
    await eventually(
      () => expect(sandbox.intercom.contact(contactId)?.custom_attributes["stripe_status"]).toBe("active"),
      { withinMs: 15_000 },
    );
    await dunlin.settled();
    expect(usersWith(world, email)).toHaveLength(1);
    await expectContactsRight(sandbox);
  });

  it("is linked when the business adds the user id to the Stripe customer later", async () => {
    const { sandbox, dunlin } = world;
    const { customer } = sandbox.stripe.scenarios.checkout({ email: "later.id@example.com", name: "Later Id" });
    await dunlin.settled();
    expect(usersWith(world, "later.id@example.com")).toEqual([]);

    sandbox.stripe.scenarios.updateCustomer(String(customer), { metadata: { user_id: "user_later" } });
    await dunlin.settled();
    expect(contactOf(sandbox, "user_later")).toMatchObject({ email: "later.id@example.com" });
    await expectContactsRight(sandbox);
  });

  it("never takes a lead for the customer, since anybody can type an address into a chat window", async () => {
    const { sandbox, dunlin } = world;
    const email = "typed.address@example.com";
    const leadId = await createContact(sandbox, { role: "lead", email });

    sandbox.stripe.scenarios.checkout({ email, name: "Typed Address" });
    await dunlin.settled();

    expect(sandbox.intercom.contact(leadId)?.custom_attributes).toEqual({});
    expect(usersWith(world, email)).toEqual([]);
  });

  it("who pays by debit is active at once while the payment is pending", async () => {
    const { sandbox, dunlin } = world;
    const euros = await stripeOf(sandbox).prices.list({ lookup_keys: ["team_month_eur"] });

    sandbox.stripe.scenarios.checkout({
      email: "debit@example.com",
      name: "Debit Payer",
      userId: "user_debit",
      method: "sepa_debit",
      priceId: euros.data[0]?.id ?? "",
    });
    await dunlin.settled();

    expect(contactOf(sandbox, "user_debit").custom_attributes).toMatchObject({
      stripe_status: "active",
      stripe_last_payment_status: "pending",
      stripe_payment_count: 0,
    });
    await expectContactsRight(sandbox);
  });
});

describe("a new customer with DUNLIN_CREATE_CONTACTS=all", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ DUNLIN_CREATE_CONTACTS: "all" });
  });
  afterAll(() => closeWorld(world));

  it("gets a contact by e-mail alone", async () => {
    const { sandbox, dunlin } = world;
    const before = sandbox.requests.lastSeq;

    sandbox.stripe.scenarios.checkout({ email: "All.Of.Them@Example.com", name: "All Of Them" });
    await dunlin.settled();

    expect(usersWith(world, "all.of.them@example.com")).toHaveLength(1);
    expect(creations(world, before)).toBe(1);
    await expectContactsRight(sandbox, { createAll: true });
  });
});

describe("a new customer with DUNLIN_CREATE_CONTACTS=none", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ DUNLIN_CREATE_CONTACTS: "none" });
  });
  afterAll(() => closeWorld(world));

  it("gets no contact, and whoever has one keeps being served", async () => {
    const { sandbox, dunlin } = world;

    sandbox.stripe.scenarios.checkout({ email: "nobody@example.com", name: "No Body", userId: "user_nobody" });
    await dunlin.settled();

    expect(sandbox.intercom.contactsFor({ external_id: "user_nobody", email: "nobody@example.com" })).toEqual([]);
    const linked = sandbox.intercom
      .contacts()
      .filter(({ custom_attributes: custom }) => typeof custom["stripe_status"] === "string");
    expect(linked.length).toBeGreaterThan(0);
  });
});
