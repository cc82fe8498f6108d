/**
 * Station billing: the payment that failed last and the bank debit that was heard of last.
 *
 * Both are about the attempt with the latest news: when it was made, or when its money was taken back. So a debit that a
 * bank returns after it counted as paid is a failure again, although younger attempts may have gone well before that; and
 * any younger attempt, even one on its way, ends a failure.
 */
import { startOfDay } from "../lib/calendar.ts";
import { dateOf, dayNumber, dayNumberOf, dayS } from "../lib/day.ts";
import type { Debit, FailureClass, MandateState, PaymentFailure } from "../model/payment-trouble.ts";
import type { ChargeFacts, ObjectCopyOf } from "../model/stripe-object.ts";
import { addBusinessDays, businessDayFrom } from "./debits/business-days.ts";
import { debitState, holdingDispute } from "./debits/debit-state.ts";
import { expectedAt } from "./debits/expected.ts";
import { isBankDebit, timingOf } from "./debits/methods.ts";
import type { Meaning } from "./failures/card-codes.ts";
import { classifyFailure, classifyTakenBack } from "./failures/classify.ts";
import { adviceOn, reasonTexts } from "./failures/reasons.ts";
import { cardRetries, debitRetries, type RetryRule } from "./failures/retries.ts";
import { attemptsOf } from "./payments.ts";

type Charge = ObjectCopyOf<"charge">;
type Dispute = ObjectCopyOf<"dispute">;

type Mandate = ObjectCopyOf<"mandate">;

export type TroubleCopies = {
  readonly charges: readonly Charge[];
  readonly disputes: readonly Dispute[];
  readonly mandates: readonly Mandate[];
};

type Trouble = { readonly paymentFailure: PaymentFailure | null; readonly debit: Debit | null };

/** An attempt to pay, and the dispute that holds its money. */
type Attempt = { readonly charge: Charge; readonly dispute: Dispute | undefined; readonly newsS: number };

/** What failed and what is on its way. The same copies always say the same. */
export function troubleOf(copies: TroubleCopies): Trouble {
  const attempts = attemptsByNews(copies);
  const latest = attempts.at(-1);
  const debit = attempts.findLast(isDebit);
  return {
    paymentFailure: latest ? failureOf(latest, attempts, copies.mandates) : null,
    debit: debit ? debitOf(debit, attempts, copies.mandates) : null,
  };
}

/** The copies that the failure rests on, what decides it first. */
export function failureGrounds(copies: TroubleCopies): readonly (Charge | Dispute | Mandate)[] {
  const attempts = attemptsByNews(copies);
  const latest = attempts.at(-1);
  return latest ? [latest, ...sameIntent(latest, attempts)].flatMap((one) => copiesOf(one, copies)) : [];
}

/** The copies that the debit rests on, what decides it first. */
export function debitGrounds(copies: TroubleCopies): readonly (Charge | Dispute | Mandate)[] {
  const attempts = attemptsByNews(copies);
  const debit = attempts.findLast(isDebit);
  return debit ? [debit, ...sameMethod(debit, attempts)].flatMap((one) => copiesOf(one, copies)) : [];
}

function copiesOf({ charge }: Attempt, { disputes, mandates }: TroubleCopies): readonly (Charge | Dispute | Mandate)[] {
  const mandate = mandateBy(charge, mandates);
  const own = disputes.filter(({ facts }) => facts.chargeId === charge.id);
  return [charge, ...own, ...(mandate ? [mandate] : [])];
}

/** The mandate of the bank account that a charge debits; of several the one with the latest news. */
function mandateBy({ facts }: Charge, mandates: readonly Mandate[]): Mandate | undefined {
  if (mandates.length === 0 || facts.paymentMethodId === null) return undefined;
  return mandates
    .filter((mandate) => mandate.facts.paymentMethodId === facts.paymentMethodId)
    .toSorted((a, b) => a.asOfS - b.asOfS || (a.id < b.id ? -1 : 1))
    .at(-1);
}

/** The attempt with the latest news is the last. A dispute of a card is no failed payment. */
function attemptsByNews({ charges, disputes }: TroubleCopies): readonly Attempt[] {
  const attempts = attemptsOf(charges).map((charge): Attempt => {
    const own = isBankDebit(charge.facts.methodType)
      ? disputes.filter(({ facts }) => facts.chargeId === charge.id)
      : [];
    const dispute = holdingDispute(own);
    return { charge, dispute, newsS: Math.max(charge.facts.createdS, dispute?.facts.createdS ?? 0) };
  });
  return attempts.toSorted((a, b) => a.newsS - b.newsS);
}

function isDebit({ charge }: Attempt): boolean {
  return isBankDebit(charge.facts.methodType);
}

function failureOf(
  attempt: Attempt,
  attempts: readonly Attempt[],
  mandates: readonly Mandate[],
): PaymentFailure | null {
  const meaning = meaningOf(attempt);
  if (!meaning) return null;
  const [failureClass, reason] = meaning;
  const isRevoked = mandateBy(attempt.charge, mandates)?.facts.status === "inactive";
  const rule = isRevoked ? undefined : retryRuleOf(attempt, failureClass);
  const retriesLeft = rule ? Math.max(0, rule.retryMax - failedBefore(attempt, attempts)) : 0;
  return {
    class: failureClass,
    reason: reasonTexts[reason].reason,
    advice: adviceOn(reason, retriesLeft),
    retriesLeft,
    retryAtS: rule && retriesLeft > 0 ? retryAt(rule, attempt) : null,
    late: attempt.charge.facts.status === "succeeded",
  };
}

/** Card schemes fine attempts against their advice, whatever the reason (docs.stripe.com/declines/codes). */
function retryRuleOf(attempt: Attempt, failureClass: FailureClass): RetryRule | undefined {
  if (attempt.charge.facts.adviceCode === "do_not_try_again") return undefined;
  return (isDebit(attempt) ? debitRetries : cardRetries)[failureClass];
}

/** Why the money is not there; undefined when it is, or is on its way. */
function meaningOf({ charge: { facts }, dispute }: Attempt): Meaning | undefined {
  if (facts.status === "failed") return classifyFailure(facts);
  if (facts.status !== "succeeded" || !dispute) return undefined;
  return classifyTakenBack(dispute.facts.reason ?? null);
}

/** How many attempts at the same payment, with the same method, had failed already. */
function failedBefore(attempt: Attempt, attempts: readonly Attempt[]): number {
  return sameIntent(attempt, attempts).filter((one) => meaningOf(one) !== undefined).length;
}

function sameIntent({ charge }: Attempt, attempts: readonly Attempt[]): readonly Attempt[] {
  const { paymentIntentId, paymentMethodId } = charge.facts;
  return attempts.filter(
    (one) =>
      one.charge !== charge &&
      paymentIntentId !== null &&
      one.charge.facts.paymentIntentId === paymentIntentId &&
      one.charge.facts.paymentMethodId === paymentMethodId,
  );
}

const paydays = [1, 15];

/** Two business days at least lie between the news and another attempt. */
function retryAt({ wait }: RetryRule, attempt: Attempt): number {
  const { methodType } = attempt.charge.facts;
  const calendar = (methodType === null ? null : timingOf(methodType))?.calendar ?? "target2";
  const knownS = Math.max(attempt.newsS, dueAt(attempt.charge.facts, false) ?? 0);
  const day = addBusinessDays(calendar, dayNumberOf(knownS), wait === "payday" ? 2 : wait);
  return businessDayFrom(calendar, wait === "payday" ? paydayFrom(day) : day) * dayS;
}

function paydayFrom(day: number): number {
  const { year, month } = dateOf(day);
  const days = [month, month + 1].flatMap((one) => paydays.map((payday) => dayNumber(year, one, payday)));
  return days.find((candidate) => candidate >= day) ?? day;
}

function debitOf(attempt: Attempt, attempts: readonly Attempt[], mandates: readonly Mandate[]): Debit {
  const { facts } = attempt.charge;
  const state = debitState(facts, attempt.dispute?.facts);
  const isFirst = sameMethod(attempt, attempts).every(({ charge }) => charge.facts.createdS >= facts.createdS);
  return {
    method: facts.methodType ?? "",
    state,
    submittedAtS: facts.createdS,
    expectedAtS: state === "pending" ? dueAt(facts, isFirst) : null,
    debitDayS: dayIn(facts.debitDate),
    mandate: mandateOf(
      [...sameMethod(attempt, attempts), attempt].toSorted((a, b) => a.newsS - b.newsS),
      mandateBy(attempt.charge, mandates),
    ),
  };
}

/** 00:00 UTC of a day that Stripe names; null when it names none. */
function dayIn(text: string | null | undefined): number | null {
  const startS = /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") ? startOfDay(text ?? "") : Number.NaN;
  return Number.isNaN(startS) ? null : startS;
}

function dueAt({ methodType, createdS }: ChargeFacts, isFirstOfMandate: boolean): number | null {
  const timing = methodType === null ? null : timingOf(methodType);
  return timing ? expectedAt(timing, createdS, isFirstOfMandate) : null;
}

/** Other debits by the same payment method, which has one mandate. */
function sameMethod({ charge }: Attempt, attempts: readonly Attempt[]): readonly Attempt[] {
  const { paymentMethodId } = charge.facts;
  return attempts.filter(
    (one) => one.charge !== charge && paymentMethodId !== null && one.charge.facts.paymentMethodId === paymentMethodId,
  );
}

/**
 * Stripe tells of a revoked mandate only after a debit by it has failed, and never of most, so the latest answer of a bank
 * decides, unless what Stripe says of the mandate itself is younger.
 */
function mandateOf(attempts: readonly Attempt[], mandate: Mandate | undefined): MandateState {
  if (mandate?.facts.status === "inactive") return "revoked";
  const latest = attempts.at(-1);
  if (mandate?.facts.status === "active" && (!latest || mandate.asOfS > latest.newsS)) return "usable";
  const verdicts = attempts.map((one): MandateState => {
    const failureClass = meaningOf(one)?.[0];
    if (failureClass === "mandate_revoked" || failureClass === "disputed") return "revoked";
    return one.charge.facts.status === "succeeded" && failureClass === undefined ? "usable" : "unknown";
  });
  return verdicts.findLast((verdict) => verdict !== "unknown") ?? "unknown";
}
