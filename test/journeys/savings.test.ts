/** Somebody asks what they would save: the answer is the one that is reckoned by hand, and Stripe says the same. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plansInForce } from "../../contract/plans.ts";
import { savingsReceipt, type SavingsReceipt } from "../../contract/savings.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, type Home } from "../support/home.ts";
import { runCommand } from "../support/process.ts";
import { findCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Dunlin } from "../support/server.ts";

const dayS = 86_400;

describe("what a customer would save", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let customer: string;
  let subscription: Stripe.Subscription;
  let base: Stripe.SubscriptionItem;
  let usage: Stripe.SubscriptionItem;
  let prices: Record<"light" | "packs" | "year", string>;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 60 }), createHome()]);
    await build();
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** Who pays a base and documents, with ten per cent off. */
  async function build(): Promise<void> {
    const stripe = stripeOf(sandbox);
    customer = (await findCustomer(sandbox, isMetered)).id;
    const [found] = (await stripe.subscriptions.list({ customer })).data;
    if (!found) throw new Error("The customer has no subscription any more.");
    const [first, second] = found.items.data.toSorted((a, b) => usageLast(a) - usageLast(b));
    if (!first || !second) throw new Error("The subscription has lost an item.");
    [subscription, base, usage] = [found, first, second];
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: "forever" });
    await stripe.subscriptions.update(found.id, { discounts: [{ coupon: coupon.id }] });
    const product = (await stripe.products.create({ name: "Light" })).id;
    const price = async (parts: Omit<Stripe.PriceCreateParams, "currency">): Promise<string> =>
      (await stripe.prices.create({ currency: found.currency, product, ...parts })).id;
    const meter = usage.price.recurring?.meter ?? "";
    prices = {
      light: await price({ unit_amount: lightAmount(), recurring: { interval: "month" } }),
      packs: await price({
        unit_amount: 50,
        recurring: { interval: "month", usage_type: "metered", meter },
        transform_quantity: { divide_by: 100, round: "up" },
      }),
      year: await price({ unit_amount: yearAmount(), recurring: { interval: "year" } }),
    };
  }

  /** Far enough in their period that it can be projected, and with a whole one before it. */
  function isMetered({ subscriptions }: Stripe.Customer): boolean {
    const [only, ...others] = subscriptions?.data ?? [];
    if (!only || others.length > 0 || only.status !== "active" || only.cancel_at !== null) return false;
    const items = only.items.data;
    const isUsed = items.length === 2 && items.some(({ price }) => price.recurring?.meter);
    const now = Date.now() / 1000;
    const paidFrom = Math.max(only.start_date, only.trial_end ?? 0);
    const inMiddle = items.every(
      ({ current_period_start: start, current_period_end: end }) =>
        paidFrom < start - 35 * dayS && start < now - 3 * dayS && end > now + dayS,
    );
    return isUsed && inMiddle;
  }

  /** Cheaper by a third, and a year for ten months. */
  const baseAmount = (): number => base.price.unit_amount ?? 0;
  const lightAmount = (): number => Math.floor((baseAmount() * 2) / 3);
  const yearAmount = (): number => baseAmount() * 10;

  const usageLast = ({ price }: Stripe.SubscriptionItem): number => (price.recurring?.usage_type === "metered" ? 1 : 0);

  const plans = (): object => ({
    version: 1,
    plans: [
      { id: "own", name: "Their own", prices: [base.price.id, usage.price.id] },
      { id: "light", name: "Light", prices: [prices.light, prices.packs], currency: subscription.currency },
      { id: "year", name: "Yearly", prices: [prices.year, usage.price.id] },
      {
        id: "elsewhere",
        name: "Elsewhere",
        prices: [prices.light],
        includes: [usage.price.recurring?.meter],
        countries: ["NZ"],
      },
    ],
  });

  const send = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${dunlin.url}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
    });

  async function ask(body: object): Promise<SavingsReceipt> {
    const answer = await send("POST", "/api/savings", { customer, ...body });
    expect(answer.status).toBe(200);
    return savingsReceipt.parse(await answer.json());
  }

  it("is not told before there are plans", async () => {
    expect((await ask({})).refusal?.code).toBe("no_plans");
  });

  it("takes plans only when their prices can be reckoned with", async () => {
    const wrong = { version: 1, plans: [{ id: "a", name: "A", prices: ["price_unknown"] }] };
    const refused = await send("PUT", "/api/plans", { document: wrong, basedOn: 0 });
    expect([refused.status, await refused.json()]).toMatchObject([422, { error: { code: "PLANS_INVALID" } }]);

    const tried = await send("POST", "/api/plans/check", { document: wrong });
    expect([tried.status, await tried.json()]).toMatchObject([
      200,
      { findings: [{ code: "price_unknown", plan: "a" }] },
    ]);
    const malformed = await send("POST", "/api/plans/check", { document: { version: 2 } });
    expect([malformed.status, await malformed.json()]).toMatchObject([422, { error: { code: "PLANS_INVALID" } }]);

    const saved = await send("PUT", "/api/plans", { document: plans(), basedOn: 0 });
    expect([saved.status, plansInForce.parse(await saved.json()).findings]).toMatchObject([200, []]);

    const late = await send("PUT", "/api/plans", { document: plans(), basedOn: 0 });
    expect([late.status, await late.json()]).toMatchObject([409, { error: { code: "DOCUMENT_CHANGED" } }]);
  });

  /** What Stripe itself counted in a window. */
  async function counted(start: number, end: number): Promise<number> {
    const { data } = await stripeOf(sandbox).billing.meters.listEventSummaries(usage.price.recurring?.meter ?? "", {
      customer,
      start_time: Math.floor(start / 60) * 60,
      end_time: Math.ceil(end / 60) * 60,
    });
    return data[0]?.aggregated_value ?? 0;
  }

  /** A month back, as the customer's day of the month has it. */
  function monthBefore(atS: number): number {
    const date = new Date(atS * 1000);
    return date.setUTCMonth(date.getUTCMonth() - 1) / 1000;
  }

  /** 1,000 documents cost nothing, up to 10,000 each costs 0.9 ct, beyond 0.45 ct. */
  function byHand(documents: number): { readonly own: number; readonly light: number; readonly year: number } {
    const quantity = base.quantity ?? 1;
    const dear = Math.max(0, Math.min(documents, 10_000) - 1000);
    const graduated = Math.round((dear * 90 + Math.max(0, documents - 10_000) * 45) / 100);
    const own = baseAmount() * quantity + graduated;
    const light = lightAmount() * quantity + 50 * Math.ceil(documents / 100);
    return { own: own * 12, light: light * 12, year: yearAmount() * quantity + graduated * 12 };
  }

  it("is what is reckoned by hand, less the discount, of the last period and of this one", async () => {
    const receipt = await ask({});
    expect(receipt).toMatchObject({
      subscriptionId: subscription.id,
      currency: subscription.currency,
      currentPlan: { id: "own" },
    });
    expect(receipt.candidates.map(({ planId, outcome }) => [planId, outcome])).toEqual([
      ["light", "compared"],
      ["year", "compared"],
      ["elsewhere", "not_eligible"],
    ]);
    const [last, present] = receipt.current;
    const start = usage.current_period_start;
    expect(last?.usage[0]?.value).toBe(String(await counted(monthBefore(start), start)));
    const { measured, asOf } = present?.usage[0] ?? { measured: "", asOf: "" };
    const elapsed = (Date.parse(asOf) / 1000 - start) / (usage.current_period_end - start);
    expect(Number(present?.usage[0]?.value)).toBe(Math.round(Number(measured) / elapsed));
    for (const [index, period] of receipt.current.entries()) {
      const expected = byHand(Number(period.usage[0]?.value));
      const [light, year] = receipt.candidates.map(({ periods }) => periods[index]?.bill);
      const bills = [period.bill, light, year];
      for (const [place, gross] of [expected.own, expected.light, expected.year].entries()) {
        const bill = bills[place];
        // Ten per cent come off each invoice, rounded: at most half a cent each.
        expect(Math.abs((bill?.yearMinor ?? 0) - gross * 0.9)).toBeLessThanOrEqual(12.5);
        expect(
          bill?.invoices.flatMap(({ discounts }) => discounts.map(({ amountMinor }) => amountMinor))[0],
        ).toBeGreaterThan(0);
      }
    }
  });

  it("is confirmed by Stripe", async () => {
    const receipt = await ask({ confirm: true });
    const recommended = receipt.candidates.filter(({ cheaper }) => cheaper).map(({ planId }) => planId);
    expect(recommended).toContain(receipt.recommended);
    expect(recommended).toContain("year");
    expect(receipt.confirmation).toMatchObject({ error: null, checks: [{ planId: null, outcome: "agrees" }, {}] });
    expect(["agrees", "partly"]).toContain(receipt.confirmation?.outcome);
    // It stays with the receipt, and nothing was changed in Stripe.
    const stored = savingsReceipt.parse(await (await send("GET", `/api/savings/${receipt.id}`)).json());
    expect(stored.confirmation).toEqual(receipt.confirmation);
    const after = await stripeOf(sandbox).subscriptions.retrieve(subscription.id);
    expect(after.items.data.map(({ id, price }) => [id, price.id])).toEqual(
      subscription.items.data.map(({ id, price }) => [id, price.id]),
    );
  });

  it("is known again by its receipt", async () => {
    const [first, again] = [await ask({}), await ask({})];
    const stored = savingsReceipt.parse(await (await send("GET", `/api/savings/${first.id}`)).json());
    expect(stored).toEqual(first);
    expect(again.candidates).toEqual(first.candidates);
    const missing = await send("GET", "/api/savings/sav_none");
    expect([missing.status, await missing.json()]).toMatchObject([404, { error: { code: "SAVINGS_NOT_FOUND" } }]);
  });

  it("is printed by the command, plans as well", async () => {
    const env = {
      ...environmentFor(sandbox.url, dunlin.port),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    };
    const file = join(home.dataDir, "plans.json");
    await writeFile(file, JSON.stringify(plans()));
    expect(await runCommand(["plans", "check", file], env)).toMatchObject({ exitCode: 0 });
    await writeFile(file, "plans: [");
    const broken = await runCommand(["plans", "check", file], env);
    expect([broken.exitCode, broken.output]).toMatchObject([1, expect.stringContaining("cannot be read")]);
    const { exitCode, output } = await runCommand(["savings", customer], env);
    expect([exitCode, output]).toMatchObject([0, expect.stringContaining("Their own (at present)")]);
    expect(output).toContain("Break-even");
  });
});
