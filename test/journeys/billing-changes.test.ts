/** What happens to a customer's billing appears on their contact, value by value. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import {
  attributesOf,
  contactOf,
  findCustomer,
  findSteadyCustomer,
  openSandbox,
  stripeOf,
} from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

describe("a change in billing", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  const taken = new Set<string>();

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 40 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** A customer of whom no other test knows. */
  async function somebody(): Promise<{ readonly id: string; readonly userId: string }> {
    const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    taken.add(id);
    return { id, userId: metadata["user_id"] ?? "" };
  }

  /** The customer's contact shows what Stripe says, and nothing was left undone. */
  async function expectRight(customerId: string): Promise<void> {
    await dunlin.settled();
    await expectContactsRight(sandbox, { only: [customerId] });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  }

  it("shows a failed payment within a second, and its recovery", async () => {
    const { id, userId } = await somebody();
    expect(attributesOf(sandbox, userId)).toMatchObject({ status: "active", delinquent: false });

    sandbox.stripe.scenarios.paymentFails(id);
    await eventually(() => expect(attributesOf(sandbox, userId)["status"]).toBe("past_due"), { withinMs: 1000 });
    await expectRight(id);
    expect(attributesOf(sandbox, userId)).toMatchObject({ delinquent: true, last_payment_status: "failed" });

    sandbox.stripe.scenarios.paymentSucceeds(id);
    await eventually(() => expect(attributesOf(sandbox, userId)["status"]).toBe("active"), { withinMs: 1000 });
    await expectRight(id);
  });

  it("shows the new plan after an upgrade", async () => {
    const { id, userId } = await findUpgradable();
    const before = attributesOf(sandbox, userId);

    sandbox.stripe.scenarios.upgrade(id);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["plan"]).not.toBe(before["plan"]);
    expect(attributesOf(sandbox, userId)["plan_price"]).toBeGreaterThan(Number(before["plan_price"]));
  });

  /** The largest plan has nothing above it. */
  async function findUpgradable(): Promise<{ readonly id: string; readonly userId: string }> {
    for (;;) {
      const found = await somebody();
      if (attributesOf(sandbox, found.userId)["plan"] !== "Business") return found;
    }
  }

  it.each([{ portal: false }, { portal: true }])(
    "shows when a subscription ends that was cancelled (by the portal: $portal)",
    async (way) => {
      const { id, userId } = await somebody();
      expect(attributesOf(sandbox, userId)["cancel_at"]).toBeNull();

      sandbox.stripe.scenarios.cancelAtPeriodEnd(id, way);
      await expectRight(id);
      const { status, cancel_at: cancelAt, subscription_period_end: periodEnd } = attributesOf(sandbox, userId);
      expect(status).toBe("active");
      expect(cancelAt).toBe(periodEnd);

      sandbox.stripe.scenarios.keep(id);
      await expectRight(id);
      expect(attributesOf(sandbox, userId)["cancel_at"]).toBeNull();
    },
  );

  it("empties the dates of a subscription that has ended", async () => {
    const { id, userId } = await somebody();

    sandbox.stripe.scenarios.cancel(id);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)).toMatchObject({
      status: "canceled",
      subscription_period_end: null,
      cancel_at: null,
    });
  });

  it("takes refunds off the total, in part and in whole", async () => {
    const { id, userId } = await somebody();
    const paid = Number(attributesOf(sandbox, userId)["total_paid"]);

    sandbox.stripe.scenarios.refund(id, 100);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["total_paid"]).toBeLessThan(paid);

    sandbox.stripe.scenarios.refund(id);
    await expectRight(id);
  });

  it("puts back a refund that failed", async () => {
    const { id, userId } = await somebody();
    const paid = attributesOf(sandbox, userId)["total_paid"];
    sandbox.stripe.scenarios.refund(id);
    await expectRight(id);

    sandbox.stripe.scenarios.refundFails(id);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["total_paid"]).toBe(paid);
  });

  it("takes a disputed payment off the total until the dispute is won", async () => {
    const { id, userId } = await somebody();
    const paid = Number(attributesOf(sandbox, userId)["total_paid"]);

    sandbox.stripe.scenarios.dispute(id);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["total_paid"]).toBeLessThan(paid);

    sandbox.stripe.scenarios.closeDispute(id, "won");
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["total_paid"]).toBe(paid);
  });

  it("keeps a lost dispute off the total", async () => {
    const { id } = await somebody();

    sandbox.stripe.scenarios.dispute(id);
    sandbox.stripe.scenarios.closeDispute(id, "lost");
    await expectRight(id);
  });

  it("shows credit as a negative balance", async () => {
    const { id, userId } = await somebody();

    sandbox.stripe.scenarios.addCredit(id, 1500);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["account_balance"]).toBeLessThan(0);
  });

  it("shows the card that was put in the place of another", async () => {
    const { id, userId } = await somebody();

    sandbox.stripe.scenarios.replaceCard(id);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["card_brand"]).toBe("mastercard");
  });

  it("shows the new date of a card that the network renewed", async () => {
    const { id, userId } = await somebody();
    sandbox.stripe.scenarios.expireCard(id);
    await expectRight(id);
    const expired = attributesOf(sandbox, userId)["card_expires_at"];

    sandbox.stripe.scenarios.cardReissued(id);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)["card_expires_at"]).toBeGreaterThan(Number(expired));
  });

  it("follows a new name and a new e-mail address", async () => {
    const { id, userId } = await somebody();

    sandbox.stripe.scenarios.updateCustomer(id, { name: "Wilma Neuname", email: "wilma.neuname@example.com" });
    await expectRight(id);
    expect(contactOf(sandbox, userId)).toMatchObject({ name: "Wilma Neuname", email: "wilma.neuname@example.com" });
  });

  it("leaves a name alone that a teammate has changed", async () => {
    const { id, userId } = await somebody();
    sandbox.stripe.scenarios.updateCustomer(id, { name: "Before The Edit" });
    await dunlin.settled();
    sandbox.intercom.editContact(contactOf(sandbox, userId).id, { name: "Changed By A Teammate" });
    await dunlin.settled();

    sandbox.stripe.scenarios.updateCustomer(id, { name: "After The Edit" });
    sandbox.stripe.scenarios.paymentFails(id);
    await dunlin.settled();
    expect(contactOf(sandbox, userId)).toMatchObject({ name: "Changed By A Teammate" });
    expect(attributesOf(sandbox, userId)["status"]).toBe("past_due");

    sandbox.stripe.scenarios.updateCustomer(id, { name: "Changed By A Teammate" });
    await expectRight(id);
  });

  it("lets a renamed product follow on all its subscribers", async () => {
    const subscribers = sandbox.intercom
      .contacts()
      .filter(({ custom_attributes: custom }) => custom["stripe_plan"] === "Team");
    expect(subscribers.length).toBeGreaterThan(1);

    await stripeOf(sandbox).products.update("prod_lapwing_team", { name: "Team Plus" });
    await eventually(
      () => {
        const plans = subscribers.map(({ id }) => sandbox.intercom.contact(id)?.custom_attributes["stripe_plan"]);
        expect(new Set(plans)).toEqual(new Set(["Team Plus"]));
      },
      { withinMs: 10_000 },
    );
    await dunlin.settled();
    await expectContactsRight(sandbox, { except: [...taken] });
  });

  it("leaves every other contact right", async () => {
    await dunlin.settled();
    await expectContactsRight(sandbox, { except: [...taken] });
  });

  it("ends the billing data of a customer who was deleted, and keeps the contact", async () => {
    const { id, userId } = await somebody();

    sandbox.stripe.scenarios.deleteCustomer(id);
    await eventually(() => expect(attributesOf(sandbox, userId)).toMatchObject({ status: "canceled" }), {
      withinMs: 15_000,
    });
    await expect(findCustomer(sandbox, (customer) => customer.id === id)).rejects.toThrow("no such customer");
  });
});
