/** What nobody does but time: trials end, periods renew, debits come back, retries run out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { setBehaviour } from "../../sandbox/stripe/billing/bank.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { contactOf, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

const dayS = 86_400;

describe("as time passes", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 14 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  function shownTo(userId: string): Readonly<Record<string, unknown>> {
    return contactOf(sandbox, userId).custom_attributes;
  }

  async function pass(seconds: number): Promise<void> {
    await sandbox.clock.advance(seconds);
    await dunlin.settled(30_000);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  }

  /** Somebody new with a debit, whose bank can be told what to say. */
  async function debtor(userId: string): Promise<string> {
    const { data } = await stripeOf(sandbox).prices.list({ lookup_keys: ["team_month_eur"] });
    const { customer } = sandbox.stripe.scenarios.checkout({
      email: `${userId}@example.com`,
      name: "Debit Payer",
      userId,
      method: "sepa_debit",
      priceId: data[0]?.id ?? "",
    });
    await dunlin.settled();
    return String(customer);
  }

  it("a trial ends and the first payment follows", async () => {
    const [trial] = (await stripeOf(sandbox).subscriptions.list({ status: "trialing", limit: 1 })).data;
    const customer = typeof trial?.customer === "string" ? trial.customer : "";

    await pass(15 * dayS);
    const [subscription] = (await stripeOf(sandbox).subscriptions.list({ customer })).data;
    expect(subscription).toMatchObject({ id: trial?.id, status: "active" });
    await expectContactsRight(sandbox);
  });

  it("a debit is pending for days and then paid", async () => {
    await debtor("user_patient");
    expect(shownTo("user_patient")).toMatchObject({ stripe_status: "active", stripe_last_payment_status: "pending" });

    await pass(10 * dayS);
    expect(shownTo("user_patient")).toMatchObject({
      stripe_status: "active",
      stripe_last_payment_status: "succeeded",
      stripe_payment_count: 1,
    });
    await expectContactsRight(sandbox);
  });

  it("a debit that comes back makes a renewal overdue, days after it looked paid", async () => {
    const customerId = await debtor("user_returned");
    await pass(10 * dayS);
    for (const method of sandbox.stripe.world.tables.paymentMethods.find("customer", customerId)) {
      setBehaviour(sandbox.stripe.world, method.id, { outcome: "decline", networkCode: "AM04" });
    }

    sandbox.stripe.scenarios.renew(customerId);
    await dunlin.settled();
    expect(shownTo("user_returned")).toMatchObject({ stripe_status: "active", stripe_last_payment_status: "pending" });

    await pass(10 * dayS);
    expect(shownTo("user_returned")).toMatchObject({ stripe_status: "past_due", stripe_last_payment_status: "failed" });
    await expectContactsRight(sandbox);
  });

  it("periods renew, planned ends come, retries run out: all contacts stay right", async () => {
    await pass(32 * dayS);
    await expectContactsRight(sandbox);
    await pass(32 * dayS);
    await expectContactsRight(sandbox);
  });
});
