/** Keys, secrets and personal data never get into the log, whatever goes wrong. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INTERCOM_CLIENT_SECRET, INTERCOM_TOKEN, type Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { openSandbox, stripeKey } from "../support/sandbox.ts";
import { deliverStripeEvent, stripeEventBody } from "../support/signed-event.ts";
import { eventually } from "../support/wait.ts";

const adminToken = "an-admin-token-that-nobody-may-see";
const encryptionKey = "an-encryption-key-that-nobody-may-see";
const patience = { withinMs: 20_000, everyMs: 100 };

describe("the log of an eventful run", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: DunlinProcess;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 6 }), createHome()]);
    dunlin = await startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      env: {
        DATABASE_URL: home.databaseUrl,
        DUNLIN_LOG_LEVEL: "debug",
        DUNLIN_ADMIN_TOKEN: adminToken,
        DUNLIN_SECRET_KEY: encryptionKey,
      },
    });
    sandbox.intercom.setWebhookUrl(`${dunlin.url}/webhooks/intercom`);
    await goThroughMuch();
    await dunlin.stop();
  });

  afterAll(async () => {
    await sandbox.close();
    await home.remove();
  });

  /** Success, trouble of every kind, attacks, and bodies that nobody understands. */
  async function goThroughMuch(): Promise<void> {
    await eventually(() => expectContactsRight(sandbox), patience);
    for (const [kind, status] of [
      ["status", 500],
      ["html", 200],
      ["truncate", 200],
      ["reset-after", 200],
      ["status", 400],
      ["status", 409],
    ] as const) {
      sandbox.faults.add({ vendor: "intercom", kind, status, count: 2 });
    }
    sandbox.stripe.scenarios.checkout({
      email: "private.person@example.com",
      name: "Private Person",
      userId: "user_private",
    });
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
    await deliverStripeEvent(
      dunlin.url,
      stripeEventBody({ type: "customer.updated", object: { id: "cus_1", email: "attacker@example.com" } }),
      { secret: "whsec_of_an_attacker" },
    );
    const [endpoint] = sandbox.stripe.world.tables.webhookEndpoints.all();
    await deliverStripeEvent(dunlin.url, '{"email": "malformed@example.com"', { secret: endpoint?.secret ?? "" });
    await fetch(`${dunlin.url}/webhooks/intercom`, {
      method: "POST",
      body: '{"email": "forged@example.com"}',
      headers: { "x-hub-signature": "sha1=00" },
    });
    await fetch(`${dunlin.url}/api/session`, {
      method: "POST",
      body: JSON.stringify({ token: "a-guess-of-somebody" }),
      headers: { "content-type": "application/json" },
    });
    await eventually(() => sandbox.faults.list().every(({ hits }) => hits === 2), patience);
    sandbox.intercom.setUnauthorized(true);
    sandbox.stripe.scenarios.checkout({
      email: "second.person@example.com",
      name: "Second Person",
      userId: "user_second",
    });
    await eventually(() => expect(dunlin.output()).toContain("is paused"), patience);
    await sandbox.deliveries.idle();
  }

  it("was long enough to be worth reading", () => {
    expect(dunlin.output().split("\n").length).toBeGreaterThan(10);
    expect(dunlin.output()).toContain('"level":"debug"');
  });

  it("shows no key, token or secret", () => {
    const secrets = sandbox.stripe.world.tables.webhookEndpoints.all().map(({ secret }) => secret);
    const forbidden = [
      stripeKey,
      INTERCOM_TOKEN,
      INTERCOM_CLIENT_SECRET,
      adminToken,
      encryptionKey,
      "whsec_of_an_attacker",
      "a-guess-of-somebody",
      ...secrets,
    ];
    expect(forbidden.filter((secret) => secret !== undefined && dunlin.output().includes(secret))).toEqual([]);
    expect(dunlin.output()).not.toContain("Bearer ");
  });

  it("shows no e-mail address and no name", () => {
    const people = sandbox.stripe.world.tables.customers.all().flatMap(({ email, name }) => [email, name]);
    const forbidden = [...people, "attacker@example.com", "malformed@example.com", "forged@example.com"];
    expect(forbidden.filter((text) => typeof text === "string" && dunlin.output().includes(text))).toEqual([]);
    expect(dunlin.output()).not.toMatch(/[\w.]+@example\./);
  });
});
