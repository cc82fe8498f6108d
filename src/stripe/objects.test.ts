/** What is read is whole: what Stripe leaves out of an answer is added. */
import { expect, it } from "vitest";
import { aStripe } from "../../test/support/builders.ts";
import type { StripeJson } from "./client.ts";
import { StripeRejected } from "./failure.ts";
import { readObject, readPage } from "./objects.ts";

const anItem = (id: string): StripeJson => ({ object: "subscription_item", id });
const first = { object: "subscription", id: "sub_1", items: { data: [anItem("si_1")], has_more: true } };
const all = [anItem("si_1"), anItem("si_2")];
const whole = { ...first, items: { data: all, has_more: false } };

function stripeWith(object: StripeJson, items: readonly StripeJson[] = all): ReturnType<typeof aStripe> {
  return aStripe(
    () => ({ object, answeredS: 1 }),
    (path) => (path === "/v1/subscription_items" ? items : [object]),
  );
}

it("a subscription has all its items, not only the ten that it shows", async () => {
  const { client } = stripeWith(first);
  expect((await readObject(client, "subscription", "sub_1")).object).toEqual(whole);
  expect((await readPage(client, "/v1/subscriptions", {})).items).toEqual([whole]);
});

it("a subscription that shows all its items costs no further read", async () => {
  const stripe = stripeWith(whole);
  expect((await readObject(stripe.client, "subscription", "sub_1")).object).toEqual(whole);
  expect(stripe.reads()).toHaveLength(1);
});

it("a coupon without applies_to is for all products, since it was asked for", async () => {
  const { client } = stripeWith({ object: "coupon", id: "TEN" });
  expect((await readObject(client, "coupon", "TEN")).object).toHaveProperty("applies_to", null);
  expect((await readPage(client, "/v1/coupons", {})).items[0]).toHaveProperty("applies_to", null);
});

it("a coupon for some products keeps them", async () => {
  const { client } = stripeWith({ object: "coupon", id: "TEN", applies_to: { products: ["prod_1"] } });
  expect((await readObject(client, "coupon", "TEN")).object).toHaveProperty("applies_to", { products: ["prod_1"] });
});

const abroad = { object: "price", id: "price_1", currency: "usd", currency_options: { usd: {}, eur: {}, gbp: {} } };

it("a tiered price of several currencies is asked for the tiers of each, once", async () => {
  const stripe = stripeWith({ ...abroad, billing_scheme: "tiered" });
  await readObject(stripe.client, "price", "price_1");
  await readPage(stripe.client, "/v1/prices", {});
  const ofCurrencies = ["tiers", "currency_options", "currency_options.eur.tiers", "currency_options.gbp.tiers"];
  const [own, more] = ["/v1/prices/price_1", { expand: ofCurrencies }];
  expect(stripe.asked()).toEqual([
    [own, { expand: ["tiers", "currency_options"] }],
    [own, more],
    ["/v1/prices", { limit: 100 }],
    [own, more],
  ]);
});

it("a price without tiers, or of one currency, costs no further read", async () => {
  for (const price of [abroad, { ...abroad, billing_scheme: "tiered", currency_options: { usd: {} } }]) {
    const stripe = stripeWith(price);
    expect((await readObject(stripe.client, "price", "price_1")).object).toEqual(price);
    expect(stripe.reads()).toHaveLength(1);
  }
});

it("a price whose tiers Stripe does not tell is kept without them", async () => {
  const price = { ...abroad, billing_scheme: "tiered" };
  const { client } = stripeWith(price);
  const refusing: typeof client = {
    ...client,
    get: (path, query) =>
      String(query?.["expand"]).includes("eur")
        ? Promise.reject(new StripeRejected("This property cannot be expanded."))
        : client.get(path, query),
  };
  expect((await readObject(refusing, "price", "price_1")).object).toEqual(price);
});
