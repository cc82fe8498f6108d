/** Station billing: the moments of refunds and disputes. */
import type { DisputeFacts, RefundFacts } from "../../model/stripe-object.ts";
import type { FindCopy } from "../customer-of.ts";
import { isBankDebit } from "../debits/methods.ts";
import { classifyTakenBack } from "../failures/classify.ts";
import { becameTrueAtS, isNews, type ChangeOf } from "./change.ts";
import { attemptFacts, reasonFacts } from "./charges.ts";
import { aMoment, amountFacts, linkTo, type Moment } from "./moment.ts";

const refundEnds = [
  {
    name: "payment_refunded",
    isTrue: ({ status }: RefundFacts): boolean => status === "succeeded",
    announcedBy: ["refund.created"],
  },
  {
    name: "refund_failed",
    isTrue: ({ status }: RefundFacts): boolean => status === "failed",
    announcedBy: ["refund.failed"],
  },
] as const;

/** Money that went back, or could not. A refund may fail long after it had succeeded: then both are told. */
export function refundMoments(change: ChangeOf<"refund">): readonly Moment[] {
  const { id, customerId, facts } = change.shown;
  if (customerId === null) return [];
  const { amountMinor, currency, chargeId, createdS: ownS } = facts;
  const told = {
    ...amountFacts({ amountMinor, currency }),
    ...(chargeId === null ? {} : linkTo("payments", chargeId)),
  };
  return refundEnds
    .filter(({ isTrue }) => isNews(change, isTrue))
    .map(({ name, ...signs }) => {
      const occurredAtS = becameTrueAtS(change, { ...signs, ownS });
      return aMoment({ name, objectId: id, customerId, occurredAtS, facts: told });
    });
}

/** An inquiry is no dispute, and what was prevented never became one (docs.stripe.com/api/disputes/object). */
function isDispute({ status }: DisputeFacts): boolean {
  return !status.startsWith("warning_") && status !== "prevented" && status !== "unknown";
}

const closed = ["charge.dispute.closed"];

const disputeStates = [
  { name: "dispute_opened", isTrue: isDispute, announcedBy: ["charge.dispute.created"] },
  { name: "dispute_won", isTrue: ({ status }: DisputeFacts): boolean => status === "won", announcedBy: closed },
  { name: "dispute_lost", isTrue: ({ status }: DisputeFacts): boolean => status === "lost", announcedBy: closed },
] as const;

/** A dispute that was opened or decided. That of a bank debit is how a bank takes back what had counted as paid. */
export function disputeMoments(change: ChangeOf<"dispute">, find: FindCopy): readonly Moment[] {
  const { id, customerId, facts } = change.shown;
  if (customerId === null) return [];
  const { amountMinor, currency, reason, createdS: ownS } = facts;
  const told = { ...amountFacts({ amountMinor, currency }), dispute_reason: reason, ...linkTo("disputes", id) };
  return disputeStates
    .filter(({ isTrue }) => isNews(change, isTrue))
    .flatMap(({ name, ...signs }) => {
      const occurredAtS = becameTrueAtS(change, { ...signs, ownS });
      const moment = aMoment({ name, objectId: id, customerId, occurredAtS, facts: told });
      return name === "dispute_opened" ? [moment, ...takenBack(moment, facts, find)] : [moment];
    });
}

function takenBack({ customerId, occurredAtS }: Moment, facts: DisputeFacts, find: FindCopy): readonly Moment[] {
  const charge = facts.chargeId === null ? undefined : find(facts.chargeId);
  if (charge?.kind !== "charge" || !isBankDebit(charge.facts.methodType)) return [];
  const why = reasonFacts(classifyTakenBack(facts.reason ?? null));
  const told = { ...attemptFacts(charge.facts), ...why, late: true };
  return [aMoment({ name: "debit_returned", objectId: charge.id, customerId, occurredAtS, facts: told })];
}
