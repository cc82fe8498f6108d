/** Rules that go by an event's type, when the event is in doubt: they look once Stripe was asked, and not before. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anEvent, aStripe, aSyncContext, bodyOf, mint, until } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { saveDocument } from "../documents/store.ts";
import { countWaitingEvents } from "../events/store.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { StripeJson } from "../stripe/client.ts";
import { StripeLooker } from "./look-at-stripe.ts";
import type { MomentSource } from "./plan-moments.ts";
import { EventReceiver } from "./receive-event.ts";
import { loadRulesNow } from "./rules-in-force.ts";

let database: TestDatabase;
let account: string;
/** What Stripe has at present. */
let present: Map<string, StripeJson>;
let moments: MomentSource;
let looker: StripeLooker | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  const rule = {
    name: "watch",
    description: "Looks.",
    purpose: "Know.",
    mode: "live",
    on: { stripe: "customer.updated" },
    steps: [{ tag: "Seen" }],
  };
  await saveDocument(database.pool, { kind: "rules", body: { version: 1, rules: [rule] }, basedOn: 0, by: "test" });
});
beforeEach(async () => {
  account = mint("account");
  present = new Map();
  const now = await loadRulesNow(database.pool);
  moments = {
    account,
    livemode: false,
    switches: () => new Map(),
    isHistoryLoaded: async () => true,
    nowMs: () => 200_000,
    rules: () => now,
  };
});
afterEach(() => looker?.stop());
afterAll(() => database.drop());

async function receive(...events: readonly StripeEvent[]): Promise<void> {
  const settings = { account, pool: database.pool, settleMs: 0, moments, onCommitted: () => undefined };
  const receiver = new EventReceiver(settings);
  for (const event of events) await receiver.receive({ event, body: bodyOf(event), came: "webhook" });
}

/** Looks until no event waits any more. */
async function look(): Promise<void> {
  const stripe = aStripe((id) => ({ object: present.get(id) ?? null, answeredS: 500 }));
  looker = new StripeLooker({
    context: aSyncContext({ account, pool: database.pool, stripe: stripe.client, nowMs: () => Date.now() }),
    settleMs: 0,
    onBlocked: async () => undefined,
    onQueued: () => undefined,
    onResolved: () => undefined,
    onProducts: () => undefined,
    moments,
  });
  looker.start();
  await until(async () => (await countWaitingEvents(database.pool, account)).waiting === 0);
}

const customer = (name: string): StripeJson => ({ id: "cus_1", object: "customer", name });
const told = (name: string, createdS: number, parts: Partial<StripeEvent> = {}): StripeEvent =>
  anEvent({ object: customer(name), createdS, ...parts });

const triggers = async (): Promise<readonly string[]> => {
  const text = "select trigger_key || ' ' || customer_id as what from rule_runs where account = $1";
  return (await database.pool.query<{ what: string }>(text, [account])).rows.map(({ what }) => what);
};

describe("a rule that goes by an event", () => {
  it("in doubt is told of it when Stripe was asked, so that it judges by what is so then", async () => {
    present.set("cus_1", customer("Now"));
    const old = told("Old shape", 100, { apiVersion: "2020-08-27" });
    await receive(old);
    expect(await triggers()).toEqual([]);
    await look();

    expect(await triggers()).toEqual([`stripe:${old.id} cus_1`]);
  });

  it("in doubt about somebody who is gone is told of it all the same", async () => {
    const late = told("Late", 100, { object: { ...customer("Late"), customer: "cus_1" }, apiVersion: "2020-08-27" });
    await receive({ ...told("Last", 101), type: "customer.deleted" }, late);
    await look();

    expect(await triggers()).toEqual([`stripe:${late.id} cus_1`]);
  });
});
