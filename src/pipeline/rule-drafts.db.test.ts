/** Drafts wait for a person, and what was said of one says nothing about the next. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RuleScene } from "../../test/support/rule-scene.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterAll(() => scene.close());

const hourS = 3600;
const tagged = { tag: "Billing-Issue" };

/** Time goes by, and what is due then is done. */
async function pass(seconds: number): Promise<void> {
  scene.pass(seconds);
  await scene.settle();
}

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
