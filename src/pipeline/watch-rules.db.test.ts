/** Rules that look at a customer whenever something may have changed: what becomes true, and dates that come. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aProfile, mint } from "../../test/support/builders.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { at } from "../../test/support/rules.ts";
import { transaction } from "../db/transaction.ts";
import type { Profile } from "../model/profile.ts";
import { nothingToWatch, recordWatches, watchNoteOf } from "./watch-rules.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
  // Runs are only entered here; whether they act is judged elsewhere.
  await scene.worker.stop();
});
afterAll(() => scene.close());

/** A look at somebody whose profile is this. Answers how many runs it begins. */
async function look(customerId: string, parts: Partial<Profile> = {}): Promise<number> {
  const customer = { account: "main", customerId };
  const person = { profile: aProfile({ customerId, ...parts }), customers: [] };
  const note = watchNoteOf(scene.book.current, customer, { person, nowS: scene.nowS });
  return note ? transaction(scene.database.pool, (tx) => recordWatches(tx, [note])) : 0;
}

const rich = { totalPaid: { amountMinor: 60_000, currency: "eur" } } as const;
const poor = { totalPaid: { amountMinor: 100, currency: "eur" } } as const;
const nobodyKnows = { totalPaid: null } as const;
const becomesRich = { on: { becomes: "profile.total_paid > 500.0" }, steps: [{ tag: "VIP" }] };

describe("an expression that becomes true", () => {
  it("says nothing at the first look, whatever it is", async () => {
    await scene.save([becomesRich]);

    for (const parts of [rich, poor, nobodyKnows]) expect(await look(mint("cus"), parts)).toBe(0);
  });

  it("begins a run each time that it has become true", async () => {
    const customer = mint("cus");
    const said: number[] = [];
    for (const parts of [poor, poor, rich, rich, poor, rich, rich]) said.push(await look(customer, parts));

    expect(said).toEqual([0, 0, 1, 0, 0, 1, 0]);
    expect(await scene.runs(customer)).toHaveLength(2);
  });

  it("has not changed while it is not known", async () => {
    const customer = mint("cus");
    const said: number[] = [];
    for (const parts of [rich, nobodyKnows, rich, poor, nobodyKnows, rich]) said.push(await look(customer, parts));

    expect(said).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it("was not true before when it was not known at the first look", async () => {
    const customer = mint("cus");
    await look(customer, nobodyKnows);

    expect(await look(customer, rich)).toBe(1);
  });

  it("is another one when it is changed, and the first again when it is changed back", async () => {
    const customer = mint("cus");
    await look(customer, poor);
    expect(await look(customer, rich)).toBe(1);
    await scene.save([{ ...becomesRich, on: { becomes: "profile.total_paid > 300.0" } }]);
    expect(await look(customer, rich)).toBe(0);
    await look(customer, poor);
    expect(await look(customer, rich)).toBe(1);

    await scene.save([becomesRich]);
    expect(await look(customer, rich)).toBe(0);
    await look(customer, poor);
    expect(await look(customer, rich)).toBe(1);
    expect(await scene.runs(customer)).toHaveLength(3);
  });

  it("is not looked at by a rule that is paused", async () => {
    const customer = mint("cus");
    await look(customer, poor);
    await scene.save([{ ...becomesRich, mode: "paused" }]);

    expect(await look(customer, rich)).toBe(0);
  });
});

describe("a date", () => {
  const ends = (text: string | null) => ({
    subscription: {
      id: "sub_1",
      status: "trialing",
      plan: null,
      periodEndS: null,
      cancelAtS: null,
      trialEndS: text === null ? null : at(text),
    } as const,
  });
  const before = { on: { date: "trial_end", before: "2 days" }, steps: [{ tag: "Trial" }] };

  async function plannedAt(customerId: string): Promise<readonly unknown[]> {
    const text = "select fire_at_s, fired from rule_dates where customer_id = $1";
    return (await scene.database.pool.query<{ fire_at_s: number; fired: boolean }>(text, [customerId])).rows.map(
      ({ fire_at_s, fired }) => (fired ? "taken" : new Date(fire_at_s * 1000).toISOString()),
    );
  }

  it("is planned, moved with the date, and dropped with it", async () => {
    await scene.save([before]);
    const customer = mint("cus");
    await look(customer, ends("2026-11-20T10:00:00Z"));
    expect(await plannedAt(customer)).toEqual(["2026-11-18T10:00:00.000Z"]);
    await look(customer, ends("2026-12-20T10:00:00Z"));
    expect(await plannedAt(customer)).toEqual(["2026-12-18T10:00:00.000Z"]);
    await look(customer, ends(null));
    expect(await plannedAt(customer)).toEqual([]);
  });

  it("that has passed before the rule saw it is left alone", async () => {
    const customer = mint("cus");
    await look(customer, ends("2026-11-03T10:00:00Z"));

    expect(await plannedAt(customer)).toEqual([]);
  });

  it("that has come is left to be taken, and then not planned again", async () => {
    const customer = mint("cus");
    await look(customer, ends("2026-11-20T10:00:00Z"));
    scene.pass(17 * 86_400);
    await look(customer, ends("2026-11-20T10:00:00Z"));
    expect(await plannedAt(customer)).toEqual(["2026-11-18T10:00:00.000Z"]);

    await scene.database.pool.query("update rule_dates set fired = true where customer_id = $1", [customer]);
    await look(customer, ends("2026-11-20T10:00:00Z"));
    expect(await plannedAt(customer)).toEqual(["taken"]);
    await look(customer, ends("2027-01-20T10:00:00Z"));
    expect(await plannedAt(customer)).toEqual(["2027-01-18T10:00:00.000Z"]);
  });

  it("comes again each year where the rule says so", async () => {
    await scene.save([{ on: { date: "created_at", yearly: true }, steps: [{ tag: "Anniversary" }] }]);
    const customer = mint("cus");
    const since = { createdS: at("2024-12-01T12:00:00Z") };
    await look(customer, since);
    expect(await plannedAt(customer)).toEqual(["2026-12-01T12:00:00.000Z"]);

    scene.pass(20 * 86_400);
    await look(customer, since);
    expect(await plannedAt(customer)).toEqual(["2026-12-01T12:00:00.000Z"]);
    await scene.database.pool.query("update rule_dates set fired = true where customer_id = $1", [customer]);
    await look(customer, since);
    expect(await plannedAt(customer)).toEqual(["2027-12-01T12:00:00.000Z"]);
  });
});

describe("somebody who follows another customer", () => {
  it("has no dates of their own any more", async () => {
    await scene.save([{ on: { date: "created_at", after: "400 weeks" }, steps: [{ tag: "Old" }] }]);
    const customerId = mint("cus");
    await look(customerId, { createdS: scene.nowS });
    const text = "select 1 from rule_dates where customer_id = $1";
    expect((await scene.database.pool.query(text, [customerId])).rowCount).toBe(1);

    const note = nothingToWatch(scene.book.current, { account: "main", customerId }, scene.nowS);
    if (note) await transaction(scene.database.pool, (tx) => recordWatches(tx, [note]));
    expect((await scene.database.pool.query(text, [customerId])).rowCount).toBe(0);
  });
});
