/** Kinds of traffic: the body of the n-th event of each, made from its number alone. */
import { monthS, valuesOf } from "./people.ts";
import { chargeShape, intentShape, invoiceShape } from "./stripe-payments.ts";
import { customerShape, eventTemplate, itemsShape, methodShape, subscriptionShape } from "./stripe-shapes.ts";
import { number } from "./template.ts";

/**
 * - joins: all customers appear, then get a card, then a subscription: three events each
 * - renewals: subscriptions renew, seven events each; those of one customer lie a moment apart, with others' in between
 * - toggles: subscriptions go past due and back; every event is urgent and carries its own number to Intercom
 */
export type TrafficKind = "joins" | "renewals" | "toggles";

export type Traffic = {
  readonly kind: TrafficKind;
  readonly customers: number;
  /** The second at which the customers joined; all times follow from it. */
  readonly joinedS: number;
  /** Set apart the events of two sendings. */
  readonly tag: string;
  /** Where in the sequence to begin; what was sent before must not come again. */
  readonly from?: number;
};

const unpaid = invoiceShape({ status: "open", attempted: false });
const paid = invoiceShape({
  status: "paid",
  amount_paid: 4900,
  amount_remaining: 0,
  attempted: true,
  attempt_count: 1,
});

const templates = {
  joins: [
    eventTemplate("customer.created", customerShape()),
    eventTemplate("payment_method.attached", methodShape()),
    eventTemplate("customer.subscription.created", subscriptionShape()),
  ],
  renewals: [
    eventTemplate("customer.subscription.updated", subscriptionShape(), {
      items: { ...itemsShape(4900), data: [{ current_period_end: number("periodStart") }] },
      latest_invoice: "in_before",
    }),
    eventTemplate("invoice.finalized", unpaid, { status: "draft", number: null }),
    eventTemplate("payment_intent.succeeded", intentShape()),
    eventTemplate("charge.succeeded", chargeShape()),
    eventTemplate("invoice.updated", paid, { status: "open", amount_paid: 0 }),
    eventTemplate("invoice.paid", paid),
    eventTemplate("charge.updated", chargeShape({ balance_transaction: "txn_bench" }), { balance_transaction: null }),
  ],
  toggles: [
    eventTemplate("customer.subscription.updated", subscriptionShape({ status: "past_due" }), { status: "active" }),
    eventTemplate("customer.subscription.updated", subscriptionShape(), { status: "past_due" }),
  ],
} as const;

/** Events of one renewal; a customer's next one is this many customers later. */
export const renewalEvents = templates.renewals.length;
export const joinEvents = templates.joins.length;
const renewalsTogether = 100;
/** Renewals of one customer lie far enough apart in Stripe's own time that their order is never in doubt. */
const renewalGapS = 600;

/** The body of the `index`-th event. */
export function bodyOf(traffic: Traffic, index: number): string {
  return bodies[traffic.kind](traffic, index + (traffic.from ?? 0));
}

const bodies: Readonly<Record<TrafficKind, (traffic: Traffic, index: number) => string>> = {
  joins: ({ customers, joinedS, tag }, index) => {
    const step = Math.floor(index / customers);
    const values = { ...valuesOf(index % customers, 0, joinedS), created: joinedS + step, event: `evt_${tag}${index}` };
    return templateAt(templates.joins, step)(values);
  },
  renewals: ({ customers, joinedS, tag }, index) => {
    const together = Math.min(renewalsTogether, customers);
    const block = Math.floor(index / (together * renewalEvents));
    const within = index % (together * renewalEvents);
    const step = Math.floor(within / together);
    const visit = block * together + (within % together);
    const round = 1 + Math.floor(visit / customers);
    const happened = joinedS + round * renewalGapS;
    const values = {
      ...valuesOf(visit % customers, round, joinedS),
      happened,
      created: happened + step,
      event: `evt_${tag}${index}`,
    };
    return templateAt(templates.renewals, step)(values);
  },
  toggles: ({ customers, joinedS, tag }, index) => {
    const round = Math.floor(index / customers);
    const values = {
      ...valuesOf(index % customers, 0, joinedS),
      created: joinedS + 60 + round,
      periodEnd: markOf(joinedS, index),
      event: `evt_${tag}${index}`,
    };
    return templateAt(templates.toggles, round % 2)(values);
  },
};

/** What Intercom is told as the period's end by the `index`-th toggle: by it a call is recognised. */
export function markOf(joinedS: number, index: number): number {
  return joinedS + 12 * monthS + index;
}

function templateAt<Each>(list: readonly Each[], index: number): Each {
  const found = list[index];
  if (found === undefined) throw new RangeError(`There is no template ${index}.`);
  return found;
}
