/** Everything that contacts depend on, read from the sandbox's Stripe with Stripe's own client. */
import type Stripe from "stripe";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { stripeOf } from "./sandbox.ts";

export type StripeState = {
  readonly customers: readonly Stripe.Customer[];
  readonly subscriptions: readonly Stripe.Subscription[];
  readonly openInvoices: readonly Stripe.Invoice[];
  readonly charges: readonly Stripe.Charge[];
  readonly refunds: readonly Stripe.Refund[];
  readonly disputes: readonly Stripe.Dispute[];
  readonly products: ReadonlyMap<string, Stripe.Product>;
  /** With their tiers. */
  readonly prices: ReadonlyMap<string, Stripe.Price>;
  /** With the products that they are for; also those that were deleted, if a subscription or a customer still uses them. */
  readonly coupons: ReadonlyMap<string, Stripe.Coupon>;
};

/** Reads every list to its end. Customers and subscriptions carry their default payment methods and discounts. */
export async function readStripeState(sandbox: Pick<Sandbox, "url">): Promise<StripeState> {
  const stripe = stripeOf(sandbox);
  const limit = 100;
  const [customers, subscriptions, openInvoices, charges, refunds, disputes, products, prices, coupons] =
    await Promise.all([
      all(
        stripe.customers.list({
          limit,
          expand: ["data.invoice_settings.default_payment_method", "data.discount.source.coupon"],
        }),
      ),
      all(stripe.subscriptions.list({ limit, status: "all", expand: [...subscriptionExpands] })),
      all(stripe.invoices.list({ limit, status: "open" })),
      all(stripe.charges.list({ limit })),
      all(stripe.refunds.list({ limit })),
      all(stripe.disputes.list({ limit })),
      all(stripe.products.list({ limit })),
      all(stripe.prices.list({ limit, expand: ["data.tiers", "data.currency_options"] })),
      all(stripe.coupons.list({ limit, expand: ["data.applies_to"] })),
    ]);
  const whole = byId(await Promise.all(prices.map((price) => withTiersOfCurrencies(stripe, price))));
  return {
    customers,
    subscriptions: subscriptions.map((subscription) => asBilled(subscription, whole)),
    openInvoices,
    charges,
    refunds,
    disputes,
    products: byId(products),
    prices: whole,
    coupons: byId([...usedCoupons(customers, subscriptions), ...coupons]),
  };
}

/** Stripe shows the tiers of a currency to who names it. */
async function withTiersOfCurrencies(stripe: Stripe, price: Stripe.Price): Promise<Stripe.Price> {
  const currencies = Object.keys(price.currency_options ?? {});
  if (price.billing_scheme !== "tiered" || currencies.length < 2) return price;
  const named = currencies.map((currency) => `currency_options.${currency}.tiers`);
  return stripe.prices.retrieve(price.id, { expand: ["tiers", "currency_options", ...named] });
}

/** Items show the amounts of their price's own currency; these have those of the currency that is billed. */
function asBilled(subscription: Stripe.Subscription, prices: ReadonlyMap<string, Stripe.Price>): Stripe.Subscription {
  const { currency, items } = subscription;
  const data = items.data.map((item): Stripe.SubscriptionItem => {
    const option = prices.get(item.price.id)?.currency_options?.[currency];
    if (item.price.currency === currency || option === undefined) return item;
    return { ...item, price: { ...item.price, ...option, currency } };
  });
  return { ...subscription, items: { ...items, data } };
}

async function all<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

const subscriptionExpands = [
  "data.default_payment_method",
  "data.discounts.source.coupon",
  "data.items.data.discounts",
];

function usedCoupons(
  customers: readonly Stripe.Customer[],
  subscriptions: readonly Stripe.Subscription[],
): readonly Stripe.Coupon[] {
  const discounts = [
    ...customers.map(({ discount }) => discount ?? null),
    ...subscriptions.flatMap((subscription) => subscription.discounts),
  ];
  return discounts.flatMap((discount) => {
    const coupon = typeof discount === "object" ? discount?.source.coupon : null;
    return typeof coupon === "object" && coupon !== null ? [coupon] : [];
  });
}

/** Of several with one id the last counts. */
function byId<T extends { readonly id: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [object.id, object]));
}
