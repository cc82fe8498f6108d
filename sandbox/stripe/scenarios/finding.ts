/** What scenarios look for first: the subscription, invoice, method or payment of a customer that they are about. */
import { StripeError } from "../api/errors.ts";
import { collect, intentOf, methodFor, payNow } from "../billing/collecting.ts";
import { finalise } from "../billing/invoicing.ts";
import { renewEarly } from "../billing/renewing.ts";
import { settle } from "../billing/time.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import type { Charge } from "../objects/charge.ts";
import type { Subscription } from "../objects/subscription.ts";
import { requireCustomer, updateCustomer } from "../resources/customers.ts";
import { updateSubscription } from "../resources/subscription-updates.ts";
import type { World } from "../world.ts";

/** The subscription that scenarios are about: the latest one that has not ended. */
export function subscriptionOf(world: World, customerId: string): Subscription {
  const running = world.tables.subscriptions
    .find("customer", requireCustomer(world, customerId).id)
    .filter(({ status }) => status !== "canceled" && status !== "incomplete_expired");
  const latest = running.at(-1);
  if (latest === undefined) throw StripeError.invalid(`Customer ${customerId} has no running subscription.`);
  return latest;
}

/** The customer's latest invoice that is not settled. */
export function openInvoice(world: World, customerId: string): Invoice | undefined {
  const open = world.tables.invoices
    .find("customer", customerId)
    .filter(({ status }) => status === "open" || status === "draft");
  return open.at(-1);
}

/** What the customer is charged with: the subscription's own method before the customer's. */
export function usualMethod(world: World, customerId: string): PaymentMethod {
  const customer = requireCustomer(world, customerId);
  const [subscription] = world.tables.subscriptions
    .find("customer", customerId)
    .filter(({ status }) => status !== "canceled")
    .reverse();
  const id = subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method;
  const method =
    world.tables.paymentMethods.get(id ?? "") ?? world.tables.paymentMethods.find("customer", customerId).at(-1);
  if (method === undefined) throw StripeError.invalid(`Customer ${customerId} has no payment method.`);
  return method;
}

/** The customer's latest payment that still can be given back. */
export function latestPaid(world: World, customerId: string): Charge {
  const paid = world.tables.charges
    .find("customer", customerId)
    .filter(
      (charge) => charge.status === "succeeded" && !charge.disputed && charge.amount_refunded < charge.amount_captured,
    );
  const latest = paid.at(-1);
  if (latest === undefined) throw StripeError.invalid(`Customer ${customerId} has no payment for this.`);
  return latest;
}

/** Makes a method the default of the customer and of their subscriptions. */
export function makeDefault(world: World, customerId: string, method: PaymentMethod): void {
  updateCustomer(world, requireCustomer(world, customerId), {
    invoice_settings: { default_payment_method: method.id },
  });
  for (const subscription of world.tables.subscriptions.find("customer", customerId)) {
    if (subscription.default_payment_method === null || subscription.default_payment_method === method.id) continue;
    world.update(
      world.tables.subscriptions,
      subscription,
      { default_payment_method: method.id },
      "customer.subscription.updated",
    );
  }
}

/** Begins a new period now, or ends the trial. */
export function renewNow(world: World, customerId: string): Invoice {
  const subscription = subscriptionOf(world, customerId);
  if (subscription.status === "trialing") {
    updateSubscription(world, subscription, { trial_end: "now" });
    const begun = subscriptionOf(world, customerId);
    return latestInvoice(world, begun);
  }
  return renewEarly(world, subscription);
}

/** Finalises a draft, collects an open invoice, or brings the bank's answer to a waiting debit. */
export function settleOrCollect(world: World, invoice: Invoice): Invoice {
  const collected = settledInvoice(world, invoice);
  const intent = intentOf(world, collected);
  if (intent?.status === "processing") settle(world, intent.id);
  return world.tables.invoices.get(invoice.id) ?? collected;
}

/** Finalises and collects an invoice unless that has happened. */
export function settledInvoice(world: World, invoice: Invoice): Invoice {
  const now = world.tables.invoices.get(invoice.id) ?? invoice;
  const open = now.status === "draft" ? finalise(world, now) : now;
  if (open.status !== "open" || intentOf(world, open)?.status === "processing") return open;
  return open.attempted ? payNow(world, open, methodFor(world, open)) : collect(world, open);
}

function latestInvoice(world: World, subscription: Subscription): Invoice {
  const invoice = world.tables.invoices.get(subscription.latest_invoice ?? "");
  if (invoice === undefined) throw StripeError.invalid(`Subscription ${subscription.id} has no invoice.`);
  return invoice;
}
