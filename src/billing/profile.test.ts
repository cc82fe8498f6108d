/** A customer's profile, and the objects that are missing for it. */
import { describe, expect, it } from "vitest";
import { aCopy, anItem } from "../../test/support/builders.ts";
import type { ObjectCopy, PriceFacts } from "../model/stripe-object.ts";
import { gapsIn, productIdsOf } from "./gaps.ts";
import { buildProfile, groupCopies, type CustomerCopies } from "./profile.ts";

function grouped(...copies: readonly ObjectCopy[]): CustomerCopies {
  const found = groupCopies("cus_1", copies);
  if (!found) throw new Error("There is no cus_1.");
  return found;
}

const profileOf = (...copies: readonly ObjectCopy[]): ReturnType<typeof buildProfile> =>
  buildProfile(grouped(...copies), { livemode: true });

describe("groupCopies", () => {
  it("has nothing to say while the customer is unknown", () => {
    expect(groupCopies("cus_1", [aCopy("subscription"), aCopy("customer", {}, { id: "cus_2" })])).toBeNull();
  });

  it("sorts copies by kind", () => {
    const copies = grouped(
      aCopy("customer"),
      aCopy("charge"),
      aCopy("subscription"),
      aCopy("dispute"),
      aCopy("payment_method"),
      aCopy("product"),
      aCopy("invoice"),
    );

    expect(copies.customer.id).toBe("cus_1");
    expect(
      [copies.charges, copies.subscriptions, copies.disputes, copies.paymentMethods, copies.products].map(
        ({ length }) => length,
      ),
    ).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("buildProfile", () => {
  it("puts together what is known", () => {
    const profile = profileOf(
      aCopy("customer", {
        name: "Jane",
        phone: "+49 30 1",
        balanceMinor: -500,
        delinquent: true,
        country: "DE",
        defaultPaymentMethod: "payment_method_1",
        metadata: { user_id: "u1" },
      }),
      aCopy("subscription", { status: "past_due" }),
      aCopy("product", { name: "Pro" }, { id: "prod_1" }),
      aCopy("payment_method"),
      aCopy("charge", { createdS: 5 }),
    );

    expect(profile).toMatchObject({
      customerId: "cus_1",
      name: "Jane",
      phone: "+49 30 1",
      delinquent: true,
      balance: { amountMinor: -500, currency: "eur" },
      country: "DE",
      subscription: { id: "subscription_1", status: "past_due", plan: { name: "Pro" } },
      card: { brand: "visa" },
      totalPaid: { amountMinor: 1000, currency: "eur" },
      paymentCount: 1,
      metadata: { user_id: "u1" },
      livemode: true,
    });
  });

  it("does not depend on the order of the copies", () => {
    const copies = [
      aCopy("customer"),
      ...["a", "b", "c"].map((id) => aCopy("subscription", {}, { id })),
      ...["d", "e", "f"].map((id) => aCopy("charge", { country: id.toUpperCase() }, { id })),
      aCopy("product", {}, { id: "prod_1" }),
    ];

    expect(profileOf(...copies.toReversed())).toEqual(profileOf(...copies));
  });

  it("has a balance in the subscription's currency while the customer has none", () => {
    expect(
      profileOf(aCopy("customer", { currency: null }), aCopy("subscription", { currency: "usd" })).balance.currency,
    ).toBe("usd");
    expect(profileOf(aCopy("customer", { currency: null })).balance.currency).toBeNull();
  });

  it.each([
    ["the customer's address", [aCopy("customer", { country: "AT" }), aCopy("charge", { country: "FR" })], "AT"],
    [
      "the payment method in use",
      [
        aCopy("customer", { defaultPaymentMethod: "pm_1" }),
        aCopy("payment_method", { country: "NL" }, { id: "pm_1" }),
        aCopy("charge", { country: "FR" }),
      ],
      "NL",
    ],
    [
      "the latest charge that has one",
      [
        aCopy("customer"),
        aCopy("charge", { country: "FR", createdS: 1 }),
        aCopy("charge", { country: "BE", createdS: 2 }, { id: "ch_2" }),
        aCopy("charge", { createdS: 3 }, { id: "ch_3" }),
      ],
      "BE",
    ],
    [
      "the charge, when the payment method was detached",
      [
        aCopy("customer", { defaultPaymentMethod: "pm_1" }),
        aCopy("payment_method", { country: "NL", attached: false }, { id: "pm_1" }),
        aCopy("charge", { country: "FR" }),
      ],
      "FR",
    ],
    ["nowhere", [aCopy("customer")], null],
  ])("takes the country from %s", (_where, copies, country) => {
    expect(profileOf(...copies).country).toBe(country);
  });
});

describe("gapsIn", () => {
  const owner = aCopy("customer", { defaultPaymentMethod: "pm_1" });

  it("names the plan's product and the payment method in use", () => {
    expect(gapsIn(grouped(owner, aCopy("subscription")))).toEqual([
      { kind: "product", id: "prod_1" },
      { kind: "payment_method", id: "pm_1" },
    ]);
  });

  it("names nothing when both are known, even as deleted", () => {
    const copies = grouped(
      owner,
      aCopy("subscription"),
      aCopy("product", {}, { id: "prod_1", deleted: true }),
      aCopy("payment_method", {}, { id: "pm_1", deleted: true }),
    );

    expect(gapsIn(copies)).toEqual([]);
  });

  it("asks for the products of add-ons, but not for what is not charged", () => {
    const items = [anItem({ unitAmount: "5000" }), anItem({ id: "si_2", productId: "prod_addon" })];
    const copies = grouped(aCopy("customer"), aCopy("subscription", { items }), aCopy("product", {}, { id: "prod_1" }));

    expect(gapsIn(copies)).toEqual([{ kind: "product", id: "prod_addon" }]);
    expect(gapsIn(grouped(aCopy("customer")))).toEqual([]);
  });

  it.each(["card_1", "src_1", "ba_1"])("does not ask for the legacy source %s", (defaultSource) => {
    expect(gapsIn(grouped(aCopy("customer", { defaultSource })))).toEqual([]);
  });
});

describe("productIdsOf", () => {
  it("names each product once", () => {
    const items = [
      anItem(),
      anItem({ id: "si_2" }),
      anItem({ id: "si_3", productId: "prod_2" }),
      anItem({ id: "si_4", productId: null }),
    ];

    expect(productIdsOf([aCopy("subscription", { items })])).toEqual(["prod_1", "prod_2"]);
  });
});

describe("what the operator chooses", () => {
  const copies = grouped(
    aCopy("customer", { metadata: { user_id: "u1", note: "private" }, address: null }),
    aCopy("subscription", { status: "past_due", createdS: 2 }, { id: "sub_new" }),
    aCopy("subscription", { createdS: 1 }, { id: "sub_good" }),
  );

  it("is which metadata the profile shows", () => {
    expect(buildProfile(copies, { livemode: false, metadataKeys: ["user_id", "other"] }).metadata).toEqual({
      user_id: "u1",
    });
    expect(buildProfile(copies, { livemode: false }).metadata).toHaveProperty("note");
  });

  it("is which subscription speaks; the list has all of them, the best first", () => {
    const profile = buildProfile(copies, { livemode: false, primary: "newest" });
    expect(profile.subscription?.id).toBe("sub_new");
    expect(profile.subscriptions.map(({ id }) => id)).toEqual(["sub_good", "sub_new"]);
  });
});

describe("the gaps of prices and coupons", () => {
  const tiered = aCopy("subscription", {
    items: [anItem({ unitAmount: null }), anItem({ id: "si_2", priceId: "price_2" })],
    discounts: [{ id: "di_1", endS: null, couponId: "ten" }],
  });
  const known = [aCopy("customer"), tiered, aCopy("product", {}, { id: "prod_1" })];

  it("are prices that say more than their items, and coupons in use", () => {
    expect(gapsIn(grouped(...known))).toEqual([
      { kind: "price", id: "price_1" },
      { kind: "coupon", id: "ten" },
    ]);
  });

  it("are filled by copies; a coupon whose products are not known is still one, unless it was deleted", () => {
    const coupon = (products: readonly string[] | null, deleted = false): ObjectCopy =>
      aCopy("coupon", { products }, { id: "coupon:ten", deleted });
    const price = aCopy("price", {}, { id: "price_1" });
    expect(gapsIn(grouped(...known, price, coupon([])))).toEqual([]);
    expect(gapsIn(grouped(...known, price, coupon(null)))).toEqual([{ kind: "coupon", id: "ten" }]);
    expect(gapsIn(grouped(...known, price, coupon(null, true)))).toEqual([]);
  });

  it("are prices that somebody pays in another currency, until Stripe was asked what they are in that", () => {
    const abroad = aCopy("subscription", { items: [anItem({ currency: "usd" })], currency: "eur" });
    const price = (facts: Partial<PriceFacts> = {}, deleted = false): ObjectCopy =>
      aCopy("price", { currency: "usd", ...facts }, { id: "price_1", deleted });
    const rest = [aCopy("customer"), abroad, aCopy("product", {}, { id: "prod_1" })];
    const asked = [{ kind: "price", id: "price_1" }];
    expect(gapsIn(grouped(...rest))).toEqual(asked);
    expect(gapsIn(grouped(...rest, price()))).toEqual(asked);
    expect(gapsIn(grouped(...rest, price({}, true)))).toEqual([]);
    expect(gapsIn(grouped(...rest, price({ currencyOptions: {} })))).toEqual([]);
    const athome = { ...abroad, facts: { ...abroad.facts, currency: "usd" } };
    expect(gapsIn(grouped(aCopy("customer"), athome, aCopy("product", {}, { id: "prod_1" }), price()))).toEqual([]);
  });

  it("are none of what has ended", () => {
    const over = { ...tiered, facts: { ...tiered.facts, status: "canceled" } };
    expect(gapsIn(grouped(aCopy("customer"), over, aCopy("product", {}, { id: "prod_1" })))).toEqual([]);
  });
});
