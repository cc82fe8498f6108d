/** The command line as its users meet it: connect, doctor, and what they say when something is missing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { runCommand, type CommandResult } from "../support/process.ts";
import { openSandbox, stripeOf } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Settings } from "../support/server.ts";

/** What the checklist of `connect stripe` asks for. */
const enough = [
  "rak_customer_read",
  "rak_subscription_read",
  "rak_invoice_read",
  "rak_charge_read",
  "rak_payment_intent_read",
  "rak_payment_method_read",
  "rak_product_read",
  "rak_plan_read",
  "rak_coupon_read",
  "rak_dispute_read",
  "rak_event_read",
  "rak_webhook_write",
];

const report = z.object({
  works: z.boolean(),
  sections: z.array(
    z.object({
      title: z.string(),
      checks: z.array(
        z.object({
          name: z.string(),
          state: z.enum(["ok", "warning", "failed"]),
          detail: z.string(),
          remedy: z.string().optional(),
        }),
      ),
    }),
  ),
});

describe("the command line", () => {
  let sandbox: Sandbox;
  let home: Home;
  let env: Settings;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 5 }), createHome()]);
    env = {
      ...environmentFor(sandbox.url, await freePort()),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    };
  });

  afterAll(async () => {
    await sandbox.close();
    await home.remove();
  });

  /** What a command changed at the vendors. */
  async function writesOf(
    command: () => Promise<CommandResult>,
  ): Promise<{ readonly result: CommandResult; readonly writes: readonly string[] }> {
    const before = sandbox.requests.lastSeq;
    const result = await command();
    // A probe of what the keys may do is refused by design and changes nothing.
    const writes = sandbox.requests
      .since(before)
      .filter(({ method, path, status }) => method !== "GET" && path !== "/contacts/search" && status < 300);
    return { result, writes: writes.map(({ method, path }) => `${method} ${path}`) };
  }

  it("doctor fails before anything is set up, and says what to do", async () => {
    const { result, writes } = await writesOf(() => runCommand(["doctor"], env));
    expect(result.exitCode).toBe(1);
    expect(result.output).toContain("Something does not work");
    expect(result.output).toContain("they are made there");
    expect(writes).toEqual([]);
  });

  it("connect stripe sets up the webhook endpoint, and a second time changes nothing", async () => {
    const first = await writesOf(() => runCommand(["connect", "stripe"], env));
    expect(first.result).toMatchObject({ exitCode: 0 });
    expect(first.result.output).toContain("Stripe is connected. Next: dunlin connect intercom");
    expect(first.writes).toEqual(["POST /v1/webhook_endpoints"]);

    const second = await writesOf(() => runCommand(["connect", "stripe"], env));
    expect(second.result.exitCode).toBe(0);
    expect(second.writes).toEqual([]);
    expect((await stripeOf(sandbox).webhookEndpoints.list()).data).toHaveLength(1);
  });

  it("connect intercom makes the attributes, and a second time changes nothing", async () => {
    const first = await writesOf(() => runCommand(["connect", "intercom"], env));
    expect(first.result).toMatchObject({ exitCode: 0 });
    expect(new Set(first.writes)).toEqual(new Set(["POST /data_attributes"]));

    const second = await writesOf(() => runCommand(["connect", "intercom"], env));
    expect(second.result.exitCode).toBe(0);
    expect(second.writes).toEqual([]);
  });

  it("connect never prints a key or a secret", async () => {
    const { output } = await runCommand(["connect", "stripe"], env);
    expect(output).not.toContain(env["STRIPE_API_KEY"]);
    expect(output).not.toMatch(/whsec_\w+/);
  });

  it("doctor is content once the server runs, from the credentials that connect kept", async () => {
    const dunlin = await startDunlin({ sandbox, home, port: Number(env["PORT"]) });
    await dunlin.settled();
    try {
      const kept = { ...env, STRIPE_API_KEY: "", INTERCOM_ACCESS_TOKEN: "", INTERCOM_CLIENT_SECRET: "" };
      const { result, writes } = await writesOf(() => runCommand(["doctor", "--json"], kept));
      const { works, sections } = report.parse(JSON.parse(result.output));
      expect(sections.flatMap(({ checks }) => checks.filter(({ state }) => state === "failed"))).toEqual([]);
      expect(works).toBe(true);
      expect(result.exitCode).toBe(0);
      expect(sections.map(({ title }) => title)).toEqual(["Dunlin", "Stripe", "Intercom"]);
      expect(writes).toEqual([]);
    } finally {
      await dunlin.stop();
    }
  });

  it("doctor notices a token that no longer works", async () => {
    sandbox.intercom.setUnauthorized(true);
    try {
      const { exitCode, output } = await runCommand(["doctor"], env);
      expect(exitCode).toBe(1);
      expect(output).toContain("Intercom");
      expect(output).toMatch(/✗.*token/i);
    } finally {
      sandbox.intercom.setUnauthorized(false);
    }
  });

  it("connect stripe names every permission that the key lacks", async () => {
    const key = sandbox.stripe.createRestrictedKey(["rak_customer_read"]);
    const { exitCode, output } = await runCommand(["connect", "stripe", "--key", key], { ...env, STRIPE_API_KEY: "" });
    expect(exitCode).toBe(1);
    expect(output).toContain("Stripe is not connected yet");
    expect(enough.filter((permission) => !output.includes(permission))).toEqual(["rak_customer_read"]);
  });

  it("connect intercom names the permission that the token lacks", async () => {
    sandbox.intercom.revokeScope("read_users");
    try {
      const { exitCode, output } = await runCommand(["connect", "intercom"], env);
      expect(exitCode).toBe(1);
      expect(output).toContain("Read users and companies");
    } finally {
      sandbox.intercom.grantScope("read_users");
    }
  });

  it("start names half a set of keys, and every other mistake in the settings, at once", async () => {
    const { exitCode, output } = await runCommand(["start"], {
      ...env,
      PORT: "none",
      DUNLIN_CREATE_CONTACTS: "some",
      STRIPE_API_KEY: "pk_test_1",
    });
    expect(exitCode).toBe(1);
    expect(output).toContain("PORT must be a port number");
    expect(output).toContain("DUNLIN_CREATE_CONTACTS must be none, identified or all");
    expect(output).toContain("STRIPE_API_KEY must be a Stripe key");
  });
});

describe("a restricted key with the listed permissions", () => {
  it("is enough for everything", async () => {
    const [sandbox, home] = await Promise.all([openSandbox({ customers: 11 }), createHome()]);
    const key = sandbox.stripe.createRestrictedKey(enough);
    const dunlin = await startDunlin({ sandbox, home, env: { STRIPE_API_KEY: key } });
    try {
      await dunlin.settled();
      const { customer } = sandbox.stripe.scenarios.checkout({
        email: "restricted@example.com",
        name: "Restricted",
        userId: "user_restricted",
      });
      sandbox.stripe.scenarios.replaceCard(String(customer));
      sandbox.stripe.scenarios.dispute(String(customer));
      await dunlin.settled();
      await expectContactsRight(sandbox);
      expect(await listDeadLetters(home.pool)).toEqual([]);
    } finally {
      await dunlin.stop();
      await sandbox.close();
      await home.remove();
    }
  });
});
