/** Whose event it is, also for the types that name nobody. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ObjectCopy, StripeKind } from "../model/stripe-object.ts";
import { customerOf, relatedIds } from "./customer-of.ts";
import type { Raw } from "./read.ts";

const stored: readonly ObjectCopy[] = [
  aCopy("charge", {}, { id: "ch_1", customerId: "cus_charge" }),
  aCopy("payment_intent", {}, { id: "pi_1", customerId: "cus_intent" }),
  aCopy("payment_method", {}, { id: "pm_1", customerId: "cus_method" }),
  aCopy("charge", {}, { id: "ch_guest", customerId: null }),
];
const find = (id: string): ObjectCopy | undefined => stored.find((copy) => copy.id === id);

describe("customerOf", () => {
  it.each<[string, StripeKind, Raw, Raw | null, string | null]>([
    ["a customer is its own", "customer", { id: "cus_1" }, null, "cus_1"],
    ["the object names its customer", "subscription", { id: "sub_1", customer: "cus_1" }, null, "cus_1"],
    [
      "the customer is expanded",
      "charge",
      { id: "ch_9", customer: { id: "cus_1", object: "customer" } },
      null,
      "cus_1",
    ],
    [
      "an account plays the customer",
      "invoice",
      { id: "in_1", customer: null, customer_account: "acct_1" },
      null,
      "acct_1",
    ],
    ["a payment method was detached", "payment_method", { id: "pm_9", customer: null }, { customer: "cus_1" }, "cus_1"],
    ["a detached payment method was seen before", "payment_method", { id: "pm_1", customer: null }, null, "cus_method"],
    ["a dispute is about a known charge", "dispute", { id: "dp_1", charge: "ch_1" }, null, "cus_charge"],
    [
      "a dispute names a charge that is expanded",
      "dispute",
      { id: "dp_1", charge: { id: "ch_1" } },
      null,
      "cus_charge",
    ],
    [
      "only the payment intent of a dispute is known",
      "dispute",
      { id: "dp_1", charge: "ch_9", payment_intent: "pi_1" },
      null,
      "cus_intent",
    ],
    ["an old refund names its charge only", "refund", { id: "re_1", charge: "ch_1" }, null, "cus_charge"],
    ["a new refund names its customer", "refund", { id: "re_1", charge: "ch_1", customer: "cus_1" }, null, "cus_1"],
    ["nobody is known", "dispute", { id: "dp_1", charge: "ch_9" }, null, null],
    ["somebody paid as a guest", "charge", { id: "ch_guest", customer: null }, null, null],
    ["a product belongs to nobody", "product", { id: "prod_1" }, null, null],
  ])("when %s", (_when, kind, object, previous, customerId) => {
    expect(customerOf(kind, object, { previous, find })).toBe(customerId);
  });
});

describe("relatedIds", () => {
  it("asks for charge and payment intent of disputes and refunds only", () => {
    const object = { charge: "ch_1", payment_intent: "pi_1" };

    expect(relatedIds("dispute", object)).toEqual(["ch_1", "pi_1"]);
    expect(relatedIds("refund", { charge: "ch_1", payment_intent: null })).toEqual(["ch_1"]);
    expect(relatedIds("charge", object)).toEqual([]);
  });
});
