/** How much is used, and what another plan would cost: what customers see of the recipes, in both languages. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyRecipes } from "../support/recipes-on-stage.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";

const usageToken = "a-token-for-usage-alone-and-nothing-else";
let stage: Stage;

// Usage is pushed at the machine's own time, so that each has a stage whose time begins there.
beforeEach(async () => {
  stage = await openStage({ begins: "now", env: { DUNLIN_USAGE_TOKEN: usageToken } });
}, 60_000);

afterEach(() => stage.close());

/** A couple of customers who differ in their language alone, of a product whose limit they can reach. */
async function couple(name: string): Promise<readonly [english: Person, german: Person]> {
  const english = await stage.newcomer({ name, language: "en" });
  const german = await stage.newcomer({ name: `${name}a`, language: "de" });
  await english.api.products.update("prod_lapwing_team", { metadata: { usage_limit_exports: "1000" } });
  await stage.settled();
  return [english, german];
}

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

describe("usage-consultant", () => {
  it("speaks at 80 and at 90 %, with the saving when it is certain", async () => {
    await applyRecipes(stage, ["usage-consultant"]);
    const [english, german] = await couple("Uma");
    await use(english, 820);
    const early = await english.untilReceived("82% of what your plan includes is used", "chat");
    expect(early.text).toContain("Look at the plans");

    const prices = (await english.api.prices.list({ limit: 100 })).data;
    const idOf = (key: string): string => prices.find(({ lookup_key }) => lookup_key === key)?.id ?? "";
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
});

describe("monthly-to-yearly", () => {
  it("offers the year to who pays by the month and uses a lot", async () => {
    await applyRecipes(stage, ["monthly-to-yearly"]);
    const [english, german] = await couple("Mia");
    for (const person of [english, german]) {
      person.stripe.renews();
      person.stripe.renews();
      await stage.settled();
      await use(person, 700);
    }
    await stage.pass({ days: 2, hours: 1 });
    const offer = await german.untilReceived("Sie nutzen Team intensiv und zahlen monatlich.", "chat");
    expect(offer.text).toContain("Bei jährlicher Zahlung sind es 20 % weniger, sonst ändert sich nichts.");
    await english.untilReceived("Paid by the year it costs 20% less", "chat");
  });
});
