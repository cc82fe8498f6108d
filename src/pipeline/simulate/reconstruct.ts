/**
 * The past of an object, made up again from its newest copy: what its own times tell, and the attempts to collect invoices. When a
 * dispute was decided and a subscription paused no copy says.
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
import { attemptsOf, type Attempts } from "./attempts.ts";

/** How an object was at an instant (unix seconds), and the type of the event that would have told of it. */
export type PastState = { readonly atS: number; readonly type: string; readonly copy: ObjectCopy };

type Past<K extends ObjectKind> = readonly {
  readonly atS: number;
  readonly type: string;
  readonly facts: FactsByKind[K];
}[];

/** Types of the events that are told of the past: one of these would have told of each state. */
export const typesOfPast: ReadonlySet<string> = new Set([
  "customer.created",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "invoice.created",
  "invoice.finalized",
  "invoice.payment_failed",
  "invoice.paid",
  "charge.succeeded",
  "charge.failed",
  "charge.pending",
  "charge.refunded",
  "refund.created",
  "charge.dispute.created",
]);

/** What else is known of a person, in which an object's payments and refunds are looked for. */
export type Relatives = {
  readonly refunds: readonly RefundFacts[];
  readonly invoices: readonly ObjectCopyOf<"invoice">[];
  /** By the invoice's id. */
  readonly attempts: ReadonlyMap<string, Attempts>;
};

export function relativesOf(copies: readonly ObjectCopy[]): Relatives {
  return {
    refunds: copies.flatMap((copy) => (copy.kind === "refund" ? [copy.facts] : [])),
    invoices: copies.flatMap((copy) => (copy.kind === "invoice" ? [copy] : [])),
    attempts: attemptsOf(copies),
  };
}

/** The states that an object went through, the earliest first; the last is its newest where times tell so. */
export function pastOf(copy: ObjectCopy, relatives: Relatives): readonly PastState[] {
  switch (copy.kind) {
    case "customer":
      return statesOf(copy, [
        { atS: copy.facts.createdS, type: "customer.created", facts: { ...copy.facts, delinquent: false } },
      ]);
    case "subscription":
      return statesOf(copy, pastOfSubscription(copy, relatives));
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

/** The object as far as what triggers a rule shows of it. */
export function objectOfPast({ id, facts }: ObjectCopy): Readonly<Record<string, unknown>> {
  const amount = "amountMinor" in facts ? facts.amountMinor : "amountDueMinor" in facts ? facts.amountDueMinor : null;
  const currency = "currency" in facts ? facts.currency : null;
  return { id, amount, currency, status: "status" in facts ? facts.status : null };
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

function pastOfCharge({ id, facts }: ObjectCopyOf<"charge">, relatives: Pick<Relatives, "refunds">): Past<"charge"> {
  const fresh: ChargeFacts = { ...facts, refundedMinor: 0, disputed: false };
  const type =
    facts.status === "failed" ? "charge.failed" : facts.status === "pending" ? "charge.pending" : "charge.succeeded";
  const refunds = relatives.refunds
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

const untried: Attempts = { failedS: [], paidS: null };

/** Attempts to collect it are charges of its amount. Who never paid it, owes it until more is known. */
function pastOfInvoice({ id, facts }: ObjectCopyOf<"invoice">, { attempts }: Relatives): Past<"invoice"> {
  const { status, createdS } = facts;
  const { failedS, paidS } = attempts.get(id) ?? untried;
  if (status === "draft") return [{ atS: createdS, type: "invoice.created", facts }];
  if (status === "paid" && paidS === null) return [{ atS: createdS, type: "invoice.paid", facts }];
  if (status !== "paid" && failedS.length === 0) return [{ atS: createdS, type: "invoice.finalized", facts }];
  return [
    { atS: createdS, type: "invoice.finalized", facts: openAfter(facts, 0) },
    ...failedS.map((atS, index) => {
      const isLast = index === failedS.length - 1;
      return {
        atS,
        type: "invoice.payment_failed",
        facts: isLast && status === "open" ? facts : openAfter(facts, index + 1),
      };
    }),
    ...(paidS === null ? [] : [{ atS: paidS, type: "invoice.paid", facts }]),
  ];
}

/** When Stripe was to try again is not kept. */
function openAfter(facts: InvoiceFacts, attemptCount: number): InvoiceFacts {
  return {
    ...facts,
    status: "open",
    amountPaidMinor: 0,
    amountRemainingMinor: facts.amountDueMinor,
    attemptCount,
    nextPaymentAttemptS: null,
    isToBeCollected: attemptCount === 0 && facts.dueDateS === null,
  };
}

const neverBegan: ReadonlySet<string> = new Set(["incomplete", "incomplete_expired"]);
/** More periods than a year and a month of days has. */
const periodsMax = 800;

function pastOfSubscription({ id, facts }: ObjectCopyOf<"subscription">, relatives: Relatives): Past<"subscription"> {
  const lastS = facts.endedAtS ?? Number.POSITIVE_INFINITY;
  const arrears = neverBegan.has(facts.status) ? [] : arrearsOf(id, relatives);
  const before = turnsOf(facts, arrears).filter(({ atS }) => atS < lastS);
  const endType = facts.status === "canceled" ? "customer.subscription.deleted" : updated;
  const end: Turn[] = facts.endedAtS === null ? [] : [{ atS: facts.endedAtS, type: endType, change: facts }];
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

const updated = "customer.subscription.updated";

/** From when to when an invoice was not paid although it was tried. */
type Arrears = { readonly madeS: number; readonly fromS: number; readonly untilS: number | null };

function arrearsOf(subscriptionId: string, { invoices, attempts }: Relatives): readonly Arrears[] {
  return invoices
    .filter(({ facts }) => facts.subscriptionId === subscriptionId)
    .flatMap(({ id, facts }) => {
      const { failedS, paidS } = attempts.get(id) ?? untried;
      const [fromS] = failedS;
      return fromS === undefined ? [] : [{ madeS: facts.createdS, fromS, untilS: paidS }];
    });
}

/** The first invoice is made with the subscription, which has not begun until it is paid. */
const firstInvoiceS = 3600;

/** What its own times tell before its end, and its arrears. */
function turnsOf(facts: SubscriptionFacts, arrears: readonly Arrears[]): readonly Turn[] {
  const { createdS, trialEndS, canceledAtS, cancelAtS, cancelAtPeriodEnd } = facts;
  const type = updated;
  const isTrial = trialEndS !== null && trialEndS > createdS;
  const first = isTrial ? undefined : arrears.find(({ madeS }) => madeS <= createdS + firstInvoiceS);
  const beginning = isTrial ? "trialing" : first ? "incomplete" : "active";
  const status = neverBegan.has(facts.status) ? facts.status : beginning;
  const cancelled = { cancelAtS, cancelAtPeriodEnd, canceledAtS };
  return [
    { atS: createdS, type: "customer.subscription.created", change: { status } },
    ...(isTrial ? [{ atS: trialEndS, type, change: { status: "active" } }] : []),
    ...(canceledAtS === null ? [] : [{ atS: canceledAtS, type, change: cancelled }]),
    ...periodStarts(facts, createdS).map((atS) => ({ atS, type, change: {} })),
    ...arrears.flatMap((one) => [
      ...(one === first ? [] : [{ atS: one.fromS, type, change: { status: "past_due" } }]),
      ...(one.untilS === null ? [] : [{ atS: one.untilS, type, change: { status: "active" } }]),
    ]),
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
