/**
 * What a contact must show, worked out anew from Stripe's objects by the help texts of the attributes. It shares nothing
 * with the server, so that a mistake there cannot hide here.
 */
import type Stripe from "stripe";
import { costOfItem } from "./expected-discounts.ts";
import { troubleAnswers } from "./expected-failures.ts";
import { expectedDebts } from "./expected-debts.ts";
import { expectedRevenue } from "./expected-revenue.ts";
import { idOf, major, OneOf, type Expected, type Value } from "./expected-value.ts";
import type { StripeState } from "./stripe-state.ts";

/** The attributes of one customer. */
export function expectedAttributes(state: StripeState, customer: Stripe.Customer): Expected {
  const subscriptions = state.subscriptions.filter((one) => idOf(one.customer) === customer.id);
  const primary = subscriptions.toSorted(byStanding)[0];
  return {
    ...planAttributes(state, primary),
    ...customerAttributes(customer, primary),
    ...subscriptionAttributes(primary),
    ...cardAttributes(customer, primary),
    ...paymentAttributes(state, customer),
    ...expectedRevenue(state, customer, subscriptions),
    ...expectedDebts(state, customer, primary),
    ...troubleAttributes(state, customer),
    payment_method_type: methodInUse(customer, primary)?.type ?? null,
    billing_country: countryOf(state, customer, primary),
    customer_link: `https://dashboard.stripe.com/test/customers/${customer.id}`,
  };
}

const standings = [
  "active",
  "trialing",
  "past_due",
  "unpaid",
  "paused",
  "incomplete",
  "canceled",
  "incomplete_expired",
];

function byStanding(a: Stripe.Subscription, b: Stripe.Subscription): number {
  return standings.indexOf(a.status) - standings.indexOf(b.status) || b.created - a.created;
}

function planAttributes(state: StripeState, subscription: Stripe.Subscription | undefined): Expected {
  const item = subscription?.items.data.toSorted((a, b) => rankOf(state, b) - rankOf(state, a))[0];
  if (item === undefined) return { plan: null, plan_price: null, plan_currency: null, plan_interval: null };
  const { price } = item;
  return {
    plan: state.products.get(idOf(price.product) ?? "")?.name ?? null,
    plan_price: unitPriceOf(price),
    plan_currency: price.currency.toUpperCase(),
    plan_interval: price.recurring ? intervalOf(price.recurring) : null,
  };
}

const monthsOf: Readonly<Record<string, number>> = { day: 12 / 365, week: 12 / 52, month: 1, year: 12 };

/** The item that brings in most per month; metered ones last. */
function rankOf(state: StripeState, item: Stripe.SubscriptionItem): number {
  const { recurring } = item.price;
  if (recurring?.usage_type === "metered") return -1;
  const months = monthsOf[recurring?.interval ?? "month"] ?? 1;
  return costOfItem(state, item) / (months * (recurring?.interval_count ?? 1));
}

function unitPriceOf({ billing_scheme, unit_amount, currency }: Stripe.Price): number | null {
  return billing_scheme === "tiered" || unit_amount === null ? null : major(unit_amount, currency);
}

function intervalOf({ interval, interval_count: count }: Stripe.Price.Recurring): string {
  return count === 1 ? interval : `${count} ${interval}s`;
}

function customerAttributes(customer: Stripe.Customer, primary: Stripe.Subscription | undefined): Expected {
  const currency = customer.currency ?? primary?.currency ?? null;
  return {
    account_balance: currency === null ? (customer.balance === 0 ? 0 : null) : major(customer.balance, currency),
    account_balance_currency: currency?.toUpperCase() ?? null,
    created_at: customer.created,
    delinquent: customer.delinquent ?? false,
    // Below zero is credit for the next invoice.
    credit_available:
      currency === null ? (customer.balance >= 0 ? 0 : null) : major(Math.max(0, -customer.balance), currency),
    locale: customer.preferred_locales?.[0] ?? null,
  };
}

function subscriptionAttributes(subscription: Stripe.Subscription | undefined): Expected {
  if (subscription === undefined)
    return { status: null, subscription_period_end: null, trial_end: null, cancel_at: null };
  const isOver = subscription.status === "canceled" || subscription.status === "incomplete_expired";
  const periodEnd = Math.min(...subscription.items.data.map((item) => item.current_period_end));
  const planned = subscription.cancel_at ?? (subscription.cancel_at_period_end ? periodEnd : null);
  return {
    status: subscription.status,
    subscription_period_end: isOver ? null : periodEnd,
    trial_end: subscription.trial_end,
    cancel_at: isOver ? null : planned,
  };
}

function cardAttributes(customer: Stripe.Customer, primary: Stripe.Subscription | undefined): Expected {
  const method = methodInUse(customer, primary);
  const card = method?.card;
  return {
    card_brand: card?.brand ?? null,
    // Day 0 of the next month is the last of this one.
    card_expires_at: card ? Date.UTC(card.exp_year, card.exp_month, 0, 23, 59, 59) / 1000 : null,
  };
}

/** The subscription's own default is charged before the customer's. */
function methodInUse(
  customer: Stripe.Customer,
  primary: Stripe.Subscription | undefined,
): Stripe.PaymentMethod | undefined {
  const method = primary?.default_payment_method ?? customer.invoice_settings.default_payment_method;
  if (method === null || method === undefined) return undefined;
  if (typeof method === "string") throw new Error(`The payment method ${method} was not expanded.`);
  return method.customer === null ? undefined : method;
}

function paymentAttributes(state: StripeState, customer: Stripe.Customer): Expected {
  const charges = state.charges.filter((charge) => idOf(charge.customer) === customer.id);
  const attempts = charges.filter((charge) => charge.status !== "succeeded" || charge.captured);
  const paid = attempts.filter((charge) => charge.status === "succeeded").toSorted((a, b) => a.created - b.created);
  const latest = Math.max(0, ...attempts.map(({ created }) => created));
  const last = attempts.filter(({ created }) => created === latest);
  const isInOwn = paid.some(({ currency }) => currency === customer.currency);
  const currency = isInOwn ? customer.currency : (paid.at(-1)?.currency ?? null);
  return {
    last_payment_amount: oneOf(last.map((charge) => major(charge.amount, charge.currency))),
    last_payment_currency: oneOf(last.map((charge) => charge.currency.toUpperCase())),
    last_payment_at: oneOf(last.map(({ created }) => created)),
    last_payment_status: oneOf(last.map(({ status }) => status)),
    total_paid: currency
      ? major(
          totalOf(
            state,
            paid.filter((charge) => charge.currency === currency),
          ),
          currency,
        )
      : null,
    total_paid_currency: currency?.toUpperCase() ?? null,
    payment_count: paid.length,
    ...habits(state, paid, currency ?? null),
    // The tests name no reporting currency.
    total_paid_reporting: null,
    first_payment_at: paid[0]?.created ?? null,
    last_paid_at: paid.at(-1)?.created ?? null,
  };
}

/** The average in the main currency, and how many payments a month of 30.41… days brings after the first. */
function habits(state: StripeState, paid: readonly Stripe.Charge[], currency: string | null): Expected {
  const own = paid.filter((charge) => charge.currency === currency);
  const days = ((paid.at(-1)?.created ?? 0) - (paid[0]?.created ?? 0)) / 86_400;
  const average = own.length === 0 ? null : Math.round(totalOf(state, own) / own.length);
  return {
    average_payment: average === null || currency === null ? null : major(average, currency),
    payments_per_month: days * 12 < 365 ? null : Number((((paid.length - 1) * 365) / 12 / days).toFixed(2)),
  };
}

const withdrawn = new Set(["needs_response", "under_review", "lost"]);

/** Captured, less refunds that did not fail, less what disputes hold back. */
function totalOf({ refunds, disputes }: StripeState, paid: readonly Stripe.Charge[]): number {
  const net = paid.map((charge) => {
    const back = refunds
      .filter(
        (refund) => idOf(refund.charge) === charge.id && refund.status !== "failed" && refund.status !== "canceled",
      )
      .reduce((sum, { amount }) => sum + amount, 0);
    const held = disputes
      .filter((dispute) => idOf(dispute.charge) === charge.id && withdrawn.has(dispute.status))
      .reduce((sum, { amount }) => sum + amount, 0);
    return charge.amount_captured - back - held;
  });
  return net.reduce((sum, amount) => sum + amount, 0);
}

function countryOf(
  { charges }: StripeState,
  customer: Stripe.Customer,
  primary: Stripe.Subscription | undefined,
): Value {
  const ofMethod = methodInUse(customer, primary)?.billing_details.address?.country;
  const ofCharge = charges.find(
    (charge) => idOf(charge.customer) === customer.id && charge.billing_details.address?.country,
  );
  return customer.address?.country ?? ofMethod ?? ofCharge?.billing_details.address?.country ?? null;
}

function troubleAttributes(state: StripeState, customer: Stripe.Customer): Expected {
  const answers = troubleAnswers(state, customer);
  const names = Object.keys(answers[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, oneOf(answers.map((answer) => answer[name] ?? null))]));
}

function oneOf(values: readonly Value[]): Value | OneOf {
  const different = [...new Set(values)];
  return different.length > 1 ? new OneOf(different) : (different[0] ?? null);
}
