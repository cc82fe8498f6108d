/** Station billing: the moments of a charge: paid, refused, on its way through the banks. */
import type { ChargeFacts } from "../../model/stripe-object.ts";
import { expectedAt } from "../debits/expected.ts";
import { isBankDebit, timingOf } from "../debits/methods.ts";
import type { Meaning } from "../failures/card-codes.ts";
import { classifyFailure } from "../failures/classify.ts";
import { reasonTexts } from "../failures/reasons.ts";
import { becameTrueAtS, isNews, turnOf, type ChangeOf } from "./change.ts";
import { aMoment, amountFacts, linkTo, type Moment, type MomentFacts, type MaybeFacts } from "./moment.ts";

/** What a change of a charge tells. */
export function chargeMoments(change: ChangeOf<"charge">): readonly Moment[] {
  const { customerId } = change.shown;
  if (customerId === null) return [];
  return [...paid(change, customerId), ...failed(change, customerId), ...submitted(change, customerId)];
}

/** An authorisation that was not captured has brought no money. */
function isPaid({ status, capturedMinor }: ChargeFacts): boolean {
  return status === "succeeded" && capturedMinor > 0;
}

/** Every payment may be the first one: whoever knows the customer's other charges decides. */
function paid(change: ChangeOf<"charge">, customerId: string): readonly Moment[] {
  if (!isNews(change, isPaid)) return [];
  const { id, facts } = change.shown;
  const announcedBy = ["charge.succeeded", "charge.captured"];
  const occurredAtS = becameTrueAtS(change, { isTrue: isPaid, announcedBy, ownS: facts.createdS });
  const { capturedMinor: amountMinor, currency, methodType: method } = facts;
  const told = { ...amountFacts({ amountMinor, currency }), method, ...linkTo("payments", id) };
  return [
    aMoment({ name: "payment_succeeded", objectId: id, customerId, occurredAtS, facts: told }),
    aMoment({ name: "first_payment", objectId: id, by: [customerId], customerId, occurredAtS, facts: told }),
  ];
}

function hasFailed({ status }: ChargeFacts): boolean {
  return status === "failed";
}

/** A debit that a bank refuses is a payment that failed, and a debit that came back. */
function failed(change: ChangeOf<"charge">, customerId: string): readonly Moment[] {
  if (!isNews(change, hasFailed)) return [];
  const { id, facts } = change.shown;
  const announcedBy = ["charge.failed"];
  const occurredAtS = becameTrueAtS(change, { isTrue: hasFailed, announcedBy, ownS: facts.createdS });
  const why = { ...attemptFacts(facts), ...reasonFacts(classifyFailure(facts)) };
  const link = linkTo("payments", id);
  const failure = aMoment({
    name: "payment_failed",
    objectId: id,
    customerId,
    occurredAtS,
    facts: { ...why, ...link },
  });
  if (!isBankDebit(facts.methodType)) return [failure];
  const returned = { ...why, late: false };
  return [failure, aMoment({ name: "debit_returned", objectId: id, customerId, occurredAtS, facts: returned })];
}

/** What an attempt to pay was about. */
export function attemptFacts({ amountMinor, currency, methodType }: ChargeFacts): MaybeFacts {
  return { ...amountFacts({ amountMinor, currency }), method: methodType };
}

/** Class and words that may be shown; what Stripe asks to hide never comes this far. */
export function reasonFacts([failure, reason]: Meaning): MomentFacts {
  const { reason: why, advice } = reasonTexts[reason];
  return { failure, reason: why.en, reason_de: why.de, advice: advice.en, advice_de: advice.de };
}

/** A debit that has been answered already is on its way no more. */
function submitted(change: ChangeOf<"charge">, customerId: string): readonly Moment[] {
  const turn = turnOf(change);
  if (!turn || turn.before?.status === "pending") return [];
  const { id, facts } = turn.after;
  if (facts.status !== "pending" || !isBankDebit(facts.methodType)) return [];
  const told = { ...attemptFacts(facts), expected_date: expectedAtS(facts), ...linkTo("payments", id) };
  return [aMoment({ name: "debit_submitted", objectId: id, customerId, occurredAtS: facts.createdS, facts: told })];
}

/** The first debit by a new mandate takes longer with some methods, and whether it is the first does not show here. */
function expectedAtS({ methodType, createdS }: ChargeFacts): number | null {
  const timing = timingOf(methodType ?? "");
  return timing?.newMandateDays === 0 ? expectedAt(timing, createdS, false) : null;
}
