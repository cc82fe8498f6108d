/** Conversations get their priority from a rule: in a workspace that has the version Preview of Intercom's API, and in one without. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectPage, type EffectEntry } from "../../contract/effect.ts";
import { pauseList } from "../../contract/pauses.ts";
import { runPage, shownRun } from "../../contract/rules-api.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";

describe("a rule that sets priorities", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    const about = { description: "A rule.", purpose: "To see it work.", mode: "live" };
    await stage.apply({
      texts: { looked: { en: { body: "Somebody should look at this." } } },
      rules: [
        {
          ...about,
          name: "first-served",
          on: { signal: "conversation_opened" },
          oncePer: "object",
          steps: [{ priority: "high" }, { note: { text: "looked" } }, { wait: { for: "1 day" } }],
        },
        {
          ...about,
          name: "urgent-when-failed",
          on: { moment: "payment_failed" },
          steps: [{ priority: "urgent" }, { tag: "Billing-Issue" }],
        },
      ],
    });
  });

  afterAll(() => stage.close());

  async function effectsOf({ customerId }: Person): Promise<readonly EffectEntry[]> {
    const answer = await stage.call("GET", `/api/effects?kind=conversation&customer=${customerId}`);
    return effectPage.parse(await answer.json()).effects;
  }

  async function stepsOf({ customerId }: Person): Promise<readonly unknown[]> {
    const { runs } = runPage.parse(await (await stage.call("GET", `/api/runs?customer=${customerId}`)).json());
    const details = shownRun.parse(await (await stage.call("GET", `/api/runs/${runs[0]?.id}`)).json());
    return details.steps.map(({ kind, result, detail }) => [kind, result, detail]);
  }

  it("gives it to the conversation that a customer opened", async () => {
    const ada = await stage.newcomer({ name: "Ada" });
    ada.startsConversation("Where is my invoice?");
    const { id, parts } = await ada.untilPrioritised("high");
    await ada.untilNoted("Somebody should look at this.");

    expect(parts).toMatchObject([{ part_type: "priority_changed", author: { type: "admin" } }]);
    await stage.settled();
    expect(await effectsOf(ada)).toMatchObject([
      { state: "confirmed", guarantee: "effectively_once", endedHow: "answer", conversationId: id },
    ]);
  });

  it("gives it to the latest open one, and goes on where there is none", async () => {
    const [bo, cleo] = [await stage.newcomer({ name: "Bo" }), await stage.newcomer({ name: "Cleo" })];
    bo.startsConversation("My bank called.");
    await bo.untilPrioritised("high");
    for (const person of [bo, cleo]) person.stripe.paymentFails();
    await bo.untilPrioritised("urgent");
    await Promise.all([bo.untilTagged("Billing-Issue"), cleo.untilTagged("Billing-Issue")]);
    await stage.settled();

    expect(await effectsOf(cleo)).toEqual([]);
    expect(await stepsOf(cleo)).toEqual([
      ["priority", "failed", "There is no conversation to set the priority of."],
      ["tag", "done", null],
    ]);
  });

  it("fails alone where the workspace lacks the version Preview, and can be sent again when it has it", async () => {
    stage.sandbox.intercom.setPreview(false);
    const dora = await stage.newcomer({ name: "Dora" });
    dora.startsConversation("May I have a receipt?");
    await dora.untilNoted("Somebody should look at this.");
    await stage.settled();

    const [effect] = await effectsOf(dora);
    expect(effect).toMatchObject({ state: "failed", attempt: 1, error: { code: "INTERCOM_PREVIEW_REFUSED" } });
    expect(effect?.error?.message).toBe(
      "This workspace does not take PUT /conversations/{id} in the version Preview of the API. Only the version Preview of Intercom's API sets priorities: where a workspace lacks it, assign the conversation to a team, or tag the contact.",
    );
    expect(await stepsOf(dora)).toMatchObject([
      [
        "priority",
        "failed",
        expect.stringContaining("Intercom did not take it. INTERCOM_PREVIEW_REFUSED: This workspace does not take"),
      ],
      ["note", "done", null],
      ["wait", "waits", expect.any(String)],
    ]);
    expect(pauseList.parse(await (await stage.call("GET", "/api/pauses")).json())).toEqual({ pauses: [] });

    stage.sandbox.intercom.setPreview(true);
    const replayed = await stage.call("POST", "/api/replay", { dead: { ids: [effect?.id] } });
    expect(replayed.status).toBe(202);
    await dora.untilPrioritised("high");
    await stage.settled();
    expect(await stage.deadLetters()).toEqual([]);
  });
});
