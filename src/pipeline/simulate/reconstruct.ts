/**
 * The past of an object, made up again from its newest copy: what its own times tell. When an invoice was paid and a dispute was
 * decided no copy says; what a subscription's status was in between neither.
 */
import { periodStartBefore } from "../../lib/period-before.ts";
import type {
  ChargeFacts,
  DisputeFacts,
  FactsByKind,
  InvoiceFacts,
  ObjectCopy,
  ObjectCopyOf,
  ObjectKind,
  RefundFacts,
  SubscriptionFacts,
  SubscriptionItemFacts,
} from "../../model/stripe-object.ts";

/** How an object was at an instant (unix seconds), and the type of the event that would have told of it. */
export type PastState = { readonly atS: number; readonly type: string; readonly copy: ObjectCopy };

type Past<K extends ObjectKind> = readonly {
  readonly atS: number;
  readonly type: string;
  readonly facts: FactsByKind[K];
}[];

/** The copies among which a payment and its refunds are looked for. */
export type Relatives = readonly ObjectCopy[];

/** The states that an object went through, the earliest first; the last is its newest where times tell so. */
export function pastOf(copy: ObjectCopy, relatives: Relatives): readonly PastState[] {
  switch (copy.kind) {
    case "customer":
      return statesOf(copy, [
        { atS: copy.facts.createdS, type: "customer.created", facts: { ...copy.facts, delinquent: false } },
      ]);
    case "subscription":
      return statesOf(copy, pastOfSubscription(copy.facts));
    case "invoice":
      return statesOf(copy, pastOfInvoice(copy, relatives));
    case "charge":
      return statesOf(copy, pastOfCharge(copy, relatives));
    case "refund":
      return statesOf(copy, [pastOfRefund(copy.facts)]);
    case "dispute":
      return statesOf(copy, [pastOfDispute(copy.facts)]);
    default:
      return [{ atS: 0, type: `${copy.kind}.created`, copy }];
  }
}

/** Since when an object is known to be there; 0 for kinds that do not say. */
export function beganS({ facts }: ObjectCopy): number {
  return "createdS" in facts ? facts.createdS : 0;
}

function statesOf<K extends "customer" | "subscription" | "invoice" | "charge" | "refund" | "dispute">(
  copy: ObjectCopyOf<K>,
  past: Past<K>,
): readonly PastState[] {
  return past
    .toSorted((a, b) => a.atS - b.atS)
    .map(({ atS, type, facts }) => ({ atS, type, copy: rewritten(copy, atS, facts) }));
}

/** Facts of a kind make a copy of that kind. */
function rewritten<K extends ObjectKind>(copy: ObjectCopyOf<K>, asOfS: number, facts: FactsByKind[K]): ObjectCopy {
  const past = { ...copy, asOfS, facts, eventId: null, secondEvents: [], origin: "event", deleted: false };
  return past as unknown as ObjectCopy; // oxlint-disable-line no-unsafe-type-assertion -- see above
}

function pastOfCharge({ id, facts }: ObjectCopyOf<"charge">, relatives: Relatives): Past<"charge"> {
  const fresh: ChargeFacts = { ...facts, refundedMinor: 0, disputed: false };
  const type =
    facts.status === "failed" ? "charge.failed" : facts.status === "pending" ? "charge.pending" : "charge.succeeded";
  const refunds = relatives
    .filter((one) => one.kind === "refund")
    .map((one) => one.facts)
    .filter(({ chargeId, status }) => chargeId === id && status !== "failed")
    .toSorted((a, b) => a.createdS - b.createdS);
  let refundedMinor = 0;
  const later = refunds.map((refund) => {
    refundedMinor = Math.min(facts.refundedMinor, refundedMinor + refund.amountMinor);
    return { atS: refund.createdS, type: "charge.refunded", facts: { ...fresh, refundedMinor } };
  });
  return [{ atS: facts.createdS, type, facts: fresh }, ...later];
}

function pastOfRefund(facts: RefundFacts): Past<"refund">[number] {
  return { atS: facts.createdS, type: "refund.created", facts };
}

const decided: ReadonlySet<string> = new Set(["won", "lost"]);

function pastOfDispute(facts: DisputeFacts): Past<"dispute">[number] {
  const status = decided.has(facts.status) ? "needs_response" : facts.status;
  return { atS: facts.createdS, type: "charge.dispute.created", facts: { ...facts, status } };
}

/** It was paid when the first charge of its amount succeeded after it was made. */
function pastOfInvoice({ customerId, facts }: ObjectCopyOf<"invoice">, relatives: Relatives): Past<"invoice"> {
  if (facts.status !== "paid") return [{ atS: facts.createdS, type: "invoice.finalized", facts }];
  const charges = relatives
    .filter((one) => one.kind === "charge")
    .filter((one) => one.customerId === customerId)
    .map((one) => one.facts)
    .filter(({ createdS, status, capturedMinor, currency }) => {
      const pays = status === "succeeded" && capturedMinor === facts.amountPaidMinor && currency === facts.currency;
      return pays && createdS >= facts.createdS;
    });
  const paidS = Math.min(...charges.map(({ createdS }) => createdS));
  const paid = { type: "invoice.paid", facts };
  if (!Number.isFinite(paidS)) return [{ atS: facts.createdS, ...paid }];
  const open: InvoiceFacts = {
    ...facts,
    status: "open",
    amountPaidMinor: 0,
    amountRemainingMinor: facts.amountDueMinor,
    nextPaymentAttemptS: null,
  };
  return [
    { atS: facts.createdS, type: "invoice.finalized", facts: open },
    { atS: paidS, ...paid },
  ];
}

const neverBegan: ReadonlySet<string> = new Set(["incomplete", "incomplete_expired"]);
/** More periods than a year and a month of days has. */
const periodsMax = 800;

function pastOfSubscription(facts: SubscriptionFacts): Past<"subscription"> {
  const lastS = facts.endedAtS ?? Number.POSITIVE_INFINITY;
  const before = turnsOf(facts).filter(({ atS }) => atS < lastS);
  const end: Turn[] =
    facts.endedAtS === null ? [] : [{ atS: facts.endedAtS, type: "customer.subscription.deleted", change: facts }];
  let now: SubscriptionFacts = {
    ...facts,
    cancelAtS: null,
    cancelAtPeriodEnd: false,
    canceledAtS: null,
    endedAtS: null,
    collectionPaused: false,
    pausedReason: null,
  };
  return [...before.toSorted((a, b) => a.atS - b.atS), ...end].map(({ atS, type, change }) => {
    now = { ...now, ...change, items: change === facts ? facts.items : itemsAt(facts.items, atS) };
    return { atS, type, facts: now };
  });
}

type Turn = { readonly atS: number; readonly type: string; readonly change: Partial<SubscriptionFacts> };

/** What its own times tell before its end. */
function turnsOf(facts: SubscriptionFacts): readonly Turn[] {
  const { createdS, trialEndS, canceledAtS, cancelAtS, cancelAtPeriodEnd } = facts;
  const type = "customer.subscription.updated";
  const isTrial = trialEndS !== null && trialEndS > createdS;
  const status = neverBegan.has(facts.status) ? facts.status : isTrial ? "trialing" : "active";
  const cancelled = { cancelAtS, cancelAtPeriodEnd, canceledAtS };
  return [
    { atS: createdS, type: "customer.subscription.created", change: { status } },
    ...(isTrial ? [{ atS: trialEndS, type, change: { status: "active" } }] : []),
    ...(canceledAtS === null ? [] : [{ atS: canceledAtS, type, change: cancelled }]),
    ...periodStarts(facts, createdS).map((atS) => ({ atS, type, change: {} })),
  ];
}

/** When the first item was renewed. */
function periodStarts({ items }: SubscriptionFacts, createdS: number): readonly number[] {
  const [item] = items;
  const starts: number[] = [];
  for (let period = item && periodOf(item); period && period.startS > createdS && starts.length < periodsMax;) {
    starts.push(period.startS);
    period = item && before(period, item);
  }
  return starts;
}

type Period = { readonly startS: number; readonly endS: number };

function periodOf({ periodStartS, periodEndS }: SubscriptionItemFacts): Period | undefined {
  return periodStartS === null || periodEndS === null ? undefined : { startS: periodStartS, endS: periodEndS };
}

function before(period: Period, { interval, intervalCount }: SubscriptionItemFacts): Period | undefined {
  const startS = periodStartBefore(period, { interval, intervalCount });
  return startS === null || startS >= period.startS ? undefined : { startS, endS: period.startS };
}

/** The items with the periods that ran then. */
function itemsAt(items: SubscriptionFacts["items"], atS: number): SubscriptionFacts["items"] {
  return items.map((item) => {
    let period = periodOf(item);
    for (let steps = 0; period && period.startS > atS && steps < periodsMax; steps += 1) {
      const former = before(period, item);
      if (!former) break;
      period = former;
    }
    return period ? { ...item, periodStartS: period.startS, periodEndS: period.endS } : item;
  });
}
