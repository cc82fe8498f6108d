/** Moments become data events in Intercom, as somebody who builds a Series from them sees it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mappingBoard, type MappingDocument } from "../../contract/mapping.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { contactOf, findCustomer, findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patient = { withinMs: 20_000, everyMs: 50 };
const dayS = 86_400;

let sandbox: Sandbox;
let home: Home;
let dunlin: Dunlin;

beforeAll(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 24 }), createHome()]);
  dunlin = await startDunlin({ sandbox, home });
  await dunlin.settled();
});

afterAll(async () => {
  await dunlin.stop();
  await sandbox.close();
  await home.remove();
});

async function call(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(new URL(path, dunlin.url), { method, ...(body ? { headers, body: JSON.stringify(body) } : {}) });
}

async function inForce(): Promise<{ readonly document: MappingDocument; readonly version: number }> {
  return mappingBoard.parse(await (await call("GET", "/api/mapping")).json());
}

/** Saves the mapping in force with these parts, and waits until the server works by it. */
async function save(parts: Partial<MappingDocument>): Promise<void> {
  const { document, version } = await inForce();
  const saved = await call("PUT", "/api/mapping", { document: { ...document, ...parts }, basedOn: version, note: "" });
  expect(saved.status).toBe(200);
  const names = Object.keys(parts.events ?? {}).toSorted();
  await eventually(async () => {
    const { rows } = await home.pool.query<{ name: string }>("select name from moment_switches order by name");
    expect(rows.map(({ name }) => name)).toEqual(names);
  }, patient);
  await dunlin.settled(30_000);
}

type Shown = {
  readonly event_name: string;
  readonly created_at: number;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** What has happened to a contact, oldest first. */
function eventsOf(userId: string): readonly Shown[] {
  return sandbox.intercom.eventsOf(contactOf(sandbox, userId).id);
}

const namesOf = (userId: string): readonly string[] => eventsOf(userId).map(({ event_name: name }) => name);

describe("data events", () => {
  it("are none while nothing is switched on, whatever happens", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox);
    sandbox.stripe.scenarios.renew(id);
    await dunlin.settled();
    expect(namesOf(metadata["user_id"] ?? "")).toEqual([]);
    expect((await home.pool.query("select from effects")).rows).toEqual([]);
  });

  it("cannot be switched on when Intercom would not take them", async () => {
    const { document, version } = await inForce();
    const events = { trial_ending: { on: true, metadata: ["plan", "card"] }, trial_begins: { on: true } };
    const refused = await call("PUT", "/api/mapping", { document: { ...document, events }, basedOn: version });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const problems = JSON.stringify(await refused.json());
    expect(problems).toContain("events.trial_begins");
    expect(problems).toContain("events.trial_ending.metadata[1]");
  });

  it("tell of a trial that is about to end, under the chosen name and with the chosen facts", async () => {
    const { id, metadata, subscriptions } = await findCustomer(sandbox, (one) => {
      const [subscription] = one.subscriptions?.data ?? [];
      return subscription?.status === "trialing" && one.metadata["user_id"] !== undefined;
    });
    const userId = metadata["user_id"] ?? "";
    await save({ events: { trial_ending: { on: true, name: "Trial ending", metadata: ["plan", "trial_end_date"] } } });
    sandbox.stripe.scenarios.trialEndsSoon(id);
    await eventually(() => expect(namesOf(userId)).toEqual(["Trial ending"]), patient);

    const subscription = await stripeOf(sandbox).subscriptions.retrieve(subscriptions?.data[0]?.id ?? "", {
      expand: ["items.data.price.product"],
    });
    const product = subscription.items.data[0]?.price.product;
    const plan = typeof product === "object" && "name" in product ? product.name : undefined;
    expect(eventsOf(userId)[0]?.metadata).toEqual({ plan, trial_end_date: subscription.trial_end });
  });

  it("tell of usage that comes close to its limit, once", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox);
    const userId = metadata["user_id"] ?? "";
    const { document } = await inForce();
    const usage = { ...document.usage, limits: [{ meter: "exports", limit: 100 }] };
    await save({ usage, events: { usage_crossed: { on: true, metadata: ["meter", "threshold", "used"] } } });
    for (const [index, value] of [50, 85, 86].entries()) {
      const entries = [{ id: `push-${index}`, customer: id, meter: "exports", value }];
      const pushed = await call("POST", "/api/usage", { entries });
      expect([pushed.status, JSON.stringify(await pushed.json())]).toEqual([200, expect.stringContaining("counted")]);
    }
    await eventually(() => expect(namesOf(userId)).toEqual(["stripe_usage_crossed"]), patient);
    await dunlin.settled();
    expect(eventsOf(userId)).toMatchObject([{ metadata: { meter: "exports", threshold: 80, used: 85 } }]);
  });

  it("speak of a bank debit when it leaves and when it has arrived, and not in between", async () => {
    await save({
      events: { debit_submitted: { on: true }, payment_succeeded: { on: true }, payment_failed: { on: true } },
    });
    const { data } = await stripeOf(sandbox).prices.list({ lookup_keys: ["team_month_eur"] });
    const priceId = data[0]?.id ?? "";
    const buyer = {
      email: "debit@example.com",
      name: "Debit Payer",
      userId: "user_debit",
      method: "sepa_debit",
    } as const;
    sandbox.stripe.scenarios.checkout({ ...buyer, priceId });
    await eventually(() => expect(namesOf("user_debit")).toEqual(["stripe_debit_submitted"]), patient);
    expect(eventsOf("user_debit")[0]?.metadata).toMatchObject({ method: "sepa_debit", currency: "EUR" });

    await sandbox.clock.advance(12 * dayS);
    await dunlin.settled(30_000);
    await eventually(
      () => expect(namesOf("user_debit")).toEqual(["stripe_debit_submitted", "stripe_payment_succeeded"]),
      patient,
    );
  });

  it("end when they are switched off, and nothing of it has failed", async () => {
    await save({ events: {} });
    const before = eventsOf("user_debit").length;
    sandbox.stripe.scenarios.refund(customerOf("user_debit"), 100);
    await dunlin.settled();
    expect(eventsOf("user_debit")).toHaveLength(before);
    expect((await home.pool.query("select from effects where state = 'failed'")).rows).toEqual([]);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});

function customerOf(userId: string): string {
  const found = sandbox.stripe.world.tables.customers.all().find(({ metadata }) => metadata["user_id"] === userId);
  if (!found) throw new Error(`No customer has the user id ${userId}.`);
  return found.id;
}
