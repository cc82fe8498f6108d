/** Whom rules act for, what they act once for, and what several of them owe to one person. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import { link } from "../../test/support/effect-cast.ts";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { dayS } from "../lib/day.ts";
import { assign } from "../rules/holdout.ts";
import type { RuleTrigger } from "../../contract/rule.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterAll(() => scene.close());

const tagged = { tag: "Billing-Issue" };
const noted = { note: { text: "hello" } };
const vip = { set: { attribute: "vip_status", type: "boolean", value: true } };
const anything: RuleTrigger = { manual: true };
const failed = { kind: "moment", name: "payment_failed", objectId: "ch_1", facts: {} } as const;
const onFailure = { on: { moment: "payment_failed" } };

/** Time goes by, and what is due then is done. */
async function pass(seconds: number): Promise<void> {
  scene.pass(seconds);
  await scene.settle();
}

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

    expect(await scene.runs(follower)).toEqual([]);
    expect(await scene.runs(leader)).toMatchObject([
      { state: "running" },
      { endedHow: "cancelled", endedWhy: "The same person is looked at already." },
      { state: "running" },
    ]);
    expect(await scene.kinds(leader)).toEqual(["tag", "tag"]);
    expect(await scene.effects(follower)).toEqual([]);
  });
});
