/** What rules remember of customers between two looks. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { customerKeyText } from "../model/customer-key.ts";
import {
  dropDates,
  findWatched,
  saveDates,
  listDueDates,
  saveTruths,
  takeDates,
  type DateWatch,
  type Truth,
} from "./store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("truncate rule_truths, rule_dates");
});
afterAll(() => database.drop());

async function take(nowS: number, limit: number): Promise<readonly DateWatch[]> {
  return takeDates(database.pool, await listDueDates(database.pool, nowS, limit));
}

const ada = { account: "main", customerId: "cus_ada" };
const bob = { account: "other", customerId: "cus_bob" };

function truth(parts: Partial<Truth> = {}): Truth {
  return { ...ada, rule: "vip", expression: "e1", isTrue: true, times: 1, ...parts };
}

function date(parts: Partial<DateWatch> = {}): DateWatch {
  return { ...ada, rule: "trial", fireKey: "trial_end 500", fireAtS: 400, fired: false, ...parts };
}

async function watchedOf(customer: typeof ada) {
  return (await findWatched(database.pool, [customer])).get(customerKeyText(customer));
}

describe("what is remembered", () => {
  it("is found by customer and rule", async () => {
    await saveTruths(database.pool, [truth(), truth({ rule: "rich", isTrue: false }), truth(bob)]);
    await saveDates(database.pool, [date(bob), date()]);

    const watched = await findWatched(database.pool, [ada, bob]);
    expect([...watched.keys()]).toEqual([customerKeyText(ada), customerKeyText(bob)]);
    expect([...(watched.get(customerKeyText(ada))?.truths.values() ?? [])].map(({ rule }) => rule).toSorted()).toEqual([
      "rich",
      "vip",
    ]);
    expect((await watchedOf(bob))?.dates.get("trial")).toEqual(date(bob));
  });

  it("is nothing for who was never looked at", async () => {
    expect(await watchedOf(ada)).toEqual({ truths: new Map(), dates: new Map() });
  });

  it("is what was seen last", async () => {
    await saveTruths(database.pool, [truth()]);
    await saveTruths(database.pool, [truth({ expression: "e2", isTrue: false, times: 2 })]);

    expect((await watchedOf(ada))?.truths.get("vip")).toMatchObject({ expression: "e2", isTrue: false, times: 2 });
  });
});

describe("a date", () => {
  it("is taken once, the earliest first, when it has come", async () => {
    await saveDates(database.pool, [date(), date({ rule: "later", fireAtS: 401 }), date({ ...bob, fireAtS: 300 })]);

    expect(await take(299, 10)).toEqual([]);
    expect(await take(400, 1)).toMatchObject([{ ...bob, fired: true }]);
    expect(await take(400, 10)).toMatchObject([{ ...ada, rule: "trial" }]);
    expect(await take(400, 10)).toEqual([]);
  });

  it("that was taken stays so for as long as it is the same", async () => {
    await saveDates(database.pool, [date()]);
    await take(400, 10);
    await saveDates(database.pool, [date()]);
    expect(await take(900, 10)).toEqual([]);

    await saveDates(database.pool, [date({ fireKey: "trial_end 900", fireAtS: 800 })]);
    expect(await take(799, 10)).toEqual([]);
    expect(await take(800, 10)).toMatchObject([{ fireKey: "trial_end 900" }]);
  });

  it("that there is no more is not taken", async () => {
    await saveDates(database.pool, [date(), date({ rule: "other" })]);
    await dropDates(database.pool, [date()]);

    expect(await take(400, 10)).toMatchObject([{ rule: "other" }]);
  });

  it("is taken by one of several who ask at once", async () => {
    await saveDates(
      database.pool,
      Array.from({ length: 40 }, (_, index) => date({ customerId: `cus_${index}` })),
    );
    const taken = await Promise.all([1, 2, 3, 4].map(() => take(400, 20)));

    expect(new Set(taken.flat().map(customerKeyText)).size).toBe(taken.flat().length);
  });
});
