/** What a model has phrased waits for a person, and what was said of one draft says nothing about the next. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
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
    await scene.lookAt({ account: "main", customerId });
  }

  const kindly = "<p>Hello, with the model's love</p>";

  /** What the model makes of messages from now on, and how often it is asked. */
  function phrasing(made: string | null): { asked: number } {
    const count = { asked: 0 };
    scene.draft = async ({ body }) => {
      count.asked += 1;
      return made === null ? { text: body, byModel: false, why: "It says a figure." } : { text: made, byModel: true };
    };
    return count;
  }

  beforeEach(() => void phrasing(kindly));

  it("waits for a person, leaves as it was approved, and is forgotten", async () => {
    await scene.save([{ steps: [drafted, tagged] }], model);
    const customer = await scene.customer();
    expect(await scene.trigger(customer)).toMatchObject([{ approval: "wanted", draft: kindly }]);
    expect(await scene.effects(customer)).toEqual([]);

    await decide(customer, "approved", null);
    expect(await scene.effects(customer)).toMatchObject([{ effect: { kind: "message", text: kindly } }]);
    expect(await scene.runs(customer)).toMatchObject([{ approval: "none", draft: null }]);
  });

  it("is forgotten with its run", async () => {
    await scene.save([{ steps: [drafted] }], model);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await scene.database.pool.query("update rule_runs set cancel_why = 'No.' where customer_id = $1", [customer]);
    await scene.lookAt({ account: "main", customerId: customer });
    expect(await scene.runs(customer)).toMatchObject([{ endedHow: "cancelled", draft: null }]);
  });

  it("that was not taken asks nobody: the rule's own words leave, and the model is asked once", async () => {
    const count = phrasing(null);
    await scene.save([{ steps: [drafted, tagged] }], model);
    const customer = await scene.customer();
    expect(await scene.trigger(customer)).toMatchObject([{ approval: "none", draft: null }]);
    expect(await scene.effects(customer)).toMatchObject([{ effect: { kind: "message", text: "<p>Hello</p>" } }]);
    expect(count.asked).toBe(1);
    expect(await scene.steps(customer)).toEqual([
      { path: "steps[0]", kind: "draft", result: "skipped", detail: "It says a figure." },
    ]);
  });

  it("that was not taken leaves in the rule's own words also when they are held, and after another draft", async () => {
    const dayS = 24 * hourS;
    scene.pass((((20 * hourS - scene.nowS) % dayS) + dayS) % dayS);
    const parts = { ...model, timeZone: "UTC", quietHours: { from: "21:00", to: "08:00" } };
    await scene.save([{ steps: [drafted, { wait: { for: "2 hours" } }, drafted] }], parts);
    const customer = await scene.customer();
    await scene.trigger(customer);
    await decide(customer, "approved", null);
    await scene.effectsEnd(customer);
    phrasing(null);
    await pass(2 * hourS);
    expect(await scene.runs(customer)).toMatchObject([{ approval: "approved", draft: null }]);
    expect(await scene.effects(customer)).toHaveLength(1);

    phrasing(kindly);
    await pass(12 * hourS);
    expect((await scene.effects(customer)).map(({ effect }) => effect["text"])).toEqual([kindly, "<p>Hello</p>"]);
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
