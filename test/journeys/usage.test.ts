/** A metered customer comes closer to their limit: read from Stripe, pushed by the business, and told to whoever looks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type Stripe from "stripe";
import type { CustomerUsage, UsagePushed } from "../../contract/usage.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, type Home } from "../support/home.ts";
import { contactOf, findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { runCommand } from "../support/process.ts";
import { environmentFor, startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const token = "a-token-for-usage-alone-and-nothing-else";

let sandbox: Sandbox;
let home: Home;
let dunlin: Dunlin;
const soon = { withinMs: 15_000 };
const taken = new Set<string>();

beforeAll(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 60 }), createHome()]);
  const env = { DUNLIN_USAGE_CALLS_PER_HOUR: "36000", DUNLIN_USAGE_TOKEN: token };
  dunlin = await startDunlin({ sandbox, home, env });
  await dunlin.settled();
});

afterAll(async () => {
  await dunlin.stop();
  await sandbox.close();
  await home.remove();
});

type Metered = { readonly id: string; readonly userId: string; readonly item: Stripe.SubscriptionItem };

/** Somebody with a metered item of whom no other test knows. */
async function somebody(): Promise<Metered> {
  for (;;) {
    const { id, metadata, subscriptions } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    taken.add(id);
    const item = subscriptions?.data.flatMap(({ items }) => items.data).find(({ price }) => price.recurring?.meter);
    if (item) return { id, userId: metadata["user_id"] ?? "", item };
  }
}

/** What they have used in the running period, as Stripe tells it. */
async function usedBy({ id, item }: Metered): Promise<number> {
  const { data } = await stripeOf(sandbox).billing.meters.listEventSummaries(item.price.recurring?.meter ?? "", {
    customer: id,
    start_time: Math.ceil(item.current_period_start / 60) * 60,
    end_time: Math.floor(Date.now() / 60_000) * 60,
  });
  return data[0]?.aggregated_value ?? 0;
}

/** Usage of a minute that is over, so that a reading shows it at once. */
async function use(customerId: string, value: number): Promise<void> {
  await stripeOf(sandbox).billing.meterEvents.create({
    event_name: "documents_analysed",
    payload: { stripe_customer_id: customerId, value: String(value) },
    timestamp: Math.floor(Date.now() / 1000) - 120,
  });
}

/** The limit of the meter for everybody, as a product states it. */
async function setLimit(limit: number): Promise<void> {
  await stripeOf(sandbox).products.update("prod_lapwing_documents", { metadata: { usage_limit: String(limit) } });
}

function attributes(userId: string): Readonly<Record<string, unknown>> {
  return contactOf(sandbox, userId).custom_attributes;
}

/** Stripe is asked about somebody once a minute at most; here a minute passes at once. */
async function look(customerId: string): Promise<CustomerUsage> {
  await home.pool.query("update usage_watch set asked_at = asked_at - interval '61 s'");
  const answer = await fetch(`${dunlin.url}/api/usage/${customerId}`);
  return (await answer.json()) as CustomerUsage; // oxlint-disable-line no-unsafe-type-assertion -- the door's own answer
}

async function push(entries: readonly object[], bearer: string = token) {
  const answer = await fetch(`${dunlin.url}/api/usage`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${bearer}`, "x-forwarded-for": "192.0.2.1" },
    body: JSON.stringify({ entries }),
  });
  return { status: answer.status, body: (await answer.json()) as UsagePushed }; // oxlint-disable-line no-unsafe-type-assertion -- the door's own answer
}

describe("usage that Stripe counts", () => {
  it("is read by itself, and shows on the contact", async () => {
    const customer = await somebody();
    const used = await usedBy(customer);
    await eventually(() => expect(attributes(customer.userId)["stripe_usage_value"]).toBe(used), soon);
    expect(attributes(customer.userId)).toMatchObject({
      stripe_usage_limit: 1000,
      stripe_usage_meter: "documents_analysed",
      stripe_usage_percent: used / 10,
    });
    expect(["ok", "high_risk", "over"]).toContain(attributes(customer.userId)["usage_status"]);
  });

  it("becomes a high risk above 80 %, and over above the limit", async () => {
    const customer = await somebody();
    const used = await usedBy(customer);
    // So large that the projection is far below it whenever in the period this is.
    const limit = Math.ceil(used) * 40 + 1000;
    await setLimit(limit);
    await eventually(() => expect(attributes(customer.userId)["stripe_usage_limit"]).toBe(limit), soon);
    await eventually(() => expect(attributes(customer.userId)["usage_status"]).toBe("ok"), soon);

    await use(customer.id, Math.ceil(limit * 0.81) - used);
    const high = await look(customer.id);
    expect(high).toMatchObject({ reading: "asked", meters: [{ status: "high_risk", limitSource: "product" }] });
    expect(high.crossings.map(({ threshold, direction }) => [threshold, direction])).toEqual([[80, "rising"]]);
    await eventually(() => expect(attributes(customer.userId)["usage_status"]).toBe("high_risk"), { withinMs: 1000 });

    await use(customer.id, Math.ceil(limit * 0.2));
    const over = await look(customer.id);
    expect(over.crossings.map(({ threshold }) => threshold)).toEqual([100, 90, 80]);
    await eventually(() => expect(attributes(customer.userId)["usage_status"]).toBe("over"), { withinMs: 1000 });
    expect(await fetch(`${dunlin.url}/api/usage/${customer.id}`).then((answer) => answer.json())).toMatchObject({
      reading: "recent",
    });
  });
});

describe("dunlin usage", () => {
  it("shows the meters of a customer with limit, projection and remedy, by e-mail too", async () => {
    const { id } = await somebody();
    await look(id);
    const env = {
      ...environmentFor(sandbox.url, dunlin.port),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    };
    const { exitCode, output } = await runCommand(["usage", id], env);
    expect(output).toMatch(/^status +meter +used +limit +of it +at the end +of it +period ends$/m);
    expect(output).toMatch(/^(ok|high_risk|over) +documents_analysed +[\d,]+ +[\d,]+ +[\d.]+ % .* UTC$/m);
    expect(output).toMatch(/documents_analysed: “Analysed documents”; read from Stripe, true for /);
    expect(exitCode).toBe(0);
    const customer = await stripeOf(sandbox).customers.retrieve(id);
    const email = customer.deleted ? "" : (customer.email ?? "");
    const told = await runCommand(["usage", email, "--json"], env);
    expect(JSON.parse(told.output)).toMatchObject({ customerId: id, reading: "recent", problem: null });
    const unknown = await runCommand(["usage", "cus_nobody"], env);
    expect([unknown.exitCode, unknown.output]).toEqual([1, expect.stringContaining("Nobody is known as")]);
  });
});

describe("usage that is pushed", () => {
  it("shows on the contact, counts once, and stands before what Stripe says", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    const userId = metadata["user_id"] ?? "";
    taken.add(id);
    const entries = [{ id: "push-1", customer: id, meter: "exports", add: 850, unit: "Exports" }];
    expect(await push(entries)).toMatchObject({ status: 200, body: { counted: 1 } });
    expect(await push(entries)).toMatchObject({ status: 200, body: { counted: 0, repeated: 1 } });
    const { meters } = await look(id);
    expect(meters.find(({ meter }) => meter === "exports")).toMatchObject({ value: 850, source: "pushed" });
    await setProductLimit(id, 1000);
    await eventually(
      () => expect(attributes(userId)).toMatchObject({ usage_status: "high_risk", stripe_usage_meter: "exports" }),
      soon,
    );
  });

  /** States the limit of the pushed meter where the customer's plan is. */
  async function setProductLimit(customerId: string, limit: number): Promise<void> {
    const { data } = await stripeOf(sandbox).subscriptions.list({ customer: customerId, limit: 1 });
    const product = data[0]?.items.data[0]?.price.product;
    if (typeof product !== "string") throw new Error("The subscription has no product.");
    await stripeOf(sandbox).products.update(product, { metadata: { usage_limit_exports: String(limit) } });
  }

  it("is refused without a token, with a clear answer for whom nobody knows", async () => {
    const entry = { id: "push-2", customer: "cus_nobody", meter: "exports", add: 1 };
    expect(await push([entry], "wrong")).toMatchObject({
      status: 401,
      body: { error: { code: "USAGE_TOKEN_REQUIRED" } },
    });
    const { status, body } = await push([entry]);
    expect([status, body.entries]).toMatchObject([207, [{ result: "refused", code: "unknown_customer" }]]);
    const other = await fetch(`${dunlin.url}/api/effects`, {
      headers: { authorization: `Bearer ${token}`, "x-forwarded-for": "192.0.2.1" },
    });
    expect(other.status).toBe(401);
  });
});
