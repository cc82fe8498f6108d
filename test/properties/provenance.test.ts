/** The grounds of a field are enough to say the same about it again, and each is one of the customer's copies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../support/builders.ts";
import { profileFields } from "../../src/model/profile-fields.ts";
import type { Profile, ProfileField } from "../../src/model/profile.ts";
import type { ObjectCopy, ObjectCopyOf } from "../../src/model/stripe-object.ts";
import { basisNow, basisOf, readBasis, readBasisObjects } from "../../src/billing/basis.ts";
import { buildPerson, type PersonCustomer } from "../../src/billing/person.ts";
import { groupCopies, type CustomerCopies } from "../../src/billing/profile.ts";
import { groundsFinder } from "../../src/billing/provenance.ts";

/** Every field that there is, and the part that rests on copies of its own. */
const fields: readonly ProfileField[] = [
  // The mode is the account's and rests on no copy.
  ...keysOf(profileFields).filter((field) => field !== "livemode"),
  "subscription.plan",
];

function keysOf<T extends object>(record: T): readonly (keyof T)[] {
  return Object.keys(record) as (keyof T)[]; // oxlint-disable-line no-unsafe-type-assertion -- a literal of the code has no other keys
}

function personOf(...customers: readonly PersonCustomer[]): ReturnType<typeof buildPerson> & {
  readonly customers: readonly PersonCustomer[];
} {
  return { customers, ...buildPerson(customers) };
}

function one(copies: Partial<CustomerCopies>, account = "main"): PersonCustomer {
  const none = {
    invoices: [],
    subscriptions: [],
    charges: [],
    disputes: [],
    refunds: [],
    paymentMethods: [],
    products: [],
    prices: [],
    coupons: [],
    mandates: [],
    creditBalances: [],
    entitlements: [],
    usages: [],
  };
  return {
    account,
    isMain: account === "main",
    livemode: false,
    copies: { customer: aCopy("customer"), ...none, ...copies },
  };
}

function idsOf(field: ProfileField, ...customers: readonly PersonCustomer[]): readonly string[] {
  return groundsFinder(personOf(...customers))(field).map(({ copy }) => copy.id);
}

describe("the grounds of", () => {
  const subscription = aCopy("subscription", { defaultPaymentMethod: "pm_1" }, { id: "sub_1" });
  const ended = aCopy("subscription", { status: "canceled" }, { id: "sub_0" });
  const product = aCopy("product", {}, { id: "prod_1" });
  const method = aCopy("payment_method", {}, { id: "pm_1" });
  const charge = (id: string, createdS: number, asOfS = createdS): ObjectCopyOf<"charge"> =>
    aCopy("charge", { createdS }, { id, asOfS });

  it("the plan are the subscription that speaks and its product, then those it was preferred to", () => {
    const jane = one({ subscriptions: [ended, subscription], products: [product] });
    expect(idsOf("subscription.plan", jane)).toEqual(["sub_1", "prod_1", "sub_0", "cus_1"]);
  });

  it("the card are the method in use and who says that it is", () => {
    const jane = one({ subscriptions: [subscription], paymentMethods: [method] });
    expect(idsOf("card", jane)).toEqual(["pm_1", "cus_1", "sub_1"]);
  });

  it("the last payment is the latest attempt", () => {
    const jane = one({ charges: [charge("ch_2", 200), charge("ch_1", 100)] });
    expect(idsOf("lastPayment", jane)).toEqual(["ch_2", "cus_1"]);
  });

  it("the total are what changed last before the rest", () => {
    const refund = aCopy("refund", { chargeId: "ch_1" }, { id: "re_1", asOfS: 300 });
    const jane = one({ charges: [charge("ch_1", 100), charge("ch_2", 200)], refunds: [refund] });
    expect(idsOf("totalPaid", jane)).toEqual(["re_1", "ch_2", "ch_1", "cus_1"]);
  });

  it("the country are the customer alone when they have an address", () => {
    const customer = aCopy("customer", { country: "DE" });
    const jane = one({ customer, charges: [aCopy("charge", { country: "FR" })] });
    expect(idsOf("country", jane)).toEqual(["cus_1"]);
  });

  it("a field of several customers include why one of them speaks", () => {
    const first = one({ subscriptions: [subscription] });
    const second = one(
      {
        customer: aCopy("customer", {}, { id: "cus_2" }),
        subscriptions: [aCopy("subscription", { status: "canceled" }, { id: "sub_2" })],
      },
      "shop",
    );
    expect(idsOf("customerId", second, first)).toEqual(["cus_1", "sub_1", "sub_2", "cus_2"]);
  });

  it("a field of nobody who ever paid are the customer", () => {
    expect(idsOf("totalPaid", one({}))).toEqual(["cus_1"]);
  });
});

describe("a profile", () => {
  it.each(fields)("built from the grounds of %s alone says the same about it", (field) => {
    fc.assert(
      fc.property(somePerson, (customers) => {
        const { profile, ...person } = personOf(...customers);
        const grounds = new Set(groundsFinder(person)(field).map(({ copy }) => copy));
        const again = buildPerson(customers.flatMap((customer) => without(customer, grounds))).profile;
        expect(valueOf(again, field)).toEqual(valueOf(profile, field));
      }),
      { numRuns: 150 },
    );
  });
});

describe("the basis of a write", () => {
  const charges = Array.from({ length: 20 }, (_, index) =>
    aCopy("charge", { createdS: index }, { id: `ch_${index}`, asOfS: index, eventId: `evt_${index}`, rev: 2 }),
  );
  const jane = personOf(one({ charges }));
  const text = basisOf(
    [
      { name: "total", reads: ["totalPaid"] },
      { name: "count", reads: ["paymentCount"] },
      { name: "mail", reads: ["email"] },
    ],
    jane,
  );

  it("names the latest objects and counts the others", () => {
    const basis = readBasis(text, "total");
    expect(basis?.objects).toHaveLength(8);
    expect(basis?.objects[0]).toEqual({
      account: "main",
      kind: "charge",
      id: "ch_19",
      rev: 2,
      asOfS: 19,
      eventId: "evt_19",
      origin: "event",
    });
    expect(basis?.others).toBe(13);
  });

  it("names an object once, however many attributes rest on it", () => {
    expect(readBasisObjects(text)).toHaveLength(9);
  });

  it("says nothing about an attribute that was not written", () => {
    expect(readBasis(text, "plan")).toBeUndefined();
  });

  it("is the same as that of today while nothing has changed", () => {
    expect(basisNow(["totalPaid"], jane)).toEqual(readBasis(text, "total"));
  });
});

/** The customer with these copies only; the customer itself is always there, since without it there is nobody. */
function without(customer: PersonCustomer, keep: ReadonlySet<ObjectCopy>): readonly PersonCustomer[] {
  const { copies } = customer;
  if (![copies.customer, ...copies.subscriptions, ...copies.charges].some((copy) => keep.has(copy))) return [];
  const kept = [
    ...copies.subscriptions,
    ...copies.invoices,
    ...copies.charges,
    ...copies.disputes,
    ...copies.refunds,
    ...copies.paymentMethods,
    ...copies.products,
    ...copies.prices,
    ...copies.coupons,
    ...copies.mandates,
    ...copies.creditBalances,
    ...copies.entitlements,
    ...copies.usages,
  ].filter((copy) => keep.has(copy));
  const grouped = groupCopies(copies.customer.id, [copies.customer, ...kept]);
  return grouped ? [{ ...customer, copies: grouped }] : [];
}

function valueOf(profile: Profile, field: ProfileField): unknown {
  if (field === "subscription.plan") return profile.subscription?.plan;
  if (field === "subscription" && profile.subscription) return { ...profile.subscription, plan: null };
  return profile[field];
}

const small = fc.integer({ min: 0, max: 6 });
const currency = fc.constantFrom("eur", "usd");
const country = fc.constantFrom(null, "DE", "FR");
const methodId = fc.constantFrom(null, "pm_0", "pm_1");

const metered = anItem({ id: "si_3", priceId: "price_m", productId: "prod_0", metered: true, quantity: null });
const meteredPrice = aCopy("price", { meterId: "mtr_1", metered: true }, { id: "price_m" });

const someCopies = fc.record({
  usages: fc.array(
    fc.record({
      meterId: fc.constantFrom("mtr_1", null),
      value: fc.constantFrom("1", "90"),
      source: fc.constantFrom("stripe", "pushed"),
    }),
    { maxLength: 2 },
  ),
  customer: fc.record({
    email: fc.constantFrom(null, "jane@example.com"),
    currency: fc.option(currency, { nil: null }),
    balanceMinor: small,
    country,
    delinquent: fc.boolean(),
    createdS: small,
    defaultPaymentMethod: methodId,
    locale: fc.constantFrom(null, "de"),
  }),
  subscriptions: fc.array(
    fc.record({
      status: fc.constantFrom("active", "past_due", "canceled"),
      createdS: small,
      currency,
      defaultPaymentMethod: methodId,
      product: fc.constantFrom("prod_0", "prod_1"),
      collectionPaused: fc.boolean(),
      price: fc.constantFrom("price_0", "price_1"),
      tiered: fc.boolean(),
      coupon: fc.constantFrom(null, "ten", "gone"),
    }),
    { maxLength: 3 },
  ),
  charges: fc.array(
    fc.record({
      status: fc.constantFrom("succeeded", "failed", "pending"),
      methodType: fc.constantFrom("card", "sepa_debit"),
      paymentMethodId: fc.constantFrom(null, "pm_0", "pm_1"),
      paymentIntentId: fc.constantFrom(null, "pi_0"),
      createdS: small,
      currency,
      country,
      capturedMinor: fc.constantFrom(0, 1000),
      refundedMinor: fc.constantFrom(0, 300),
    }),
    { maxLength: 4 },
  ),
  refunds: fc.array(fc.record({ amountMinor: fc.constant(300), status: fc.constantFrom("succeeded", "failed") }), {
    maxLength: 2,
  }),
  disputes: fc.array(fc.record({ status: fc.constantFrom("needs_response", "won") }), { maxLength: 1 }),
  invoices: fc.array(
    fc.record({ currency, attemptCount: fc.constantFrom(0, 1), createdS: small, subscription: fc.constantFrom(0, 1) }),
    { maxLength: 2 },
  ),
  mandates: fc.array(
    fc.record({ status: fc.constantFrom("active", "inactive"), paymentMethodId: fc.constantFrom("pm_0", "pm_1") }),
    { maxLength: 2 },
  ),
  credits: fc.array(small, { maxLength: 1 }),
  features: fc.array(fc.constantFrom("sso", "export"), { maxLength: 1 }),
});

const tiers = {
  billingScheme: "tiered",
  tiersMode: "volume",
  tiers: [{ upTo: null, unitAmount: "300", flatAmount: "5" }],
};

/** One to three customers; ids repeat between them only where they stand for one object. */
const somePerson = fc.array(someCopies, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map((parts, index): PersonCustomer => {
    const id = `cus_${index}`;
    const asOf = (place: number): { readonly asOfS: number; readonly customerId: string } => ({
      asOfS: place,
      customerId: id,
    });
    return {
      ...one(
        {
          customer: aCopy("customer", parts.customer, { id }),
          subscriptions: parts.subscriptions.map(({ product, price, tiered, coupon, ...facts }, place) =>
            aCopy(
              "subscription",
              {
                ...facts,
                discounts: coupon === null ? [] : [{ id: "di_1", endS: null, couponId: coupon }],
                items: [
                  anItem({ productId: product, priceId: price, unitAmount: tiered ? null : "1000" }),
                  anItem({ id: "si_2", unitAmount: "100" }),
                  ...(parts.usages.length > 0 ? [metered] : []),
                ],
              },
              { id: `sub_${index}_${place}`, ...asOf(place) },
            ),
          ),
          charges: parts.charges.map((facts, place) =>
            aCopy("charge", facts, { id: `ch_${index}_${place}`, ...asOf(place) }),
          ),
          refunds: parts.refunds.map((facts, place) =>
            aCopy(
              "refund",
              { ...facts, chargeId: `ch_${index}_${place}` },
              { id: `re_${index}_${place}`, ...asOf(place) },
            ),
          ),
          disputes: parts.disputes.map((facts, place) =>
            aCopy(
              "dispute",
              { ...facts, chargeId: `ch_${index}_${place}` },
              { id: `dp_${index}_${place}`, ...asOf(place) },
            ),
          ),
          invoices: parts.invoices.map(({ subscription, ...facts }, place) =>
            aCopy(
              "invoice",
              { ...facts, subscriptionId: `sub_${index}_${subscription}` },
              { id: `in_${index}_${place}`, ...asOf(place) },
            ),
          ),
          paymentMethods: ["pm_0", "pm_1"].map((pm) => aCopy("payment_method", { country: "AT" }, { id: pm })),
          prices: [
            meteredPrice,
            ...["price_0", "price_1"].map((price, place) =>
              aCopy("price", { ...tiers, unitAmount: null }, { id: price, asOfS: place }),
            ),
          ],
          coupons: [aCopy("coupon", { percentOff: "10" }, { id: "coupon:ten" })],
          mandates: parts.mandates.map((facts, place) =>
            aCopy("mandate", facts, { id: `mandate_${index}_${place}`, ...asOf(place) }),
          ),
          creditBalances: parts.credits.map((amountMinor) =>
            aCopy("credit_balance", { available: [{ amountMinor, currency: "eur" }] }, { id: `credit_balance:${id}` }),
          ),
          entitlements: parts.features.map((feature) =>
            aCopy("entitlements", { features: [feature] }, { id: `entitlements:${id}` }),
          ),
          products: ["prod_0", "prod_1"].map((prod) =>
            aCopy("product", { name: prod, metadata: { usage_limit: "100" } }, { id: prod }),
          ),
          usages: parts.usages.map((facts, place) =>
            aCopy("usage", { ...facts, meter: `meter_${place}` }, { id: `usage:meter_${place}:${id}`, ...asOf(place) }),
          ),
        },
        index === 0 ? "main" : "shop",
      ),
    };
  }),
);
