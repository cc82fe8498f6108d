/** What a rule did can be told from both ends: from the attribute or the message back to Stripe's event, and from the run to them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownEffect, effectPage } from "../../contract/effect.ts";
import { attributeExplanation, customerExplanation, type AttributeExplanation } from "../../contract/explain.ts";
import { shownRun } from "../../contract/rules-api.ts";
import { attributeLines } from "../../src/commands/explain-text.ts";
import { nowOfRules } from "../../src/commands/rule-clock.ts";
import { readConfig } from "../../src/config.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { environmentFor } from "../support/server.ts";

describe("what a rule did", () => {
  let stage: Stage;
  let ada: Person;

  beforeAll(async () => {
    stage = await openStage();
    await stage.apply({
      texts: { failed: { en: { body: "Your payment failed." } } },
      rules: [
        {
          name: "rescue",
          description: "Marks who is late.",
          purpose: "To see it work.",
          mode: "live",
          quietHours: "none",
          on: { moment: "payment_failed" },
          while: "profile.is_past_due",
          steps: [
            { set: { attribute: "Payment_Trouble", type: "boolean", value: true } },
            { tag: "Late" },
            { message: { channel: "chat", text: "failed" } },
          ],
        },
      ],
    });
    ada = await stage.newcomer({ name: "Ada" });
    ada.stripe.paymentFails();
    await ada.untilShows({ Payment_Trouble: true });
    await ada.untilTagged("Late");
    await ada.untilReceived("Your payment failed.");
    await stage.settled();
  });

  afterAll(() => stage.close());

  async function get(path: string): Promise<unknown> {
    return (await stage.call("GET", path)).json();
  }

  async function explain(): Promise<AttributeExplanation> {
    return attributeExplanation.parse(await get(`/api/explain?customer=${ada.customerId}&attribute=payment_trouble`));
  }

  it("is told from the attribute, with the event, the step and the write", async () => {
    const { attribute, desired, shown, setting, writes, notices } = await explain();
    expect(attribute).toMatchObject({ name: "Payment_Trouble", type: "boolean", from: "rules", mapping: "rules@1" });
    expect([desired?.value, shown?.value, shown?.agrees, notices]).toEqual([true, true, true, []]);
    expect(setting).toMatchObject({ kind: "set", rule: "rescue", version: 1, path: "steps[0]", mode: "live" });
    expect(setting?.trigger).toMatchObject({ kind: "moment", name: "payment_failed" });
    const [write] = writes;
    expect(writes).toHaveLength(1);
    expect(write).toMatchObject({ before: null, after: true, cause: { kind: "rule" }, setting });
    expect(write?.events).toMatchObject([{ id: setting?.trigger.eventId, type: "charge.failed" }]);
  });

  it("stands in the list of all attributes", async () => {
    const { attributes } = customerExplanation.parse(await get(`/api/explain?customer=${ada.customerId}`));
    const line = attributes.find(({ name }) => name === "Payment_Trouble");
    expect(line).toMatchObject({ from: "rules", desired: true, shown: true, isKnown: true });
    expect(line?.cause).toBe("The rule “rescue” sets it. Marks who is late.");
  });

  it("is told from what was done in Intercom", async () => {
    const { effects } = effectPage.parse(await get(`/api/effects?customer=${ada.customerId}`));
    const shown = await Promise.all(
      effects
        .filter(({ kind }) => kind !== "attributes")
        .map(async ({ id }) => shownEffect.parse(await get(`/api/effects/${id}`))),
    );
    expect(shown.map(({ kind, rule }) => [kind, rule?.rule, rule?.path, rule?.trigger.name])).toEqual([
      ["message", "rescue", "steps[2]", "payment_failed"],
      ["tag", "rescue", "steps[1]", "payment_failed"],
    ]);
    const [message] = shown;
    const { setting } = await explain();
    expect(message?.rule).toMatchObject({ runId: setting?.runId, trigger: setting?.trigger });
  });

  it("is told from the run, with what each step came to", async () => {
    const { setting } = await explain();
    const run = shownRun.parse(await get(`/api/runs/${setting?.runId}`));
    expect(run).toMatchObject({ rule: "rescue", arm: "treated", eventId: setting?.trigger.eventId });
    expect(run.steps.map(({ path, kind, effect }) => [path, kind, effect?.slice(0, 4) ?? null])).toEqual([
      ["steps[0]", "set", null],
      ["steps[1]", "tag", "eff_"],
      ["steps[2]", "message", "eff_"],
    ]);
  });

  it("is told when it is taken back", async () => {
    ada.stripe.replacesCard();
    ada.stripe.paymentSucceeds();
    await ada.untilUntagged("Late");
    await stage.settled();
    const explained = await explain();
    expect([explained.desired?.value, explained.shown?.value]).toEqual([null, null]);
    expect(explained.setting).toMatchObject({ kind: "unset", rule: "rescue", path: "whenOver" });
    expect(explained.writes.map(({ after, setting }) => [after, setting?.kind])).toEqual([
      [null, "unset"],
      [true, "set"],
    ]);
    const text = attributeLines(explained).join("\n");
    expect(text).toContain("The rule “rescue” took it back: Its reason is not true any more.");
    expect(text).toMatch(/rescue, rules@1: set by run \d+, steps\[0\]/);
    expect(text).toMatch(/because of the moment payment_failed of ch_\w+, .*, told by evt_\w+/);
    const { effects } = effectPage.parse(await get(`/api/effects?customer=${ada.customerId}&kind=untag`));
    const untag = shownEffect.parse(await get(`/api/effects/${effects[0]?.id}`));
    expect(untag.rule).toMatchObject({ rule: "rescue", path: "whenOver" });
  });

  it("says of what nobody sets that it is unknown, with the rules' attributes among what there is", async () => {
    const answer = await stage.call("GET", `/api/explain?customer=${ada.customerId}&attribute=nonsense`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("Payment_Trouble");
  });

  it("is shown in numbers", async () => {
    const text = await (await stage.call("GET", "/metrics")).text();
    expect(text).toContain('dunlin_effects_total{kind="message",state="confirmed"} 1');
    expect(text).toContain("dunlin_rule_turns_due 0");
    expect(text).toContain('dunlin_rules_stopped{by="breaker"} 0');
  });

  it("goes by the sandbox's time for commands too", async () => {
    await stage.pass({ days: 3 });
    const env = { ...environmentFor(stage.sandbox.url, 1), SANDBOX_CLOCK: "follow" };
    const nowMs = await nowOfRules(readConfig(env));
    expect(Math.abs(nowMs / 1000 - stage.nowS)).toBeLessThan(5);
  });
});
