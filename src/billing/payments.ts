/** Station billing: what was paid, from charges, less what went back. */
import type { Money } from "../model/money.ts";
import { convert, type Reporting } from "../model/rates.ts";
import { isUnknown, type Profile } from "../model/profile.ts";
import type { ObjectCopyOf } from "../model/stripe-object.ts";

type Charge = ObjectCopyOf<"charge">;
type Dispute = ObjectCopyOf<"dispute">;

/** While a dispute is in one of these states its money is gone; `warning_*` and `prevented` moved none. */
const withdrawnStatuses = new Set(["needs_response", "under_review", "lost"]);

type Refund = ObjectCopyOf<"refund">;

export type PaymentCopies = {
  readonly charges: readonly Charge[];
  readonly disputes: readonly Dispute[];
  readonly refunds: readonly Refund[];
  readonly customerCurrency: string | null;
  /** What reports are made in; none when the operator names no currency. */
  readonly reporting?: Reporting | undefined;
};

type Payments = Pick<
  Profile,
  | "lastPayment"
  | "totalPaid"
  | "paymentCount"
  | "firstPaymentAtS"
  | "lastPaidAtS"
  | "averagePayment"
  | "paymentsPerMonth"
  | "totalPaidReporting"
>;

/**
 * Payments are charges: what was captured, less refunds, less disputes whose money is withdrawn. Authorisations that
 * were never captured are none. Currencies are never added up: the total is in the customer's own currency when they
 * ever paid in it, else in that of their latest payment.
 */
export function paymentsOf({ charges, disputes, refunds, customerCurrency, reporting }: PaymentCopies): Payments {
  const oldestFirst = attemptsOf(charges);
  const paid = oldestFirst.filter(isPaid);
  const currency = mainCurrency(paid, customerCurrency);
  const inCurrency = paid.filter(({ facts }) => facts.currency === currency);
  const totalPaid = currency === null ? null : { currency, amountMinor: netOf(inCurrency, { disputes, refunds }) };
  return {
    lastPayment: paymentOf(oldestFirst.at(-1)),
    totalPaid,
    paymentCount: paid.length,
    firstPaymentAtS: paid[0]?.facts.createdS ?? null,
    lastPaidAtS: paid.at(-1)?.facts.createdS ?? null,
    averagePayment: totalPaid && averageOf(totalPaid, inCurrency.length),
    paymentsPerMonth: perMonthOf(paid),
    totalPaidReporting: reportedOf(paid, { disputes, refunds }, reporting),
  };
}

/** Rounded half up to the minor unit; exact, since both are whole numbers. */
function averageOf({ amountMinor, currency }: Money, count: number): Money {
  return { amountMinor: Math.floor((2 * amountMinor + count) / (2 * count)), currency };
}

const monthS = (365 / 12) * 86_400;

/** Payments after the first in the time since it, with two decimals; within the first month that would say nothing. */
function perMonthOf(oldestFirst: readonly Charge[]): number | null {
  const [first, last] = [oldestFirst[0], oldestFirst.at(-1)];
  if (!first || !last) return null;
  const months = (last.facts.createdS - first.facts.createdS) / monthS;
  return months < 1 ? null : Math.round(((oldestFirst.length - 1) / months) * 100) / 100;
}

/** Every payment in the reporting currency, at the rate of its own day; unknown as a whole when one cannot be converted. */
function reportedOf(
  paid: readonly Charge[],
  losses: Losses,
  reporting: Reporting | undefined,
): Profile["totalPaidReporting"] {
  if (!reporting) return { unknown: "No reporting currency is set (DUNLIN_REPORTING_CURRENCY)." };
  if (paid.length === 0) return null;
  let amountMinor = 0;
  for (const charge of paid) {
    const net = { amountMinor: netOfCharge(charge, losses), currency: charge.facts.currency };
    const converted = convert(net, reporting, charge.facts.createdS);
    if (isUnknown(converted)) return converted;
    amountMinor += converted.amountMinor;
  }
  return { amountMinor, currency: reporting.currency };
}

/** Charges that were attempts to pay, oldest first. */
export function attemptsOf(charges: readonly Charge[]): readonly Charge[] {
  return charges.filter(({ facts }) => facts.status !== "succeeded" || facts.capturedMinor > 0).toSorted(byTime);
}

/** Whether an attempt to pay succeeded. */
export function isPaid({ facts }: Charge): boolean {
  return facts.status === "succeeded";
}

function byTime(a: Charge, b: Charge): number {
  return a.facts.createdS - b.facts.createdS || a.id.localeCompare(b.id);
}

function mainCurrency(paid: readonly Charge[], customerCurrency: string | null): string | null {
  if (paid.some(({ facts }) => facts.currency === customerCurrency)) return customerCurrency;
  return paid.at(-1)?.facts.currency ?? null;
}

type Losses = { readonly disputes: readonly Dispute[]; readonly refunds: readonly Refund[] };

function netOf(paid: readonly Charge[], losses: Losses): number {
  return paid.reduce((sum, charge) => sum + netOfCharge(charge, losses), 0);
}

/**
 * Below zero when the payer got the money back twice: by a refund, and by a bank that takes a debit back after it. Should a
 * dispute be of another currency than its charge, all of the charge counts as gone: no rate is guessed.
 */
function netOfCharge(charge: Charge, { disputes, refunds }: Losses): number {
  const { capturedMinor, currency } = charge.facts;
  const holding = disputes.filter(({ facts }) => facts.chargeId === charge.id && withdrawnStatuses.has(facts.status));
  const own = holding.filter(({ facts }) => facts.currency === currency);
  const withdrawn = own.reduce((sum, { facts }) => sum + facts.amountMinor, 0);
  const left = capturedMinor - refundedOf(charge, refunds) - withdrawn;
  return own.length === holding.length ? left : Math.min(0, left);
}

/**
 * What went back for good. A refund that fails returns the money to us, and Stripe does not say whether the charge's
 * total still counts it: if the total is the sum of all refunds, the failed ones are taken out of it.
 */
function refundedOf({ id, facts }: Charge, refunds: readonly Refund[]): number {
  const ofCharge = refunds.filter((refund) => refund.facts.chargeId === id);
  const sum = (some: readonly Refund[]): number => some.reduce((total, refund) => total + refund.facts.amountMinor, 0);
  const failed = ofCharge.filter(({ facts: { status } }) => status === "failed" || status === "canceled");
  return sum(ofCharge) === facts.refundedMinor ? facts.refundedMinor - sum(failed) : facts.refundedMinor;
}

function paymentOf(charge: Charge | undefined): Payments["lastPayment"] {
  if (!charge) return null;
  const { amountMinor, currency, createdS, status } = charge.facts;
  return { amount: { amountMinor, currency }, atS: createdS, status };
}
