/** The first start with an empty folder, and every one after it: as a process of its own, with the database it brings along. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createDataDir } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { readPulse } from "../support/pulse.ts";
import { openSandbox, stripeOf } from "../support/sandbox.ts";
import { readReadiness } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

/** What has to exist in Intercom, and as what: values of the wrong type are refused there. */
const definitions: Readonly<Record<string, string>> = {
  stripe_plan: "string",
  stripe_plan_price: "float",
  stripe_plan_currency: "string",
  stripe_plan_interval: "string",
  stripe_status: "string",
  stripe_account_balance: "float",
  stripe_account_balance_currency: "string",
  stripe_created_at: "date",
  stripe_delinquent: "boolean",
  stripe_subscription_period_end: "date",
  stripe_trial_end: "date",
  stripe_cancel_at: "date",
  stripe_card_brand: "string",
  stripe_card_expires_at: "date",
  stripe_last_payment_amount: "float",
  stripe_last_payment_currency: "string",
  stripe_last_paid_at: "date",
  stripe_last_payment_at: "date",
  stripe_last_payment_status: "string",
  stripe_total_paid: "float",
  stripe_total_paid_currency: "string",
  stripe_payment_count: "integer",
  stripe_first_payment_at: "date",
  stripe_billing_country: "string",
  stripe_customer_link: "string",
  stripe_status_detail: "string",
  stripe_subscriptions_count: "integer",
  stripe_addons: "string",
  stripe_mrr: "float",
  stripe_mrr_currency: "string",
  stripe_arr: "float",
  stripe_next_invoice_at: "date",
  stripe_next_invoice_amount: "float",
  stripe_open_invoice_amount: "float",
  stripe_open_invoice_currency: "string",
  stripe_is_past_due: "boolean",
  stripe_credit_available: "float",
  stripe_locale: "string",
  stripe_total_paid_reporting: "float",
  stripe_average_payment: "float",
  stripe_payments_per_month: "float",
  stripe_payment_failure: "string",
  stripe_payment_failure_reason: "string",
  stripe_payment_retry_makes_sense: "boolean",
  stripe_payment_method_type: "string",
  stripe_debit_state: "string",
  stripe_debit_expected_at: "date",
  usage_status: "string",
  stripe_usage_percent: "float",
  stripe_usage_projected_percent: "float",
  stripe_usage_value: "float",
  stripe_usage_limit: "float",
  stripe_usage_meter: "string",
};

describe("the first start with real keys", () => {
  let sandbox: Sandbox;
  let dataDir: string;
  let port: number;
  let dunlin: DunlinProcess;

  beforeAll(async () => {
    [sandbox, dataDir, port] = await Promise.all([openSandbox(), createDataDir(), freePort()]);
    dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port });
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it("is ready in every part", async () => {
    expect(await readReadiness(dunlin.url)).toEqual({
      status: 200,
      parts: { database: "ok", stripe: "ok", intercom: "ok", queues: "ok" },
    });
  });

  it("makes the attributes exist with the right types and a description", () => {
    const isOurs = (name: string): boolean => name.startsWith("stripe_") || name === "usage_status";
    const made = sandbox.intercom.attributes("contact").filter(({ name }) => isOurs(name));
    expect(Object.fromEntries(made.map(({ name, data_type: type }) => [name, type]))).toEqual(definitions);
    expect(made.filter(({ description }) => !description)).toEqual([]);
    // Customers must not be able to forge their own billing through the messenger.
    expect(made.filter(({ messenger_writable: writable }) => writable === true)).toEqual([]);
  });

  it("fills every customer's contact with every value", async () => {
    await eventually(() => expectContactsRight(sandbox), { withinMs: 20_000, everyMs: 100 });
  });

  it("tells on its page how many customers there are, and who is left out", async () => {
    const {
      totals,
      connections,
      sandbox: shown,
    } = await eventually(
      async () => {
        const pulse = await readPulse(dunlin.url);
        expect(pulse.backfill?.state).toBe("done");
        expect(pulse.queue).toMatchObject({ urgent: 0, calm: 0, backfill: 0, dead: 0, eventsWaiting: 0 });
        expect(pulse.totals.linked + pulse.totals.leftOut.reduce((sum, { count }) => sum + count, 0)).toBe(12);
        return pulse;
      },
      { withinMs: 10_000, everyMs: 100 },
    );
    expect(totals.customers).toBe(12);
    expect(connections.map(({ vendor, state }) => [vendor, state])).toEqual([
      ["stripe", "active"],
      ["intercom", "active"],
    ]);
    expect(shown).toBeNull();
  });

  it("ends in order when it is asked to, finds everything again and writes nothing", async () => {
    expect(await dunlin.stop()).toBe(0);
    const before = sandbox.requests.lastSeq;

    dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port });
    await eventually(
      async () => expect((await readPulse(dunlin.url)).queue).toMatchObject({ urgent: 0, calm: 0, backfill: 0 }),
      { withinMs: 15_000 },
    );

    const writes = sandbox.requests
      .since(before)
      .filter(({ method, path }) => method !== "GET" && path !== "/contacts/search");
    expect(writes).toEqual([]);
    const endpoints = await stripeOf(sandbox).webhookEndpoints.list();
    expect(endpoints.data).toHaveLength(1);
    await expectContactsRight(sandbox);
  });

  it("takes deliveries again after the second start", async () => {
    const { customer } = sandbox.stripe.scenarios.checkout({
      email: "after@example.com",
      name: "After Restart",
      userId: "user_after",
    });
    expect(customer).toMatch(/^cus_/);
    await eventually(() => expectContactsRight(sandbox), { withinMs: 15_000, everyMs: 100 });
  });
});

describe("the first start without any key", () => {
  it("joins the make-believe company and shows its billing", async () => {
    const [dataDir, sandboxPort] = await Promise.all([createDataDir(), freePort()]);
    const noKeys = {
      STRIPE_API_KEY: "",
      INTERCOM_ACCESS_TOKEN: "",
      INTERCOM_CLIENT_SECRET: "",
      PUBLIC_URL: "",
      STRIPE_API_BASE: "",
      INTERCOM_API_BASE: "",
      INTERCOM_REGION: "",
    };
    const dunlin = await startDunlinProcess({
      sandboxUrl: "",
      dataDir,
      env: { ...noKeys, SANDBOX_PORT: String(sandboxPort), SANDBOX_CUSTOMERS: "5" },
    });
    try {
      await eventually(
        async () => {
          const { totals, sandbox } = await readPulse(dunlin.url);
          expect(totals.customers).toBe(5);
          expect(totals.linked).toBeGreaterThan(0);
          expect(sandbox).toEqual({ controlUrl: `http://127.0.0.1:${sandboxPort}` });
        },
        { withinMs: 15_000, everyMs: 100 },
      );
      expect(dunlin.output()).toContain("Admin token, needed from other machines and shown only now:");
    } finally {
      expect(await dunlin.stop()).toBe(0);
      await rm(dataDir, { recursive: true, force: true });
    }
    await expect(fetch(`http://127.0.0.1:${sandboxPort}/`)).rejects.toThrow("fetch failed");
  });
});
