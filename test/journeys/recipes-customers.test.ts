/** First payments, trials, cards and usage: what customers and teammates see of the recipes, in both languages. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyRecipes } from "../support/recipes-on-stage.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { eventually } from "../support/wait.ts";

let stage: Stage;
const usageToken = "a-token-for-usage-alone-and-nothing-else";

beforeAll(async () => {
  stage = await openStage({ env: { DUNLIN_USAGE_TOKEN: usageToken } });
  await applyRecipes(stage, ["onboarding-by-product", "trial-converter", "expiring-card", "usage-consultant"]);
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

// Usage is pushed at the machine's own time, so it comes before any that passes here.
describe("usage-consultant", () => {
  it("speaks at 80 and at 90 %, with the saving when it is certain", async () => {
    const [english, german] = await couple("Uma");
    const prices = (await english.api.prices.list({ limit: 100 })).data;
    const idOf = (key: string): string => prices.find(({ lookup_key }) => lookup_key === key)?.id ?? "";
    await english.api.products.update("prod_lapwing_team", { metadata: { usage_limit_exports: "1000" } });
    await stage.settled();
    await use(english, 820);
    const early = await english.untilReceived("82% of what your plan includes is used", "chat");
    expect(early.text).toContain("Look at the plans");

    const plans = { id: "team-month", name: "Team, monthly", prices: [idOf("team_month_eur")] };
    const yearly = { id: "team-year", name: "Team, yearly", prices: [idOf("team_year_eur")] };
    const order = { document: { version: 1, plans: [plans, yearly] }, basedOn: 0 };
    expect((await stage.call("PUT", "/api/plans", order)).status).toBe(200);
    await use(german, 830);
    const saving = await german.untilReceived("83 % dessen, was Ihr Tarif enthält, sind verbraucht", "chat");
    expect(saving.text).toContain("Mit Team, yearly zahlen Sie 8,17 € weniger im Monat: Ersparnis zeigen");

    await stage.pass({ days: 1, hours: 1 });
    await use(german, 930);
    await german.untilReceived("Sie sind inzwischen bei 93 % Ihres Limits", "chat");
    await german.untilShows({ usage_status: "high_risk" });
  });

  async function use({ customerId }: Person, value: number): Promise<void> {
    const entries = [{ id: `${customerId}-${value}`, customer: customerId, meter: "exports", value }];
    const answer = await fetch(`${stage.dunlin.url}/api/usage`, {
      method: "POST",
      headers: { authorization: `Bearer ${usageToken}`, "content-type": "application/json" },
      body: JSON.stringify({ entries }),
    });
    expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
    await stage.settled();
  }
});

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
    await eventually(() => !("card_expiring" in english.attributes), { withinMs: 5_000 });
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
