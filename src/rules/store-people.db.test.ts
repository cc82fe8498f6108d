/** What runs have said to people and set on them, and what becomes of it when one comes to follow another. */
import type { QueryResult } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { ada, aMatch, aStep, bob, emptyRuns, type MatchParts } from "../../test/support/rule-rows.ts";
import { aTrigger, fresh, mondayS } from "../../test/support/rules.ts";
import type { Queryable, Tx } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import {
  changeRuns,
  findRun,
  insertMatches,
  isOnceKeyTaken,
  listOpenRuns,
  listSentMessages,
  listSpeakers,
  moveRuns,
  saveAttributes,
  saveSteps,
  findRuleAttributes,
  type RunChange,
} from "./store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query(emptyRuns);
});
afterAll(() => database.drop());

const nowS = mondayS;

/** Keeps the plan of each statement before it is run. */
function explaining(tx: Tx, plans: string[]): Queryable {
  const query = async (statement: { readonly text: string; readonly values?: unknown[] }): Promise<QueryResult> => {
    const { rows } = await tx.query<Record<string, string>>(`explain ${statement.text}`, statement.values);
    plans.push(...rows.flatMap((row) => Object.values(row)));
    return tx.query(statement.text, statement.values);
  };
  return Object.assign(Object.create(tx), { query });
}

/** Answers how many are new. */
function match(...parts: readonly MatchParts[]): Promise<number> {
  return insertMatches(database.pool, parts.map(aMatch));
}

/** One after the other, so that their ids count in this order. */
async function enter(...parts: readonly MatchParts[]): Promise<void> {
  for (const one of parts) await match(one);
}

function change(id: number, parts: Partial<RunChange> = {}): Promise<void> {
  return changeRuns(database.pool, [{ id, state: "running", run: fresh, wakeAtS: nowS, ...parts }]);
}

describe("attributes", () => {
  const attribute = (value: string | null, runId: number) => ({
    ...ada,
    name: "tier",
    value,
    rule: "one",
    runId,
    setS: nowS,
  });
  const shown = async () => (await findRuleAttributes(database.pool, [ada, bob])).get("main cus_ada");

  it("are what was set last, and taken back only by who set them", async () => {
    await saveAttributes(database.pool, [attribute("gold", 1), attribute("silver", 2)]);
    expect(await shown()).toEqual({ tier: "silver" });
    await saveAttributes(database.pool, [attribute(null, 1)]);
    expect(await shown()).toEqual({ tier: "silver" });
    await saveAttributes(database.pool, [attribute(null, 2)]);
    expect(await shown()).toEqual({ tier: null });
  });
});

describe("whoever comes to follow somebody", () => {
  it("brings along what is open, and a reason that the leader has is taken back", async () => {
    await enter({}, { key: "k2" }, { key: "k3", rule: "two" }, bob, { ...bob, key: "own" });
    await change(4, { onceKey: "object ch_1" });
    await change(2, { onceKey: "object ch_1" });
    await saveSteps(database.pool, [aStep(3)]);
    await transaction(database.pool, (tx) => moveRuns(tx, ada, bob));

    expect(await listOpenRuns(database.pool, ada)).toEqual([]);
    const told = (await listOpenRuns(database.pool, bob)).map(({ id, cancelWhy }) => [id, cancelWhy]);
    const why = "The same person is looked at already.";
    expect(told).toEqual([
      [1, why],
      [2, why],
      [3, null],
      [4, null],
      [5, null],
    ]);
    expect(await isOnceKeyTaken(database.pool, [bob], { rule: "one", onceKey: "object ch_1" })).toBe(true);
    expect(await listSentMessages(database.pool, [bob], 0)).toHaveLength(1);
  });

  it("brings along what has ended, so that it is not begun again", async () => {
    await enter({}, { key: "k2" }, { ...bob, key: "k2" });
    for (const id of [1, 2, 3]) await change(id, { state: "ended", onceKey: `object ${id % 2}`, endedHow: "finished" });
    await transaction(database.pool, (tx) => moveRuns(tx, ada, bob));

    expect(await isOnceKeyTaken(database.pool, [bob], { rule: "one", onceKey: "object 0" })).toBe(false);
    expect(await isOnceKeyTaken(database.pool, [bob], { rule: "one", onceKey: "object 1" })).toBe(true);
    expect(await match(bob, { ...bob, key: "k2" })).toBe(1);
  });

  it("may do so again, with the same reason again", async () => {
    await enter({ ...bob, key: "k2" });
    for (let times = 0; times < 2; times += 1) {
      await enter({ key: "k2" });
      await transaction(database.pool, (tx) => moveRuns(tx, ada, bob));
    }

    expect((await listOpenRuns(database.pool, bob)).map(({ cancelWhy }) => cancelWhy !== null)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("costs what is theirs, however many steps others have taken", async () => {
    await enter({}, { key: "k2" }, bob);
    await database.pool.query(
      `insert into rule_steps (run_id, at, path, kind, result, account, customer_id, at_s)
        select 3, n, 'steps[0]', 'tag', 'done', 'main', 'cus_bob', 1 from generate_series(1, 20000) as n`,
    );
    await saveSteps(database.pool, [aStep(1), aStep(2, { kind: "tag", channel: null })]);
    await database.pool.query("analyze rule_steps");
    const plans: string[] = [];
    await transaction(database.pool, (tx) => moveRuns(explaining(tx, plans), ada, bob));

    expect(plans.join("\n")).not.toContain("Seq Scan on rule_steps");
    const moved = "select 1 from rule_steps where run_id in (1, 2) and customer_id = 'cus_bob'";
    expect((await database.pool.query(moved)).rowCount).toBe(2);
  });

  it("leaves what rules have set to the leader, whose own stays", async () => {
    const attribute = { rule: "one", setS: nowS };
    await saveAttributes(database.pool, [
      { ...attribute, ...ada, name: "tier", value: "gold", runId: 1 },
      { ...attribute, ...ada, name: "vip", value: "yes", runId: 1 },
      { ...attribute, ...bob, name: "tier", value: "silver", runId: 2 },
    ]);
    await transaction(database.pool, (tx) => moveRuns(tx, ada, bob));

    const found = await findRuleAttributes(database.pool, [ada, bob]);
    expect([...found]).toEqual([["main cus_bob", { tier: "silver", vip: "yes" }]]);
  });

  it("is not looked at any more for what the leader's profile says for both", async () => {
    const crossing = { ...aTrigger({ kind: "becomes", key: "b1", name: "becomes" }) };
    await insertMatches(database.pool, [{ ...aMatch(), trigger: crossing }]);
    await transaction(database.pool, (tx) => moveRuns(tx, ada, bob));

    expect(await findRun(database.pool, 1)).toMatchObject({ endedHow: "declined" });
    expect(await listOpenRuns(database.pool, bob)).toEqual([]);
  });
});

describe("messages to a person", () => {
  it("are those that have left, of live rules, since then", async () => {
    await enter({}, { rule: "two", key: "k2" }, { rule: "tried", mode: "shadow", key: "k3" });
    await saveSteps(database.pool, [
      aStep(1),
      aStep(1, { at: 1, channel: "email", atS: nowS - 50 }),
      aStep(1, { at: 2, atS: nowS - 500 }),
      aStep(1, { at: 3, result: "waits" }),
      aStep(1, { at: 4, result: "failed" }),
      aStep(1, { at: 5, kind: "note", channel: null }),
      aStep(2, { atS: nowS - 10 }),
      aStep(3),
    ]);

    expect(await listSentMessages(database.pool, [ada], nowS - 100)).toEqual([
      { channel: "email", atS: nowS - 50, rule: "one" },
      { channel: "chat", atS: nowS - 10, rule: "two" },
      { channel: "chat", atS: nowS, rule: "one" },
    ]);
  });

  it("about an invoice have speakers, who may have spoken and ended", async () => {
    await enter({}, { rule: "two" }, { rule: "held", key: "k2" }, { rule: "tried", mode: "shadow" });
    const began = { invoiceId: "in_1", arm: "treated", startedS: nowS };
    await change(1, began);
    await change(2, { ...began, state: "ended", endedHow: "finished" });
    await change(3, { ...began, arm: "holdout" });
    await change(4, began);
    await saveSteps(database.pool, [aStep(2)]);

    expect((await listSpeakers(database.pool, [ada], ["in_1"])).toSorted((a, b) => a.id - b.id)).toEqual([
      { id: 1, rule: "one", invoiceId: "in_1", startedS: nowS, hasEnded: false, hasSpoken: false },
      { id: 2, rule: "two", invoiceId: "in_1", startedS: nowS, hasEnded: true, hasSpoken: true },
    ]);
    expect(await listSpeakers(database.pool, [ada], ["in_2"])).toEqual([]);
  });
});
