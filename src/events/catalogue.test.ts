/** The event types that we subscribe to. */
import { describe, expect, it } from "vitest";
import { subscribedTypes, useOf } from "./catalogue.ts";

describe("the catalogue", () => {
  it("never listens to invoice.created, which would hold back every invoice of the account", () => {
    expect(subscribedTypes).not.toContain("invoice.created");
    expect(useOf("invoice.created")).toBeUndefined();
  });

  it("names each type once, in a stable order, without wildcards", () => {
    expect(subscribedTypes).toEqual([...new Set(subscribedTypes)].toSorted());
    for (const type of subscribedTypes) expect(type).toMatch(/^[a-z_]+(\.[a-z_]+)+$/);
  });

  it.each([
    ["customer.updated", { how: "copy", kind: "customer", deletes: false }],
    ["customer.deleted", { how: "copy", kind: "customer", deletes: true }],
    ["customer.subscription.deleted", { how: "copy", kind: "subscription", deletes: false }],
    ["invoice.payment_failed", { how: "copy", kind: "invoice", deletes: false }],
    ["payment_intent.processing", { how: "copy", kind: "payment_intent", deletes: false }],
    ["charge.refunded", { how: "copy", kind: "charge", deletes: false }],
    ["refund.failed", { how: "copy", kind: "refund", deletes: false }],
    ["charge.dispute.closed", { how: "copy", kind: "dispute", deletes: false }],
    ["payment_method.detached", { how: "copy", kind: "payment_method", deletes: false }],
    ["payment_method.automatically_updated", { how: "copy", kind: "payment_method", deletes: false }],
    ["product.deleted", { how: "copy", kind: "product", deletes: true }],
    ["checkout.session.completed", { how: "note" }],
    ["payout.paid", undefined],
    ["toString", undefined],
  ])("knows how %s is used", (type, use) => {
    expect(useOf(type)).toEqual(use);
  });
});
