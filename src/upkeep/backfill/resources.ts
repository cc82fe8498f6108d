/** What a backfill reads from Stripe, with expands that save a call per customer (facts: Stripe's list parameters). */
import type { StripeKind } from "../../model/stripe-object.ts";
import type { StripeQuery } from "../../stripe/client.ts";
import { subscriptionExpands } from "../../stripe/objects.ts";

export type Resource = {
  readonly name: string;
  readonly kind: StripeKind;
  readonly path: string;
  readonly query: StripeQuery;
};

/**
 * In the order in which they are read; what is idle goes to the next. Canceled subscriptions are listed only when asked
 * for. A dispute names no customer, its charge does. Payment methods have no list of the account that names customers:
 * those in use come expanded, and the few that are missing are read one by one.
 */
export const resources: readonly Resource[] = [
  { name: "products", kind: "product", path: "/v1/products", query: {} },
  { name: "prices", kind: "price", path: "/v1/prices", query: { expand: ["data.tiers", "data.currency_options"] } },
  { name: "coupons", kind: "coupon", path: "/v1/coupons", query: { expand: ["data.applies_to"] } },
  {
    name: "customers",
    kind: "customer",
    path: "/v1/customers",
    query: { expand: ["data.invoice_settings.default_payment_method", "data.discount.source.coupon"] },
  },
  {
    name: "subscriptions",
    kind: "subscription",
    path: "/v1/subscriptions",
    query: { status: "all", expand: subscriptionExpands },
  },
  { name: "invoices", kind: "invoice", path: "/v1/invoices", query: {} },
  { name: "charges", kind: "charge", path: "/v1/charges", query: {} },
  { name: "refunds", kind: "refund", path: "/v1/refunds", query: { expand: ["data.charge"] } },
  { name: "disputes", kind: "dispute", path: "/v1/disputes", query: { expand: ["data.charge"] } },
];

/** The resource of this name. Ranges are written from the list above only. */
export function resourceNamed(name: string): Resource {
  const found = resources.find((resource) => resource.name === name);
  if (!found) throw new Error(`There is no resource ${name}.`);
  return found;
}
