/** What a new copy changed, and how soon Intercom must know. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../test/support/builders.ts";
import type { Lane } from "../model/lane.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { describeChanges, laneOfChange } from "./changes.ts";

describe("describeChanges", () => {
  it("names each field with its value before and after, amounts as people write them", () => {
    const before = aCopy("customer", { name: null, balanceMinor: 0, metadata: { user_id: "u1" } });
    const after = aCopy("customer", { name: "Jane", balanceMinor: -500, metadata: {} });

    const changes = describeChanges(before, after);

    expect(changes).toHaveLength(3);
    expect(changes).toEqual(
      expect.arrayContaining([
        ["name", null, "Jane"],
        ["balance", "0.00 EUR", "-5.00 EUR"],
        ["metadata.user_id", "u1", null],
      ]),
    );
  });

  it("names the item of a subscription that changed", () => {
    const before = aCopy("subscription", { items: [anItem({ quantity: 1 })] });
    const after = aCopy("subscription", { items: [anItem({ quantity: 3 })] });

    expect(describeChanges(before, after)).toEqual([["items[0].quantity", "1", "3"]]);
  });

  it("writes prices as money, to the last fraction of a cent", () => {
    const before = aCopy("subscription", { items: [anItem({ unitAmount: "19000", currency: "eur" })] });
    const after = aCopy("subscription", { items: [anItem({ unitAmount: "0.25", currency: "eur" })] });

    expect(describeChanges(before, after)).toEqual([["items[0].unitAmount", "190.00 EUR", "0.0025 EUR"]]);
  });

  it("answers nothing for the same facts", () => {
    expect(describeChanges(aCopy("charge"), aCopy("charge", {}, { rev: 7, asOfS: 1 }))).toEqual([]);
  });

  it("says only that an object was deleted", () => {
    expect(describeChanges(aCopy("customer"), aCopy("customer", { name: "x" }, { deleted: true }))).toEqual([
      ["deleted", "no", "yes"],
    ]);
  });

  it("keeps the record short: twelve entries, eighty characters", () => {
    const metadata = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key${index}`, "x".repeat(500)]));
    const changes = describeChanges(aCopy("customer"), aCopy("customer", { metadata }));

    expect(changes).toHaveLength(12);
    expect(changes.every(([, , after]) => (after?.length ?? 0) <= 80)).toBe(true);
  });

  it("notices a change after the eightieth character", () => {
    const long = "x".repeat(80);
    const changes = describeChanges(aCopy("customer", { name: `${long}a` }), aCopy("customer", { name: `${long}b` }));

    expect(changes.map(([field]) => field)).toEqual(["name"]);
  });
});

describe("laneOfChange", () => {
  const subscription = (status: string): ObjectCopy => aCopy("subscription", { status });
  const charge = (status: string): ObjectCopy => aCopy("charge", { status });

  it.each<[string, ObjectCopy | undefined, ObjectCopy, Lane | null]>([
    ["a subscription's status changes", subscription("active"), subscription("past_due"), "urgent"],
    ["a subscription is new and active", undefined, subscription("active"), "urgent"],
    ["a checkout has just begun", undefined, subscription("incomplete"), "calm"],
    ["a checkout ends well", subscription("incomplete"), subscription("active"), "urgent"],
    [
      "a subscription changes without its status",
      subscription("active"),
      aCopy("subscription", { cancelAtPeriodEnd: true }),
      "calm",
    ],
    ["a customer becomes delinquent", aCopy("customer"), aCopy("customer", { delinquent: true }), "urgent"],
    ["a customer is delinquent no more", aCopy("customer", { delinquent: true }), aCopy("customer"), "urgent"],
    ["a customer changes otherwise", aCopy("customer"), aCopy("customer", { name: "Joan" }), "calm"],
    ["a customer is new", undefined, aCopy("customer"), "calm"],
    ["a payment fails", undefined, charge("failed"), "urgent"],
    ["a pending payment fails", charge("pending"), charge("failed"), "urgent"],
    ["a failed payment is told again", charge("failed"), charge("failed"), "calm"],
    ["a payment succeeds", undefined, charge("succeeded"), "calm"],
    ["a dispute is opened", undefined, aCopy("dispute"), "calm"],
    ["a card changes", aCopy("payment_method"), aCopy("payment_method", { expYear: 2031 }), "calm"],
    ["an invoice is opened", undefined, aCopy("invoice"), "calm"],
    ["an invoice is paid", aCopy("invoice"), aCopy("invoice", { status: "paid" }), "calm"],
    ["an invoice is drafted", undefined, aCopy("invoice", { status: "draft" }), null],
    ["an old invoice becomes known", undefined, aCopy("invoice", { status: "paid" }), null],
    ["a payment intent changes", undefined, aCopy("payment_intent"), null],
    ["a refund changes, which may have failed", undefined, aCopy("refund"), "calm"],
    ["a product changes: its subscribers are queued separately", undefined, aCopy("product"), null],
  ])("when %s", (_when, before, after, lane) => {
    expect(laneOfChange(before, after)).toBe(lane);
  });
});
