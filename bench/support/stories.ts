/** What happens to one customer, event by event, in the order and with the pauses in which Stripe was seen to deliver. */
import { monthS, valuesOf } from "./people.ts";
import { chargeShape, checkoutShape, intentShape, invoiceShape } from "./stripe-payments.ts";
import { customerShape, eventTemplate, itemsShape, methodShape, subscriptionShape } from "./stripe-shapes.ts";
import { number, text, type Template } from "./template.ts";

/** One delivery, so many milliseconds after the first; `laterS` is how much later Stripe dates it. */
type Scene = { readonly atMs: number; readonly laterS: number; readonly event: Template };
export type Delivery = { readonly atMs: number; readonly body: string };

const paid = invoiceShape({ status: "paid", amount_paid: 4900, amount_remaining: 0, attempted: true });
const open = invoiceShape({ status: "open" });
const charge = chargeShape();
const threeDaysS = 3 * 86_400;
const openAfterFailure = invoiceShape({ status: "open", attempted: true, attempt_count: 1 });
const refused = {
  status: "failed",
  paid: false,
  captured: false,
  amount_captured: 0,
  failure_code: "card_declined",
  outcome: {
    advice_code: "try_again_later",
    network_decline_code: "51",
    network_status: "declined_by_network",
    reason: "insufficient_funds",
    type: "issuer_declined",
  },
};
const settledCharge = chargeShape({ balance_transaction: "txn_bench" });

function scene(atMs: number, laterS: number, event: Template): Scene {
  return { atMs, laterS, event };
}

/** One purchase through Checkout: within two seconds, not in causal order, with types that nobody asked for. */
const checkout: readonly Scene[] = [
  scene(0, 0, eventTemplate("payment_method.attached", methodShape())),
  scene(60, 0, eventTemplate("customer.subscription.created", subscriptionShape({ status: "incomplete" }))),
  scene(130, 1, eventTemplate("payment_intent.succeeded", intentShape())),
  scene(170, 0, eventTemplate("payment_intent.created", intentShape({ status: "requires_payment_method" }))),
  scene(420, 1, eventTemplate("checkout.session.completed", checkoutShape())),
  scene(520, 1, eventTemplate("charge.succeeded", charge)),
  scene(700, 0, eventTemplate("invoice.created", paid)),
  scene(
    760,
    1,
    eventTemplate("customer.updated", customerShape(), { invoice_settings: { default_payment_method: null } }),
  ),
  scene(900, 0, eventTemplate("invoice.finalized", open)),
  scene(1100, 1, eventTemplate("customer.subscription.updated", subscriptionShape(), { status: "incomplete" })),
  scene(1350, 1, eventTemplate("invoice.paid", paid)),
  scene(1380, 1, eventTemplate("invoice.payment_succeeded", paid)),
  scene(1700, 1, eventTemplate("invoice.updated", paid, { status: "open", amount_paid: 0 })),
  scene(1900, 2, eventTemplate("charge.updated", settledCharge, { balance_transaction: null })),
];

const renewal: readonly Scene[] = [
  scene(
    0,
    0,
    eventTemplate("customer.subscription.updated", subscriptionShape(), {
      items: { ...itemsShape(4900), data: [{ current_period_end: number("periodStart") }] },
      latest_invoice: "in_before",
    }),
  ),
  scene(90, 0, eventTemplate("invoice.finalized", open, { status: "draft", number: null })),
  scene(180, 1, eventTemplate("payment_intent.succeeded", intentShape())),
  scene(240, 1, eventTemplate("charge.succeeded", charge)),
  scene(330, 1, eventTemplate("invoice.updated", paid, { status: "open", amount_paid: 0 })),
  scene(420, 1, eventTemplate("invoice.paid", paid)),
  scene(450, 1, eventTemplate("invoice.payment_succeeded", paid)),
  scene(800, 2, eventTemplate("charge.updated", settledCharge, { balance_transaction: null })),
];

/** To a dearer plan, with the difference charged at once. */
const upgrade: readonly Scene[] = [
  scene(0, 1, eventTemplate("charge.succeeded", charge)),
  scene(
    70,
    0,
    eventTemplate("customer.subscription.updated", subscriptionShape({ amount: 9900 }), { items: itemsShape(4900) }),
  ),
  scene(130, 1, eventTemplate("payment_intent.succeeded", intentShape())),
  scene(210, 0, eventTemplate("invoice.finalized", open, { status: "draft", number: null })),
  scene(300, 1, eventTemplate("invoice.paid", paid)),
  scene(360, 1, eventTemplate("invoice.updated", paid, { status: "open", amount_paid: 0 })),
  scene(600, 2, eventTemplate("charge.updated", settledCharge, { balance_transaction: null })),
];

/** The bank refuses the renewal, and pays three days later. */
const failedRenewal: readonly Scene[] = [
  scene(0, 0, eventTemplate("invoice.finalized", open, { status: "draft", number: null })),
  scene(90, 1, eventTemplate("charge.failed", chargeShape(refused))),
  scene(180, 1, eventTemplate("payment_intent.payment_failed", intentShape({ status: "requires_payment_method" }))),
  scene(240, 1, eventTemplate("invoice.payment_failed", openAfterFailure)),
  scene(
    330,
    2,
    eventTemplate("customer.subscription.updated", subscriptionShape({ status: "past_due" }), { status: "active" }),
  ),
  scene(400, 2, eventTemplate("customer.updated", customerShape({ delinquent: true }), { delinquent: false })),
  scene(500, threeDaysS, eventTemplate("charge.succeeded", chargeShape({ id: text("retried") }))),
  scene(600, threeDaysS, eventTemplate("invoice.paid", paid)),
  scene(
    700,
    threeDaysS + 1,
    eventTemplate("customer.subscription.updated", subscriptionShape(), { status: "past_due" }),
  ),
  scene(
    800,
    threeDaysS + 1,
    eventTemplate("customer.updated", customerShape({ delinquent: false }), { delinquent: true }),
  ),
];

/** Somebody who has not bought anything yet. */
const signUp: readonly Scene[] = [
  scene(
    0,
    -60,
    eventTemplate("customer.created", customerShape({ invoice_settings: { default_payment_method: null } })),
  ),
];

const stories = { signUp, checkout, renewal, failedRenewal, upgrade } as const;
export type Story = keyof typeof stories;

/** The deliveries of a story for customer `n`, whose objects Stripe had at `joinedS`. */
export function tell(story: Story, n: number, joinedS: number): readonly Delivery[] {
  return tellRound(story, n, { joinedS, round: 1 });
}

/** The same for one of the customer's periods, with ids of its own. */
export function tellRound(
  story: Story,
  n: number,
  { joinedS, round }: { readonly joinedS: number; readonly round: number },
): readonly Delivery[] {
  const beganS = joinedS + round * monthS;
  const suffix = round === 1 ? "" : `r${round}`;
  return stories[story].map(({ atMs, laterS, event }, index) => ({
    atMs,
    body: event({
      ...valuesOf(n, round, joinedS),
      happened: beganS,
      created: beganS + laterS,
      event: `evt_${story}${n}s${index}${suffix}`,
    }),
  }));
}

/** The objects as Stripe has them in the end: what it answers when it is asked. */
export function outcomeOf(deliveries: readonly Delivery[]): readonly Readonly<Record<string, unknown>>[] {
  const newest = new Map<string, { readonly created: number; readonly object: Readonly<Record<string, unknown>> }>();
  for (const { body } of deliveries) {
    const { created, data } = JSON.parse(body);
    const known = newest.get(data.object.id);
    if (!known || created >= known.created) newest.set(data.object.id, { created, object: data.object });
  }
  return [...newest.values()].map(({ object }) => object);
}
