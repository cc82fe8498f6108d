/** One person, several Stripe customers: who speaks, and what is added up. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { buildPerson, type PersonCustomer, type PersonProfile } from "./person.ts";
import { buildProfile, groupCopies } from "./profile.ts";

type Parts = { readonly id: string; readonly account?: string; readonly copies: readonly ObjectCopy[] };

function aCustomer({ id, account = "main", copies }: Parts): PersonCustomer {
  const found = groupCopies(id, copies);
  if (!found) throw new Error(`There is no ${id}.`);
  return { account, isMain: account === "main", livemode: false, copies: found };
}

type Facts = Parameters<typeof aCopy<"customer">>[1];

/** A customer with a subscription in this state, or without one. */
function withPlan(id: string, status: string | null, facts: Facts = {}, account = "main"): PersonCustomer {
  const subscription = status === null ? [] : [aCopy("subscription", { status }, { id: `sub_${id}` })];
  return aCustomer({ id, account, copies: [aCopy("customer", facts, { id }), ...subscription] });
}

function paying(
  id: string,
  charges: readonly (readonly [amountMinor: number, currency: string, createdS: number])[],
): PersonCustomer {
  const copies = charges.map(([capturedMinor, currency, createdS], index) =>
    aCopy("charge", { capturedMinor, amountMinor: capturedMinor, currency, createdS }, { id: `ch_${id}_${index}` }),
  );
  return aCustomer({ id, copies: [aCopy("customer", { currency: charges[0]?.[1] ?? null }, { id }), ...copies] });
}

const primaryOf = ({ primary }: PersonProfile): string => primary.copies.customer.id;

describe("the primary customer", () => {
  it.each<[string, readonly PersonCustomer[], string]>([
    ["whose subscription stands best", [withPlan("cus_a", "canceled"), withPlan("cus_b", "active")], "cus_b"],
    ["who has a subscription at all", [withPlan("cus_a", null), withPlan("cus_b", "canceled")], "cus_b"],
    [
      "of equals the one of the main account",
      [withPlan("cus_a", "active", {}, "shop"), withPlan("cus_b", "active")],
      "cus_b",
    ],
    [
      "even of another account, when only that subscription lives",
      [withPlan("cus_a", "active", {}, "shop"), withPlan("cus_b", "canceled")],
      "cus_a",
    ],
    ["who paid last", [paying("cus_a", [[100, "eur", 5]]), paying("cus_b", [[100, "eur", 9]])], "cus_b"],
    [
      "who paid last, not who tried to last",
      [
        paying("cus_a", [[100, "eur", 5]]),
        aCustomer({
          id: "cus_b",
          copies: [aCopy("customer", {}, { id: "cus_b" }), aCopy("charge", { status: "failed", createdS: 9 })],
        }),
      ],
      "cus_a",
    ],
    ["the newest", [withPlan("cus_a", null, { createdS: 1 }), withPlan("cus_b", null, { createdS: 2 })], "cus_b"],
    [
      "somebody who still exists",
      [
        aCustomer({
          id: "cus_a",
          copies: [aCopy("customer", {}, { id: "cus_a", deleted: true }), aCopy("subscription", { status: "active" })],
        }),
        withPlan("cus_b", null),
      ],
      "cus_b",
    ],
  ])("is %s", (_who, customers, expected) => {
    expect(primaryOf(buildPerson(customers))).toBe(expected);
    expect(primaryOf(buildPerson(customers.toReversed()))).toBe(expected);
  });
});

describe("the person's profile", () => {
  it("is the customer's own when there is only one", () => {
    const customer = withPlan("cus_a", "active");

    expect(buildPerson([customer]).profile).toEqual(buildProfile(customer.copies, { livemode: false }));
  });

  it("adds up payments of one currency, and never of two", () => {
    const { profile } = buildPerson([
      paying("cus_a", [[1_000, "eur", 10]]),
      paying("cus_b", [
        [2_500, "eur", 4],
        [9_900, "usd", 3],
      ]),
    ]);

    expect(profile).toMatchObject({
      totalPaid: { amountMinor: 3_500, currency: "eur" },
      paymentCount: 3,
      firstPaymentAtS: 3,
      lastPayment: { atS: 10 },
    });
  });

  it("adds up balances of one currency, and never of two", () => {
    const { profile } = buildPerson([
      withPlan("cus_a", "active", { currency: "eur", balanceMinor: -500 }),
      withPlan("cus_b", null, { currency: "eur", balanceMinor: -250 }),
      withPlan("cus_c", null, { currency: "usd", balanceMinor: -9_000 }),
    ]);

    expect(profile.balance).toEqual({ amountMinor: -750, currency: "eur" });
  });

  it("is delinquent when any of them is, and begins with the first of them", () => {
    const { profile } = buildPerson([
      withPlan("cus_a", "active", { createdS: 900 }),
      withPlan("cus_b", null, { createdS: 100, delinquent: true }),
    ]);

    expect(profile).toMatchObject({ delinquent: true, createdS: 100, customerId: "cus_a" });
  });

  it("takes name and e-mail from the others where the primary has none", () => {
    const { profile } = buildPerson([
      withPlan("cus_a", "active", { name: null, email: null }),
      withPlan("cus_b", null, { name: "Jane", email: "jane@example.com" }),
    ]);

    expect(profile).toMatchObject({ name: "Jane", email: "jane@example.com" });
  });

  it("leaves out what a deleted customer owed, and counts what they paid", () => {
    const deleted = aCustomer({
      id: "cus_b",
      copies: [
        aCopy("customer", { balanceMinor: 700, delinquent: true }, { id: "cus_b", deleted: true }),
        aCopy("charge", { capturedMinor: 400, currency: "eur" }),
      ],
    });
    const { profile } = buildPerson([withPlan("cus_a", "active"), deleted]);

    expect(profile).toMatchObject({
      delinquent: false,
      balance: { amountMinor: 0 },
      totalPaid: { amountMinor: 400, currency: "eur" },
    });
  });

  it("does not depend on the order of the customers", () => {
    const customers = [
      withPlan("cus_a", "active"),
      withPlan("cus_b", "past_due", { delinquent: true, createdS: 3 }),
      withPlan("cus_c", null, { balanceMinor: -4 }),
      paying("cus_d", [[5, "eur", 7]]),
    ];
    const expected = buildPerson(customers).profile;

    fc.assert(
      fc.property(fc.shuffledSubarray(customers, { minLength: customers.length }), (shuffled) => {
        expect(buildPerson(shuffled).profile).toEqual(expected);
      }),
    );
  });
});

describe("what several customers have together", () => {
  const jane = aCustomer({
    id: "cus_a",
    copies: [
      aCopy("customer", { address: null }, { id: "cus_a" }),
      aCopy("subscription", { status: "past_due" }, { id: "sub_a" }),
      aCopy("credit_balance", { available: [{ amountMinor: 500, currency: "eur" }] }),
      aCopy("entitlements", { features: ["sso"] }),
      aCopy("invoice", { createdS: 200 }, { id: "in_a", customerId: "cus_a" }),
    ],
  });
  const address = { line1: "Hafenstraße 1", line2: null, postalCode: "20457", city: "Hamburg", state: null };
  const shop = aCustomer({
    id: "cus_b",
    account: "shop",
    copies: [
      aCopy("customer", { address }, { id: "cus_b" }),
      aCopy("subscription", {}, { id: "sub_b" }),
      aCopy("credit_balance", {
        available: [
          { amountMinor: 700, currency: "eur" },
          { amountMinor: 90, currency: "jpy" },
        ],
      }),
      aCopy("invoice", { createdS: 100 }, { id: "in_b", customerId: "cus_b" }),
    ],
  });
  const { profile } = buildPerson([jane, shop]);

  it("are all subscriptions, the best first", () => {
    expect(profile.subscriptions.map(({ id }) => id)).toEqual(["sub_b", "sub_a"]);
  });

  it("are credits by currency, and the features of any", () => {
    expect(profile.billingCredits).toEqual([
      { amountMinor: 1200, currency: "eur" },
      { amountMinor: 90, currency: "jpy" },
    ]);
    expect(profile.entitlements).toEqual(["sso"]);
  });

  it("is the oldest open invoice, and the address of the first who has one", () => {
    expect(profile.openInvoices.oldest).toMatchObject({ id: "in_b", customerId: "cus_b" });
    expect(profile.address).toEqual(address);
  });
});
