import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBench } from "./testing.ts";
import type { Bench } from "./testing.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

describe("webhooks", () => {
  it("are signed so that the SDK accepts them", async () => {
    const { stripe, sandbox } = bench;
    const { received, secret } = await bench.receive();
    const customer = await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "make-ada" });
    await sandbox.deliveries.idle();

    const [delivery] = received;
    expect(delivery?.body).toContain('\n  "object": "event",');
    const event = stripe.webhooks.constructEvent(delivery?.body ?? "", delivery?.signature ?? "", secret);
    expect(event).toMatchObject({
      type: "customer.created",
      api_version: "2026-10-28.endive",
      livemode: false,
      data: { object: { id: customer.id } },
      request: { idempotency_key: "make-ada" },
    });
    expect(() => stripe.webhooks.constructEvent(`${delivery?.body} `, delivery?.signature ?? "", secret)).toThrow();
  });

  it("show only what an update changed, nested keys too", async () => {
    const { stripe, sandbox } = bench;
    const customer = await stripe.customers.create({ name: "Ada", metadata: { plan: "a", kept: "k" } });
    const { received } = await bench.receive(["customer.updated"]);
    await stripe.customers.update(customer.id, { metadata: { plan: "b", added: "n" } });
    await sandbox.deliveries.idle();
    expect(received.map(({ event }) => event.data.previous_attributes)).toEqual([
      { metadata: { plan: "a", added: null } },
    ]);
  });

  it("go only to enabled endpoints that asked for the type", async () => {
    const { stripe, sandbox } = bench;
    const { received: products } = await bench.receive(["product.created"]);
    const endpoint = await stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/x", enabled_events: ["*"] });
    expect(endpoint.secret).toMatch(/^whsec_/);
    const disabled = await stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
    expect(disabled).toMatchObject({ status: "disabled" });
    expect(disabled).not.toHaveProperty("secret");

    await stripe.customers.create({});
    await stripe.products.create({ name: "Team" });
    await sandbox.deliveries.idle();
    expect(products.map(({ event }) => event.type)).toEqual(["product.created"]);
  });

  it("that failed are found by delivery_success", async () => {
    const { stripe, sandbox } = bench;
    await stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/nobody", enabled_events: ["*"] });
    await stripe.customers.create({ name: "Lost" });
    await sandbox.deliveries.idle();
    const failed = await stripe.events.list({ delivery_success: false });
    expect(failed.data).toMatchObject([{ type: "customer.created", pending_webhooks: 1 }]);
    expect((await stripe.events.list({ delivery_success: true })).data).toEqual([]);
  });

  it("can be dropped, doubled and reordered", async () => {
    const { stripe, sandbox } = bench;
    const { received } = await bench.receive(["customer.created"]);
    sandbox.deliveries.set({ dropRate: 1 });
    await stripe.customers.create({ name: "dropped" });
    sandbox.deliveries.set({ dropRate: 0, duplicateRate: 1 });
    await stripe.customers.create({ name: "doubled" });
    sandbox.deliveries.set({ duplicateRate: 0, reorderRate: 1, reorderHoldMs: 50 });
    await stripe.customers.create({ name: "held" });
    sandbox.deliveries.set({ reorderRate: 0 });
    await stripe.customers.create({ name: "overtaking" });
    await sandbox.deliveries.idle();
    const names = received.map(({ event }) => (event.type === "customer.created" ? event.data.object.name : null));
    expect(names).toEqual(["doubled", "doubled", "overtaking", "held"]);
  });

  it("are tried again until the subscriber answers", async () => {
    await bench.close();
    bench = await openBench({ stripeSettings: { webhookRetryDelaysMs: [10, 10] } });
    const { stripe, sandbox } = bench;
    await stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/nobody", enabled_events: ["*"] });
    await stripe.customers.create({});
    await sandbox.deliveries.idle();
    expect(sandbox.deliveries.counters).toMatchObject({ attempts: 3, failed: 1 });
  });

  it("are kept as events for thirty days", async () => {
    const { stripe, sandbox } = bench;
    await stripe.customers.create({ name: "first" });
    await stripe.products.create({ name: "Team" });
    expect((await stripe.events.list({ types: ["customer.*"] })).data.map(({ type }) => type)).toEqual([
      "customer.created",
    ]);
    await sandbox.clock.advance(31 * 86_400);
    expect((await stripe.events.list()).data).toEqual([]);
  });
});
