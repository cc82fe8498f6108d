/** "No reaction within two days" is true: whether customers answer, stay silent, or answer and nobody tells us. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";

describe("a rule that waits for a reaction", () => {
  let stage: Stage;
  let ada: Person;
  let people = 0;

  beforeAll(async () => {
    stage = await openStage();
    const text = (body: string) => ({ en: { body } });
    const about = {
      description: "A rule.",
      purpose: "To see it work.",
      mode: "live",
      quietHours: "none",
      caps: "none",
    };
    const ticket = { type: stage.ticketType, title: "silent", team: stage.team };
    const afterwards = [
      { wait: { for: "2 days", orReply: true } },
      {
        branch: [{ if: `run.last_wait == "reply"`, then: [{ assign: { team: stage.team } }] }],
        else: [{ ticket }],
      },
    ];
    await stage.apply({
      texts: {
        failed: text("Your payment failed."),
        case: text("Please look at this payment."),
        silent: text("No reaction"),
        thanks: text("Thanks for your answer."),
        goodbye: text("They want no e-mails."),
      },
      rules: [
        {
          ...about,
          name: "failed-payment",
          on: { moment: "payment_failed" },
          steps: [{ message: { channel: "chat", text: "failed" } }, ...afterwards],
        },
        {
          ...about,
          name: "case",
          on: { signal: "tagged", tag: "case" },
          steps: [{ conversation: { text: "case" } }, ...afterwards],
        },
        { ...about, name: "thanks", on: { signal: "replied" }, steps: [{ note: { text: "thanks" } }] },
        { ...about, name: "goodbye", on: { signal: "unsubscribed" }, steps: [{ note: { text: "goodbye" } }] },
      ],
    });
  });

  beforeEach(async () => {
    people += 1;
    stage.sandbox.deliveries.set({ dropRate: 0, dropVendor: null, duplicateRate: 0 });
    ada = await stage.newcomer({ name: `Ada${people}` });
  });

  afterAll(() => stage.close());

  async function paymentFails(): Promise<void> {
    ada.stripe.paymentFails();
    await ada.untilReceived("Your payment failed.", "chat");
    await stage.settled();
  }

  it("goes on at once with an answer, however often it is told of", async () => {
    await paymentFails();
    stage.sandbox.deliveries.set({ duplicateRate: 1 });
    await stage.pass({ hours: 1 });
    ada.replies("I will pay tomorrow.");

    await ada.untilAssigned({ team: stage.team });
    await ada.untilNoted("Thanks for your answer.");
    await stage.pass({ hours: 50 });
    expect([ada.tickets, ada.notes.length, ada.received.length]).toEqual([[], 1, 1]);
  });

  it("hands over when nothing came for two days, not a minute earlier", async () => {
    await paymentFails();
    await stage.pass({ hours: 47 });
    expect(ada.tickets).toEqual([]);
    await stage.pass({ hours: 2 });
    await ada.untilTicket("No reaction");
    expect(ada.notes).toEqual([]);
  });

  it("hears at the end of the wait of an answer that was never told", async () => {
    await paymentFails();
    stage.sandbox.deliveries.set({ dropRate: 1, dropVendor: "intercom" });
    await stage.pass({ hours: 1 });
    ada.replies("I will pay tomorrow.");
    ada.unsubscribes();
    await stage.pass({ hours: 30 });
    expect(ada.notes).toEqual([]);

    await stage.pass({ hours: 20 });
    await ada.untilAssigned({ team: stage.team });
    await ada.untilNoted("Thanks for your answer.");
    await ada.untilNoted("They want no e-mails.");
    await stage.pass({ days: 1 });
    expect([ada.tickets, ada.notes.length]).toEqual([[], 2]);
  });

  it("does not take for an answer what it wrote in the customer's name", async () => {
    ada.isTagged("case");
    await ada.untilConversation("Please look at this payment.");
    await stage.settled();
    await stage.pass({ hours: 49 });

    await ada.untilTicket("No reaction");
    expect(ada.notes).toEqual([]);
  });

  it("misses nothing that happens while the server stands still", async () => {
    await paymentFails();
    await stage.restart(async () => {
      await stage.sandbox.clock.advance(3_600);
      ada.replies("I will pay tomorrow.");
      await stage.sandbox.clock.advance(3 * 86_400);
    });
    await ada.untilAssigned({ team: stage.team });
    await stage.settled();
    expect(ada.tickets).toEqual([]);
    expect(await stage.deadLetters()).toEqual([]);
  });
});
