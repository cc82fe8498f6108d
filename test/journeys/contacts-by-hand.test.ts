/** What people do to contacts in Intercom: the customer's billing follows them, waits, or stays away for good. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectBillingOn, expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { unarchiveContact } from "../support/intercom-app.ts";
import { readPulse } from "../support/pulse.ts";
import { contactOf, findCustomer, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

describe("a contact in people's hands", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  const taken = new Set<string>();

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 30 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function somebody(): Promise<{
    readonly customerId: string;
    readonly contactId: string;
    readonly userId: string;
  }> {
    const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    taken.add(id);
    const userId = metadata["user_id"] ?? "";
    return { customerId: id, contactId: contactOf(sandbox, userId).id, userId };
  }

  /** Intercom's notifications are hints that may be lost: everything must also work without them. */
  async function withoutNotifications(work: () => Promise<void>): Promise<void> {
    sandbox.intercom.setWebhookUrl(null);
    try {
      await work();
    } finally {
      sandbox.intercom.setWebhookUrl(`${dunlin.url}/webhooks/intercom`);
    }
  }

  function writesTo(contactId: string, since: number): number {
    return sandbox.requests
      .since(since)
      .filter(
        ({ vendor, method, path, status }) =>
          vendor === "intercom" && method === "PUT" && path === `/contacts/${contactId}` && status === 200,
      ).length;
  }

  describe("that is one of two with the same address", () => {
    it("gets nothing until a person says who is who", async () => {
      const customer = await findCustomer(
        sandbox,
        ({ email, metadata }) =>
          metadata["user_id"] === undefined && sandbox.intercom.contactsFor({ email }).length === 2,
      );
      taken.add(customer.id);
      const twins = sandbox.intercom.contactsFor({ email: customer.email });
      expect(twins.map(({ custom_attributes: custom }) => custom)).toEqual([{}, {}]);
      await eventually(
        async () =>
          expect((await readPulse(dunlin.url)).totals.leftOut).toContainEqual(
            expect.objectContaining({ reason: "email_ambiguous", count: 1 }),
          ),
        { withinMs: 15_000 },
      );

      const [chosen, other] = twins;
      sandbox.stripe.scenarios.updateCustomer(customer.id, { metadata: { user_id: chosen?.external_id ?? "" } });
      await dunlin.settled();
      await expectBillingOn(sandbox, chosen?.id ?? "", customer.id);
      expect(sandbox.intercom.contact(other?.id ?? "")?.custom_attributes).toEqual({});
    });
  });

  describe("that is archived", () => {
    it("is left in peace, not made again, and right once it is back", async () => {
      const { customerId, contactId, userId } = await somebody();
      sandbox.intercom.archiveContact(contactId);
      await dunlin.settled();
      const before = sandbox.requests.lastSeq;

      sandbox.stripe.scenarios.paymentFails(customerId);
      await dunlin.settled();
      expect(sandbox.intercom.contactsFor({ external_id: userId })).toEqual([]);
      expect(writesTo(contactId, before)).toBe(0);

      await unarchiveContact(sandbox, contactId);
      await eventually(() => expectBillingOn(sandbox, contactId, customerId), { withinMs: 15_000, everyMs: 100 });
      await dunlin.settled();
      await expectContactsRight(sandbox, { only: [customerId] });
    });

    it("is waited for by a customer who is known by the address only", async () => {
      const customer = await findCustomer(
        sandbox,
        ({ id, email, metadata, subscriptions }) =>
          !taken.has(id) &&
          metadata["user_id"] === undefined &&
          subscriptions?.data[0]?.status === "active" &&
          sandbox.intercom.contactsFor({ email }).filter(({ role }) => role === "user").length === 1,
      );
      taken.add(customer.id);
      const contactId = sandbox.intercom.contactsFor({ email: customer.email })[0]?.id ?? "";
      sandbox.intercom.archiveContact(contactId);
      await dunlin.settled();
      sandbox.stripe.scenarios.paymentFails(customer.id);
      await dunlin.settled();

      await unarchiveContact(sandbox, contactId);
      await eventually(() => expectBillingOn(sandbox, contactId, customer.id), { withinMs: 15_000, everyMs: 100 });
      await dunlin.settled();
      await expectContactsRight(sandbox, { only: [customer.id] });
    });

    it("shows the end of a customer who was deleted meanwhile", async () => {
      const { customerId, contactId } = await somebody();
      sandbox.intercom.archiveContact(contactId);
      await dunlin.settled();
      sandbox.stripe.scenarios.deleteCustomer(customerId);
      await dunlin.settled();

      await unarchiveContact(sandbox, contactId);
      await eventually(
        () =>
          expect(sandbox.intercom.contact(contactId)?.custom_attributes).toMatchObject({
            stripe_status: "canceled",
            stripe_subscriptions_count: 0,
          }),
        { withinMs: 15_000, everyMs: 100 },
      );
    });

    it("is noticed without a notification as well", async () => {
      const { customerId, contactId, userId } = await somebody();
      await withoutNotifications(async () => {
        sandbox.intercom.archiveContact(contactId);
        sandbox.stripe.scenarios.paymentFails(customerId);
        await dunlin.settled();
        expect(sandbox.intercom.contactsFor({ external_id: userId })).toEqual([]);
        expect(await listDeadLetters(home.pool)).toEqual([]);
      });

      await unarchiveContact(sandbox, contactId);
      await eventually(() => expectBillingOn(sandbox, contactId, customerId), { withinMs: 15_000, everyMs: 100 });
    });
  });

  describe("that was merged into another", () => {
    it("hands its billing over to the one that survives", async () => {
      const { customerId, contactId } = await somebody();
      const survivor = sandbox.intercom.seedContact({ external_id: "survivor_1", email: "survivor.one@example.com" });

      sandbox.intercom.mergeContacts(contactId, survivor.id);
      await dunlin.settled();
      sandbox.stripe.scenarios.paymentFails(customerId);
      await dunlin.settled();

      await expectBillingOn(sandbox, survivor.id, customerId);
      expect(sandbox.intercom.contact(survivor.id)?.custom_attributes["stripe_status"]).toBe("past_due");
    });

    it("is followed without a notification as well", async () => {
      const { customerId, contactId } = await somebody();
      const survivor = sandbox.intercom.seedContact({ external_id: "survivor_2", email: "survivor.two@example.com" });

      await withoutNotifications(async () => {
        sandbox.intercom.mergeContacts(contactId, survivor.id);
        sandbox.stripe.scenarios.paymentFails(customerId);
        await dunlin.settled();
        await expectBillingOn(sandbox, survivor.id, customerId);
        sandbox.stripe.scenarios.paymentSucceeds(customerId);
        await dunlin.settled();
        await expectBillingOn(sandbox, survivor.id, customerId);
      });
      expect(await listDeadLetters(home.pool)).toEqual([]);
    });
  });

  describe("that was deleted", () => {
    it("is never made again, whatever happens to the customer", async () => {
      const { customerId, contactId, userId } = await somebody();
      sandbox.intercom.deleteContact(contactId);
      await dunlin.settled();

      sandbox.stripe.scenarios.paymentFails(customerId);
      await dunlin.settled();
      sandbox.stripe.scenarios.updateCustomer(customerId, { email: "new.address.one@example.com" });
      await dunlin.settled();

      expect(sandbox.intercom.contactsFor({ external_id: userId, email: "new.address.one@example.com" })).toEqual([]);
      expect(await listDeadLetters(home.pool)).toEqual([]);
    });

    it("is never made again without a notification either, even after the seven days in which Intercom itself forbids it", async () => {
      const { customerId, contactId, userId } = await somebody();
      await withoutNotifications(async () => {
        sandbox.intercom.deleteContact(contactId);
        sandbox.stripe.scenarios.paymentFails(customerId);
        await dunlin.settled();
        await sandbox.clock.advance(8 * 86_400);
        sandbox.stripe.scenarios.updateCustomer(customerId, { email: "new.address.two@example.com" });
        await dunlin.settled();
      });

      expect(sandbox.intercom.contactsFor({ external_id: userId, email: "new.address.two@example.com" })).toEqual([]);
    });
  });

  it("leaves everybody else's contact right", async () => {
    await dunlin.settled();
    const others = sandbox.stripe.world.tables.customers.all().map(({ id }) => id);
    await expectContactsRight(sandbox, { only: others.filter((id) => !taken.has(id)) });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
