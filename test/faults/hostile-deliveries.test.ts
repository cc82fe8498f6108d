/** Wrong secrets, old and forged signatures, malformed bodies: each is refused, none leaves a trace, and the right secret heals. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listStoredEvents, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { deliverStripeEvent, stripeEventBody, stripeSignature } from "../support/signed-event.ts";
import { eventually } from "../support/wait.ts";

const wrong = "whsec_of_yesterday";

describe("an endpoint that the operator manages", () => {
  let sandbox: Sandbox;
  let home: Home;
  let port: number;
  let secret: string;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home, port] = await Promise.all([openSandbox({ customers: 4 }), createHome(), freePort()]);
    secret = sandbox.stripe.addWebhookEndpoint(`http://127.0.0.1:${port}/webhooks/stripe`).secret ?? "";
    dunlin = await startDunlin({ sandbox, home, port, env: { STRIPE_WEBHOOK_SECRET: wrong } });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it("refuses deliveries while its secret is the wrong one, and stores nothing of them", async () => {
    sandbox.stripe.scenarios.checkout({ email: "rotated@example.com", name: "Rotated", userId: "user_rotated" });
    await eventually(
      () => sandbox.deliveries.recent().some(({ vendor, status }) => vendor === "stripe" && status === 400),
      { withinMs: 15_000 },
    );
    expect((await listStoredEvents(home.pool)).size).toBe(0);
  });

  it("takes them with a list of secrets while one is being rolled", async () => {
    await dunlin.stop();
    dunlin = await startDunlin({ sandbox, home, port, env: { STRIPE_WEBHOOK_SECRET: `${wrong},${secret}` } });
    await dunlin.settled(20_000);
    await expectContactsRight(sandbox);

    for (const each of [wrong, secret]) {
      expect((await deliverStripeEvent(dunlin.url, unused(), { secret: each })).status).toBe(200);
    }
  });

  it("takes a delivery with one signature per secret, as Stripe sends it during a roll", async () => {
    const body = unused();
    const [t, v1] = stripeSignature(body, { secret }).split(",");
    const [, foreign] = stripeSignature(body, { secret: "whsec_other", atS: Number(t?.slice(2)) }).split(",");
    const answer = await deliver(body, `${t},${foreign},${v1},v0=00`);
    expect(answer.status).toBe(200);
  });

  it("makes no endpoint of its own", () => {
    expect(sandbox.stripe.world.tables.webhookEndpoints.all()).toHaveLength(1);
  });

  const nowS = Math.floor(Date.now() / 1000);
  const refusals: readonly (readonly [string, () => Promise<Response>, number])[] = [
    ["no signature", () => fetch(`${dunlin.url}/webhooks/stripe`, { method: "POST", body: unused() }), 400],
    ["a signature of somebody else", () => deliverStripeEvent(dunlin.url, unused(), { secret: "whsec_guess" }), 400],
    [
      "a signature of ten minutes ago",
      () => deliverStripeEvent(dunlin.url, unused(), { secret, atS: nowS - 600 }),
      400,
    ],
    ["a signature of the future", () => deliverStripeEvent(dunlin.url, unused(), { secret, atS: nowS + 900 }), 400],
    ["another body than the one that was signed", () => deliver(unused(), stripeSignature(unused(), { secret })), 400],
    [
      "an event of live mode",
      () =>
        deliverStripeEvent(
          dunlin.url,
          stripeEventBody({ type: "customer.updated", object: { id: "cus_1" }, livemode: true }),
          { secret },
        ),
      400,
    ],
    ["no body", () => fetch(`${dunlin.url}/webhooks/stripe`, { method: "POST" }), 400],
    ["two megabytes", () => deliverStripeEvent(dunlin.url, "x".repeat(2 * 1024 * 1024), { secret }), 413],
    [
      "a thin event",
      () =>
        deliverStripeEvent(
          dunlin.url,
          JSON.stringify({ id: "evt_1", object: "v2.core.event", type: "v1.customer.updated" }),
          { secret },
        ),
      400,
    ],
    [
      "an account that is not connected",
      () => fetch(`${dunlin.url}/webhooks/stripe/acct_other`, { method: "POST", body: unused() }),
      404,
    ],
  ];

  it.each(refusals)("refuses %s and stores nothing", async (_what, send, status) => {
    const before = (await listStoredEvents(home.pool)).size;
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) },
    });
    expect((await listStoredEvents(home.pool)).size).toBe(before);
  });

  it("answers hundreds of malformed bodies with 4xx, keeps none, and lives on", async () => {
    const before = (await listStoredEvents(home.pool)).size;
    const bodies = Array.from({ length: 300 }, (_, index) => malformed(index));
    const statuses: number[] = [];
    for (let start = 0; start < bodies.length; start += 20) {
      const answers = await Promise.all(
        bodies.slice(start, start + 20).map((body) => deliverStripeEvent(dunlin.url, body, { secret })),
      );
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([400]));
    expect((await listStoredEvents(home.pool)).size).toBe(before);
    expect((await fetch(`${dunlin.url}/health`)).status).toBe(200);
  });

  function deliver(body: string, signature: string): Promise<Response> {
    return fetch(`${dunlin.url}/webhooks/stripe`, { method: "POST", headers: { "stripe-signature": signature }, body });
  }
});

/** An event of a type that is stored and passed over. */
function unused(): string {
  return stripeEventBody({ type: "account.updated", object: { id: "acct_1", object: "account" } });
}

/** Genuine signatures over everything that is no event: half ones, wrong types, deep nests, bytes. */
function malformed(index: number): string {
  const whole = unused();
  switch (index % 6) {
    case 0:
      return whole.slice(0, 1 + Math.floor((whole.length - 3) * (index / 300)));
    case 1:
      return JSON.stringify({ ...JSON.parse(whole), created: "yesterday" });
    case 2:
      return JSON.stringify({ ...JSON.parse(whole), data: { object: [index] } });
    case 3:
      return `${"[".repeat(5000 + index)}${"]".repeat(5000 + index)}`;
    case 4:
      return randomBytes(64 + index).toString("base64");
    default:
      return JSON.stringify({ ...JSON.parse(whole), id: "x".repeat(300) });
  }
}
