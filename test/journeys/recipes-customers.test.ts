/** First payments, trials, cards and usage: what customers and teammates see of the recipes, in both languages. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyRecipes } from "../support/recipes-on-stage.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { eventually } from "../support/wait.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await applyRecipes(stage, ["onboarding-by-product", "trial-converter", "expiring-card"]);
}, 60_000);

afterAll(() => stage.close());

/** What they were sent since, by the first words. */
function heard({ received }: Person): readonly string[] {
  return received.map(({ channel, text }) => `${channel} ${text.replaceAll(/\s+/g, " ").slice(0, 40)}`);
}

/** A couple of customers who differ in their language alone. */
async function couple(
  name: string,
  options: Omit<Parameters<Stage["newcomer"]>[0], "name" | "language"> = {},
): Promise<readonly [english: Person, german: Person]> {
  const english = await stage.newcomer({ name, language: "en", ...options });
  return [english, await stage.newcomer({ name: `${name}a`, language: "de", ...options })];
}

describe("onboarding-by-product", () => {
  it("welcomes with what belongs to the plan, and starts its Series", async () => {
    const [english, german] = await couple("Olive");
    await english.untilReceived("Welcome, Olive! Your payment has arrived, and Team is ready", "chat");
    const welcome = await german.untilReceived("Herzlich willkommen, Olivea Example!", "chat");
    expect(welcome.links).toEqual(["https://help.example.com/team"]);
    await german.untilShows({ onboarding_track: "Team" });
    await german.untilEvent("onboarding_started");
    const other = await stage.newcomer({ name: "Otto", language: "de", plan: "starter_month_eur" });
    await other.untilReceived("Starter steht für Sie bereit", "chat");
  });
});

describe("trial-converter", () => {
  it("says on day 25 of 30 that five days are left, to those without a payment method", async () => {
    const [english, german] = await couple("Tess", { pays: "none", trialDays: 30 });
    const payer = await stage.newcomer({ name: "Tom", pays: "card", trialDays: 30 });
    await stage.pass({ days: 24 });
    expect([heard(english), heard(german)]).toEqual([[], []]);
    await stage.pass({ days: 1, hours: 12 });
    const message = await german.untilReceived("Ihre Testphase läuft noch 5 Tage", "chat");
    expect(message.links).toHaveLength(1);
    await english.untilReceived("Your trial goes on for 5 days", "chat");

    english.stripe.replacesCard();
    await stage.settled();
    await stage.pass({ days: 4 });
    await german.untilReceived("Ihre Testphase für Team endet am", "email");
    expect(english.received).toHaveLength(1);
    expect(heard(payer).filter((text) => text.includes("trial"))).toEqual([]);
    await stage.pass({ days: 2 });
    expect(german.received).toHaveLength(2);
  });
});

describe("expiring-card", () => {
  it("reminds thirty and ten days ahead, until the card is another one", async () => {
    const [english, german] = await couple("Carl");
    const days = await daysToExpiry(english);
    await daysToExpiry(german);
    await stage.pass({ days: days - 29 });
    await english.untilReceived("The card we charge for your subscription expires on", "chat");
    await german.untilReceived("die Karte, mit der Sie Ihr Abo bezahlen, läuft am", "chat");
    await german.untilShows({ card_expiring: true });
    english.stripe.cardIsReissued();
    await eventually(() => !("card_expiring" in english.attributes), { withinMs: 15_000 });
    await stage.pass({ days: 20 });
    await german.untilReceived("Ihre hinterlegte Karte läuft am", "email");
    expect(english.received.filter(({ text }) => text.includes("expires"))).toHaveLength(1);
  });

  /** Their card ends with the month after next; the whole days until then. */
  async function daysToExpiry(person: Person): Promise<number> {
    const now = new Date(stage.nowS * 1000);
    const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2);
    const last = new Date(endMs - 1);
    const { data } = await person.api.paymentMethods.list({ customer: person.customerId });
    const card = { exp_month: last.getUTCMonth() + 1, exp_year: last.getUTCFullYear() };
    await person.api.paymentMethods.update(data[0]?.id ?? "", { card });
    await stage.settled();
    return Math.floor((endMs - now.getTime()) / 86_400_000);
  }
});
