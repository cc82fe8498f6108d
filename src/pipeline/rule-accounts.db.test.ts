/** People with customers in several Stripe accounts: their runs when another account leads, or is not connected any more. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy, mint } from "../../test/support/builders.ts";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { listLeadersByContact } from "../contacts/store.ts";
import { claimEffects, releaseEffects } from "../effects/store.ts";
import type { ClaimedEffect } from "../effects/turn.ts";
import { dayS } from "../lib/day.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { wakeTurnOf } from "../rules/store.ts";
import { Contexts } from "./context.ts";
import { leadPerson, leavePerson } from "./people.ts";
import { loadPeople } from "./person.ts";
import { objectionTo, type Objection } from "./rule-departure.ts";
import { beholdCustomer, type RuleGround } from "./run-inputs.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open(["shop"]);
});
afterAll(() => scene.close());

const tagged = { tag: "Billing-Issue" };
const owing = { while: "profile.delinquent", whenOver: "undo" };

/** A person with a customer in both accounts, whom the shop's leads. */
async function both(): Promise<{ readonly shop: CustomerKey; readonly main: CustomerKey }> {
  const shop = { account: "shop", customerId: await scene.customer({ delinquent: true }, undefined, "shop") };
  const main = { account: "main", customerId: await scene.customer() };
  const text = `insert into identities (account, customer_id, state, contact_id, leader_account, leader_id, inputs)
    values ($1, $2, 'linked', $3, $4, $5, '[]')`;
  const { pool } = scene.database;
  await pool.query(text, [shop.account, shop.customerId, mint("contact"), null, null]);
  await pool.query(text, [main.account, main.customerId, null, shop.account, shop.customerId]);
  return { shop, main };
}

/** The main account's customer leads from now on. */
async function takeOver({ shop, main }: { readonly shop: CustomerKey; readonly main: CustomerKey }): Promise<void> {
  await leadPerson(scene.ground.contexts.main, { customer: main, from: shop, lane: "calm" });
}

async function begin({ account, customerId }: CustomerKey, key = mint("k")): Promise<void> {
  await scene.match(customerId, { account, key });
  await scene.settle();
}

/** What is open in the ledger for somebody ends so; nobody tells. */
async function end(customerId: string, state: string, atS = scene.nowS): Promise<void> {
  await scene.database.pool.query(
    `update effects set state = $2, ended_at = to_timestamp($3) where customer_id = $1 and state = 'planned'`,
    [customerId, state, atS],
  );
}

async function pass(seconds: number): Promise<void> {
  scene.pass(seconds);
  await scene.settle();
}

/** What a node sees that has the main account only. */
function withoutShop(): RuleGround {
  return { ...scene.ground, contexts: new Contexts([scene.ground.contexts.main]) };
}

async function leaving(customerId: string): Promise<ClaimedEffect> {
  const { pool } = scene.database;
  const all = await claimEffects(pool, { limit: 500, worker: "w9", leaseMs: 10_000, lanes: { from: 0, to: 2 } });
  await releaseEffects(pool, "w9");
  const effect = all.find((one) => one.customerId === customerId);
  if (!effect) throw new Error(`The ledger has nothing for ${customerId}.`);
  return effect;
}

function objection(effect: ClaimedEffect, ground: RuleGround = scene.ground): Promise<Objection | null> {
  return objectionTo({ ground, book: scene.book, nowMs: scene.nowMs }, effect);
}

describe("a run of somebody whom another account leads from now on", () => {
  it("takes up what became of its effect, and goes on for the new leader", async () => {
    await scene.save([{ steps: [tagged, { note: { text: "hello" } }] }]);
    const person = await both();
    await begin(person.shop);
    await takeOver(person);
    await end(person.shop.customerId, "confirmed");
    await pass(30);

    expect(await scene.kinds(person.shop.customerId)).toEqual(["tag"]);
    expect(await scene.kinds(person.main.customerId)).toEqual(["note"]);
    expect(await scene.standings(person.main.customerId)).toEqual(["running"]);
    expect(await scene.standings(person.shop.customerId)).toEqual([]);
  });

  it("goes on as soon as its effect has ended", async () => {
    await scene.save([{ steps: [tagged, { note: { text: "hello" } }] }]);
    const person = await both();
    await begin(person.shop);
    const [run] = await scene.runs(person.shop.customerId);
    await takeOver(person);
    await scene.settle();
    await end(person.shop.customerId, "confirmed");
    await wakeTurnOf(scene.database.pool, run?.id ?? 0);
    await scene.settle();

    expect(await scene.kinds(person.main.customerId)).toEqual(["note"]);
  });

  it("takes its tag off again, once", async () => {
    await scene.save([{ ...owing, steps: [tagged] }]);
    const person = await both();
    await begin(person.shop);
    await end(person.shop.customerId, "confirmed");
    await pass(30);
    await takeOver(person);
    await pass(dayS);
    const { shop, main } = person;
    expect(await scene.standings(main.customerId)).toEqual(["running"]);
    await scene.storeIn("shop", aCopy("customer", {}, { id: shop.customerId, customerId: shop.customerId }));
    await scene.lookAt(main);

    expect(await scene.standings(main.customerId)).toEqual(["over"]);
    expect([...(await scene.kinds(shop.customerId)), ...(await scene.kinds(main.customerId))]).toEqual([
      "tag",
      "untag",
    ]);
    expect(await objection(await leaving(main.customerId))).toBeNull();
  });

  it("counts what was said before for caps and for what happens once", async () => {
    await scene.save(
      [
        { name: "one", oncePer: "customer", steps: [message] },
        { name: "two", steps: [message] },
      ],
      { caps: { chat: { messages: 1, per: "1 day" } } },
    );
    const person = await both();
    await begin(person.shop);
    await end(person.shop.customerId, "confirmed");
    await pass(30);
    expect(await scene.standings(person.shop.customerId)).toEqual(["finished"]);
    await takeOver(person);
    await begin(person.main);
    await scene.match(person.main.customerId, {}, "two");
    await scene.settle();

    expect(await scene.effects(person.main.customerId)).toEqual([]);
    expect(await scene.steps(person.main.customerId)).toMatchObject([
      { result: "waits", detail: "The customer has had enough messages for now." },
    ]);
    await pass(dayS + 1);
    expect(await scene.kinds(person.main.customerId)).toEqual(["message"]);
  });

  it("has one effect for one instruction, whoever led when it was planned", async () => {
    await scene.save([{ steps: [message, { wait: { for: "1 day" } }, message] }]);
    const person = await both();
    await begin(person.shop);
    await takeOver(person);
    await pass(31);
    await pass(31);
    await end(person.shop.customerId, "confirmed");
    await pass(31);
    await pass(dayS);

    expect(await scene.kinds(person.shop.customerId)).toEqual(["message"]);
    expect(await scene.kinds(person.main.customerId)).toEqual(["message"]);
  });
});

describe("what a rule has set on somebody whom another account leads from now on", () => {
  it("stays on the contact, also when its run has ended", async () => {
    await scene.save([{ steps: [{ set: { attribute: "vip_status", type: "boolean", value: true } }] }]);
    const person = await both();
    await begin(person.shop);
    expect(await scene.standings(person.shop.customerId)).toEqual(["finished"]);
    await takeOver(person);
    await scene.settle();

    const { pool } = scene.database;
    const beheld = await beholdCustomer(scene.ground, person.main, scene.nowS);
    expect(beheld.kind === "person" && beheld.known.person.desired.custom).toMatchObject({ vip_status: true });
    const text = "select contact_id from identities where account = $1 and customer_id = $2";
    const { rows } = await pool.query<{ contact_id: string }>(text, [person.main.account, person.main.customerId]);
    const leaders = await listLeadersByContact(
      pool,
      rows.map(({ contact_id: contactId }) => contactId),
    );
    const people = [...(await loadPeople(scene.ground.contexts, scene.ground.products, leaders)).values()];
    expect(people.map(({ desired }) => desired.custom["vip_status"])).toEqual([true]);
  });
});

describe("a message to somebody with customers in several accounts", () => {
  it("has the links of the one whose invoice it speaks about", async () => {
    await scene.save([{ dunning: true, on: { moment: "payment_failed" }, steps: [message] }], {
      dunning: { stripeEmails: false },
    });
    const { shop, main } = await both();
    const invoice = aCopy("invoice", {}, { id: mint("in"), customerId: main.customerId });
    await scene.store(invoice);
    await scene.match(main.customerId, { kind: "moment", name: "payment_failed", objectId: invoice.id });
    await scene.settle();
    await pass(61);

    expect(await scene.kinds(shop.customerId)).toEqual(["message"]);
    expect(scene.spokenTo).toEqual(main);
  });

  it("has those of the one whose subscription it speaks about, else of the one whose plan it is", async () => {
    await scene.save([{ on: { moment: "trial_ending" }, steps: [message] }]);
    const { shop, main } = await both();
    const trigger = { kind: "moment", name: "trial_ending" } as const;
    await scene.match(main.customerId, { ...trigger, objectId: `sub_${shop.customerId}` });
    await scene.settle();
    expect(scene.spokenTo).toEqual(shop);

    await scene.match(main.customerId, { ...trigger, objectId: null });
    await scene.settle();
    expect(scene.spokenTo).toEqual(main);
  });
});

describe("a message about something of somebody who has left the person", () => {
  const reason = { kind: "moment", name: "trial_ending" } as const;
  const rules = [{ on: { moment: "trial_ending" }, steps: [message] }];

  it("does not go to those who stayed", async () => {
    await scene.save(rules);
    const { shop, main } = await both();
    await scene.match(main.customerId, { ...reason, objectId: `sub_${main.customerId}` });
    await scene.settle();
    const effect = await leaving(shop.customerId);
    expect(await objection(effect)).toBeNull();

    await leavePerson(scene.ground.contexts.main, { customer: main, isCleared: true, lane: "calm" });
    expect(await objection(effect)).toEqual({ withdraw: "It is about another customer, who has left the person." });
  });

  it("leaves when what it is about is nobody's whom we know", async () => {
    await scene.save(rules);
    const { shop } = await both();
    await scene.match(shop.customerId, { account: "shop", ...reason, objectId: "sub_unheard_of" });
    await scene.settle();
    expect(await objection(await leaving(shop.customerId))).toBeNull();
  });
});

describe("an account that is not connected any more", () => {
  it("keeps no run waiting for what was planned under it", async () => {
    await scene.save([{ steps: [message, tagged] }]);
    const person = await both();
    await begin(person.shop);
    await takeOver(person);
    await scene.worker.stop();
    const alone = scene.another(mint("w"), { ground: withoutShop() });
    await end(person.shop.customerId, "confirmed");
    await pass(31);

    expect(await scene.kinds(person.main.customerId)).toEqual(["tag"]);
    await alone.worker.stop();
  });

  it("lets a run of its customer be cancelled all the same", async () => {
    await scene.save([{ steps: [{ wait: { for: "1 day" } }, message] }]);
    const customerId = mint("cus");
    const gone = { account: "gone", customerId };
    await scene.match(customerId, gone);
    const node = scene.another(mint("w"));
    await scene.settle();
    await scene.database.pool.query("update rule_runs set cancel_why = 'Enough.' where customer_id = $1", [customerId]);
    await pass(60);

    expect(await scene.runs(customerId)).toMatchObject([{ endedHow: "cancelled", endedWhy: "Enough." }]);
    const left = await scene.database.pool.query("select 1 from rule_turns where customer_id = $1", [customerId]);
    expect(left.rowCount).toBe(0);
    await node.worker.stop();
  });

  it("lets nothing leave of which nobody can tell whether it is still wanted", async () => {
    await scene.save([{ ...owing, steps: [message] }]);
    const shop = { account: "shop", customerId: await scene.customer({ delinquent: true }, undefined, "shop") };
    const node = scene.another(mint("w"));
    await begin(shop);
    const effect = await leaving(shop.customerId);
    expect(await objection(effect)).toBeNull();
    expect(await objection(effect, withoutShop())).toMatchObject({ holdUntilS: scene.nowS + 300 });
    await node.worker.stop();
  });
});
