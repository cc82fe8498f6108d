/** Pushed usage counts once, whatever is sent again or at the same time, and all of a batch or none of it is kept. */
import { runMigrations } from "graphile-worker";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aCopy, anItem, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { usagePush, type UsagePushed } from "../../contract/usage.ts";
import { commitBatch, findCopies } from "../billing/store.ts";
import { usualUsageRules } from "../billing/usage/usage.ts";
import { usageId, type ObjectCopy } from "../model/stripe-object.ts";
import { listCrossings } from "../usage/store.ts";
import { pushUsage, type PushParts } from "./push-usage.ts";

let database: TestDatabase;
const nowS = 1_791_000_000;
const item = anItem({ periodStartS: 1_790_000_000, periodEndS: 1_792_592_000 });

beforeAll(async () => {
  database = await createTestDatabase();
  await runMigrations({ pgPool: database.pool });
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query("truncate usage_entries, usage_crossings, usage_watch, sync_jobs"));

async function store(...copies: readonly ObjectCopy[]): Promise<void> {
  const fresh = copies.map((copy) => ({ ...copy, rev: 0 }));
  const batch = { account: "main", events: [], copies: fresh, renamed: [], jobs: [], settleMs: 0, settleMaxMs: 0 };
  await commitBatch(database.pool, batch);
}

async function aCustomer(): Promise<string> {
  const id = mint("cus_push");
  await store(
    aCopy("customer", {}, { id, customerId: id }),
    aCopy("subscription", { items: [item] }, { id: mint("sub_push"), customerId: id }),
  );
  return id;
}

function push(entries: readonly object[], parts: Partial<PushParts> = {}): Promise<UsagePushed> {
  const rules = { ...usualUsageRules, limits: [{ meter: "documents", limit: 100 }] };
  const settings = { pool: database.pool, rules, nowMs: () => nowS * 1000, ...parts };
  return pushUsage(settings, usagePush.parse({ entries }));
}

async function valueOf(customerId: string): Promise<string | undefined> {
  const [copy] = await findCopies(database.pool, "main", [usageId("documents", customerId)]);
  return copy?.kind === "usage" && !copy.deleted ? copy.facts.value : undefined;
}

const results = ({ entries }: UsagePushed) => entries.map(({ result, code }) => code ?? result);

describe("a batch", () => {
  it("counts each entry once, and queues the customer once", async () => {
    const customer = await aCustomer();
    const entries = [
      { id: "a", customer, meter: "documents", add: 30 },
      { id: "b", customer, meter: "documents", add: "12.5" },
    ];
    expect(results(await push(entries))).toEqual(["counted", "counted"]);
    expect(results(await push(entries))).toEqual(["repeated", "repeated"]);
    expect(await valueOf(customer)).toBe("42.5");
    const { rows } = await database.pool.query("select customer_id, lane from sync_jobs");
    expect(rows).toEqual([{ customer_id: customer, lane: 1 }]);
  });

  it("refuses an id that was used for something else, in it or before it", async () => {
    const customer = await aCustomer();
    await push([{ id: "a", customer, meter: "documents", add: 1 }]);
    const pushed = await push([
      { id: "a", customer, meter: "documents", add: 2 },
      { id: "b", customer, meter: "documents", add: 3 },
      { id: "b", customer, meter: "documents", add: 3 },
      { id: "b", customer, meter: "documents", add: 4 },
    ]);
    expect(results(pushed)).toEqual(["id_used_otherwise", "counted", "repeated", "id_used_otherwise"]);
    expect(await valueOf(customer)).toBe("4");
  });

  it("says of unknown customers that they are, and takes the same id once they are known", async () => {
    const customer = mint("cus_late");
    const entry = { id: "a", customer, meter: "documents", add: 1 };
    const pushed = await push([entry]);
    expect(results(pushed)).toEqual(["unknown_customer"]);
    expect(pushed).toMatchObject({ counted: 0, refused: 1 });
    await store(aCopy("customer", {}, { id: customer, customerId: customer }));
    expect(results(await push([entry]))).toEqual(["counted"]);
  });

  it("keeps nothing when a part of it fails", async () => {
    const customer = await aCustomer();
    const failing = push([{ id: "a", customer, meter: "documents", add: 99 }], {
      onCrossed: () => Promise.reject(new Error("It broke.")),
    });
    await expect(failing).rejects.toThrow("It broke.");
    expect(await valueOf(customer)).toBeUndefined();
    expect(results(await push([{ id: "a", customer, meter: "documents", add: 99 }]))).toEqual(["counted"]);
  });

  it("tells each threshold once per period, and queues its customer as urgent", async () => {
    const customer = await aCustomer();
    const told: string[] = [];
    const onCrossed: PushParts["onCrossed"] = async (_tx, _account, crossings) => {
      for (const { threshold, direction } of crossings) told.push(`${direction} ${threshold}`);
    };
    for (const [index, value] of [85, 70, 86, 101].entries()) {
      const at = nowS - 100 + index;
      await push([{ id: mint("t"), customer, meter: "documents", value, at }], { onCrossed });
    }
    expect(told).toEqual(["rising 80", "falling 80", "rising 90", "rising 100"]);
    const { rows } = await database.pool.query("select lane from sync_jobs where customer_id = $1", [customer]);
    expect(rows).toEqual([{ lane: 0 }]);
    const kept = await listCrossings(database.pool, { account: "main", customerId: customer, sinceS: 0 });
    expect(kept.map(({ threshold, direction, value, limit }) => [threshold, direction, value, limit])).toEqual([
      [100, "rising", "101", "100"],
      [90, "rising", "101", "100"],
      [80, "falling", "70", "100"],
      [80, "rising", "85", "100"],
    ]);
  });
});

describe("batches at the same time", () => {
  it("count every entry exactly once, whoever sends it how often", async () => {
    const customers = [await aCustomer(), await aCustomer(), await aCustomer()];
    const entries = Array.from({ length: 60 }, (_, index) => ({
      id: `e${index}`,
      customer: customers[index % 3],
      meter: "documents",
      add: 1,
    }));
    // Each entry is in several batches, in another order each time.
    const batches = Array.from({ length: 12 }, (_, shift) => [
      ...entries.slice(shift * 5),
      ...entries.slice(0, shift * 5),
    ]);
    const pushed = await Promise.all(batches.map((batch) => push(batch)));
    expect(pushed.reduce((sum, { counted }) => sum + counted, 0)).toBe(60);
    expect(pushed.reduce((sum, { repeated }) => sum + repeated, 0)).toBe(11 * 60);
    expect(await Promise.all(customers.map(valueOf))).toEqual(["20", "20", "20"]);
  });
});
