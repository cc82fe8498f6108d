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
};

/** Reads every list to its end. Customers and subscriptions carry their default payment methods. */
export async function readStripeState(sandbox: Pick<Sandbox, "url">): Promise<StripeState> {
  const stripe = stripeOf(sandbox);
  const limit = 100;
  const [customers, subscriptions, openInvoices, charges, refunds, disputes, products] = await Promise.all([
    all(stripe.customers.list({ limit, expand: ["data.invoice_settings.default_payment_method"] })),
    all(stripe.subscriptions.list({ limit, status: "all", expand: ["data.default_payment_method"] })),
    all(stripe.invoices.list({ limit, status: "open" })),
    all(stripe.charges.list({ limit })),
    all(stripe.refunds.list({ limit })),
    all(stripe.disputes.list({ limit })),
    all(stripe.products.list({ limit })),
  ]);
  return {
    customers,
    subscriptions,
    openInvoices,
    charges,
    refunds,
    disputes,
    products: new Map(products.map((product) => [product.id, product])),
  };
}

async function all<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}
