/** Runs, and whose turn it is: each reason once, nothing lost between two looks. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { ada, aMatch, aStep, bob, emptyRuns, type MatchParts } from "../../test/support/rule-rows.ts";
import { aTrigger, fresh, mondayS } from "../../test/support/rules.ts";
import { transaction } from "../db/transaction.ts";
import {
  changeRuns,
  claimTurns,
  countTouched,
  endTurn,
  findLastStarted,
  findRun,
  insertMatches,
  isOnceKeyTaken,
  listOpenRuns,
  postponeTurn,
  releaseTurns,
  renewTurns,
  resumeRule,
  saveSteps,
  stopRule,
  wakeTurns,
  type RunChange,
  type Turn,
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

/** Answers how many are new. */
function match(...parts: readonly MatchParts[]): Promise<number> {
  return insertMatches(database.pool, parts.map(aMatch));
}

/** One after the other, so that their ids count in this order. */
async function enter(...parts: readonly MatchParts[]): Promise<void> {
  for (const one of parts) await match(one);
}

let claims = 0;

function claim(worker = "w1", atS = nowS, leaseMs = 10_000): Promise<readonly Turn[]> {
  return claimTurns(database.pool, { limit: 10, worker, number: (claims += 1), leaseMs, nowS: atS });
}

async function claimOne(worker = "w1", atS = nowS): Promise<Turn> {
  const [turn, ...others] = await claim(worker, atS);
  if (!turn || others.length > 0) throw new Error("One turn was to be had.");
  return turn;
}

function change(id: number, parts: Partial<RunChange> = {}): Promise<void> {
  return changeRuns(database.pool, [{ id, state: "running", run: fresh, wakeAtS: nowS, ...parts }]);
}

describe("a reason", () => {
  it("is entered once for ever, for its rule and customer", async () => {
    expect(await match({}, { key: "k2" }, { rule: "two" }, bob)).toBe(4);
    expect(await match({}, { version: 2 }, { key: "k3" })).toBe(1);
    const ids = (await listOpenRuns(database.pool, ada)).map(({ id }) => id);
    await change(ids[0] ?? 0, { state: "ended", endedHow: "finished" });
    expect(await match({})).toBe(0);
  });

  it("is kept as it was, and is not judged yet", async () => {
    await match({});

    expect(await listOpenRuns(database.pool, ada)).toEqual([
      {
        ...ada,
        id: 1,
        rule: "one",
        version: 1,
        mode: "live",
        trigger: aTrigger({ key: "k1" }),
        state: null,
        invoiceId: null,
        wakeAtS: 0,
        cancelWhy: null,
        approval: "none",
        draft: null,
      },
    ]);
  });

  it("is lost with what it follows from", async () => {
    const attempt = transaction(database.pool, async (tx) => {
      await insertMatches(tx, [aMatch()]);
      throw new Error("What it follows from was not stored.");
    });

    await expect(attempt).rejects.toThrow("not stored");
    expect(await claim()).toEqual([]);
  });

  it("is entered by several at once without waiting in a circle", async () => {
    const people = Array.from({ length: 20 }, (_, index) => ({ customerId: `cus_${index}` }));
    const added = await Promise.all([
      match(...people),
      match(...people.toReversed()),
      match(...people.map((one) => ({ ...one, key: "k2" }))),
    ]);

    expect(added.reduce((sum, one) => sum + one, 0)).toBe(40);
  });
});

describe("a turn", () => {
  it("is one worker's while its lease lasts", async () => {
    await match({}, bob);
    expect(await claim("w1")).toHaveLength(2);
    expect(await claim("w2")).toEqual([]);
    await database.pool.query(
      "update rule_turns set leased_until = now() - interval '1 s' where customer_id = 'cus_ada'",
    );

    expect(await claim("w2")).toMatchObject([{ ...ada, attempt: 2 }]);
  });

  it("is renewed for who holds it, and told from what was lost", async () => {
    await match({}, bob);
    await claim("w1");
    await database.pool.query("update rule_turns set leased_by = 'w2' where customer_id = 'cus_bob'");
    const keys = ["main cus_ada", "main cus_bob"];

    expect(await renewTurns(database.pool, { worker: "w1", leaseMs: 10_000, keys })).toEqual(["main cus_ada"]);
    await releaseTurns(database.pool, "w1");
    expect(await claim("w3")).toMatchObject([ada]);
  });

  it("comes when it is due, the longest due first", async () => {
    await match({}, bob);
    const held = await claim();
    const wakes = new Map([
      ["cus_ada", nowS + 20],
      ["cus_bob", nowS + 10],
    ]);
    for (const turn of held) await endTurn(database.pool, turn, wakes.get(turn.customerId) ?? null);

    expect(await claim("w1", nowS + 9)).toEqual([]);
    const claimed = { limit: 1, worker: "w1", number: (claims += 1), leaseMs: 1, nowS: nowS + 30 };
    const [first] = await claimTurns(database.pool, claimed);
    expect(first).toMatchObject(bob);
  });

  it("is forgotten when nothing is open", async () => {
    await match({});
    expect(await endTurn(database.pool, await claimOne(), null)).toBe(true);

    expect((await database.pool.query("select 1 from rule_turns")).rowCount).toBe(0);
    expect(await wakeTurns(database.pool, [ada])).toBe(0);
  });

  it.each([null, nowS + 1000])("comes again at once when another reason came during it (until %s)", async (wakeAtS) => {
    await match({});
    const turn = await claimOne();
    await match({ key: "k2" });
    expect(await claim("w2")).toEqual([]);

    expect(await endTurn(database.pool, turn, wakeAtS)).toBe(true);
    expect(await claim("w2")).toMatchObject([{ ...ada, attempt: 1 }]);
  });

  it("that was lost does not end", async () => {
    await match({});
    const turn = await claimOne();
    await database.pool.query("update rule_turns set leased_by = 'w2'");

    for (const wakeAtS of [null, nowS]) expect(await endTurn(database.pool, turn, wakeAtS)).toBe(false);
    await postponeTurn(database.pool, turn, { atS: nowS + 99, soonS: nowS });
    expect((await database.pool.query("select 1 from rule_turns where leased_by = 'w2'")).rowCount).toBe(1);
  });

  it("that was lost does not end either when the same worker holds the next one", async () => {
    await match({});
    const before = await claimOne();
    await database.pool.query("update rule_turns set leased_by = null, leased_until = null");
    const next = await claimOne();

    expect(await endTurn(database.pool, before, null)).toBe(false);
    expect(await endTurn(database.pool, next, null)).toBe(true);
  });

  it("that failed comes later, or soon when another reason came meanwhile", async () => {
    const late = { atS: nowS + 3600, soonS: nowS + 1 };
    await match({});
    await postponeTurn(database.pool, await claimOne(), late);
    expect(await claim("w1", nowS + 3599)).toEqual([]);
    const turn = await claimOne("w1", nowS + 3600);
    expect(turn.attempt).toBe(2);

    await match({ key: "k2" });
    await postponeTurn(database.pool, turn, late);
    expect(await claim("w1", nowS)).toEqual([]);
    expect(await claim("w1", nowS + 1)).toHaveLength(1);
  });
});

describe("a run", () => {
  it("changes only in what is named", async () => {
    await match({});
    const began = { onceKey: "object ch_1", arm: "treated", invoiceId: "in_1", startedS: nowS };
    await change(1, began);
    await change(1, { run: { ...fresh, at: 3 }, wakeAtS: nowS + 5, approval: "wanted", draft: "Hi" });

    expect(await findRun(database.pool, 1)).toMatchObject({
      state: { at: 3 },
      invoiceId: "in_1",
      wakeAtS: nowS + 5,
      approval: "wanted",
      draft: "Hi",
      endedHow: null,
    });
    expect(await isOnceKeyTaken(database.pool, [ada], { rule: "one", onceKey: "object ch_1" })).toBe(true);
    expect(await isOnceKeyTaken(database.pool, [bob], { rule: "one", onceKey: "object ch_1" })).toBe(false);
    expect(await findLastStarted(database.pool, [ada], { rule: "one", mode: "live" })).toBe(nowS);
    expect(await findLastStarted(database.pool, [ada], { rule: "one", mode: "shadow" })).toBeNull();
  });

  it("that has ended stays so", async () => {
    await match({});
    await change(1, { state: "ended", endedHow: "cancelled", endedWhy: "Enough.", endedS: nowS });
    await change(1, { wakeAtS: nowS + 5 });

    expect(await findRun(database.pool, 1)).toMatchObject({ endedHow: "cancelled" });
    expect(await listOpenRuns(database.pool, ada)).toEqual([]);
  });

  it("has one result for each of its instructions, the latest", async () => {
    await match({});
    await saveSteps(database.pool, [aStep(1, { result: "waits", detail: "It is night." })]);
    await saveSteps(database.pool, [aStep(1, { result: "waits" }), aStep(1, { atS: nowS + 9 }), aStep(1, { at: 1 })]);

    const { rows } = await database.pool.query("select at, result, detail, at_s from rule_steps order by at");
    expect(rows).toEqual([
      { at: 0, result: "done", detail: null, at_s: nowS + 9 },
      { at: 1, result: "done", detail: null, at_s: nowS },
    ]);
  });
});

describe("a rule that stands still", () => {
  it("keeps its first reason, and its runs are looked at when it goes on", async () => {
    await match({});
    await endTurn(database.pool, await claimOne(), nowS + 9999);
    expect(await stopRule(database.pool, { rule: "one", by: "breaker", reason: "Too many." })).toBe(true);
    expect(await stopRule(database.pool, { rule: "one", by: "person", reason: "Oh." })).toBe(false);
    expect(await claim()).toEqual([]);

    expect(await resumeRule(database.pool, "one", nowS)).toBe(true);
    expect(await resumeRule(database.pool, "one", nowS)).toBe(false);
    expect(await claim()).toMatchObject([ada]);
  });

  it("is told by how many it has begun to touch", async () => {
    await enter({}, { key: "k2" }, bob, { key: "k3", rule: "two" }, { ...bob, key: "k4" });
    const began = { arm: "treated", startedS: nowS };
    await change(1, began);
    await change(2, began);
    await change(3, { ...began, startedS: nowS - 3601 });
    await change(4, began);
    await change(5, { ...began, arm: "holdout" });

    expect(await countTouched(database.pool, "one", nowS - 3600)).toBe(1);
    expect(await countTouched(database.pool, "one", 0)).toBe(2);
  });
});
