/**
 * What subscriptions bring in and when they are billed next, worked out from Stripe's objects by its own definition of
 * monthly recurring revenue (docs.stripe.com/billing/subscriptions/analytics). It shares nothing with the server.
 */
import type Stripe from "stripe";
import { idOf, major, type Expected } from "./expected-value.ts";
import { costOfItem, leftOf, type Share } from "./expected-discounts.ts";
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
    ...revenueOf(state, customer, subscriptions),
    ...nextInvoiceOf(state, customer, primary),
  };
}

const standings = "active trialing past_due unpaid paused incomplete canceled incomplete_expired".split(" ");
const yearly: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, year: 1 };

function addonsOf(state: StripeState, { items }: Stripe.Subscription): string | null {
  const main = items.data.toSorted((a, b) => rankOf(state, b) - rankOf(state, a))[0];
  const names = items.data
    .filter((item) => item !== main)
    .map(({ price }) => state.products.get(idOf(price.product) ?? "")?.name ?? price.id);
  return names.length === 0 ? null : [...new Set(names)].sort().join(", ");
}

/** Metered items come last, and bring in nothing that is certain. */
function rankOf(state: StripeState, item: Stripe.SubscriptionItem): number {
  return isMetered(item) ? -1 : costOfItem(state, item) * timesOf(item);
}

function isMetered({ price }: Stripe.SubscriptionItem): boolean {
  return price.recurring?.usage_type === "metered";
}

/** How often a year the item is billed. */
function timesOf({ price: { recurring } }: Stripe.SubscriptionItem): number {
  return recurring === null ? 0 : (yearly[recurring.interval] ?? Number.NaN) / recurring.interval_count;
}

function revenueOf(
  state: StripeState,
  customer: Stripe.Customer,
  subscriptions: readonly Stripe.Subscription[],
): Expected {
  const unknown = { mrr: null, mrr_currency: null, arr: null };
  const years = new Map<string, number>();
  for (const subscription of subscriptions.filter(({ status }) => status === "active" || status === "past_due")) {
    const year = yearOf(state, customer, subscription);
    if (Number.isNaN(year)) return unknown;
    if (year > 0) years.set(subscription.currency, (years.get(subscription.currency) ?? 0) + year);
  }
  if (years.size > 1) return unknown;
  const [[currency, year] = [customer.currency ?? null, 0]] = years;
  if (currency === null) return { mrr: 0, mrr_currency: null, arr: 0 };
  return {
    mrr: major(nearest(year / 12), currency),
    mrr_currency: currency.toUpperCase(),
    arr: major(nearest(year), currency),
  };
}

/** Half up; sums of fractions are a hair off. */
function nearest(amount: number): number {
  return Math.round(amount + 1e-7);
}

/** What a subscription brings in a year; NaN when nobody can say. */
function yearOf(state: StripeState, customer: Stripe.Customer, subscription: Stripe.Subscription): number {
  const shares = subscription.items.data
    .filter((item) => !isMetered(item))
    .map((item): Share => ({ item, amount: costOfItem(state, item) * timesOf(item), invoices: timesOf(item) }));
  if (shares.every(({ amount }) => amount === 0)) return 0;
  const forEver = (coupon: Stripe.Coupon): boolean => coupon.duration === "forever";
  return leftOf({ state, customer, subscription, counts: forEver }, shares);
}

function nextInvoiceOf(
  state: StripeState,
  customer: Stripe.Customer,
  primary: Stripe.Subscription | undefined,
): Expected {
  const none = { next_invoice_at: null, next_invoice_amount: null };
  if (primary === undefined || !["active", "trialing", "past_due"].includes(primary.status)) return none;
  if (primary.pause_collection !== null || primary.items.data.length === 0) return none;
  const at = Math.min(...primary.items.data.map((item) => item.current_period_end));
  if (primary.cancel_at_period_end || (primary.cancel_at !== null && primary.cancel_at <= at)) return none;
  const amount = amountAt(state, at, { customer, primary });
  return { next_invoice_at: at, next_invoice_amount: Number.isNaN(amount) ? null : major(amount, primary.currency) };
}

/** NaN when nobody can say. */
function amountAt(
  state: StripeState,
  at: number,
  { customer, primary }: { readonly customer: Stripe.Customer; readonly primary: Stripe.Subscription },
): number {
  const due = primary.items.data.filter((item) => item.current_period_end === at);
  const isTaxed = primary.automatic_tax.enabled || (primary.default_tax_rates ?? []).length > 0;
  const method =
    primary.default_payment_method ??
    primary.default_source ??
    customer.invoice_settings.default_payment_method ??
    customer.default_source;
  if (primary.schedule !== null || isTaxed || due.some(isMetered)) return Number.NaN;
  if (primary.status === "trialing" && method === null) return Number.NaN;
  const shares = due.map((item): Share => ({ item, amount: nearest(costOfItem(state, item)), invoices: 1 }));
  const inForce = (coupon: Stripe.Coupon, end: number | null): boolean | undefined =>
    coupon.duration === "once" ? undefined : end === null || end > at;
  return nearest(leftOf({ state, customer, subscription: primary, counts: inForce }, shares));
}
