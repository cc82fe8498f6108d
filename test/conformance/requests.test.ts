/** Every request of a broad journey, held against what the vendors say about their APIs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { createContact } from "../support/intercom-app.ts";
import { descriptionFile, loadRequestCheck } from "../support/intercom-description.ts";
import { startRecorder, type Exchange, type Recorder } from "../support/recorder.ts";
import { findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

const check = loadRequestCheck();

describe("a broad journey", () => {
  let sandbox: Sandbox;
  let home: Home;
  let recorder: Recorder;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 12 }), createHome()]);
    recorder = await startRecorder(sandbox.url);
    const bases = { STRIPE_API_BASE: recorder.url, INTERCOM_API_BASE: recorder.url };
    dunlin = await startDunlin({ sandbox, home, env: { ...bases, DUNLIN_CREATE_CONTACTS: "all" } });
    await dunlin.settled();
    await goThroughMuch();
    await expectContactsRight(sandbox, { createAll: true, except: [archived] });
  });

  afterAll(async () => {
    await dunlin.stop();
    await recorder.close();
    await sandbox.close();
    await home.remove();
  });

  let archived = "";

  /** Creations, conflicts, updates, refusals, archived and merged contacts. */
  async function goThroughMuch(): Promise<void> {
    const { scenarios } = sandbox.stripe;
    sandbox.intercom.setSearchLagMs(5000);
    await createContact(sandbox, { role: "user", email: "conflict@example.com", name: "Con Flict" });
    scenarios.checkout({ email: "conflict@example.com", name: "Con Flict" });
    scenarios.checkout({ email: "by.id@example.com", name: "By Id", userId: "user_by_id" });
    await dunlin.settled();
    sandbox.intercom.setSearchLagMs(0);
    const { id, metadata } = await findSteadyCustomer(sandbox);
    scenarios.paymentFails(id);
    scenarios.updateCustomer(id, { name: "Renamed", email: "renamed@example.com" });
    await dunlin.settled();
    archived = id;
    const [contact] = sandbox.intercom.contactsFor({ external_id: metadata["user_id"] ?? null });
    sandbox.intercom.archiveContact(contact?.id ?? "");
    scenarios.paymentSucceeds(id);
    await dunlin.settled();
  }

  const toIntercom = (): readonly Exchange[] => recorder.exchanges().filter(({ path }) => !path.startsWith("/v1/"));
  const toStripe = (): readonly Exchange[] => recorder.exchanges().filter(({ path }) => path.startsWith("/v1/"));

  it.skipIf(check === undefined)(
    `sends Intercom only what version 2.16 describes (skipped without ${descriptionFile})`,
    () => {
      const kinds = new Set(
        toIntercom().map(({ method, path }) => `${method} ${path.replaceAll(/[0-9a-f]{24}/g, "{id}")}`),
      );
      for (const kind of [
        "GET /me",
        "GET /data_attributes",
        "POST /data_attributes",
        "POST /contacts/search",
        "POST /contacts",
        "PUT /contacts/{id}",
        "GET /contacts/{id}",
      ]) {
        expect(kinds).toContain(kind);
      }
      expect(toIntercom().flatMap((exchange) => check?.(exchange) ?? [])).toEqual([]);
    },
  );

  it.skipIf(check === undefined)("is checked by something that bites", () => {
    const [update] = toIntercom().filter(({ method }) => method === "PUT");
    if (update === undefined) throw new Error("Nothing was updated.");
    expect(check?.({ ...update, body: '{"signed_up_at":"yesterday"}' })).not.toEqual([]);
    expect(check?.({ ...update, path: "/people/1" })).toEqual(["PUT /people/1 is not described"]);
  });

  it("names the version, the caller and the key on every call to Intercom", () => {
    for (const { headers, body } of toIntercom()) {
      expect(headers["intercom-version"]).toBe("2.16");
      expect(headers["authorization"]).toMatch(/^Bearer /);
      expect(headers["user-agent"]).toMatch(/^dunlin\/\d/);
      if (body !== "") expect(headers["content-type"]).toBe("application/json");
    }
  });

  it("writes no Stripe customer id into a contact's external id", () => {
    const written = toIntercom().filter(({ body }) => body.includes('"external_id"'));
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter(({ body }) => /"external_id":"cus_/.test(body))).toEqual([]);
  });

  it("pins one version on every call to Stripe", () => {
    expect(toStripe().length).toBeGreaterThan(5);
    expect(new Set(toStripe().map(({ headers }) => headers["stripe-version"]))).toEqual(new Set(["2026-10-28.endive"]));
  });

  it("writes nothing to Stripe but its one webhook endpoint, and that with an idempotency key", () => {
    const writes = toStripe().filter(({ method }) => method !== "GET");
    expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /v1/webhook_endpoints"]);
    expect(writes[0]?.headers["idempotency-key"]).toMatch(/^dunlin-/);
  });

  it("subscribes to exactly the event types it uses, in its pinned version, and never to invoice.created", () => {
    const [endpoint, ...others] = sandbox.stripe.world.tables.webhookEndpoints.all();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({
      url: `${dunlin.url}/webhooks/stripe`,
      api_version: "2026-10-28.endive",
      status: "enabled",
    });
    expect(new Set(endpoint?.enabled_events)).toEqual(new Set(eventTypes));
    expect(endpoint?.enabled_events).not.toContain("invoice.created");
    expect(endpoint?.enabled_events).not.toContain("*");
  });
});

/** Written down here once more, so that a type is neither added nor lost by accident. */
const eventTypes = [
  ...["created", "updated", "deleted"].map((step) => `customer.${step}`),
  ...[
    "created",
    "updated",
    "deleted",
    "paused",
    "resumed",
    "trial_will_end",
    "pending_update_applied",
    "pending_update_expired",
  ].map((step) => `customer.subscription.${step}`),
  ...[
    "finalized",
    "finalization_failed",
    "updated",
    "paid",
    "payment_failed",
    "payment_action_required",
    "voided",
    "marked_uncollectible",
    "sent",
    "deleted",
  ].map((step) => `invoice.${step}`),
  ...["processing", "succeeded", "payment_failed", "requires_action", "canceled"].map(
    (step) => `payment_intent.${step}`,
  ),
  ...["succeeded", "failed", "pending", "updated", "captured", "expired", "refunded"].map((step) => `charge.${step}`),
  ...["created", "updated", "failed"].map((step) => `refund.${step}`),
  ...["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"].map((step) => `charge.dispute.${step}`),
  ...["attached", "updated", "automatically_updated", "detached"].map((step) => `payment_method.${step}`),
  ...["created", "updated", "deleted"].map((step) => `product.${step}`),
  ...["created", "updated", "deleted"].map((step) => `price.${step}`),
  ...["completed", "expired", "async_payment_succeeded", "async_payment_failed"].map(
    (step) => `checkout.session.${step}`,
  ),
  ...["created", "updated", "deleted"].map((step) => `customer.discount.${step}`),
  "coupon.created",
  "mandate.updated",
  "radar.early_fraud_warning.created",
  "entitlements.active_entitlement_summary.updated",
  ...["credit_grant.created", "credit_grant.updated", "credit_balance_transaction.created"].map(
    (step) => `billing.${step}`,
  ),
];
