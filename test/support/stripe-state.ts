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
      all(stripe.prices.list({ limit, expand: ["data.tiers"] })),
      all(stripe.coupons.list({ limit, expand: ["data.applies_to"] })),
    ]);
  return {
    customers,
    subscriptions,
    openInvoices,
    charges,
    refunds,
    disputes,
    products: byId(products),
    prices: byId(prices),
    coupons: byId([...usedCoupons(customers, subscriptions), ...coupons]),
  };
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
