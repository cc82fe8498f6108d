/** Who has paid a lot, has credit, stays, leaves or is gone: what customers and teammates see of the recipes, in both languages. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyRecipes } from "../support/recipes-on-stage.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";

let stage: Stage;

/** Each name is a couple of customers who differ in their language alone. */
const couples: Partial<Record<Name, readonly [english: Person, german: Person]>> = {};
type Name = "Vera" | "Gil" | "Mia" | "Sam" | "Wim";

beforeAll(async () => {
  stage = await openStage();
  const recipes = ["upsell-scout", "credit-balance-reminder", "anniversary", "subscription-ending-soon", "win-back"];
  // The team speaks German; customers are written to in their own language.
  await applyRecipes(stage, recipes, { language: "de" });
  for (const name of ["Vera", "Gil", "Mia", "Sam", "Wim"] as const) {
    const plan = name === "Vera" ? "business_month_eur" : "team_month_eur";
    const english = await stage.newcomer({ name, plan });
    couples[name] = [english, await stage.newcomer({ name: `${name}a`, language: "de", plan })];
  }
}, 60_000);

afterAll(() => stage.close());

function coupleOf(name: Name): readonly [english: Person, german: Person] {
  const couple = couples[name];
  if (!couple) throw new Error(`${name} is nobody`);
  return couple;
}

function saying({ received }: Person, words: RegExp): number {
  return received.filter(({ text }) => words.test(text)).length;
}

describe("upsell-scout", () => {
  it("makes a VIP of who has paid 500 EUR in all, once, and tells the team", async () => {
    const [english, german] = coupleOf("Vera");
    for (let paid = 1; paid < 4; paid += 1) {
      expect([english.tags, german.tags]).toEqual([[], []]);
      for (const person of [english, german]) person.stripe.renews();
      await stage.settled();
    }
    await english.untilNoted("Neuer VIP: insgesamt 596,00 € bezahlt");
    await german.untilNoted("Neuer VIP: insgesamt 596,00 € bezahlt");
    await german.untilShows({ VIP_Status: true });
    await german.untilTagged("VIP");
    english.stripe.refunds(14_900);
    english.stripe.renews();
    await stage.settled();
    expect(english.notes).toHaveLength(1);
  });

  it("sends what a VIP writes to the priority team with a high priority, and nobody else's", async () => {
    const [vip] = coupleOf("Vera");
    const [other] = coupleOf("Gil");
    vip.startsConversation("May I add a colleague?");
    other.startsConversation("May I add a colleague?");
    const { id } = await vip.untilAssigned({ team: stage.team });
    expect((await vip.untilPrioritised("high")).id).toBe(id);
    await stage.settled();
    const others = other.conversations.map(({ team_assignee_id: team, priority }) => ({ team, priority }));
    expect(others).toEqual([{ team: 0, priority: undefined }]);
    vip.isClosed();
    other.isClosed();
  });
});

describe("credit-balance-reminder", () => {
  it("tells of credit that is still there after two days", async () => {
    const [english, german] = coupleOf("Gil");
    for (const person of [english, german]) person.stripe.getsCredit(2_500);
    await stage.settled();
    await stage.pass({ days: 1 });
    expect([english.received, german.received]).toEqual([[], []]);
    await stage.pass({ days: 1, hours: 1 });
    await english.untilReceived("You have a credit of €25.00 with us.", "chat");
    const german25 = await german.untilReceived("Sie haben bei uns ein Guthaben von 25,00 €.", "chat");
    expect(german25.links).toHaveLength(1);
  });
});

describe("subscription-ending-soon", () => {
  it("says a week ahead what ends, unless they stay", async () => {
    const [english, german] = coupleOf("Sam");
    const stays = coupleOf("Mia")[1];
    for (const person of [english, german, stays]) person.stripe.cancelsAtPeriodEnd();
    await stage.settled();
    await stage.pass({ days: 10 });
    stays.stripe.keeps();
    await stage.settled();
    expect([saying(english, /ends on/), saying(german, /endet am/)]).toEqual([0, 0]);
    await stage.pass({ days: 12 });
    await english.untilReceived("Your subscription to Team ends on", "chat");
    await german.untilReceived("Ihr Abo Team endet am", "chat");
    await german.untilNoted("Das Abo Team endet am");
    expect(saying(stays, /endet am/)).toBe(0);
  });
});

describe("win-back", () => {
  it("writes one letter thirty days after the end, to who has not come back", async () => {
    const [english, german] = coupleOf("Wim");
    const back = coupleOf("Gil")[1];
    await stage.pass({ days: 10 });
    for (const person of [english, german, back]) person.stripe.cancels();
    await stage.settled();
    await stage.pass({ days: 20 });
    const { data } = await back.api.prices.list({ lookup_keys: ["team_month_eur"] });
    await back.api.subscriptions.create({ customer: back.customerId, items: [{ price: data[0]?.id ?? "" }] });
    await stage.pass({ days: 11 });
    const letter = await german.untilReceived("vor einem Monat endete Ihr Abo Team.", "email");
    expect([letter.subject, letter.links]).toEqual([
      "Einen Monat später: eine Frage",
      ["https://www.example.com/welcome-back"],
    ]);
    await english.untilReceived("A month ago your subscription to Team ended.", "email");
    expect(saying(back, /vor einem Monat/)).toBe(0);
  });
});

describe("anniversary", () => {
  it("thanks who has been there for a year, and no one who has left", async () => {
    const [english, german] = coupleOf("Vera");
    await stage.passSlowly({ days: 310 }, { days: 62 });
    await english.untilReceived("You have been with us since", "chat");
    const thanks = await german.untilReceived("Vielen Dank für ein weiteres Jahr!", "chat");
    expect(thanks.text).toContain("Mit dem Code THANKS10 kostet ein Upgrade 10 % weniger.");
    expect(saying(coupleOf("Wim")[1], /weiteres Jahr/)).toBe(0);
    expect(await stage.deadLetters()).toEqual([]);
  });
});
