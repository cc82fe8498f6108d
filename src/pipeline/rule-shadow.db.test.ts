/** What a rule in shadow writes down of a run, and that it does nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";

let scene: RuleScene;

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterAll(() => scene.close());

const tagged = { tag: "Billing-Issue" };
const vip = { set: { attribute: "vip_status", type: "boolean", value: true } };

describe("a run in shadow", () => {
  it("writes down what it would have done, and does nothing", async () => {
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

  it("makes no link that works, and lacks one where there could be none", async () => {
    const pay = { en: { body: "[Pay]({{ link.try_again }})" } };
    const steps = [{ message: { channel: "chat", text: "pay" } }];
    await scene.save([{ mode: "shadow", steps }], { texts: { pay } });
    const sources = { ...scene.sources };
    const [open, shut] = [await scene.customer(), await scene.customer()];
    scene.sources = { ...sources, link: async () => "https://pay.example/l/works" };
    await scene.trigger(open);
    scene.sources = { ...sources, link: async () => null };
    await scene.trigger(shut);
    scene.sources = sources;

    const said = '<p><a href="https://example.com/try_again">Pay</a></p>';
    expect(await scene.steps(open)).toMatchObject([{ result: "done", detail: said }]);
    expect(await scene.steps(shut)).toMatchObject([{ result: "failed", detail: "Not known: link.try_again." }]);
  });
});
