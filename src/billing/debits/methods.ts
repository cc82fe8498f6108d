/**
 * Station billing: how long bank debits take, as data.
 * Sources: docs.stripe.com/payments/sepa-debit (success at T+6, 00:00 UTC, cut-off 10:30 CET; disputes for 8 weeks without
 * a reason), …/payments/bacs-debit (T+3, 21:00 UTC, three days more for a new mandate; disputes without limit),
 * …/payments/ach-direct-debit (T+4; consumers may dispute for 60 days), …/payments/au-becs-debit (T+2; seven years),
 * …/payments/nz-bank-account (T+2), …/payments/acss-debit (T+5 at the latest; consumers may dispute for 90 days).
 */
import type { CalendarName } from "./calendars.ts";

export type DebitTiming = {
  readonly calendar: CalendarName;
  /** Business days from submission until the debit counts as paid. */
  readonly days: number;
  /** That many more for the first debit by a new mandate. */
  readonly newMandateDays: number;
  /** The time of that day, in seconds after midnight UTC. */
  readonly atS: number;
  /** What comes later is submitted on the next business day; seconds after midnight in Central European (summer) time. */
  readonly cutOffS: number | null;
  /** How long the payer can have the money taken back without a reason; null when there is no limit. */
  readonly disputeDays: number | null;
};

const timings: Readonly<Record<string, DebitTiming>> = {
  sepa_debit: { calendar: "target2", days: 6, newMandateDays: 0, atS: 0, cutOffS: 37_800, disputeDays: 56 },
  us_bank_account: { calendar: "fed", days: 4, newMandateDays: 0, atS: 0, cutOffS: null, disputeDays: 60 },
  bacs_debit: { calendar: "uk", days: 3, newMandateDays: 3, atS: 75_600, cutOffS: null, disputeDays: null },
  au_becs_debit: { calendar: "australia", days: 2, newMandateDays: 0, atS: 0, cutOffS: null, disputeDays: 2557 },
  nz_bank_account: { calendar: "new_zealand", days: 2, newMandateDays: 0, atS: 0, cutOffS: null, disputeDays: null },
  acss_debit: { calendar: "canada", days: 5, newMandateDays: 0, atS: 0, cutOffS: null, disputeDays: 90 },
};

/** Whether this type of payment method is a bank debit, which is known to be paid only days later. */
export function isBankDebit(methodType: string | null): boolean {
  return methodType !== null && Object.hasOwn(timings, methodType);
}

/** How long debits by this method take; null when it is no debit. */
export function timingOf(methodType: string): DebitTiming | null {
  return Object.hasOwn(timings, methodType) ? (timings[methodType] ?? null) : null;
}
