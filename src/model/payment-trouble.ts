/** Payments that failed and bank debits on their way, as the profile tells of them. */

/** Languages that texts for customers exist in. */
export type Language = "en" | "de";

/** A sentence in every language. */
export type Localised = Readonly<Record<Language, string>>;

/**
 * Why a payment failed, by what follows from it.
 * - insufficient_funds: card or debit; there may be money on another day
 * - soft: the card may work on another try
 * - hard: this card will not work again
 * - needs_authentication: the customer has to confirm the payment at their bank
 * - needs_new_details: number, date or security code of the card is wrong or out of date
 * - account_closed, wrong_details, account_blocked: the bank account cannot be debited
 * - mandate_revoked: there is no valid permission to debit
 * - disputed: the payer had the bank take the money back
 * - technical: the banks could not process the debit
 * - unexplained: the bank gives no reason
 * - stopped: a person has to look at it; no message goes out by itself
 */
export type FailureClass =
  | "insufficient_funds"
  | "soft"
  | "hard"
  | "needs_authentication"
  | "needs_new_details"
  | "account_closed"
  | "wrong_details"
  | "account_blocked"
  | "mandate_revoked"
  | "disputed"
  | "technical"
  | "unexplained"
  | "stopped";

/** The payment that failed last, while no later one was attempted. */
export type PaymentFailure = {
  readonly class: FailureClass;
  /** Safe to show to the customer. */
  readonly reason: Localised;
  /** What the customer can do; safe to show. */
  readonly advice: Localised;
  /** How many more attempts with the same payment method make sense, without the customer doing anything. */
  readonly retriesLeft: number;
  /** The best time for the next of them; null when none makes sense. */
  readonly retryAtS: number | null;
  /** The bank took the money back after the payment had counted as paid. */
  readonly late: boolean;
};

/**
 * Where a bank debit stands by what Stripe has told.
 * - pending: on its way; nobody owes anything yet
 * - settled: counts as paid
 * - returned: refused by a bank, even when it counted as paid before
 * - disputed: the payer had it taken back
 */
export type DebitState = "pending" | "settled" | "returned" | "disputed";

/** - usable: Stripe calls it active, or a debit by it has settled - revoked: the bank or Stripe said so - unknown: nobody has told yet */
export type MandateState = "usable" | "revoked" | "unknown";

/** A bank debit. */
export type Debit = {
  /** Stripe's type of payment method, such as sepa_debit. */
  readonly method: string;
  readonly state: DebitState;
  readonly submittedAtS: number;
  /** When it should count as paid; null unless it is pending and the method's timing is known. */
  readonly expectedAtS: number | null;
  /** The day (00:00 UTC) on which Stripe announced to debit the bank account; null when it did not say. */
  readonly debitDayS: number | null;
  readonly mandate: MandateState;
};
