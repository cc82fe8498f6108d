/**
 * What subscriptions bring in and when they are billed next, worked out from Stripe's objects by its own definition of
 * monthly recurring revenue (docs.stripe.com/billing/subscriptions/analytics). It shares nothing with the server.
 */
import type Stripe from "stripe";
import { idOf, major, type Expected } from "./expected-value.ts";
import type { StripeState } from "./stripe-state.ts";

/** The attributes about subscriptions beyond the plan. */
export function expectedRevenue(
  state: StripeState,
  customer: Stripe.Customer,
  subscriptions: readonly Stripe.Subscription[],
): Expected {
  const primary = subscriptions.toSorted(
    (a, b) => standings.indexOf(a.status) - standings.indexOf(b.status) || b.created - a.created,
  )[0];
  return {
    subscriptions_count: subscriptions.filter(({ status }) => !["canceled", "incomplete_expired"].includes(status))
      .length,
    addons: primary === undefined ? null : addonsOf(state, primary),
    ...revenueOf(customer, subscriptions),
    ...nextInvoiceOf(customer, primary),
  };
}

const standings = "active trialing past_due unpaid paused incomplete canceled incomplete_expired".split(" ");
const yearly: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, year: 1 };

function addonsOf({ products }: StripeState, { items }: Stripe.Subscription): string | null {
  const main = items.data.toSorted((a, b) => yearlyOf(b) - yearlyOf(a))[0];
  const names = items.data
    .filter((item) => item !== main)
    .map(({ price }) => products.get(idOf(price.product) ?? "")?.name ?? price.id);
  return names.length === 0 ? null : [...new Set(names)].sort().join(", ");
}

/** Metered items bring in nothing that is certain; NaN for a price that does not say what one unit costs. */
function yearlyOf({ price, quantity }: Stripe.SubscriptionItem): number {
  const { recurring } = price;
  if (recurring === null || recurring.usage_type === "metered") return -1;
  if (price.unit_amount === null) return 0;
  return (price.unit_amount * (quantity ?? 1) * (yearly[recurring.interval] ?? Number.NaN)) / recurring.interval_count;
}

function isCertain({ price }: Stripe.SubscriptionItem): boolean {
  return price.unit_amount !== null && price.transform_quantity === null;
}

function isDiscounted(customer: Stripe.Customer, { discounts, items }: Stripe.Subscription): boolean {
  return (
    discounts.length > 0 || (customer.discount ?? null) !== null || items.data.some((item) => item.discounts.length > 0)
  );
}

function revenueOf(customer: Stripe.Customer, subscriptions: readonly Stripe.Subscription[]): Expected {
  const unknown = { mrr: null, mrr_currency: null, arr: null };
  const counted = subscriptions.filter(({ status }) => status === "active" || status === "past_due");
  const licensed = counted.flatMap(({ items }) => items.data).filter((item) => yearlyOf(item) !== -1);
  if (!licensed.every(isCertain) || counted.some((one) => isDiscounted(customer, one))) return unknown;
  const paying = licensed.filter((item) => yearlyOf(item) > 0);
  const currencies = new Set(paying.map(({ price }) => price.currency));
  if (currencies.size > 1) return unknown;
  const currency = [...currencies][0] ?? customer.currency ?? null;
  const year = paying.reduce((sum, item) => sum + yearlyOf(item), 0);
  if (currency === null) return { mrr: 0, mrr_currency: null, arr: 0 };
  return {
    mrr: major(Math.round(year / 12), currency),
    mrr_currency: currency.toUpperCase(),
    arr: major(Math.round(year), currency),
  };
}

function nextInvoiceOf(customer: Stripe.Customer, primary: Stripe.Subscription | undefined): Expected {
  const none = { next_invoice_at: null, next_invoice_amount: null };
  if (primary === undefined || !["active", "trialing", "past_due"].includes(primary.status)) return none;
  if (primary.pause_collection !== null || primary.items.data.length === 0) return none;
  const at = Math.min(...primary.items.data.map((item) => item.current_period_end));
  if (primary.cancel_at_period_end || (primary.cancel_at !== null && primary.cancel_at <= at)) return none;
  return { next_invoice_at: at, next_invoice_amount: amountAt(at, customer, primary) };
}

function amountAt(at: number, customer: Stripe.Customer, primary: Stripe.Subscription): number | null {
  const due = primary.items.data.filter((item) => item.current_period_end === at);
  const isTaxed = primary.automatic_tax.enabled || (primary.default_tax_rates ?? []).length > 0;
  const method =
    primary.default_payment_method ??
    primary.default_source ??
    customer.invoice_settings.default_payment_method ??
    customer.default_source;
  if (primary.schedule !== null || isTaxed || isDiscounted(customer, primary)) return null;
  if (primary.status === "trialing" && method === null) return null;
  if (!due.every((item) => isCertain(item) && item.price.recurring?.usage_type !== "metered")) return null;
  const amount = due.reduce((sum, { price, quantity }) => sum + (price.unit_amount ?? 0) * (quantity ?? 1), 0);
  return major(amount, primary.currency);
}
