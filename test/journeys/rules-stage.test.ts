/** What people do in Intercom reaches the server, whatever version their answer comes in, and stays known over months. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPersonSignals } from "../../src/signals/store.ts";
import type { PersonSignals } from "../../src/model/person-signals.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { eventually } from "../support/wait.ts";

describe("people on the stage", () => {
  let stage: Stage;
  let ada: Person;

  beforeAll(async () => {
    stage = await openStage();
    ada = await stage.newcomer({ name: "Ada" });
  });

  afterAll(() => stage.close());

  function known(sinceS = 0): Promise<PersonSignals> {
    return findPersonSignals(stage.home.pool, ada.contactId, sinceS);
  }

  it("are customers with a contact", async () => {
    await ada.untilShows({ stripe_status: "active" });
    expect(await known()).toEqual({ repliedS: null, conversationId: null, openConversations: 0, unsubscribed: false });
    expect([stage.team, stage.teammate, stage.ticketType]).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
    ]);
  });

  it("answer, and it is known where and when", async () => {
    const sinceS = stage.nowS;
    const { id } = ada.startsConversation("Where is my invoice?");
    await eventually(async () => (await known(sinceS)).conversationId === id, { withinMs: 15_000 });
    expect(await known(sinceS)).toMatchObject({ repliedS: expect.any(Number), openConversations: 1 });
    expect(await ada.untilConversation("invoice")).toMatchObject({ id });
  });

  it("are tagged, unsubscribe, and are done with", async () => {
    ada.isTagged("VIP");
    ada.unsubscribes();
    await stage.pass({ minutes: 1 });
    ada.isClosed();
    await ada.untilTagged("VIP");
    await eventually(async () => (await known()).openConversations === 0, { withinMs: 15_000 });
    expect(await known(stage.nowS)).toMatchObject({ repliedS: null, unsubscribed: true });
  });

  it("get older, with a card that fails and one that works", async () => {
    ada.stripe.paymentFails("insufficient_funds");
    await stage.settled();
    await ada.untilShows({ stripe_status: "past_due" });
    await stage.pass({ days: 1 });
    ada.stripe.replacesCard();
    ada.stripe.paymentSucceeds();
    await ada.untilShows({ stripe_status: "active" });
    expect(ada.received).toEqual([]);
  });

  it("pay by debit, or try without paying", async () => {
    const [ben, eve] = await Promise.all([
      stage.newcomer({ name: "Ben", language: "de", pays: "sepa_debit" }),
      stage.newcomer({ name: "Eve", pays: "none", trialDays: 30 }),
    ]);
    await ben.untilShows({ stripe_status: "active", stripe_last_payment_status: "pending" });
    await eve.untilShows({ stripe_status: "trialing" });
    await stage.passSlowly({ days: 2 }, { days: 1 });
    ben.stripe.debitReturns("AM04");
    await stage.pass({ days: 10 });
    await ben.untilShows({ stripe_last_payment_status: "failed" });
    expect(await stage.deadLetters()).toEqual([]);
  });

  it("are remembered by a server that starts again", async () => {
    await stage.restart();
    await stage.settled();
    expect(await known()).toMatchObject({ repliedS: expect.any(Number), unsubscribed: true });
  });
});
