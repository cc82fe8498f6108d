/** Usage is read from Stripe for the period that runs, at most once a minute, and leaves alone what is pushed. */
import { runMigrations } from "graphile-worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy, anItem, aStripe, aSyncContext, mint, until } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { commitBatch, findCopies } from "../billing/store.ts";
import { usualUsageRules } from "../billing/usage/usage.ts";
import { usageId, type ObjectCopy, type SubscriptionItemFacts, type UsageFacts } from "../model/stripe-object.ts";
import { StripeForbidden } from "../stripe/failure.ts";
import type { StripeQuery } from "../stripe/client.ts";
import { runUsageSchedule } from "../upkeep/usage-schedule.ts";
import { listCrossings } from "../usage/store.ts";
import type { SyncContext } from "./context.ts";
import { ProductCache } from "./load-customer.ts";
import { pushUsage } from "./push-usage.ts";
import { MeterBook, needsReading, noteMetered, refreshUsage, type UsageReading } from "./refresh-usage.ts";

let database: TestDatabase;
const startS = 1_790_000_010;
const endS = 1_792_592_010;
const item = anItem({ priceId: "price_m", metered: true, quantity: null, periodStartS: startS, periodEndS: endS });

beforeAll(async () => {
  database = await createTestDatabase();
  await runMigrations({ pgPool: database.pool });
});
afterAll(() => database.drop());

async function store(account: string, copies: readonly ObjectCopy[]): Promise<void> {
  const fresh = copies.map((copy) => ({ ...copy, rev: 0 }));
  const batch = { account, events: [], copies: fresh, renamed: [], jobs: [], settleMs: 0, settleMaxMs: 0 };
  await commitBatch(database.pool, batch);
}

const tiers = [
  { upTo: 1000, unitAmount: "0", flatAmount: null },
  { upTo: null, unitAmount: "1", flatAmount: null },
];
const catalogue = [
  aCopy("price", { meterId: "mtr_1", metered: true, billingScheme: "tiered", tiers }, { id: "price_m" }),
  aCopy("product", {}, { id: "prod_1" }),
];

type Asked = { readonly path: string; readonly query: StripeQuery };

/** An account of its own, whose Stripe says that customers used so much. */
async function anAccount(used: (customerId: string) => number, failure?: () => Error | undefined) {
  const asked: Asked[] = [];
  const client: SyncContext["stripe"] = {
    ...aStripe(() => ({ object: null, answeredS: 0 })).client,
    async get(path, query = {}) {
      asked.push({ path, query });
      await Promise.resolve();
      const error = failure?.();
      if (error) throw error;
      const meter = {
        id: "mtr_1",
        event_name: "documents",
        display_name: "Documents",
        default_aggregation: { formula: "sum" },
      };
      const value = used(String(query["customer"]));
      const data = path.endsWith("/event_summaries") ? [{ aggregated_value: value }] : [meter];
      return { body: { object: "list", has_more: false, data }, answeredS: null };
    },
  };
  let nowS = startS + 15 * 86_400;
  const account = mint("acct");
  const context = aSyncContext({ pool: database.pool, account, stripe: client, nowMs: () => nowS * 1000 });
  await store(account, catalogue);
  const reading: UsageReading = { context, products: new ProductCache(), meters: new MeterBook() };
  const summaries = (): readonly Asked[] => asked.filter(({ path }) => path.endsWith("/event_summaries"));
  const passS = (seconds: number): void => {
    nowS += seconds;
  };
  return { account, context, reading, asked, summaries, passS };
}

async function aCustomer(account: string, items: readonly SubscriptionItemFacts[] = [item]): Promise<string> {
  const id = mint("cus_read");
  await store(account, [
    aCopy("customer", {}, { id, customerId: id }),
    aCopy("subscription", { items }, { id: mint("sub_read"), customerId: id }),
  ]);
  return id;
}

async function readingOf(account: string, customerId: string): Promise<UsageFacts | undefined> {
  const [copy] = await findCopies(database.pool, account, [usageId("documents", customerId)]);
  return copy?.kind === "usage" && !copy.deleted ? copy.facts : undefined;
}

/** So that Stripe may be asked again. */
function aMinutePasses(): Promise<unknown> {
  return database.pool.query("update usage_watch set asked_at = asked_at - interval '61 s'");
}

describe("reading usage", () => {
  it("asks for whole minutes of the period that runs, and keeps what it is told", async () => {
    const { account, reading, summaries } = await anAccount(() => 812.5);
    const customer = await aCustomer(account);
    expect(await refreshUsage(reading, customer)).toEqual({ how: "asked", calls: 2 });
    const endMinuteS = Math.floor((startS + 15 * 86_400) / 60) * 60;
    expect(summaries()).toEqual([
      {
        path: "/v1/billing/meters/mtr_1/event_summaries",
        query: { customer, start_time: Math.ceil(startS / 60) * 60, end_time: endMinuteS },
      },
    ]);
    expect(await readingOf(account, customer)).toEqual({
      meter: "documents",
      meterId: "mtr_1",
      unit: "Documents",
      formula: "sum",
      periodStartS: startS,
      periodEndS: endS,
      value: "812.5",
      asOfS: endMinuteS,
      source: "stripe",
      judgedLimit: "1000",
    });
    const crossings = await listCrossings(database.pool, { account, customerId: customer, sinceS: 0 });
    expect(crossings).toMatchObject([{ threshold: 80, direction: "rising", value: "812.5", limit: "1000" }]);
    const { rows } = await database.pool.query("select lane from sync_jobs where customer_id = $1", [customer]);
    expect(rows).toEqual([{ lane: 0 }]);
  });

  it("asks at most once a minute, whoever looks", async () => {
    const { account, reading, summaries, passS } = await anAccount(() => 5);
    const customer = await aCustomer(account);
    const both = await Promise.all([refreshUsage(reading, customer), refreshUsage(reading, customer)]);
    expect(both.map(({ how }) => how).toSorted()).toEqual(["asked", "recent"]);
    await aMinutePasses();
    passS(61);
    expect(await refreshUsage(reading, customer)).toEqual({ how: "asked", calls: 1 });
    expect(summaries()).toHaveLength(2);
  });

  it("asks nothing about who has nothing metered", async () => {
    const { account, reading, asked } = await anAccount(() => 5);
    const customer = await aCustomer(account, [anItem({ priceId: "price_m" })]);
    expect(await refreshUsage(reading, customer)).toEqual({ how: "unmetered", calls: 0 });
    expect(asked).toEqual([]);
  });

  it("counts a total below zero as nothing", async () => {
    const { account, reading } = await anAccount(() => -4);
    const customer = await aCustomer(account);
    await refreshUsage(reading, customer);
    const crossings = await listCrossings(database.pool, { account, customerId: customer, sinceS: 0 });
    expect([await readingOf(account, customer), crossings]).toMatchObject([{ value: "-4" }, []]);
  });

  it("leaves alone what is pushed for the period, and takes it away when the period is over", async () => {
    const { account, context, reading, summaries, passS } = await anAccount(() => 5);
    const customer = mint("cus_pushed");
    await store(account, [aCopy("customer", {}, { id: customer, customerId: customer })]);
    const entry = { id: mint("e"), customer, meter: "documents", add: "70" };
    const parts = { pool: database.pool, rules: usualUsageRules, nowMs: context.nowMs };
    await pushUsage(parts, { account, entries: [entry] });
    await refreshUsage(reading, customer);
    expect([await readingOf(account, customer), summaries()]).toMatchObject([{ value: "70", source: "pushed" }, []]);
    passS(40 * 86_400);
    await aMinutePasses();
    await refreshUsage(reading, customer);
    expect(await readingOf(account, customer)).toBeUndefined();
  });

  it("judges what is known by a new limit, once an event has told of it", async () => {
    const { account, context, reading } = await anAccount(() => 900);
    const customer = await aCustomer(account);
    await refreshUsage(reading, customer);
    const copies = {
      ...catalogueCopies,
      subscriptions: [aCopy("subscription", { items: [item] })],
      usages: [aCopy("usage", { ...(await readingOf(account, customer)) })],
    };
    const due = async () =>
      (await database.pool.query("select due_at <= now() as due from usage_watch where account = $1", [account])).rows;
    await noteMetered(context, { customerId: customer, copies });
    expect(await due()).toEqual([{ due: false }]);
    const larger = presetMapping("stripe");
    const usage = { ...larger.document.usage, limits: [{ meter: "documents", limit: 5000 }] };
    const mapping = () => ({ ...larger, document: { ...larger.document, usage } });
    await noteMetered({ ...context, mapping }, { customerId: customer, copies });
    expect(await due()).toEqual([{ due: true }]);
    await aMinutePasses();
    await refreshUsage({ ...reading, context: { ...context, mapping } }, customer);
    expect(await readingOf(account, customer)).toMatchObject({ value: "900", judgedLimit: "5000" });
    const crossings = await listCrossings(database.pool, { account, customerId: customer, sinceS: 0 });
    expect(crossings.map(({ threshold, direction }) => [threshold, direction])).toEqual([
      [80, "falling"],
      [90, "falling"],
      [90, "rising"],
      [80, "rising"],
    ]);
  });

  it("is wanted after an event when there is no reading of the period, or an old one", async () => {
    const { account, context } = await anAccount(() => 5);
    const customer = await aCustomer(account);
    const copies = { ...catalogueCopies, subscriptions: [aCopy("subscription", { items: [item] })], usages: [] };
    await noteMetered(context, { customerId: customer, copies });
    const { rows } = await database.pool.query("select customer_id from usage_watch where account = $1", [account]);
    expect(rows).toEqual([{ customer_id: customer }]);
    const fresh = aCopy("usage", { periodStartS: startS, periodEndS: endS, asOfS: startS + 1000 });
    const renewed = { ...item, periodStartS: endS, periodEndS: endS + 30 * 86_400 };
    const wants = (nowS: number, parts: object): boolean =>
      needsReading({ ...copies, usages: [fresh], ...parts }, nowS);
    expect(wants(startS + 1200, {})).toBe(false);
    expect(wants(startS + 1301, {})).toBe(true);
    expect(wants(endS + 5, { subscriptions: [aCopy("subscription", { items: [renewed] })] })).toBe(true);
  });
});

const catalogueCopies = {
  prices: [aCopy("price", { meterId: "mtr_1", metered: true, billingScheme: "tiered", tiers }, { id: "price_m" })],
  products: [],
};

describe("the schedule", () => {
  it("reads everybody with metered items, those from before it as well, and keeps to its allowance", async () => {
    const { account, reading, summaries, passS } = await anAccount(() => 5);
    const customers = await Promise.all(Array.from({ length: 30 }, () => aCustomer(account)));
    const ends = new AbortController();
    const quiet = { isOpen: () => true, onBlocked: async () => undefined, onQueued: () => undefined };
    const running = runUsageSchedule({ ...reading, ...quiet, callsPerHour: 3600 * 500 }, ends.signal);
    // The clock stands still: only the first burst may leave.
    await until(() => summaries().length >= 19);
    await expectSteady(() => summaries().length);
    expect(summaries().length).toBe(19); // and one list of meters
    passS(1);
    await until(() => summaries().length === customers.length);
    ends.abort();
    await running;
    expect(new Set(summaries().map(({ query }) => query["customer"]))).toEqual(new Set(customers));
  });

  it("that may ask nothing puts in order what was pushed, and asks nothing", async () => {
    const { account, context, reading, asked, passS } = await anAccount(() => 5);
    const customer = await aCustomer(account);
    const parts = { pool: database.pool, rules: usualUsageRules, nowMs: context.nowMs };
    const entry = { id: mint("e"), customer, meter: "exports", add: "70" };
    await pushUsage(parts, { account, entries: [entry] });
    passS(40 * 86_400);
    await database.pool.query("update usage_watch set due_at = now() where account = $1", [account]);
    const ends = new AbortController();
    const quiet = { isOpen: () => true, onBlocked: async () => undefined, onQueued: () => undefined };
    const running = runUsageSchedule({ ...reading, ...quiet, callsPerHour: 0 }, ends.signal);
    const isGone = async (): Promise<boolean> => {
      const [copy] = await findCopies(database.pool, account, [usageId("exports", customer)]);
      return copy?.deleted === true;
    };
    await until(isGone);
    ends.abort();
    await running;
    expect(asked).toEqual([]);
  });

  it("does not pause an account whose key may not read meters", async () => {
    const blocked: unknown[] = [];
    const { account, reading, asked } = await anAccount(
      () => 5,
      () => new StripeForbidden("rak_billing_meter_read"),
    );
    await aCustomer(account);
    const ends = new AbortController();
    const settings = {
      ...reading,
      callsPerHour: 100,
      isOpen: () => true,
      onBlocked: async (error: unknown) => void blocked.push(error),
      onQueued: () => undefined,
    };
    const running = runUsageSchedule(settings, ends.signal);
    await until(() => asked.length > 0);
    ends.abort();
    await running;
    expect(blocked).toEqual([]);
  });
});

/** Holds when a number has not changed over some turns of the event loop and the database. */
async function expectSteady(read: () => number): Promise<void> {
  const before = read();
  for (let turn = 0; turn < 20; turn += 1) await database.pool.query("select 1");
  expect(read()).toBe(before);
}
