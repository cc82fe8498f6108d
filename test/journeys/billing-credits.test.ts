/** Billing credits: what is left of them shows on the contact as soon as it changes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { useCredits } from "../../sandbox/stripe/resources/credit-grants.ts";
import { groupCopies, buildProfile } from "../../src/billing/profile.ts";
import { listCustomerCopies } from "../../src/billing/store.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

describe("billing credits", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox(), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function creditsOf(customerId: string): Promise<unknown> {
    await dunlin.settled();
    expect(await listDeadLetters(home.pool)).toEqual([]);
    const copies = await listCustomerCopies(home.pool, "main", [customerId]);
    const grouped = groupCopies(customerId, copies.get(customerId) ?? []);
    return grouped && buildProfile(grouped, { livemode: false }).billingCredits;
  }

  const summaries = (): number =>
    sandbox.requests.since(0).filter(({ path }) => path.includes("credit_balance_summary")).length;

  it("are read when they change, and at no other time", async () => {
    const stripe = stripeOf(sandbox);
    const { id } = await stripe.customers.create({ metadata: { user_id: "credits" } });
    expect(await creditsOf(id)).toHaveProperty("unknown");

    const grant = await stripe.billing.creditGrants.create({
      customer: id,
      category: "paid",
      amount: { type: "monetary", monetary: { currency: "eur", value: 5000 } },
      applicability_config: { scope: { price_type: "metered" } },
    });
    expect(await creditsOf(id)).toEqual([{ amountMinor: 5000, currency: "eur" }]);

    useCredits(sandbox.stripe.world, grant.id, 1200);
    expect(await creditsOf(id)).toEqual([{ amountMinor: 3800, currency: "eur" }]);

    await stripe.customers.update(id, { name: "Nothing about credits" });
    expect(await creditsOf(id)).toEqual([{ amountMinor: 3800, currency: "eur" }]);
    expect(summaries()).toBe(2);

    await stripe.billing.creditGrants.voidGrant(grant.id);
    expect(await creditsOf(id)).toEqual([]);
  });
});
