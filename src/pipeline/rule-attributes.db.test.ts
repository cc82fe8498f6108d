/** What rules set shows on the contact beside what the mapping asks for, and goes when it is taken back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCopy, anIdentity } from "../../test/support/builders.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { customerKeyText } from "../model/customer-key.ts";
import { retireRuleAttributes } from "../rules/store.ts";
import { loadCopies, loadPeople, loadPerson, loadStoredPeople } from "./person.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterAll(() => scene.close());

/** What the contact is to show, by every way in which a person is put together. */
async function shown(customerId: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { contexts, products } = scene.ground;
  const customer = { account: "main", customerId };
  const key = customerKeyText(customer);
  const copies = (await loadCopies(contexts, [customer])).get(key) ?? [];
  const leaders = [{ customer, identity: anIdentity() }];
  const people = [
    await loadPerson(contexts, products, { ...customer, copies, members: [] }),
    (await loadPeople(contexts, products, leaders)).get(key),
    (await loadStoredPeople(contexts, products, leaders)).get(key)?.person,
  ];
  return people.map((person) => person?.desired.custom ?? {});
}

async function jobsOf(customerId: string): Promise<readonly unknown[]> {
  const text = "select lane from sync_jobs where customer_id = $1";
  return (await scene.database.pool.query<{ lane: number }>(text, [customerId])).rows.map(({ lane }) => lane);
}

const setting = (attribute: string, value: string) => ({ set: { attribute, type: "string", value } });

describe("an attribute that a rule sets", () => {
  it("shows at once beside the mapping's, and its null when it was taken back", async () => {
    await scene.save([{ while: "profile.delinquent", steps: [setting("vip_status", "gold")] }]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer);

    expect(await jobsOf(customer)).toEqual([0]);
    for (const custom of await shown(customer))
      expect(custom).toMatchObject({ vip_status: "gold", stripe_plan: "Pro" });

    await scene.store(aCopy("customer", { delinquent: false }, { id: customer, customerId: customer }));
    await scene.lookAt({ account: "main", customerId: customer });
    for (const custom of await shown(customer)) expect(custom).toMatchObject({ vip_status: null, stripe_plan: "Pro" });
  });

  it("gives way to what the mapping has by the same name", async () => {
    await scene.save([{ steps: [setting("stripe_plan", "Gold")] }]);
    const customer = await scene.customer();
    await scene.trigger(customer);

    for (const custom of await shown(customer)) expect(custom["stripe_plan"]).toBe("Pro");
  });

  it("is what the latest rule says, and only that rule's run takes it back", async () => {
    const steps = (value: string) => ({ while: "profile.delinquent", steps: [setting("tier", value)] });
    await scene.save([
      { name: "first", ...steps("one") },
      { name: "second", ...steps("two") },
    ]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer, {}, "first");
    await scene.trigger(customer, {}, "second");
    const [first] = await scene.runs(customer);
    expect(await scene.attributes(customer)).toEqual({ tier: "two" });

    await scene.database.pool.query("update rule_runs set cancel_why = 'Enough.' where id = $1", [first?.id]);
    await scene.lookAt({ account: "main", customerId: customer });
    expect(await scene.standings(customer)).toEqual(["cancelled", "running"]);
    expect(await scene.attributes(customer)).toEqual({ tier: "two" });
  });

  it("is taken back everywhere when no rule of the name sets it any more", async () => {
    await scene.save([{ name: "rewards", steps: [setting("reward", "cup"), setting("kept", "yes")] }]);
    const customer = await scene.customer();
    await scene.trigger(customer, {}, "rewards");
    const { pool } = scene.database;
    const kept = [
      { rule: "rewards", name: "kept" },
      { rule: "other", name: "reward" },
    ];

    expect(await retireRuleAttributes(pool, kept)).toContainEqual({ account: "main", customerId: customer });
    expect(await scene.attributes(customer)).toEqual({ kept: "yes", reward: null });
    expect(await retireRuleAttributes(pool, kept)).toEqual([]);
  });
});
