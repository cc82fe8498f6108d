/** Right before an effect of a rule leaves: what is not wanted any more is withdrawn, and what is not wanted now is held. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy, mint } from "../../test/support/builders.ts";
import { link } from "../../test/support/effect-cast.ts";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { at } from "../../test/support/rules.ts";
import { effectId } from "../effects/entry.ts";
import { claimEffects, planEffects, releaseEffects, replayEffect } from "../effects/store.ts";
import type { ClaimedEffect } from "../effects/turn.ts";
import { resumeRule, stopRule } from "../rules/store.ts";
import { keepSignals } from "../signals/store.ts";
import { objectionTo, type Objection } from "./rule-departure.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterAll(() => scene.close());

const owing = { while: "profile.delinquent" };
const email = { message: { channel: "email", text: "hello" } };
const failed = { kind: "moment", name: "payment_failed", facts: {} } as const;

/** The effect that stands first in the ledger for somebody, as a worker holds it. */
async function leaving(customerId: string): Promise<ClaimedEffect> {
  const { pool } = scene.database;
  const claim = { limit: 500, worker: "w1", leaseMs: 10_000, lanes: { from: 0, to: 2 } };
  const all = await claimEffects(pool, claim);
  await releaseEffects(pool, "w1");
  const effect = all.find((one) => one.customerId === customerId);
  if (!effect) throw new Error(`The ledger has nothing for ${customerId}.`);
  return effect;
}

function objection(effect: ClaimedEffect): Promise<Objection | null> {
  return objectionTo({ ground: scene.ground, book: scene.book, nowMs: scene.nowMs }, effect);
}

async function owes(customerId: string, delinquent: boolean): Promise<void> {
  await scene.store(aCopy("customer", { delinquent }, { id: customerId, customerId }));
}

describe("an effect of a rule", () => {
  it("leaves while its reason holds, and not once it is gone", async () => {
    await scene.save([{ ...owing, steps: [message] }]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    const effect = await leaving(customer);
    expect(await objection(effect)).toBeNull();

    await owes(customer, false);
    expect(await objection(effect)).toEqual({ withdraw: "Its reason does not hold any more." });
  });

  it("of every kind does not leave once its reason is gone, but what is taken off does", async () => {
    await scene.save([{ ...owing, steps: [{ tag: "Due" }, { note: { text: "hello" } }] }]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    const tag = await leaving(customer);
    await scene.effectsEnd(customer);
    const note = await leaving(customer);
    await owes(customer, false);
    expect(await objection(tag)).toHaveProperty("withdraw");
    expect(await objection(note)).toHaveProperty("withdraw");

    await scene.effectsEnd(customer);
    const untag = await leaving(customer);
    expect(untag.effect.kind).toBe("untag");
    expect(await objection(untag)).toBeNull();
  });

  it("waits while it is not known whether its reason holds", async () => {
    await scene.save([{ while: 'profile.metadata.tier == "gold"', steps: [message] }]);
    const customer = await scene.customer({ metadata: { tier: "gold" } });
    await scene.trigger(customer);
    const effect = await leaving(customer);
    await scene.store(aCopy("customer", { metadata: {} }, { id: customer, customerId: customer }));

    expect(await objection(effect)).toEqual({
      holdUntilS: expect.any(Number),
      why: "It is not known whether its reason still holds.",
    });
  });

  it("does not leave once its run has ended, or its rule stands still", async () => {
    await scene.save([{ steps: [message] }]);
    const customer = await scene.customer();
    const [run] = await scene.trigger(customer);
    const effect = await leaving(customer);
    const { pool } = scene.database;
    await stopRule(pool, { rule: "one", by: "person", reason: "A typing error." });
    await scene.book.reload();
    expect(await objection(effect)).toEqual({ withdraw: "Its rule stands still." });
    await resumeRule(pool, "one", 0);
    await scene.book.reload();
    expect(await objection(effect)).toBeNull();

    await pool.query("update rule_runs set state = 'ended', ended_how = 'cancelled' where id = $1", [run?.id]);
    expect(await objection(effect)).toEqual({ withdraw: "Its run has ended." });
  });

  it("leaves when a person replays it after its run has come to its end, as long as its reason holds", async () => {
    await scene.save([{ ...owing, whenOver: "keep", steps: [message] }]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);
    await scene.effectsEnd(customer, "failed");
    expect(await scene.standings(customer)).toEqual(["finished"]);
    const { pool } = scene.database;
    const { rows } = await pool.query<{ id: number }>("select id from effects where customer_id = $1", [customer]);
    await replayEffect(pool, effectId(rows[0]?.id ?? 0));
    const effect = await leaving(customer);
    expect(await objection(effect)).toBeNull();

    await owes(customer, false);
    expect(await objection(effect)).toEqual({ withdraw: "Its reason does not hold any more." });
  });

  it.each(["paused", "draft"])("does not leave once its rule is %s", async (mode) => {
    await scene.save([{ steps: [message] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    const effect = await leaving(customer);
    await scene.save([{ mode, steps: [message] }]);

    expect(await objection(effect)).toHaveProperty("withdraw");
  });

  it("by e-mail does not leave once its reader has unsubscribed", async () => {
    await scene.save([{ steps: [email] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    const effect = await leaving(customer);
    expect(await objection(effect)).toBeNull();

    const contactId = mint("contact");
    await link(scene.database.pool, customer, contactId);
    const signal = { id: "n1", kind: "unsubscribed", conversationId: null, tag: null, atS: 1 } as const;
    await keepSignals(scene.database.pool, [{ ...signal, contactId, source: "notification" }]);
    expect(await objection(effect)).toEqual({ withdraw: "The customer has unsubscribed from e-mails." });
  });

  it("that is a message waits for the morning, and nothing else does", async () => {
    const quietHours = { from: "20:00", to: "08:00" };
    await scene.save([{ quietHours, steps: [{ note: { text: "hello" } }, message] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);
    const note = await leaving(customer);
    await scene.effectsEnd(customer);
    const said = await leaving(customer);
    expect(await objection(said)).toBeNull();

    scene.pass(12 * 3600);
    expect(await objection(note)).toBeNull();
    expect(await objection(said)).toEqual({
      holdUntilS: at("2026-11-03T07:00:00Z"),
      why: "It is in the customer's quiet hours.",
    });
  });

  it("that nobody's rule has planned is nobody's business here", async () => {
    const customerId = await scene.customer();
    const effect = { kind: "note", text: "By hand." } as const;
    await planEffects(scene.database.pool, [{ account: "main", customerId, key: mint("k"), lane: "calm", effect }]);

    expect(await objection(await leaving(customerId))).toBeNull();
  });
});

describe("a message about an invoice", () => {
  async function dunned(): Promise<{ readonly effect: ClaimedEffect; readonly customer: string; readonly id: string }> {
    await scene.save([{ dunning: true, on: { moment: "payment_failed" }, steps: [message] }], {
      dunning: { stripeEmails: false },
    });
    const id = mint("in");
    const customer = await scene.customer({}, (customerId) => [aCopy("invoice", {}, { id, customerId })]);
    await scene.trigger(customer, { ...failed, objectId: id });
    scene.pass(61);
    await scene.settle();
    return { effect: await leaving(customer), customer, id };
  }

  it("leaves while it is open, and not once it is paid, however long ago", async () => {
    const { effect, customer, id } = await dunned();
    expect(await objection(effect)).toBeNull();
    const paid = { status: "paid", amountPaidMinor: 1000, amountRemainingMinor: 0 } as const;
    await scene.store(aCopy("invoice", paid, { id, customerId: customer }));

    expect(await objection(effect)).toEqual({ withdraw: "The invoice is paid." });
  });

  it("does not leave once the payment is disputed", async () => {
    const { effect, customer } = await dunned();
    await scene.store(aCopy("dispute", {}, { id: mint("dp"), customerId: customer }));

    expect(await objection(effect)).toEqual({ withdraw: "The payment is disputed." });
  });
});
