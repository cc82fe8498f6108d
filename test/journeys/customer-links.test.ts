/** A message brings a link, and the customer does something about it: pays, changes the card, changes the plan. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environmentFor } from "../support/server.ts";
import { runCommand } from "../support/process.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { eventually } from "../support/wait.ts";

describe("a customer with a link", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({ begins: "now" });
    await stage.apply({
      business: { name: "Lapwing Analytics" },
      texts: {
        failed: {
          de: {
            body: "Das ging schief: [noch einmal]({{ link.try_again }}) oder [ändern]({{ link.update_payment_method }})",
          },
          en: { body: "That failed: [again]({{ link.try_again }}) or [change]({{ link.update_payment_method }})" },
        },
      },
      rules: [
        {
          name: "failed-payment",
          description: "Tells of a failed payment.",
          purpose: "To see it work.",
          mode: "live",
          quietHours: "none",
          caps: "none",
          on: { moment: "payment_failed" },
          steps: [{ message: { channel: "chat", text: "failed" } }],
        },
      ],
    });
  });

  afterAll(() => stage.close());

  /** A page as a browser shows it, with what its button would send. */
  async function visit(url: string): Promise<{ readonly text: string; readonly form: URLSearchParams }> {
    const page = await fetch(url);
    const text = await page.text();
    const fields = [...text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = "", value = ""]): [string, string] => [name, value],
    );
    return { text: text.replaceAll("\u00a0", " "), form: new URLSearchParams(fields) };
  }

  async function press(url: string, form: URLSearchParams): Promise<string> {
    const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
    expect(answer.status).toBe(303);
    return answer.headers.get("location") ?? "";
  }

  /** Somebody whose payment fails, with the two links of the message. */
  async function troubled(name: string, code: string): Promise<{ person: Person; again: string; change: string }> {
    const person = await stage.newcomer({ name, language: "de" });
    person.stripe.paymentFails(code);
    const { links } = await person.untilReceived("Das ging schief");
    const [again = "", change = ""] = links;
    return { person, again, change };
  }

  function dunlin(...args: readonly string[]): ReturnType<typeof runCommand> {
    const env = { ...environmentFor(stage.sandbox.url, stage.dunlin.port), DATABASE_URL: stage.home.databaseUrl };
    return runCommand(args, { ...env, DUNLIN_DATA_DIR: stage.home.dataDir });
  }

  it("pays with one click once there is money, and is no longer owing in Intercom", async () => {
    const { person, again } = await troubled("Ida", "insufficient_funds");
    await person.untilShows({ stripe_status: "past_due" });
    const { text, form } = await visit(again);
    expect(text).toContain("Lapwing Analytics");
    expect(text).toContain("Das Konto war nicht ausreichend gedeckt.");
    for (const { id } of (await person.api.customers.listPaymentMethods(person.customerId)).data)
      stage.sandbox.stripe.world.tables.behaviours.put({
        id,
        outcome: "succeed",
        code: null,
        networkCode: null,
        mandate: null,
      });
    expect(await press(again, form)).toBe(again);
    expect((await visit(again)).text).toContain("Bezahlt, vielen Dank");
    await person.untilShows({ stripe_status: "active" });
    const shown = await dunlin("links", "show", person.customerId);
    expect(shown.output).toMatch(/done +paid/);
  });

  it("gives another card on Stripe's page where the old one cannot work, comes back, and pays with it", async () => {
    const { person, again, change } = await troubled("Ole", "lost_card");
    expect((await visit(again)).text).toContain("Bitte verwenden Sie eine andere Zahlungsart");
    const portal = await press(change, (await visit(change)).form);
    expect((await visit(portal)).text).toContain("Customer portal of the sandbox");
    const back = await press(portal, new URLSearchParams({ card: "pm_card_visa" }));
    const thanks = await visit(back);
    expect(thanks.text).toContain("Eine Rechnung ist noch offen.");
    const onward = /href="([^"]+\/l\/[^"]+)"/.exec(thanks.text)?.[1] ?? "";
    await press(onward, (await visit(onward)).form);
    await person.untilShows({ stripe_status: "active" });
  });

  /** The plan that they have, and the same for a year at the price of ten months. */
  async function offerYear(person: Person): Promise<{ readonly subscription: string; readonly yearly: string }> {
    const [subscription] = (await person.api.subscriptions.list({ customer: person.customerId })).data;
    const price = subscription?.items.data[0]?.price;
    if (!subscription || typeof price?.product !== "string") throw new Error("They have no plan.");
    const yearly = await person.api.prices.create({
      product: price.product,
      currency: price.currency,
      unit_amount: (price.unit_amount ?? 0) * 10,
      recurring: { interval: "year" },
    });
    await stage.settled();
    const plans = [
      { id: "month", name: "Team", prices: [price.id] },
      { id: "year", name: "Team, jährlich", prices: [yearly.id] },
    ];
    const order = { document: { version: 1, plans }, basedOn: 0 };
    await eventually(async () => (await stage.call("PUT", "/api/plans", order)).ok, { withinMs: 10_000 });
    return { subscription: subscription.id, yearly: yearly.id };
  }

  it("sees what another plan would save, and changes to it on Stripe's page", async () => {
    const person = await stage.newcomer({ name: "Uta", language: "de" });
    const { subscription, yearly } = await offerYear(person);
    const made = await dunlin("links", "make", person.customerId, "show_saving");
    const saving = await visit(made.output.trim());
    expect(saving.text).toContain("im Jahr sparen");
    expect(saving.text).toContain("Team, jährlich");
    const onward = /href="([^"]+\/l\/[^"]+)"/.exec(saving.text)?.[1] ?? "";
    expect((await visit(onward)).text).toContain("Zu „Team, jährlich“ wechseln");
    const portal = await press(onward, new URLSearchParams());
    const back = await press(portal, new URLSearchParams());
    expect((await visit(back)).text).toContain("Vielen Dank");
    const after = await person.api.subscriptions.retrieve(subscription);
    expect(after.items.data.map((item) => item.price.id)).toEqual([yearly]);
  });

  it("has no link any more once all are revoked", async () => {
    const person = await stage.newcomer({ name: "Eva", language: "de" });
    const made = await dunlin("links", "make", person.customerId, "update_payment_method", "--days", "2");
    const url = made.output.trim();
    expect((await fetch(url)).status).toBe(200);
    expect((await dunlin("links", "revoke", person.customerId)).output).toContain("✓ All links");
    expect((await fetch(url)).status).toBe(410);
    expect((await visit(url)).text).toContain("This link no longer works");
  });

  it("leaves nothing behind, and no link in the log", async () => {
    expect(await stage.deadLetters()).toEqual([]);
    expect(JSON.stringify(stage.dunlin.logged())).not.toMatch(/\/l\/[\w-]{20}/);
  });
});
