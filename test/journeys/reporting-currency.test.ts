/** Customers who pay in euros, dollars, yen and dinars, and one currency in which they can be compared. */
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { attributesOf, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

const dayMs = 86_400_000;
const day = (atS: number, later = 0): string => new Date(atS * 1000 + later * dayMs).toISOString().slice(0, 10);

describe("a reporting currency", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let stripe: Stripe;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox(), createHome()]);
    stripe = stripeOf(sandbox);
    const { created: todayS } = await stripe.customers.create({ description: "What time is it?" });
    const rates = [
      "date,currency,rate",
      `${day(todayS, -1)},usd,0.9`,
      `${day(todayS, -1)},jpy,0.006`,
      `${day(todayS, -1)},kwd,3.0`,
      // From tomorrow on a dollar is worth less; what was paid before keeps the rate of its day.
      `${day(todayS, 1)},usd,0.5`,
    ];
    const env = { DUNLIN_REPORTING_CURRENCY: "EUR", DUNLIN_RATES: rates.join("\n") };
    dunlin = await startDunlin({ sandbox, home, env });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function buyer(userId: string): Promise<string> {
    const { id } = await stripe.customers.create({ email: `${userId}@example.com`, metadata: { user_id: userId } });
    return id;
  }

  async function pay(customer: string, amount: number, currency: string): Promise<string> {
    const { id: method } = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    const intent = await stripe.paymentIntents.create({
      amount,
      currency,
      customer,
      payment_method: method,
      confirm: true,
      off_session: true,
    });
    return intent.id;
  }

  async function shown(userId: string): Promise<Record<string, unknown>> {
    await dunlin.settled();
    expect(await listDeadLetters(home.pool)).toEqual([]);
    const { total_paid, total_paid_currency, total_paid_reporting } = attributesOf(sandbox, userId);
    return { total_paid, total_paid_currency, total_paid_reporting };
  }

  it.each([
    ["eur", 1999, 19.99, 19.99],
    ["usd", 1999, 19.99, 17.99],
    ["jpy", 1999, 1999, 11.99],
    ["kwd", 1990, 1.99, 5.97],
  ])("shows what was paid in %s in its own minor unit, and in euros", async (currency, amount, paid, reported) => {
    const userId = `buyer-${currency}`;
    await pay(await buyer(userId), amount, currency);

    expect(await shown(userId)).toEqual({
      total_paid: paid,
      total_paid_currency: currency.toUpperCase(),
      total_paid_reporting: reported,
    });
  });

  it("adds up several currencies there and nowhere else, less what went back", async () => {
    const customer = await buyer("traveller");
    await pay(customer, 10_000, "eur");
    const dollars = await pay(customer, 10_000, "usd");
    await pay(customer, 10_000, "jpy");
    await pay(customer, 10_000, "kwd");
    await stripe.refunds.create({ payment_intent: dollars, amount: 5000 });

    // 100 EUR + (100 − 50) USD × 0.9 + 10,000 JPY × 0.006 + 10 KWD × 3
    expect(await shown("traveller")).toMatchObject({ total_paid_reporting: 235 });
  });

  it("uses the rate of the day on which each payment was made", async () => {
    const customer = await buyer("regular");
    await pay(customer, 10_000, "usd");
    await sandbox.clock.advance(2 * 86_400);
    await pay(customer, 10_000, "usd");

    expect(await shown("regular")).toMatchObject({ total_paid: 200, total_paid_reporting: 140 });
  });

  it("is silent, and says why, when a payment has no rate", async () => {
    const customer = await buyer("unrated");
    await pay(customer, 10_000, "eur");
    await pay(customer, 10_000, "chf");

    expect(await shown("unrated")).toMatchObject({ total_paid: 100, total_paid_reporting: null });
  });
});
