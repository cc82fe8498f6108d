/** Loading what Stripe has into a workspace full of contacts: counted first, read in ranges, written once. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BackfillGroup, BackfillRun } from "../../contract/backfill.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { requestBackfill } from "../../src/upkeep/backfill.ts";
import { readBackfills } from "../../src/upkeep/backfill/view.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const customers = 160;
const patience = { withinMs: 40_000, everyMs: 50 };

describe("a backfill", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin | undefined;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers, paymentsPerCustomer: 2 }), createHome()]);
  });

  afterEach(async () => {
    await dunlin?.stop();
    dunlin = undefined;
    await sandbox.close();
    await home.remove();
    [sandbox, home] = await Promise.all([openSandbox({ customers, paymentsPerCustomer: 2 }), createHome()]);
  });

  const start = async (): Promise<Dunlin> => (dunlin = await startDunlin({ sandbox, home }));

  async function findRun(kind: "real" | "dry" = "real"): Promise<BackfillRun | null> {
    const [main] = (await readBackfills(home.pool, ["main"])).accounts;
    return main?.[kind] ?? null;
  }

  function done(kind: "real" | "dry" = "real"): Promise<BackfillRun> {
    return eventually(async () => {
      const run = await findRun(kind);
      if (run?.phase !== "done") throw new Error(`The run stands at ${JSON.stringify(run?.progress)}`);
      return run;
    }, patience);
  }

  it("reads every object once, and does exactly what its plan says", async () => {
    await start();
    const run = await done();
    await expectContactsRight(sandbox);

    const { tables } = sandbox.stripe.world;
    const lists = Object.fromEntries((run.progress?.resources ?? []).map(({ name, objects }) => [name, objects]));
    expect(lists).toEqual({
      products: tables.products.size,
      prices: tables.prices.size,
      coupons: tables.coupons.size,
      customers: tables.customers.size,
      subscriptions: tables.subscriptions.size,
      invoices: tables.invoices.size,
      charges: tables.charges.size,
      refunds: tables.refunds.size,
      disputes: tables.disputes.size,
    });
    const charges = run.progress?.resources.find(({ name }) => name === "charges");
    expect(charges?.ranges.all).toBeGreaterThan(1);
    expect(await countPlan(run)).toEqual(await countIdentities(home));
    expect(run.plan?.changes).toBe(await countWrites(home, "update"));
    expect(sum(run.plan?.created)).toBe(await countWrites(home, "create"));
    expect(sandbox.requests.since(0).filter(({ status }) => status === 429)).toEqual([]);
  });

  it("pages through the contacts instead of searching for each, and forgets them afterwards", async () => {
    const contacts = sandbox.intercom.contacts().filter(({ state }) => state === "live").length;
    await start();
    const run = await done();
    const calls = sandbox.requests.since(0).filter(({ vendor }) => vendor === "intercom");
    expect(calls.filter(({ path }) => path === "/contacts/search")).toEqual([]);
    // Before a contact is made, its user id is looked up: a merged contact is on no list.
    const lookUps = calls.filter(({ path }) => path.includes("find_by_external_id"));
    expect(lookUps).toHaveLength(sum(run.plan?.created));
    const pages = calls.filter(
      ({ method, path, query }) => method === "GET" && path === "/contacts" && query.includes("150"),
    );
    expect(pages).toHaveLength(Math.ceil(contacts / 150));
    await eventually(async () => {
      const { rows } = await home.pool.query("select (select count(*) from census_contacts)::int as kept");
      expect(rows).toEqual([{ kept: 0 }]);
    }, patience);
  });

  it("says in a dry run what it would do, and writes nothing", async () => {
    await start();
    const real = await done();
    await dunlin?.settled();
    const stripe = stripeOf(sandbox);
    const before = sandbox.requests.lastSeq;
    await requestBackfill(home.pool, { account: "main", dryRun: true });
    const dry = await done("dry");

    expect(dry.plan?.customers).toBe(real.plan?.customers);
    expect(dry.plan).toMatchObject({ changes: 0, calls: 0, matched: [], created: [] });
    const wrote = sandbox.requests
      .since(before)
      .filter(({ vendor, method }) => vendor === "intercom" && method !== "GET");
    expect(wrote).toEqual([]);
    // What was loaded is kept up to date by events, and is not read again.
    expect(sandbox.requests.since(before).filter(({ path }) => path === "/v1/charges")).toEqual([]);
    expect((await stripe.customers.list({ limit: 1 })).data).toHaveLength(1);
  });

  it("goes on without a part of a list that is refused, says so, and reads it when it is asked again", async () => {
    const fault = sandbox.faults.add({
      vendor: "stripe",
      kind: "status",
      status: 400,
      pathPattern: "^/v1/charges$",
      queryPattern: "created\\[gte\\]",
    });
    await start();
    const run = await done();
    const charges = run.progress?.resources.find(({ name }) => name === "charges");
    expect(charges?.problems).not.toEqual([]);
    expect(charges?.problems[0]).toMatchObject({ code: "STRIPE_REJECTED" });
    expect(run.progress?.resources.find(({ name }) => name === "disputes")?.remaining).toBe(0);

    sandbox.faults.remove(fault.id);
    await requestBackfill(home.pool, { account: "main" });
    await eventually(async () => {
      const now = (await findRun())?.progress?.resources.find(({ name }) => name === "charges");
      expect(now).toMatchObject({ objects: sandbox.stripe.world.tables.charges.size, problems: [] });
    }, patience);
    await dunlin?.settled(30_000);
    await expectContactsRight(sandbox);
  });

  it("takes events meanwhile, and what is newer wins", async () => {
    const fault = sandbox.faults.add({ vendor: "stripe", kind: "slow", delayMs: 1500, pathPattern: "^/v1/customers$" });
    await start();
    const stripe = stripeOf(sandbox);
    await eventually(() => sandbox.requests.since(0).some(({ path }) => path === "/v1/subscriptions"), patience);
    const { data } = await stripe.customers.list({ limit: 20, expand: ["data.subscriptions"] });
    for (const [place, customer] of data.entries())
      await stripe.customers.update(customer.id, { balance: -100 * (place + 1) });
    const [subscription] = data.flatMap(({ subscriptions }) => subscriptions?.data ?? []);
    await stripe.subscriptions.update(subscription?.id ?? "", { cancel_at_period_end: true });
    sandbox.faults.remove(fault.id);
    await done();
    await dunlin?.settled(30_000);
    await expectContactsRight(sandbox);
  });

  it("begins anew at once when it is asked to in the middle", async () => {
    const fault = sandbox.faults.add({ vendor: "stripe", kind: "slow", delayMs: 400, pathPattern: "^/v1/charges$" });
    await start();
    await eventually(() => sandbox.requests.since(0).some(({ path }) => path === "/v1/charges"), patience);
    const first = await findRun();
    await requestBackfill(home.pool, { account: "main", again: true });
    sandbox.faults.remove(fault.id);
    const run = await done();
    expect(run.id).toBeGreaterThan(first?.id ?? Infinity);
    await expectContactsRight(sandbox);
  });

  it("goes on where it was when the server ends in the middle", async () => {
    sandbox.faults.add({ vendor: "stripe", kind: "slow", delayMs: 400, pathPattern: "^/v1/(charges|invoices)$" });
    await start();
    await eventually(async () => {
      const { rows } = await home.pool.query<{ pages: number }>(
        "select coalesce(sum(pages), 0)::int as pages from backfill_ranges where resource in ('charges', 'invoices')",
      );
      return (rows[0]?.pages ?? 0) >= 4;
    }, patience);
    await dunlin?.stop();
    const [interrupted, seq] = [await findRun(), sandbox.requests.lastSeq];
    expect(interrupted?.phase).toBe("loading");

    sandbox.faults.clear();
    await start();
    const run = await done();
    expect(run.id).toBe(interrupted?.id);
    await expectContactsRight(sandbox);
    const { tables } = sandbox.stripe.world;
    expect(run.progress?.resources.find(({ name }) => name === "charges")?.objects).toBe(tables.charges.size);
    // Customers were read before the end.
    const again = sandbox.requests
      .since(seq)
      .filter(({ path, query }) => path === "/v1/customers" && query.includes("created"));
    expect(again).toEqual([]);
  });
});

function sum(groups: readonly BackfillGroup[] = []): number {
  return groups.reduce((total, { count }) => total + count, 0);
}

type Counts = Readonly<Record<string, number>>;

/** The plan as counts by what becomes of the customers. */
async function countPlan({ plan }: BackfillRun): Promise<Counts> {
  const reasons = [...(plan?.skipped ?? []), ...(plan?.quarantined ?? [])].map(({ reason, count }) => [reason, count]);
  const matched = sum(plan?.matched) + sum(plan?.created);
  return Object.fromEntries(
    [["leaders", matched], ["followers", sum(plan?.grouped)], ...reasons].filter(([, n]) => n !== 0),
  );
}

async function countIdentities({ pool }: Home): Promise<Counts> {
  const { rows } = await pool.query<{ what: string; count: number }>(
    `select case when state <> 'linked' then reason when leader_id is null then 'leaders' else 'followers' end as what,
       count(*)::int as count from identities group by 1`,
  );
  return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
}

async function countWrites({ pool }: Home, kind: "create" | "update"): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "select count(distinct contact_id)::int as count from contact_writes where kind = $1",
    [kind],
  );
  return rows[0]?.count ?? 0;
}
