/** Payments that fail, come back or are disputed: what customers and teammates see of it, in both languages, until it is settled. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyRecipes } from "../support/recipes-on-stage.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person, Received } from "../support/rules-person.ts";
import { eventually } from "../support/wait.ts";

let stage: Stage;
const soon = { withinMs: 15_000 };

/** Who is part of a story, by name. */
let ada: Person;
let bruno: Person;
let cleo: Person;
let dario: Person;
let emma: Person;
let frieda: Person;

beforeAll(async () => {
  stage = await openStage();
  await applyRecipes(stage, ["churn-preventer", "sepa-soft-landing", "delinquent-gate", "dispute-and-fraud-alert"]);
  ada = await stage.newcomer({ name: "Ada" });
  bruno = await stage.newcomer({ name: "Bruno", language: "de" });
  cleo = await stage.newcomer({ name: "Cleo" });
  dario = await stage.newcomer({ name: "Dario", language: "de", pays: "sepa_debit" });
  emma = await stage.newcomer({ name: "Emma", pays: "sepa_debit" });
  frieda = await stage.newcomer({ name: "Frieda", language: "de", pays: "sepa_debit" });
  // The first debits have settled.
  await stage.pass({ days: 12 });
}, 60_000);

afterAll(() => stage.close());

const titleOf = ({ ticket_attributes: attributes }: Person["tickets"][number]): unknown =>
  attributes["_default_title_"];
const channels = (received: readonly Received[]): readonly string[] => received.map(({ channel }) => channel);

describe("churn-preventer", () => {
  it("speaks at once in the customer's language, with the amount, the reason and a way on", async () => {
    ada.stripe.paymentFails("insufficient_funds");
    bruno.stripe.paymentFails("expired_card");
    cleo.stripe.paymentFails("do_not_honor");
    const english = await ada.untilReceived("did not go through", "chat");
    expect(english.text).toMatch(/^Hi Ada,/);
    expect(english.text).toContain("Your latest payment of €49.00 did not go through. There was not enough money");
    const german = await bruno.untilReceived("hat leider nicht geklappt", "chat");
    expect(german.text).toMatch(/^Guten Tag Bruno Example,/);
    expect(german.text).toContain("über 49,00 € hat leider nicht geklappt. Die Karte ist abgelaufen.");
    for (const { links } of [english, german])
      expect(links).toEqual([expect.stringContaining(`${stage.dunlin.url}/l/`)]);
    await Promise.all([ada, bruno, cleo].map((person) => person.untilTagged("Billing-Issue")));
  });

  it("is over with the payment: nothing more is said, and the tag goes", async () => {
    await stage.pass({ days: 1 });
    bruno.stripe.replacesCard();
    bruno.stripe.paymentSucceeds();
    await bruno.untilUntagged("Billing-Issue");
  });

  it("hands who answers to the team", async () => {
    cleo.replies("My card was replaced, one moment.");
    await cleo.untilAssigned({ team: stage.team });
  });

  it("calls in people after two days without a reaction, and only then", async () => {
    await stage.pass({ days: 1, hours: 2 });
    const ticket = await ada.untilTicket("Failed payment without a reaction");
    expect(String(ticket.team_assignee_id)).toBe(stage.team);
    expect([bruno.tickets.length, cleo.tickets.length]).toEqual([0, 0]);
    expect([ada, bruno, cleo].map(({ received }) => channels(received))).toEqual([["chat"], ["chat"], ["chat"]]);
  });

  it("takes the tag away whenever it is paid", async () => {
    ada.stripe.replacesCard();
    ada.stripe.paymentSucceeds();
    cleo.stripe.paymentSucceeds();
    await Promise.all([ada, cleo].map((person) => person.untilUntagged("Billing-Issue")));
  });
});

describe("sepa-soft-landing", () => {
  it("names what the bank has done, and offers two ways, without a threat", async () => {
    dario.stripe.debitReturns("AM04");
    emma.stripe.debitReturns("AM04");
    frieda.stripe.debitReturns("MS03");
    const german = await dario.untilReceived("zurückgegeben", "chat");
    expect(german.text).toContain("Ihre Bank hat unsere Lastschrift über 49,00 € zurückgegeben. Das Konto war nicht");
    expect(german.text).toContain("an Ihrem Zugang ändert sich nichts");
    expect(german.links).toHaveLength(2);
    const english = await emma.untilReceived("returned our direct debit", "chat");
    expect(english.text).toContain("of €49.00. There was not enough money on the account.");
    const unexplained = await frieda.untilReceived("zurückgegeben", "chat");
    expect(unexplained.text).toContain("Die Bank hat die Lastschrift nicht ausgeführt.");
    expect(unexplained.text).not.toContain("gedeckt");
    for (const { tags } of [dario, emma, frieda]) expect(tags).not.toContain("Billing-Issue");
  });

  it("is silent once the debit has gone well", async () => {
    dario.stripe.paymentSucceeds();
    await stage.settled();
    await stage.pass({ days: 7 });
    expect(channels(dario.received)).toEqual(["chat"]);
    expect(dario.attributes).toMatchObject({ stripe_status: "active" });
  });

  it("reminds once by e-mail, in the tone of the first message", async () => {
    const english = await emma.untilReceived("A few days ago", "email");
    expect(english.subject).toBe("Your direct debit of €49.00");
    const german = await frieda.untilReceived("vor einigen Tagen", "email");
    expect(german.subject.replaceAll("\u00A0", " ")).toBe("Ihre Lastschrift über 49,00 €");
    expect(german.text).toMatch(/Freundliche Grüße\nLapwing$/);
  });

  it("hands who answers to the team, and the others to a person in the end", async () => {
    frieda.replies("Bitte versuchen Sie es am Monatsersten.");
    await frieda.untilAssigned({ team: stage.team });
    await stage.pass({ days: 15 });
    await emma.untilTicket("Returned direct debit");
    expect([frieda.tickets, dario.tickets]).toEqual([[], []]);
    expect([dario, emma, frieda].map(({ received }) => channels(received))).toEqual([
      ["chat"],
      ["chat", "email"],
      ["chat", "email"],
    ]);
  });
});

describe("delinquent-gate", () => {
  it("has closed after a week of grace for those who are late, and for nobody else", async () => {
    await emma.untilShows({ premium_support: false });
    await emma.untilNoted("Premium support is on hold: €49.00");
    // Notes are for teammates, in the language of the rules.
    await frieda.untilNoted("Premium support is on hold: €49.00");
    for (const { attributes } of [ada, bruno, dario]) expect(attributes["premium_support"] ?? null).toBeNull();
  });

  it("sends what they write to ordinary support", async () => {
    emma.startsConversation("How do I export my data?");
    await emma.untilAssigned({ team: stage.team });
  });

  it("opens with the payment", async () => {
    emma.stripe.paymentSucceeds();
    frieda.stripe.paymentSucceeds();
    await eventually(() => [emma, frieda].every(({ attributes }) => !("premium_support" in attributes)), soon);
    await emma.untilShows({ stripe_is_past_due: false });
  });
});

describe("dispute-and-fraud-alert", () => {
  it("tells people of a warning, and of a dispute, and never the customer", async () => {
    const before = [ada, dario].map(({ received }) => received.length);
    ada.stripe.isWarnedOfFraud();
    await ada.untilTicket("Early fraud warning");
    await ada.untilTagged("Fraud-Warning");
    ada.stripe.disputes("fraudulent");
    dario.stripe.disputes("debit_not_authorized");
    await ada.untilTicket("Dispute: €49.00");
    const debit = await dario.untilTicket("Dispute: €49.00");
    expect(JSON.stringify(debit.ticket_attributes)).toContain("For a SEPA debit this is final");
    await Promise.all([ada, dario].map((person) => person.untilTagged("Dispute")));
    expect([ada, dario].map(({ received }) => received.length)).toEqual(before);
    expect(ada.tickets.map(titleOf)).toHaveLength(3);
  });

  it("leaves nothing behind that waits for a person", async () => {
    expect(await stage.deadLetters()).toEqual([]);
  });
});
