/** Receipts in the database. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SavingsBody, SavingsConfirmation } from "../../contract/savings.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { getReceipt, saveConfirmation, saveReceipt } from "./store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query("truncate savings_receipts");
});

const body: SavingsBody = {
  id: "sav_1",
  account: "main",
  customerId: "cus_1",
  subscriptionId: null,
  currency: null,
  currentPlan: null,
  outcome: "refused",
  refusal: { code: "no_subscription", en: "None.", de: "Keins." },
  current: [],
  candidates: [],
  recommended: null,
  inputs: {
    engine: 1,
    account: "main",
    customerId: "cus_1",
    country: null,
    plansVersion: 1,
    plans: [],
    subscription: null,
    prices: [],
    discounts: null,
    readings: [],
  },
};

function said(second: number, outcome: SavingsConfirmation["outcome"] = "agrees"): SavingsConfirmation {
  return { askedAt: `2026-11-22T00:00:0${second}.000Z`, outcome, checks: [], error: null };
}

describe("a receipt", () => {
  it("is kept as it was given", async () => {
    const saved = await saveReceipt(database.pool, body);
    expect(saved).toMatchObject({ body, confirmation: null });
    expect(await getReceipt(database.pool, "sav_1")).toEqual(saved);
  });

  it("is kept once, however often the same is asked", async () => {
    const [first, again] = [await saveReceipt(database.pool, body), await saveReceipt(database.pool, body)];
    await Promise.all([1, 2, 3].map(() => saveReceipt(database.pool, body)));
    expect(again).toEqual(first);
    const { rows } = await database.pool.query("select count(*)::int as count from savings_receipts");
    expect(rows[0]).toEqual({ count: 1 });
  });

  it("that nobody gave is not found", async () => {
    await expect(getReceipt(database.pool, "sav_2")).rejects.toMatchObject({ code: "SAVINGS_NOT_FOUND" });
  });
});

describe("what Stripe said", () => {
  beforeEach(async () => {
    await saveReceipt(database.pool, body);
  });

  it("stands beside the receipt, the newest answer", async () => {
    expect((await saveConfirmation(database.pool, "sav_1", said(2))).confirmation).toEqual(said(2));
    expect((await saveConfirmation(database.pool, "sav_1", said(3, "differs"))).confirmation).toEqual(
      said(3, "differs"),
    );
  });

  it("is not overtaken by an older answer", async () => {
    await saveConfirmation(database.pool, "sav_1", said(2, "differs"));
    expect((await saveConfirmation(database.pool, "sav_1", said(1))).confirmation).toEqual(said(2, "differs"));
  });

  it("is not forgotten because Stripe could not be asked later", async () => {
    expect((await saveConfirmation(database.pool, "sav_1", said(1, "failed"))).confirmation).toEqual(said(1, "failed"));
    await saveConfirmation(database.pool, "sav_1", said(2));
    expect((await saveConfirmation(database.pool, "sav_1", said(3, "failed"))).confirmation).toEqual(said(2));
  });
});
