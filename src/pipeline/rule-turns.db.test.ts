/** A turn is committed as a whole and once, whatever happens to its node, and whatever else happens to its customer meanwhile. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../test/support/builders.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { setCrashPointHook, type CrashPoint } from "../lib/crash-point.ts";
import { wakeTurns } from "../rules/store.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterEach(() => setCrashPointHook(undefined));
afterAll(() => scene.close());

/** Does this at the first passing of a place, and answers how often that was passed. */
function at(place: CrashPoint, act: () => Promise<void>): () => number {
  let passed = 0;
  setCrashPointHook(async (point) => {
    if (point !== place) return;
    passed += 1;
    if (passed === 1) await act();
  });
  return () => passed;
}

const breaks = (): Promise<never> => Promise.reject(new Error("The node dies here."));
const steps = [{ set: { attribute: "vip", type: "boolean", value: true } }, { tag: "VIP" }];

describe("a turn", () => {
  it("is never earlier than what it is about, so that a clock that lags behind shortens no wait", async () => {
    await scene.save([{ steps: [{ wait: { for: "2 days" } }, { tag: "VIP" }] }]);
    const customer = await scene.customer();
    const happenedS = scene.nowS + 49 * 3600;
    await scene.trigger(customer, { occurredAtS: happenedS });
    expect(scene.nowS).toBe(happenedS);

    scene.pass(47 * 3600);
    await scene.settle();
    expect(await scene.kinds(customer)).toEqual([]);
    scene.pass(3600);
    await scene.settle();
    expect(await scene.kinds(customer)).toEqual(["tag"]);
  });

  it("that breaks before its commit leaves nothing, and is taken again", async () => {
    await scene.save([{ steps }]);
    const customer = await scene.customer();
    at("after-turn-before-commit", breaks);
    await scene.match(customer);
    await scene.settle();

    expect(await scene.standings(customer)).toEqual(["matched"]);
    expect(await scene.steps(customer)).toEqual([]);
    expect(await scene.effects(customer)).toEqual([]);
    expect(await scene.attributes(customer)).toEqual({});

    scene.pass(3600);
    await scene.settle();
    expect(await scene.standings(customer)).toEqual(["running"]);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
    expect(await scene.attributes(customer)).toEqual({ vip: true });
  });

  it("that breaks behind its commit is not done twice", async () => {
    const customer = await scene.customer();
    at("after-turn-committed", breaks);
    await scene.match(customer);
    await scene.settle();
    await scene.effectsEnd(customer);

    expect(await scene.kinds(customer)).toEqual(["tag"]);
    expect(await scene.standings(customer)).toEqual(["finished"]);
  });

  it("commits nothing when another node has taken over meanwhile", async () => {
    const customer = await scene.customer();
    const { pool } = scene.database;
    const before = scene.turns.length;
    const passed = at("after-turn-before-commit", async () => {
      await pool.query("update rule_turns set leased_by = 'other' where customer_id = $1", [customer]);
    });
    await scene.match(customer);
    scene.worker.wake();
    const theirs = "update rule_turns set leased_by = null, leased_until = null where leased_by = 'other'";
    await until(async () => (await pool.query(theirs)).rowCount === 1);
    await scene.settle();
    expect(passed()).toBe(2);
    expect(scene.turns).toHaveLength(before + 1);
    expect(await scene.standings(customer)).toEqual(["running"]);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
  });

  it("commits nothing of what it knew before it stood still, although its node has taken the next one", async () => {
    const { pool } = scene.database;
    await scene.save([{ while: "profile.delinquent", steps: [...steps.slice(0, 1), { wait: { for: "1 day" } }] }]);
    const customer = await scene.customer({ delinquent: true });
    const passed = at("after-turn-before-commit", async () => {
      // The lease has run out; another node has begun the run, ended it and taken back what it set. Then something is new.
      await pool.query("update rule_runs set state = 'ended', ended_how = 'over' where customer_id = $1", [customer]);
      await pool.query("update rule_turns set leased_by = null, leased_until = null where customer_id = $1", [
        customer,
      ]);
      scene.worker.wake();
      const held = "select 1 from rule_turns where customer_id = $1 and leased_until is not null";
      await until(async () => (await pool.query(held, [customer])).rowCount === 1);
    });
    await scene.match(customer);
    await scene.settle();

    expect(passed()).toBe(2);
    expect(await scene.standings(customer)).toEqual(["over"]);
    expect(await scene.attributes(customer)).toEqual({});
    expect(await scene.steps(customer)).toEqual([]);
    await scene.save([{ steps }]);
  });

  it("is followed by another one at once when a reason came during it", async () => {
    const customer = await scene.customer();
    const passed = at("after-turn-before-commit", () => scene.match(customer));
    await scene.match(customer);
    await scene.settle();

    expect(passed()).toBe(2);
    expect(await scene.standings(customer)).toEqual(["running", "running"]);
    expect(await scene.kinds(customer)).toEqual(["tag", "tag"]);
  });

  it("is followed by another one although the run that it looked at has ended", async () => {
    await scene.save([{ steps: steps.slice(0, 1) }]);
    const customer = await scene.customer();
    at("after-turn-before-commit", () => scene.match(customer));
    await scene.match(customer);
    await scene.settle();

    expect(await scene.standings(customer)).toEqual(["finished", "finished"]);
    const left = await scene.database.pool.query("select 1 from rule_turns where customer_id = $1", [customer]);
    expect(left.rowCount).toBe(0);
  });

  it("that lost a race for what is there once is taken again soon", async () => {
    await scene.save([{ oncePer: "customer", steps }]);
    const [before] = await scene.trigger(await scene.customer());
    const customer = await scene.customer();
    const { pool } = scene.database;
    const theirs = `insert into rule_runs (rule, version, mode, account, customer_id, trigger_key, trigger, state, once_key, matched_s)
      values ('one', 1, 'live', 'main', $1, 'theirs', '{}', 'ended', $2, 1)`;
    at("after-turn-before-commit", async () => void (await pool.query(theirs, [customer, before?.onceKey])));
    await scene.match(customer);
    await scene.settle();
    scene.pass(60);
    await scene.settle();

    expect((await scene.runs(customer)).map(({ endedHow }) => endedHow)).toEqual(["declined", null]);
    expect(await scene.effects(customer)).toEqual([]);
  });

  it("is one worker's, however many there are", async () => {
    await scene.save([{ steps }]);
    const customers = await Promise.all(Array.from({ length: 30 }, () => scene.customer()));
    const others = ["w2", "w3"].map((name) => scene.another(name));
    const before = scene.turns.length;
    await Promise.all(customers.map((customer) => scene.match(customer)));
    for (const { worker } of others) worker.wake();
    await scene.settle();

    const standings = await Promise.all(customers.map((customer) => scene.standings(customer)));
    expect(standings.flat()).toEqual(customers.map(() => "running"));
    const all = [scene.turns.slice(before), ...others.map(({ turns }) => turns)].flat();
    expect(all.flatMap(({ effects }) => effects)).toHaveLength(customers.length);
    expect(all.flatMap(({ runs }) => runs)).toHaveLength(customers.length);
  });

  it("is not begun for who has nothing open", async () => {
    const customer = await scene.customer();

    expect(await wakeTurns(scene.database.pool, [{ account: "main", customerId: customer }])).toBe(0);
  });
});
