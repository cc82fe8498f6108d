/** Named things that can happen to a customer, for the control page and for tests. Each drives the real state machines. */
import { StripeError } from "./api/errors.ts";
import { changeBalance } from "./billing/balance.ts";
import { setBehaviour } from "./billing/bank.ts";
import { collect, intentOf, methodFor, payNow } from "./billing/collecting.ts";
import { openDispute, closeDispute } from "./billing/disputing.ts";
import { endSubscription } from "./billing/ending.ts";
import { finalise } from "./billing/invoicing.ts";
import { completeCheckout } from "./billing/purchase.ts";
import { failRefund, refundCharge } from "./billing/refunding.ts";
import { renewEarly } from "./billing/renewing.ts";
import { settle } from "./billing/time.ts";
import type { Price } from "./objects/catalogue.ts";
import type { CheckoutSession } from "./objects/checkout.ts";
import type { Customer } from "./objects/customer.ts";
import type { Invoice } from "./objects/invoice.ts";
import type { Charge, Dispute, PaymentMethod, Refund } from "./objects/payment.ts";
import { NO_BILLING_DETAILS } from "./objects/payment.ts";
import type { Metadata } from "./objects/shared.ts";
import type { Subscription } from "./objects/subscription.ts";
import { createCheckoutSession, requireSession } from "./resources/checkout.ts";
import { deleteCustomer, requireCustomer, updateCustomer } from "./resources/customers.ts";
import { reportUsage } from "./resources/meters.ts";
import { attach, detach, requireMethod } from "./resources/payment-methods.ts";
import { updateSubscription } from "./resources/subscriptions.ts";
import { makeCard, makeDebit } from "./resources/test-methods.ts";
import type { World } from "./world.ts";

const DAY_S = 86_400;

export type CheckoutScenario = {
  readonly email: string;
  readonly name: string;
  readonly userId?: string;
  /** Buy as a customer who exists already. */
  readonly customerId?: string;
  /** Default: the cheapest monthly plan. */
  readonly priceId?: string;
  /** Complete an open session instead of a new one. */
  readonly sessionId?: string;
  readonly method?: "card" | "sepa_debit";
};

export type Scenarios = ReturnType<typeof scenariosFor>;

/** The scenarios of one world. */
export function scenariosFor(world: World) {
  const { tables } = world;

  return {
    /** The customer's payment is refused: that of an open invoice, or of a renewal that happens now. */
    paymentFails(customerId: string, code = "insufficient_funds"): Invoice {
      const method = usualMethod(world, customerId);
      if (method.type === "sepa_debit") setBehaviour(world, method.id, { outcome: "decline", networkCode: "AM04" });
      else setBehaviour(world, method.id, { outcome: "decline", code });
      return settleOrCollect(world, openInvoice(world, customerId) ?? renewNow(world, customerId));
    },

    /** The bank says yes again: an open invoice is paid, a waiting debit arrives, or else a renewal happens now. */
    paymentSucceeds(customerId: string): Invoice {
      const method = usualMethod(world, customerId);
      setBehaviour(world, method.id, { outcome: "succeed", code: null, networkCode: null });
      return settleOrCollect(world, openInvoice(world, customerId) ?? renewNow(world, customerId));
    },

    /** A SEPA debit comes back with this raw bank code; without a waiting debit a renewal makes one first. */
    sepaReturn(customerId: string, code = "AM04"): Invoice {
      const method = tables.paymentMethods.find("customer", customerId).find(({ type }) => type === "sepa_debit");
      if (method === undefined) throw StripeError.invalid(`Customer ${customerId} has no SEPA debit.`);
      makeDefault(world, customerId, method);
      const waiting = openInvoice(world, customerId);
      setBehaviour(world, method.id, { outcome: "decline", networkCode: code });
      return settleOrCollect(world, waiting ?? renewNow(world, customerId));
    },

    /** To the next more expensive plan of the same rhythm and currency, or to the given price. */
    upgrade(customerId: string, priceId?: string): Subscription {
      return changePlan(world, customerId, { priceId, direction: 1 });
    },

    /** To the next cheaper plan of the same rhythm and currency, or to the given price. */
    downgrade(customerId: string, priceId?: string): Subscription {
      return changePlan(world, customerId, { priceId, direction: -1 });
    },

    /** Cancels now. */
    cancel(customerId: string, feedback: string | null = null): Subscription {
      return endSubscription(world, subscriptionOf(world, customerId), { reason: "cancellation_requested", feedback });
    },

    /** Plans the end for when the period ends; in the portal's way (only `cancel_at`) if wanted. */
    cancelAtPeriodEnd(customerId: string, options: { readonly portal?: boolean } = {}): Subscription {
      const subscription = subscriptionOf(world, customerId);
      const plan = options.portal === true ? { cancel_at: "min_period_end" as const } : { cancel_at_period_end: true };
      return updateSubscription(world, subscription, plan);
    },

    /** Takes a planned end back. */
    keep(customerId: string): Subscription {
      return updateSubscription(world, subscriptionOf(world, customerId), { cancel_at_period_end: false });
    },

    /** A new period begins now and is invoiced and charged at once. */
    renew(customerId: string): Invoice {
      return settledInvoice(world, renewNow(world, customerId));
    },

    /** A purchase on the hosted page, with its burst of events. */
    checkout(purchase: CheckoutScenario): CheckoutSession {
      const session = purchase.sessionId === undefined ? newSession(world, purchase) : requireSession(world, purchase.sessionId);
      if (session.status !== "open") throw StripeError.invalid("This checkout session is not open any more.");
      const details = { ...NO_BILLING_DETAILS, email: purchase.email, name: purchase.name };
      const method =
        purchase.method === "sepa_debit"
          ? makeDebit(world, "DE89370400440532013000", details)
          : makeCard(world, { token: "tok_visa" }, details);
      const metadata: Metadata = purchase.userId === undefined ? {} : { user_id: purchase.userId };
      return completeCheckout(world, session, { email: purchase.email, name: purchase.name, method, metadata });
    },

    /** Refunds the customer's latest payment, wholly or in part. */
    refund(customerId: string, amount?: number): Refund {
      return refundCharge(world, latestPaid(world, customerId), { amount, reason: "requested_by_customer" });
    },

    /** The customer's latest refund comes back from the bank. */
    refundFails(customerId: string, reason = "declined"): Refund {
      const refunds = tables.charges.find("customer", customerId).flatMap((charge) => tables.refunds.find("charge", charge.id));
      const latest = refunds.filter(({ status }) => status === "succeeded" || status === "pending").at(-1);
      if (latest === undefined) throw StripeError.invalid(`Customer ${customerId} has no refund that could fail.`);
      return failRefund(world, latest, reason);
    },

    /** The customer's bank disputes the latest payment. */
    dispute(customerId: string, reason = "fraudulent"): Dispute {
      return openDispute(world, latestPaid(world, customerId), reason);
    },

    /** The customer's open dispute ends. */
    closeDispute(customerId: string, result: "won" | "lost"): Dispute {
      const charges = tables.charges.find("customer", customerId);
      const open = charges
        .flatMap((charge) => tables.disputes.find("charge", charge.id))
        .find(({ status }) => status === "needs_response" || status === "under_review");
      if (open === undefined) throw StripeError.invalid(`Customer ${customerId} has no open dispute.`);
      return closeDispute(world, open, result);
    },

    /** Reports usage to the customer's meter (or the only one). */
    reportUsage(customerId: string, value: number, eventName?: string): object {
      const meter = tables.meters.all().find(({ event_name: name }) => eventName === undefined || name === eventName);
      if (meter === undefined) throw StripeError.invalid("There is no such meter.");
      const payload = {
        [meter.customer_mapping.event_payload_key]: customerId,
        [meter.value_settings.event_payload_key]: String(value),
      };
      return reportUsage(world, { event_name: meter.event_name, payload });
    },

    /** The trial now ends in less than three days, so that its notice is due. */
    trialEndsSoon(customerId: string): Subscription {
      const subscription = tables.subscriptions.find("customer", customerId).find(({ status }) => status === "trialing");
      if (subscription === undefined) throw StripeError.invalid(`Customer ${customerId} has no trial.`);
      return updateSubscription(world, subscription, { trial_end: world.now() + 2 * DAY_S });
    },

    /** Changes a customer; metadata is merged. */
    updateCustomer(customerId: string, change: { email?: string; name?: string; metadata?: Record<string, string> }): Customer {
      return updateCustomer(world, requireCustomer(world, customerId), change);
    },

    /** Deletes a customer for good. */
    deleteCustomer(customerId: string): object {
      return deleteCustomer(world, requireCustomer(world, customerId));
    },

    /** Gives the customer credit (a positive amount) for the next invoice. */
    addCredit(customerId: string, amount: number): Customer {
      changeBalance(world, requireCustomer(world, customerId), { amount: -amount, type: "adjustment", description: "Goodwill credit" });
      return requireCustomer(world, customerId);
    },

    /** The card's date has passed and its bank refuses from now on. */
    expireCard(customerId: string): PaymentMethod {
      const method = usualMethod(world, customerId);
      if (method.card === undefined) throw StripeError.invalid(`Customer ${customerId} does not pay by card.`);
      const past = new Date((world.now() - 40 * DAY_S) * 1000);
      const card = { ...method.card, exp_month: past.getUTCMonth() + 1, exp_year: past.getUTCFullYear() };
      setBehaviour(world, method.id, { outcome: "decline", code: "expired_card" });
      return world.update(tables.paymentMethods, method, { card }, "payment_method.updated");
    },

    /** The customer puts a good card in the place of the old method and it becomes the default everywhere. */
    replaceCard(customerId: string): PaymentMethod {
      const old = tables.paymentMethods.find("customer", customerId);
      const { name, email } = requireCustomer(world, customerId);
      const card = attach(world, makeCard(world, { token: "tok_mastercard" }, { ...NO_BILLING_DETAILS, name, email }).id, customerId);
      makeDefault(world, customerId, card);
      for (const method of old) detach(world, requireMethod(world, method.id));
      return card;
    },

    /** The card network sends the new date of a reissued card. */
    cardReissued(customerId: string): PaymentMethod {
      const method = usualMethod(world, customerId);
      if (method.card === undefined) throw StripeError.invalid(`Customer ${customerId} does not pay by card.`);
      const card = { ...method.card, exp_year: new Date(world.now() * 1000).getUTCFullYear() + 4 };
      setBehaviour(world, method.id, { outcome: "succeed", code: null });
      return world.update(tables.paymentMethods, method, { card }, "payment_method.automatically_updated");
    },
  };
}

/** The subscription that scenarios are about: the latest one that has not ended. */
function subscriptionOf(world: World, customerId: string): Subscription {
  const running = world.tables.subscriptions
    .find("customer", requireCustomer(world, customerId).id)
    .filter(({ status }) => status !== "canceled" && status !== "incomplete_expired");
  const latest = running.at(-1);
  if (latest === undefined) throw StripeError.invalid(`Customer ${customerId} has no running subscription.`);
  return latest;
}

function openInvoice(world: World, customerId: string): Invoice | undefined {
  const open = world.tables.invoices.find("customer", customerId).filter(({ status }) => status === "open" || status === "draft");
  return open.at(-1);
}

function renewNow(world: World, customerId: string): Invoice {
  const subscription = subscriptionOf(world, customerId);
  if (subscription.status === "trialing") {
    updateSubscription(world, subscription, { trial_end: "now" });
    const begun = subscriptionOf(world, customerId);
    return latestInvoice(world, begun);
  }
  return renewEarly(world, subscription);
}

/** Finalises a draft, collects an open invoice, or brings the bank's answer to a waiting debit. */
function settleOrCollect(world: World, invoice: Invoice): Invoice {
  const collected = settledInvoice(world, invoice);
  const intent = intentOf(world, collected);
  if (intent?.status === "processing") settle(world, intent.id);
  return world.tables.invoices.get(invoice.id) ?? collected;
}

function settledInvoice(world: World, invoice: Invoice): Invoice {
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

/** What the customer is charged with: the subscription's own method before the customer's. */
function usualMethod(world: World, customerId: string): PaymentMethod {
  const customer = requireCustomer(world, customerId);
  const [subscription] = world.tables.subscriptions.find("customer", customerId).filter(({ status }) => status !== "canceled").reverse();
  const id = subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method;
  const method = world.tables.paymentMethods.get(id ?? "") ?? world.tables.paymentMethods.find("customer", customerId).at(-1);
  if (method === undefined) throw StripeError.invalid(`Customer ${customerId} has no payment method.`);
  return method;
}

function makeDefault(world: World, customerId: string, method: PaymentMethod): void {
  updateCustomer(world, requireCustomer(world, customerId), { invoice_settings: { default_payment_method: method.id } });
  for (const subscription of world.tables.subscriptions.find("customer", customerId)) {
    if (subscription.default_payment_method === null || subscription.default_payment_method === method.id) continue;
    world.update(world.tables.subscriptions, subscription, { default_payment_method: method.id }, "customer.subscription.updated");
  }
}

function latestPaid(world: World, customerId: string): Charge {
  const paid = world.tables.charges
    .find("customer", customerId)
    .filter((charge) => charge.status === "succeeded" && !charge.disputed && charge.amount_refunded < charge.amount_captured);
  const latest = paid.at(-1);
  if (latest === undefined) throw StripeError.invalid(`Customer ${customerId} has no payment for this.`);
  return latest;
}

function changePlan(
  world: World,
  customerId: string,
  { priceId, direction }: { readonly priceId: string | undefined; readonly direction: 1 | -1 },
): Subscription {
  const subscription = subscriptionOf(world, customerId);
  const item = subscription.items.data.find(({ price }) => price.recurring?.usage_type !== "metered");
  const price = priceId ?? (item === undefined ? undefined : neighbour(world, item.price, direction)?.id);
  if (item === undefined || price === undefined) throw StripeError.invalid("There is no plan in that direction.");
  return updateSubscription(world, subscription, { items: [{ id: item.id, price }] });
}

/** The plan next in price with the same rhythm and currency, of another product. */
function neighbour(world: World, from: Price, direction: 1 | -1): Price | undefined {
  const better = world.tables.prices.all().filter(
    (price) =>
      price.active &&
      price.product !== from.product &&
      price.currency === from.currency &&
      price.recurring?.usage_type === "licensed" &&
      price.recurring.interval === from.recurring?.interval &&
      price.unit_amount !== null &&
      direction * (price.unit_amount - (from.unit_amount ?? 0)) > 0,
  );
  return better.sort((left, right) => direction * ((left.unit_amount ?? 0) - (right.unit_amount ?? 0)))[0];
}

function newSession(world: World, { priceId, email, customerId }: CheckoutScenario): CheckoutSession {
  const monthly = world.tables.prices
    .all()
    .filter((price) => price.active && price.recurring?.interval === "month" && price.recurring.usage_type === "licensed" && price.unit_amount !== null)
    .sort((left, right) => (left.unit_amount ?? 0) - (right.unit_amount ?? 0));
  const price = priceId ?? monthly[0]?.id;
  if (price === undefined) throw StripeError.invalid("There is no plan to buy.");
  const urls = { success_url: "https://lapwing.example/welcome", cancel_url: "https://lapwing.example/plans" };
  const buyer = customerId === undefined ? { customer_email: email } : { customer: requireCustomer(world, customerId).id };
  return createCheckoutSession(world, { mode: "subscription", ...buyer, line_items: [{ price, quantity: 1 }], ...urls });
}
