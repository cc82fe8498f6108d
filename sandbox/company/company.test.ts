import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { somethingHappens } from "./bustle.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ customers: 40 });
});
afterAll(() => sandbox.close());

const rows = () => sandbox.stripe.world.tables;

describe("the make-believe company", () => {
  it("has customers in every situation", () => {
    const statuses = new Set(
      rows()
        .subscriptions.all()
        .map(({ status }) => status),
    );
    expect([...statuses].sort()).toEqual(["active", "canceled", "past_due", "trialing"]);
    const types = new Set(
      rows()
        .paymentMethods.all()
        .map(({ type }) => type),
    );
    expect([...types].sort()).toEqual(["card", "sepa_debit"]);
    expect(
      rows()
        .paymentIntents.all()
        .some(({ status }) => status === "processing"),
    ).toBe(true);
    expect(rows().refunds.size).toBeGreaterThan(0);
    expect(rows().disputes.size).toBeGreaterThan(0);
    expect(
      rows()
        .customers.all()
        .some(({ balance }) => balance < 0),
    ).toBe(true);
    expect(
      rows()
        .subscriptions.all()
        .some(({ cancel_at }) => cancel_at !== null),
    ).toBe(true);
    expect(rows().meterEvents.size).toBeGreaterThan(0);
  });

  it("has a past that adds up and lies before now", () => {
    const now = sandbox.kernel.clock.nowS();
    expect(
      rows()
        .invoices.all()
        .every(({ created }) => created <= now),
    ).toBe(true);
    for (const invoice of rows().invoices.all()) {
      if (invoice.status === "paid") expect(invoice.amount_paid).toBe(invoice.amount_due);
      expect(invoice.lines.data.reduce((sum, { amount }) => sum + amount, 0)).toBe(invoice.subtotal);
    }
    const months = new Set(
      rows()
        .charges.all()
        .map(({ created }) => new Date(created * 1000).toISOString().slice(0, 7)),
    );
    expect(months.size).toBeGreaterThan(6);
  });

  it("is told to nobody", () => {
    expect(rows().events.size).toBe(0);
    expect(sandbox.deliveries.counters.attempts).toBe(0);
  });

  it("is mostly, but not wholly, known to Intercom", () => {
    const contacts = sandbox.intercom.contacts();
    const customers = rows().customers.all();
    const byId = customers.filter(({ metadata }) =>
      contacts.some(({ external_id }) => external_id === metadata["user_id"]),
    );
    expect(byId.length).toBeGreaterThan(customers.length / 2);
    const counts = customers.map(({ email }) => contacts.filter((contact) => contact.email === email).length);
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(0);
    expect(counts.filter((count) => count === 2)).toHaveLength(1);
    expect(contacts.some(({ external_id }) => external_id === null)).toBe(true);
  });

  it("uses addresses that belong to nobody", () => {
    expect(
      rows()
        .customers.all()
        .every(({ email }) => /@example\.(com|org|net)$/.test(email ?? "")),
    ).toBe(true);
  });

  it("lives on by itself without coming to harm", () => {
    const { stripe, kernel } = sandbox;
    for (let round = 0; round < 200; round += 1) somethingHappens({ stripe, random: kernel.random });
    const running = rows()
      .subscriptions.all()
      .filter(({ status }) => status === "active");
    expect(running.length).toBeGreaterThan(rows().subscriptions.size / 2);
    expect(rows().customers.size).toBeGreaterThan(40);
  });
});
