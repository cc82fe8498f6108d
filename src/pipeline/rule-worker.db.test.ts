/** A person's turn: what is judged, what goes on, what waits, and what ends. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy, mint } from "../../test/support/builders.ts";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene, type RuleParts } from "../../test/support/rule-scene.ts";
import { dayS } from "../lib/day.ts";
import { resumeRule, stopRule } from "../rules/store.ts";
import { saveDates } from "../watches/store.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterAll(() => scene.close());

const hourS = 3600;
const tagged = { tag: "Billing-Issue" };
const noted = { note: { text: "hello" } };
const vip = { set: { attribute: "vip_status", type: "boolean", value: true } };
const owing = { while: "profile.delinquent" };
const failed = { kind: "moment", name: "payment_failed", objectId: "ch_1", facts: {} } as const;

/** Stripe's flag that something is owed changes. */
async function owes(customerId: string, delinquent: boolean): Promise<void> {
  await scene.store(aCopy("customer", { delinquent }, { id: customerId, customerId }));
}

/** Time goes by, and what is due then is done. */
async function pass(seconds: number): Promise<void> {
  scene.pass(seconds);
  await scene.settle();
}

describe("a reason to look at a customer", () => {
  it("begins a run, and its first act is planned in the same commit", async () => {
    await scene.save([{ steps: [tagged, message] }]);
    const customer = await scene.customer();
    const [run] = await scene.trigger(customer);

    expect(run).toMatchObject({ state: "running", arm: "treated", mode: "live" });
    expect(await scene.effects(customer)).toMatchObject([
      { key: `rule:${run?.id}:0`, state: "planned", effect: { kind: "tag", tag: "Billing-Issue" } },
    ]);
  });

  it("is declined with what speaks against it", async () => {
    await scene.save([{ if: "profile.delinquent", steps: [tagged] }]);
    const customer = await scene.customer();

    expect(await scene.trigger(customer)).toMatchObject([
      { state: "ended", endedHow: "declined", endedWhy: "Its condition “if” is not true." },
    ]);
    expect(await scene.effects(customer)).toEqual([]);
  });

  it("has a minute for its reason to come, since Stripe's events come in any order", async () => {
    await scene.save([{ on: { moment: "payment_failed" }, ...owing, steps: [tagged] }]);
    const [soon, never] = [await scene.customer(), await scene.customer()];
    await scene.trigger(soon, failed);
    await scene.trigger(never, failed);
    await scene.store(aCopy("customer", { delinquent: true }, { id: soon, customerId: soon, asOfS: 2_000_000_000 }));
    await scene.lookAt({ account: "main", customerId: soon });
    expect([await scene.standings(soon), await scene.standings(never)]).toEqual([["running"], ["matched"]]);

    await pass(60);
    expect([await scene.standings(soon), await scene.standings(never)]).toEqual([["running"], ["declined"]]);
  });

  it("is told the facts of what happened", async () => {
    await scene.save([{ on: { moment: "payment_failed" }, if: "moment.amount > 40.0", steps: [tagged] }]);
    const customer = await scene.customer();
    await scene.trigger(customer, { ...failed, facts: { amount: 12, currency: "EUR" } });
    await scene.trigger(customer, { ...failed, facts: { amount: 49, currency: "EUR" } });

    expect(await scene.standings(customer)).toEqual(["declined", "running"]);
  });

  it("about somebody of an account that is not connected waits until it is", async () => {
    await scene.save([{ steps: [tagged] }]);
    const customer = mint("cus");
    await scene.match(customer, { account: "gone" });
    await scene.settle();

    expect(await scene.standings(customer)).toEqual(["matched"]);
  });
});

describe("a run", () => {
  it("goes on with the outcome of each act, whatever it is", async () => {
    await scene.save([{ steps: [tagged, noted, message, vip] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await scene.effectsEnd(customer, "confirmed");
    await scene.effectsEnd(customer, "failed");
    await scene.effectsEnd(customer, "withdrawn");

    expect(await scene.kinds(customer)).toEqual(["tag", "note", "message"]);
    expect((await scene.steps(customer)).map(({ kind, result }) => [kind, result])).toEqual([
      ["tag", "done"],
      ["note", "failed"],
      ["message", "skipped"],
      ["set", "done"],
    ]);
    expect(await scene.standings(customer)).toEqual(["finished"]);
    expect(await scene.attributes(customer)).toEqual({ vip_status: true });
  });

  it("waits for as long as it is told to", async () => {
    await scene.save([{ steps: [{ wait: { for: "2 days" } }, tagged] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await pass(2 * dayS - 1);
    expect(await scene.effects(customer)).toEqual([]);
    await pass(1);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
  });

  it("is over once its reason is gone, and takes back what it has set, also long after its last step", async () => {
    await scene.save([{ ...owing, steps: [tagged, vip] }]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    await scene.effectsEnd(customer);
    await pass(40 * dayS);
    expect(await scene.standings(customer)).toEqual(["running"]);

    await owes(customer, false);
    await scene.lookAt({ account: "main", customerId: customer });
    expect(await scene.runs(customer)).toMatchObject([
      { endedHow: "over", endedWhy: "Its reason is not true any more." },
    ]);
    expect(await scene.kinds(customer)).toEqual(["tag", "untag"]);
    expect(await scene.attributes(customer)).toEqual({ vip_status: null });
  });

  it("goes on in the version that it began with", async () => {
    const steps = (tag: string): RuleParts => ({ steps: [{ wait: { for: "1 day" } }, { tag }] });
    await scene.save([steps("old")]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await scene.save([steps("new")]);
    await pass(dayS);

    expect((await scene.effects(customer)).map(({ effect }) => effect["tag"])).toEqual(["old"]);
  });

  it("waits while its version cannot be read, and can be cancelled all the same", async () => {
    const { pool } = scene.database;
    await scene.save([{ steps: [{ wait: { for: "1 day" } }, tagged] }]);
    const customer = await scene.customer();
    const [run] = await scene.trigger(customer);
    await scene.save([{ steps: [{ wait: { for: "2 days" } }, tagged] }]);
    await pool.query(`update documents set body = '{"version":1,"rules":[{}]}' where version = $1`, [run?.version]);
    await pass(dayS);
    expect(await scene.standings(customer)).toEqual(["running"]);
    expect(scene.book.current.rules.version).toBe((run?.version ?? 0) + 1);

    await pool.query("update rule_runs set cancel_why = 'Enough.' where id = $1", [run?.id]);
    await pass(hourS);
    expect(await scene.runs(customer)).toMatchObject([{ endedHow: "cancelled", endedWhy: "Enough." }]);
    expect(await scene.effects(customer)).toEqual([]);
  });

  it("does not stand still over a text that cannot be written", async () => {
    const lacking = { en: { body: "{{ profile.card_brand }}" } };
    await scene.save([{ steps: [{ message: { channel: "chat", text: "lacking" } }, tagged] }], {
      texts: { lacking },
    });
    const customer = await scene.customer();
    await scene.trigger(customer);

    expect(await scene.kinds(customer)).toEqual(["tag"]);
    expect(await scene.steps(customer)).toMatchObject([
      { kind: "message", result: "failed", detail: "Not known: profile.card_brand." },
    ]);
  });
});

describe("a rule that does not go on", () => {
  const waiting: RuleParts = { ...owing, steps: [tagged, vip, { wait: { for: "1 day" } }, noted] };

  it("holds them while a person has stopped it", async () => {
    const { pool } = scene.database;
    await scene.save([waiting]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    await scene.effectsEnd(customer);
    expect(await stopRule(pool, { rule: "one", by: "person", reason: "A typing error." })).toBe(true);
    await scene.book.reload();
    await pass(dayS);
    await scene.trigger(customer);
    expect(await scene.standings(customer)).toEqual(["running", "matched"]);
    expect(await scene.kinds(customer)).toEqual(["tag"]);

    expect(await resumeRule(pool, "one", 0)).toBe(true);
    await scene.book.reload();
    await scene.settle();
    expect(new Set(await scene.kinds(customer))).toEqual(new Set(["note", "tag"]));
  });

  it("that went to shadow meanwhile acts for nobody, also not for reasons that came before", async () => {
    const { pool } = scene.database;
    const weekly = { oncePer: "1 week", steps: [tagged, vip] };
    await scene.save([weekly]);
    await stopRule(pool, { rule: "one", by: "person", reason: "A typing error." });
    await scene.book.reload();
    const customer = await scene.customer();
    await scene.match(customer);
    await scene.trigger(customer);
    await scene.save([{ ...weekly, mode: "shadow" }]);
    await resumeRule(pool, "one", scene.nowS);
    await scene.book.reload();
    await scene.settle();

    expect(await scene.runs(customer)).toMatchObject([
      { mode: "shadow", endedHow: "finished" },
      { endedHow: "declined" },
    ]);
    expect(await scene.effects(customer)).toEqual([]);
    expect(await scene.attributes(customer)).toEqual({});
  });

  it("holds its runs while it is paused, and lets them go on at once when it is live again", async () => {
    await scene.save([waiting]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    await scene.effectsEnd(customer);
    await scene.save([{ ...waiting, mode: "paused" }]);
    await pass(dayS);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
    await scene.save([waiting]);
    scene.worker.wake();

    await expect.poll(() => scene.kinds(customer)).toEqual(["tag", "note"]);
  });

  it("has them cancelled when it is gone, and what they have set is taken back", async () => {
    await scene.save([waiting]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    await scene.effectsEnd(customer);
    await scene.save([{ name: "other", steps: [noted] }]);
    await pass(dayS);

    expect(await scene.standings(customer)).toEqual(["cancelled"]);
    expect(await scene.kinds(customer)).toEqual(["tag", "untag"]);
    expect(await scene.attributes(customer)).toEqual({ vip_status: null });
  });

  it("stops itself before it touches more people than it may, and lets the others wait", async () => {
    await scene.save([{ name: "wild", steps: [vip] }], { breaker: { share: 10, atLeast: 2 } });
    const customers = await Promise.all([scene.customer(), scene.customer(), scene.customer()]);
    for (const customer of customers) await scene.trigger(customer, {}, "wild");

    const all = await Promise.all(customers.map((customer) => scene.standings(customer)));
    expect(all.flat()).toEqual(["finished", "finished", "matched"]);
    expect(scene.book.current.stops.get("wild")).toMatchObject({ by: "breaker" });
    expect(scene.logged().some(({ level, msg }) => level === "error" && msg?.includes("stopped itself"))).toBe(true);

    await pass(hourS + 1);
    await resumeRule(scene.database.pool, "wild", 0);
    await scene.book.reload();
    await scene.settle();
    expect(await scene.standings(customers[2] ?? "")).toEqual(["finished"]);
  });
});

describe("a date that has come", () => {
  it("begins a run, once, of a rule that goes by it", async () => {
    await scene.save([{ on: { date: "trial_end", before: "1 day" }, steps: [tagged] }]);
    const customer = await scene.customer();
    const fireAtS = scene.nowS + hourS;
    const watch = { account: "main", customerId: customer, rule: "one", fireKey: "trial_end 1", fireAtS, fired: false };
    await saveDates(scene.database.pool, [watch]);
    await scene.settle();
    expect(await scene.runs(customer)).toEqual([]);

    scene.pass(hourS);
    scene.worker.wake();
    await expect.poll(() => scene.standings(customer)).toEqual(["running"]);
    await scene.settle();
    expect(await scene.kinds(customer)).toEqual(["tag"]);
    const { rows } = await scene.database.pool.query("select lane from sync_jobs where customer_id = $1", [customer]);
    expect(rows).toHaveLength(1);
  });
});
