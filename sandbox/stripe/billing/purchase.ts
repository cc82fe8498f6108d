/** A purchase on the hosted checkout page: the customer pays, and everything comes into being at once. */
import type { Price } from "../objects/catalogue.ts";
import type { CheckoutLine, CheckoutPlan, CheckoutSession, CustomerDetails } from "../objects/checkout.ts";
import { newCustomer } from "../objects/customer.ts";
import type { Customer } from "../objects/customer.ts";
import { newPaymentIntent } from "../objects/charge.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import type { Metadata } from "../objects/shared.ts";
import type { World } from "../world.ts";
import { confirmIntent } from "./collecting.ts";
import { openSubscription } from "./opening.ts";

const DAY_S = 86_400;

export type Buyer = {
  readonly email: string;
  readonly name: string;
  readonly method: PaymentMethod;
  /** Metadata for a customer that the purchase creates. */
  readonly metadata?: Metadata;
};

/** Completes an open session as this buyer. Its events come as one burst and name the hosted page's own request. */
export function completeCheckout(world: World, session: CheckoutSession, buyer: Buyer): CheckoutSession {
  const { random } = world.kernel;
  const request = { id: `req_${random.token(14)}`, idempotency_key: `${random.hex(8)}-${random.hex(12)}` };
  return world.events.burst(
    () => world.events.during(request, () => purchase(world, session, buyer)),
    (event) =>
      "id" in event.object ? (world.tables.invoices.get(String(event.object.id)) ?? event.object) : event.object,
  );
}

function purchase(world: World, session: CheckoutSession, buyer: Buyer): CheckoutSession {
  const plan = world.tables.checkoutPlans.get(session.id);
  const customer = customerFor(world, session, buyer);
  const method = world.update(world.tables.paymentMethods, buyer.method, { customer: customer.id });
  world.events.emit("payment_method.attached", method);
  const bought =
    session.mode === "subscription"
      ? subscribe(world, { customer, method, plan })
      : payOnce(world, session, { customer, method });
  world.agenda.cancel("checkout", session.id);
  const completed = world.update(world.tables.checkoutSessions, session, {
    ...bought,
    customer: customer.id,
    customer_details: detailsOf(customer),
    status: "complete",
    url: null,
  });
  world.events.emit("checkout.session.completed", completed);
  return completed;
}

function customerFor(world: World, session: CheckoutSession, buyer: Buyer): Customer {
  const known = world.tables.customers.get(session.customer ?? "");
  if (known !== undefined) return known;
  const customer = newCustomer({
    id: `cus_${world.kernel.random.token(14)}`,
    created: world.now(),
    invoice_prefix: world.kernel.random.hex(8).toUpperCase(),
    email: session.customer_email ?? buyer.email,
    name: buyer.name,
    metadata: buyer.metadata ?? {},
  });
  return world.create(world.tables.customers, customer, "customer.created");
}

type Order = { readonly customer: Customer; readonly method: PaymentMethod; readonly plan?: CheckoutPlan | undefined };

function subscribe(world: World, { customer, method, plan }: Order): Partial<CheckoutSession> {
  const subscription = openSubscription(world, {
    customer,
    items: (plan?.lines ?? []).flatMap((line) => itemOf(world, line)),
    trialEnd: plan?.trialDays ? world.now() + plan.trialDays * DAY_S : undefined,
    extra: { default_payment_method: method.id, metadata: plan?.subscriptionMetadata ?? {} },
    announce: "first",
    uncounted: true,
  });
  const invoice = world.tables.invoices.get(subscription.latest_invoice ?? "");
  const free = invoice !== undefined && invoice.total === 0;
  const payment_status = free ? "no_payment_required" : invoice?.status === "paid" ? "paid" : "unpaid";
  return { subscription: subscription.id, invoice: invoice?.id ?? null, payment_status };
}

function payOnce(world: World, session: CheckoutSession, { customer, method }: Order): Partial<CheckoutSession> {
  const id = world.id("pi");
  const intent = newPaymentIntent({
    id,
    created: world.now(),
    amount: session.amount_total ?? 0,
    client_secret: `${id}_secret_${world.kernel.random.token(24)}`,
    currency: session.currency ?? "eur",
    customer: customer.id,
    payment_method: method.id,
  });
  world.create(world.tables.paymentIntents, intent, "payment_intent.created");
  const { status } = confirmIntent(world, intent, method);
  return { payment_intent: id, payment_status: status === "succeeded" ? "paid" : "unpaid" };
}

function itemOf(world: World, { price: id, quantity }: CheckoutLine): readonly { price: Price; quantity: number }[] {
  const price = world.tables.prices.get(id);
  return price === undefined ? [] : [{ price, quantity }];
}

function detailsOf(customer: Customer): CustomerDetails {
  return {
    address: customer.address,
    business_name: null,
    email: customer.email,
    individual_name: null,
    name: customer.name,
    phone: customer.phone,
    tax_exempt: "none",
    tax_ids: [],
  };
}
