/** Scenarios about subscriptions: bought, changed, ended, used. */
import { StripeError } from "../api/errors.ts";
import { endSubscription } from "../billing/ending.ts";
import { openSubscription } from "../billing/opening.ts";
import { completeCheckout } from "../billing/purchase.ts";
import type { Price } from "../objects/catalogue.ts";
import type { CheckoutSession } from "../objects/checkout.ts";
import { NO_BILLING_DETAILS } from "../objects/payment.ts";
import type { Metadata } from "../objects/shared.ts";
import type { Subscription } from "../objects/subscription.ts";
import { createCheckoutSession, requireSession } from "../resources/checkout.ts";
import { requireCustomer } from "../resources/customers.ts";
import { reportUsage } from "../resources/meters.ts";
import { requirePrice } from "../resources/prices.ts";
import { updateSubscription } from "../resources/subscription-updates.ts";
import { makeCard, makeDebit } from "../resources/test-methods.ts";
import type { World } from "../world.ts";
import { subscriptionOf } from "./finding.ts";

const DAY_S = 86_400;
const TRIAL_DAYS = 30;

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

/** What can happen to a customer's subscription. */
export function planScenarios(world: World) {
  const { tables } = world;
  return {
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

    /** A purchase on the hosted page, with its burst of events. */
    checkout(purchase: CheckoutScenario): CheckoutSession {
      const session =
        purchase.sessionId === undefined ? newSession(world, purchase) : requireSession(world, purchase.sessionId);
      if (session.status !== "open") throw StripeError.invalid("This checkout session is not open any more.");
      const details = { ...NO_BILLING_DETAILS, email: purchase.email, name: purchase.name };
      const method =
        purchase.method === "sepa_debit"
          ? makeDebit(world, "DE89370400440532013000", details)
          : makeCard(world, { token: "tok_visa" }, details);
      const metadata: Metadata = purchase.userId === undefined ? {} : { user_id: purchase.userId };
      return completeCheckout(world, session, { email: purchase.email, name: purchase.name, method, metadata });
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

    /** Somebody tries a plan, without a payment method unless they have one. */
    startTrial(customerId: string, days = TRIAL_DAYS, priceId?: string): Subscription {
      return tryPlan(world, customerId, { days, priceId });
    },

    /** The trial now ends in less than three days, so that its notice is due. */
    trialEndsSoon(customerId: string): Subscription {
      const subscription = tables.subscriptions
        .find("customer", customerId)
        .find(({ status }) => status === "trialing");
      if (subscription === undefined) throw StripeError.invalid(`Customer ${customerId} has no trial.`);
      return updateSubscription(world, subscription, { trial_end: world.now() + 2 * DAY_S });
    },
  };
}

function tryPlan(
  world: World,
  customerId: string,
  { days, priceId }: { readonly days: number; readonly priceId: string | undefined },
): Subscription {
  const price = priceId ?? cheapestMonthly(world)?.id;
  if (price === undefined) throw StripeError.invalid("There is no plan to try.");
  return openSubscription(world, {
    customer: requireCustomer(world, customerId),
    items: [{ price: requirePrice(world, price) }],
    trialEnd: world.now() + days * DAY_S,
    missingPaymentMethod: "cancel",
  });
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
  const better = world.tables.prices
    .all()
    .filter(
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

function cheapestMonthly(world: World): Price | undefined {
  const monthly = world.tables.prices
    .all()
    .filter(
      (price) =>
        price.active &&
        price.recurring?.interval === "month" &&
        price.recurring.usage_type === "licensed" &&
        price.unit_amount !== null,
    )
    .sort((left, right) => (left.unit_amount ?? 0) - (right.unit_amount ?? 0));
  return monthly[0];
}

function newSession(world: World, { priceId, email, customerId }: CheckoutScenario): CheckoutSession {
  const price = priceId ?? cheapestMonthly(world)?.id;
  if (price === undefined) throw StripeError.invalid("There is no plan to buy.");
  const urls = { success_url: "https://lapwing.example/welcome", cancel_url: "https://lapwing.example/plans" };
  const buyer =
    customerId === undefined ? { customer_email: email } : { customer: requireCustomer(world, customerId).id };
  return createCheckoutSession(world, {
    mode: "subscription",
    ...buyer,
    line_items: [{ price, quantity: 1 }],
    ...urls,
  });
}
