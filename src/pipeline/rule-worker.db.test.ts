/** A person's turn: what is judged, what goes on, and what all runs of a person owe to each other. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy, mint } from "../../test/support/builders.ts";
import { link } from "../../test/support/effect-cast.ts";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene, type RuleParts } from "../../test/support/rule-scene.ts";
import { dayS } from "../lib/day.ts";
import { assign } from "../rules/holdout.ts";
import type { RuleTrigger } from "../../contract/rule.ts";
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
const anything: RuleTrigger = { manual: true };
const failed = { kind: "moment", name: "payment_failed", objectId: "ch_1", facts: {} } as const;
const onFailure = { on: { moment: "payment_failed" } };

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

  it("is told the facts of what happened", async () => {
    await scene.save([{ on: { moment: "payment_failed" }, if: "moment.amount > 40.0", steps: [tagged] }]);
    const customer = await scene.customer();
    await scene.trigger(customer, { ...failed, facts: { amount: 12, currency: "EUR" } });
    await scene.trigger(customer, { ...failed, facts: { amount: 49, currency: "EUR" } });

    expect(await scene.standings(customer)).toEqual(["declined", "running"]);
  });

  it("about somebody of an account that is not connected any more ends", async () => {
    await scene.save([{ steps: [tagged] }]);
    const customer = mint("cus");
    await scene.match(customer, {}, "one", "gone");
    await scene.settle();

    expect(await scene.standings(customer)).toEqual(["cancelled"]);
    expect(await scene.effects(customer)).toEqual([]);
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
    await scene.worker.effectEnded({ account: "main", customerId: customer });
    await scene.settle();
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

  it("is cancelled when its version cannot be read any more", async () => {
    await scene.save([{ steps: [{ wait: { for: "1 day" } }, tagged] }]);
    const customer = await scene.customer();
    const [run] = await scene.trigger(customer);
    await scene.save([{ steps: [{ wait: { for: "2 days" } }, tagged] }]);
    await scene.database.pool.query(`update documents set body = '{"version":1,"rules":[{}]}' where version = $1`, [
      run?.version,
    ]);
    await pass(dayS);

    expect(await scene.runs(customer)).toMatchObject([
      { endedHow: "cancelled", endedWhy: "Its rule is not in force any more." },
    ]);
    expect(scene.book.current.rules.version).toBe((run?.version ?? 0) + 1);
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

  it("in shadow writes down what it would have done, and does nothing", async () => {
    await scene.save([{ mode: "shadow", steps: [tagged, message, vip] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);

    expect(await scene.standings(customer)).toEqual(["finished"]);
    expect(await scene.effects(customer)).toEqual([]);
    expect(await scene.attributes(customer)).toEqual({});
    expect(await scene.steps(customer)).toMatchObject([
      { kind: "tag", result: "done", detail: "Billing-Issue" },
      { kind: "message", result: "done", detail: "<p>Hello</p>" },
      { kind: "set", result: "done" },
    ]);
  });
});

describe("for whom a rule acts", () => {
  it("leaves its control group alone, and shows a shared one", async () => {
    await scene.save([{ holdout: { group: "quiet" }, steps: [tagged] }], {
      holdouts: { quiet: { share: 100, attribute: "control_group" } },
    });
    const customer = await scene.customer();

    expect(await scene.trigger(customer)).toMatchObject([{ endedHow: "held_out", arm: "holdout" }]);
    expect(await scene.effects(customer)).toEqual([]);
    expect(await scene.attributes(customer)).toEqual({ control_group: true });
  });

  it("counts somebody of the control group once for each reason", async () => {
    await scene.save([{ holdout: 100, oncePer: "customer", steps: [tagged] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await scene.trigger(customer);

    expect(await scene.standings(customer)).toEqual(["held_out", "declined"]);
  });

  it("acts for a share, and a larger share only adds people", async () => {
    const customers = await Promise.all(Array.from({ length: 12 }, () => scene.customer()));
    const touched = async (share: number): Promise<ReadonlySet<string>> => {
      await scene.save([{ share, steps: [vip] }]);
      await Promise.all(customers.map((customer) => scene.match(customer)));
      await scene.settle();
      const latest = await Promise.all(customers.map(async (one) => (await scene.runs(one)).at(-1)));
      return new Set(latest.flatMap((run) => (run?.arm === "treated" ? [run.customerId] : [])));
    };
    const [some, more] = [await touched(30), await touched(70)];

    const { rules } = scene.book.current.rules;
    const drawn = customers.filter((customerId) =>
      rules.some((rule) => assign(rule, {}, { account: "main", customerId }).arm === "treated"),
    );
    expect([...more].toSorted()).toEqual(drawn.toSorted());
    expect([...some].every((one) => more.has(one))).toBe(true);
    expect(some.size).toBeLessThan(more.size);
  });
});

describe("what a rule happens once for", () => {
  it("is the customer, the object, or whatever it says", async () => {
    await scene.save([
      { name: "ever", oncePer: "customer", steps: [tagged] },
      { name: "each", ...onFailure, steps: [noted] },
    ]);
    const customer = await scene.customer();
    await scene.trigger(customer, {}, "ever");
    await scene.trigger(customer, {}, "ever");
    for (const [key, objectId] of [
      ["a", "ch_1"],
      ["b", "ch_1"],
      ["c", "ch_2"],
    ] as const)
      await scene.trigger(customer, { ...failed, key, objectId }, "each");

    const ended = (await scene.runs(customer)).map(({ rule, endedHow, endedWhy }) => [rule, endedHow, endedWhy]);
    expect(ended).toEqual([
      ["ever", null, null],
      ["ever", "declined", "It has begun for this reason before."],
      ["each", null, null],
      ["each", "declined", "It has begun for this reason before."],
      ["each", null, null],
    ]);
  });

  it("holds for reasons that come together, too", async () => {
    await scene.save([
      { name: "ever", oncePer: "customer", steps: [tagged] },
      { name: "weekly", oncePer: "1 week", steps: [noted] },
    ]);
    const customer = await scene.customer();
    for (const rule of ["ever", "ever", "weekly", "weekly"]) await scene.match(customer, {}, rule);
    await scene.settle();

    expect((await scene.standings(customer)).toSorted()).toEqual(["declined", "declined", "running", "running"]);
    await pass(7 * dayS);
    await scene.trigger(customer, {}, "weekly");
    expect((await scene.runs(customer)).filter(({ onceKey, rule }) => onceKey && rule === "weekly")).toHaveLength(2);
  });

  it("is not used up by what a rule would have done in shadow", async () => {
    await scene.save([{ mode: "shadow", oncePer: "customer", steps: [tagged] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await scene.trigger(customer);
    await scene.save([{ mode: "live", oncePer: "customer", steps: [tagged] }]);
    await scene.trigger(customer);
    await scene.trigger(customer);

    expect(await scene.standings(customer)).toEqual(["finished", "declined", "running", "declined"]);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
  });
});

describe("messages of several rules to one person", () => {
  const capped = { caps: { chat: { messages: 1, per: "1 day" } } };

  it("share one cap, with those that are on their way and those of the same turn", async () => {
    await scene.save(
      [
        { name: "first", priority: 90, steps: [message] },
        { name: "second", steps: [message] },
        { name: "third", steps: [message] },
      ],
      capped,
    );
    const customer = await scene.customer();
    await scene.match(customer, {}, "second");
    await scene.match(customer, {}, "first");
    await scene.settle();
    const sent = async (): Promise<readonly string[]> => {
      const runs = await scene.runs(customer);
      const ids = (await scene.effects(customer)).map(({ key }) => Number(key.split(":")[1]));
      return ids.flatMap((id) => runs.find((run) => run.id === id)?.rule ?? []);
    };
    expect(await sent()).toEqual(["first"]);

    await scene.trigger(customer, {}, "third");
    expect(await sent()).toEqual(["first"]);
    expect((await scene.steps(customer)).map(({ result, detail }) => [result, detail])).toEqual([
      ["waits", "The customer has had enough messages for now."],
      ["waits", "The customer has had enough messages for now."],
    ]);

    await scene.effectsEnd(customer);
    await pass(dayS + 1);
    expect(await sent()).toEqual(["first", "second"]);
    await scene.effectsEnd(customer);
    await pass(dayS + 1);
    expect(await sent()).toEqual(["first", "second", "third"]);
  });

  it("about one invoice come from one rule, that with precedence", async () => {
    await scene.save(
      [
        { name: "low", dunning: true, ...onFailure, steps: [message] },
        { name: "high", dunning: true, priority: 80, ...onFailure, steps: [message] },
      ],
      { dunning: { stripeEmails: false } },
    );
    const invoiceId = "in_precedence";
    const customer = await scene.customer({}, (id) => [aCopy("invoice", {}, { id: invoiceId, customerId: id })]);
    for (const rule of ["low", "high"]) await scene.match(customer, { ...failed, objectId: invoiceId }, rule);
    await scene.settle();
    await pass(61);

    expect(await scene.runs(customer)).toMatchObject([
      { rule: "low", invoiceId, endedHow: "finished" },
      { rule: "high", invoiceId, state: "running" },
    ]);
    expect(await scene.effects(customer)).toHaveLength(1);
    expect((await scene.steps(customer)).find(({ result }) => result === "skipped")?.detail).toBe(
      "The rule “high” speaks about this invoice.",
    );
  });

  it("are not sent once the invoice is paid", async () => {
    await scene.save([{ dunning: true, ...onFailure, steps: [{ wait: { for: "1 day" } }, message] }], {
      dunning: { stripeEmails: false },
    });
    const invoice = { id: "in_paid_meanwhile" };
    const customer = await scene.customer({}, (id) => [aCopy("invoice", {}, { ...invoice, customerId: id })]);
    await scene.trigger(customer, { ...failed, objectId: invoice.id });
    const paid = { status: "paid", amountPaidMinor: 1000, amountRemainingMinor: 0 } as const;
    await scene.store(aCopy("invoice", paid, { ...invoice, customerId: customer }));
    await pass(dayS);

    expect(await scene.effects(customer)).toEqual([]);
    expect(await scene.steps(customer)).toMatchObject([
      { kind: "wait" },
      { result: "skipped", detail: "The invoice is paid." },
    ]);
  });
});

describe("a rule that does not go on", () => {
  const waiting: RuleParts = { ...owing, steps: [tagged, vip, { wait: { for: "1 day" } }, noted] };

  it("holds its runs while it is paused, and lets them go on", async () => {
    await scene.save([waiting]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    await scene.effectsEnd(customer);
    await scene.save([{ ...waiting, mode: "paused" }]);
    await pass(dayS);
    expect(await scene.kinds(customer)).toEqual(["tag"]);

    await scene.save([waiting]);
    await pass(hourS);
    expect(await scene.kinds(customer)).toEqual(["tag", "note"]);
  });

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

    expect(await resumeRule(pool, "one")).toBe(true);
    await scene.book.reload();
    await scene.settle();
    expect((await scene.kinds(customer)).toSorted()).toEqual(["note", "tag", "tag"]);
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
    await resumeRule(scene.database.pool, "wild");
    await scene.book.reload();
    await scene.settle();
    expect(await scene.standings(customers[2] ?? "")).toEqual(["finished"]);
  });
});

describe("runs of somebody who follows another customer", () => {
  it("go on with the leader, but not twice for the same reason", async () => {
    await scene.save([{ ...onFailure, on: anything, steps: [{ wait: { for: "1 day" } }, tagged] }]);
    const [leader, follower] = [await scene.customer(), await scene.customer()];
    await scene.trigger(leader, { key: "same" });
    await scene.trigger(follower, { key: "same" });
    await scene.trigger(follower, { key: "own" });
    await link(scene.database.pool, leader, "64b7f0c2a1d3e4f5a6b7c8d9");
    await scene.database.pool.query(
      `insert into identities (account, customer_id, state, inputs, leader_account, leader_id)
        values ('main', $1, 'linked', '[]', 'main', $2)`,
      [follower, leader],
    );
    await pass(dayS);

    expect(await scene.runs(follower)).toMatchObject([
      { endedHow: "declined", endedWhy: "The same person is looked at already." },
    ]);
    expect(await scene.standings(leader)).toEqual(["running", "running"]);
    expect(await scene.kinds(leader)).toEqual(["tag", "tag"]);
    expect(await scene.effects(follower)).toEqual([]);
  });
});

describe("a draft", () => {
  const drafted = { message: { channel: "chat", text: "hello", draft: { instruction: "Be kind." } } };

  const model = { model: { url: "https://models.example/v1", name: "small" } };

  async function decide(customerId: string, decision: "approved" | "rejected", draft: string | null): Promise<void> {
    await scene.database.pool.query(
      "update rule_runs set approval = $2, draft = coalesce($3, draft) where customer_id = $1 and approval = 'wanted'",
      [customerId, decision, draft],
    );
    await scene.worker.effectEnded({ account: "main", customerId });
    await scene.settle();
  }

  it("waits for a person, and leaves as it was approved", async () => {
    await scene.save([{ steps: [drafted, tagged] }], model);
    const customer = await scene.customer();
    expect(await scene.trigger(customer)).toMatchObject([{ approval: "wanted", draft: "<p>Hello</p>" }]);
    expect(await scene.effects(customer)).toEqual([]);

    await decide(customer, "approved", null);
    expect(await scene.effects(customer)).toMatchObject([{ effect: { kind: "message", text: "<p>Hello</p>" } }]);
  });

  it.each(["approved", "rejected"] as const)("that was %s says nothing about the next one", async (decision) => {
    await scene.save([{ steps: [drafted, drafted, { wait: { for: "1 hour" } }, drafted] }], model);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await decide(customer, decision, null);
    await scene.effectsEnd(customer);
    expect(await scene.runs(customer)).toMatchObject([{ approval: "wanted" }]);
    const sent = decision === "approved" ? 1 : 0;
    expect(await scene.effects(customer)).toHaveLength(sent);

    await decide(customer, decision, null);
    await scene.effectsEnd(customer);
    await pass(hourS);
    expect(await scene.runs(customer)).toMatchObject([{ approval: "wanted" }]);
    expect(await scene.effects(customer)).toHaveLength(2 * sent);
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
