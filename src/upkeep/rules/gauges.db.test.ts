import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { readRuleGauges } from "./gauges.ts";

let database: TestDatabase;
const nowS = 1_790_000_000;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await pool.query(
    `insert into rule_runs (rule, version, mode, account, customer_id, trigger_key, trigger, state, matched_s, approval)
     select 'rule-' || n % 3, 1, 'live', 'main', 'cus_' || n, 'k', '{}', case when n % 10 = 0 then 'matched' when n % 10 < 5 then 'running' else 'ended' end,
       $1, case when n % 10 = 1 then 'wanted' else 'none' end
     from generate_series(1, 300) n`,
    [nowS],
  );
  await pool.query(
    "insert into rule_turns (account, customer_id, wake_at_s) values ('main', 'a', 0), ('main', 'b', $1), ('main', 'c', $2)",
    [nowS - 90, nowS + 90],
  );
  await pool.query("insert into rule_stops (rule, by, reason) values ('rule-1', 'breaker', 'too many')");
});
afterAll(() => database.drop());

describe("what the metrics say about rules", () => {
  it("counts open runs, what is due, drafts and stops", async () => {
    const figures = await readRuleGauges(database.pool, nowS);
    const total = (state: string): number =>
      figures.runs.filter((one) => one.state === state).reduce((sum, { count }) => sum + count, 0);
    expect([total("matched"), total("running"), total("ended")]).toEqual([30, 120, 0]);
    expect(figures.runs.map(({ rule }) => rule)).toContain("rule-2");
    expect(figures).toMatchObject({ due: 2, lagS: 90, approvals: 30, stopped: { person: 0, breaker: 1 } });
  });

  it("says zero where there is nothing", async () => {
    const empty = await createTestDatabase();
    try {
      expect(await readRuleGauges(empty.pool, nowS)).toEqual({
        runs: [],
        due: 0,
        lagS: 0,
        approvals: 0,
        stopped: { person: 0, breaker: 0, restore: 0 },
      });
    } finally {
      await empty.drop();
    }
  });
});
