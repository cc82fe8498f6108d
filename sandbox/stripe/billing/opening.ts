/** The start of a subscription: its items, its trial or its first invoice. */
import { StripeError } from "../api/errors.ts";
import type { Price } from "../objects/catalogue.ts";
import type { Customer } from "../objects/customer.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import type { Metadata } from "../objects/shared.ts";
import { itemList, newSubscription, newSubscriptionItem } from "../objects/subscription.ts";
import type { MissingPaymentMethod, Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { behaviourOf } from "./bank.ts";
import { methodFor, payNow, payUncounted } from "./collecting.ts";
import { redeemById } from "./discounts.ts";
import { draftInvoice, finalise } from "./invoicing.ts";
import { chargedIn, itemLine } from "./lines.ts";
import type { LineDraft } from "./lines.ts";
import { periodFrom } from "./periods.ts";
import { nextPeriodEnd } from "./standing.ts";

const HOUR_S = 3600;
const DAY_S = 86_400;
const INCOMPLETE_HOURS = 23;
const NOTICE_DAYS = 3;

export type NewSubscription = {
  readonly customer: Customer;
  readonly items: readonly {
    readonly price: Price;
    readonly quantity?: number | undefined;
    readonly metadata?: Metadata | undefined;
    readonly coupons?: readonly string[] | undefined;
  }[];
  /** One that all prices have; without it the customer's, if they have it, else that of the price. */
  readonly currency?: string | undefined;
  readonly trialEnd?: number | undefined;
  readonly missingPaymentMethod?: MissingPaymentMethod | undefined;
  readonly paymentBehavior?:
    | "allow_incomplete"
    | "default_incomplete"
    | "error_if_incomplete"
    | "pending_if_incomplete"
    | undefined;
  readonly coupons?: readonly string[] | undefined;
  readonly extra?: Partial<Subscription>;
  /** Tell of it before its first payment, as Checkout does, or with the status it has afterwards. */
  readonly announce?: "first" | "last";
  /** A checkout's own payment: the invoice shows no counted attempt. */
  readonly uncounted?: boolean;
};

/** Opens a subscription and makes its first payment. Returns it as it stands afterwards. */
export function openSubscription(world: World, order: NewSubscription): Subscription {
  const { subscriptions } = world.tables;
  const born = compose(world, order);
  refuseUnpayable(world, order, born);
  world.update(world.tables.customers, order.customer, { currency: born.currency }, "customer.updated");
  const subscription = world.create(subscriptions, withDiscounts(world, order, born));
  if (order.announce === "first") world.events.emit("customer.subscription.created", subscription);
  if (subscription.trial_end === null) bill(world, order, subscription);
  else startTrial(world, order, subscription);
  const now = subscriptions.get(subscription.id) ?? subscription;
  if (order.announce !== "first") world.events.emit("customer.subscription.created", now);
  scheduleNext(world, now);
  return now;
}

/** Makes the appointment for the next thing that time does to it. */
export function scheduleNext(world: World, subscription: Subscription): void {
  const at = nextMoment(subscription);
  if (at === undefined) world.agenda.cancel("subscription", subscription.id);
  else world.agenda.set("subscription", subscription.id, at);
}

/** Announces the end of a trial three days ahead, or at once when it is shorter. */
export function scheduleTrialNotice(world: World, subscription: Subscription): void {
  if (subscription.trial_end === null) return;
  world.agenda.set(
    "trial-notice",
    subscription.id,
    Math.max(world.now(), subscription.trial_end - NOTICE_DAYS * DAY_S),
  );
}

function nextMoment(subscription: Subscription): number | undefined {
  const { status, cancel_at: cancelAt, trial_end: trialEnd } = subscription;
  const at = cancelAt ?? Infinity;
  switch (status) {
    case "canceled":
    case "incomplete_expired":
      return undefined;
    case "incomplete":
      return subscription.created + INCOMPLETE_HOURS * HOUR_S;
    case "paused":
      return cancelAt ?? undefined;
    case "trialing":
      return Math.min(at, trialEnd ?? Infinity);
    default:
      return Math.min(at, nextPeriodEnd(subscription));
  }
}

function compose(world: World, order: NewSubscription): Subscription {
  const id = world.id("sub");
  const now = world.now();
  const trialEnd = order.trialEnd ?? null;
  const items = order.items.map(({ price, quantity, metadata }) => {
    if (price.recurring === null) throw notRecurring(price);
    const period = trialEnd === null ? periodFrom(now, price.recurring) : { start: now, end: trialEnd };
    return newSubscriptionItem({
      id: world.id("si"),
      subscription: id,
      price,
      quantity,
      metadata,
      created: now,
      period,
    });
  });
  return newSubscription({
    id,
    created: now,
    currency: currencyOf(world, order),
    customer: order.customer.id,
    items: itemList(id, items),
    status: trialEnd === null ? "incomplete" : "trialing",
    billing_cycle_anchor: trialEnd ?? now,
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : now,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method: order.missingPaymentMethod ?? "create_invoice",
      },
    },
    ...order.extra,
  });
}

function currencyOf(world: World, { items, customer, currency: wanted }: NewSubscription): string {
  const own = items[0]?.price.currency ?? "eur";
  const lacking = (currency: string): Price | undefined =>
    items.map(({ price }) => price).find((price) => chargedIn(world, price, currency).currency !== currency);
  if (wanted === undefined) return customer.currency !== null && !lacking(customer.currency) ? customer.currency : own;
  const price = lacking(wanted);
  if (price === undefined) return wanted;
  throw StripeError.invalid(
    `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${wanted}\`.`,
    "items[0][price]",
  );
}

function bill(world: World, order: NewSubscription, subscription: Subscription): void {
  const lines = subscription.items.data.flatMap((item) => advanceLine(world, subscription, item.id));
  const invoice = firstInvoice(world, order, { subscription, lines });
  if (invoice.status !== "open" || invoice.collection_method === "send_invoice") {
    activate(world, subscription.id);
    return;
  }
  if (order.paymentBehavior === "default_incomplete" || methodFor(world, invoice) === undefined) return;
  if (order.uncounted === true) payUncounted(world, invoice);
  else payNow(world, invoice, undefined);
}

function startTrial(world: World, order: NewSubscription, subscription: Subscription): void {
  const lines = subscription.items.data.map((item): LineDraft => {
    const period = { start: item.current_period_start, end: item.current_period_end };
    const line = itemLine(world, subscription, item, period);
    return { ...line, amount: 0, description: `Trial period for ${line.description ?? "the plan"}` };
  });
  firstInvoice(world, order, { subscription, lines });
  scheduleTrialNotice(world, subscription);
}

function firstInvoice(
  world: World,
  order: NewSubscription,
  { subscription, lines }: { readonly subscription: Subscription; readonly lines: readonly LineDraft[] },
): Invoice {
  const now = world.now();
  const customer = world.tables.customers.get(order.customer.id) ?? order.customer;
  const period = { start: now, end: now };
  const draft = draftInvoice(world, { customer, subscription, reason: "subscription_create", lines, period });
  world.update(world.tables.subscriptions, subscription, { latest_invoice: draft.id });
  return finalise(world, draft);
}

/** Seats are paid in advance; usage has not happened yet. */
function advanceLine(world: World, subscription: Subscription, itemId: string): readonly LineDraft[] {
  const item = subscription.items.data.find((candidate) => candidate.id === itemId);
  if (item === undefined || item.price.recurring?.usage_type === "metered") return [];
  return [itemLine(world, subscription, item, { start: item.current_period_start, end: item.current_period_end })];
}

function activate(world: World, subscriptionId: string): void {
  const subscription = world.tables.subscriptions.get(subscriptionId);
  if (subscription?.status === "incomplete")
    world.update(world.tables.subscriptions, subscription, { status: "active" });
}

function withDiscounts(world: World, order: NewSubscription, born: Subscription): Subscription {
  const owner = { customer: order.customer.id, subscription: born.id };
  const redeemAll = (ids: readonly string[] = [], item?: string): readonly string[] =>
    ids.map((id) => {
      const of = item === undefined ? owner : { ...owner, item };
      const param = item === undefined ? "discounts[0][coupon]" : "items[0][discounts][0][coupon]";
      return redeemById(world, id, { ...of, param }).id;
    });
  const items = born.items.data.map((item, index) => ({
    ...item,
    discounts: redeemAll(order.items[index]?.coupons, item.id),
  }));
  return { ...born, items: itemList(born.id, items), discounts: redeemAll(order.coupons) };
}

/** `error_if_incomplete`: a card that would be refused keeps the subscription from coming into being. */
function refuseUnpayable(world: World, order: NewSubscription, born: Subscription): void {
  if (order.paymentBehavior !== "error_if_incomplete" || born.trial_end !== null) return;
  const id = born.default_payment_method ?? order.customer.invoice_settings.default_payment_method;
  const method: PaymentMethod | undefined = id === null ? undefined : world.tables.paymentMethods.get(id);
  const outcome = method === undefined ? "decline" : behaviourOf(world, method.id).outcome;
  if (outcome === "succeed" || method?.type === "sepa_debit") return;
  throw new StripeError(402, "card_error", "Your card was declined.", {
    code: "card_declined",
    decline_code: "generic_decline",
  });
}

function notRecurring(price: Price): StripeError {
  return StripeError.invalid(
    `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`: ${price.id}.`,
    "items[0][price]",
  );
}
