/**
 * What a contact must say about failed payments and bank debits, worked out anew from Stripe's objects and documentation
 * (docs.stripe.com/declines/codes, docs.stripe.com/payments/sepa-debit). Like its neighbour it shares nothing with the
 * server. It knows what the sandbox has: cards and SEPA debits.
 */
import type Stripe from "stripe";
import type { StripeState } from "./stripe-state.ts";

type Value = string | number | boolean | null;
type Verdict = readonly [kind: string, sentence: string, retryMax: number];
type Attempt = { readonly charge: Stripe.Charge; readonly taken: Stripe.Dispute | undefined; readonly newsS: number };

const declined = "The card was declined.";
const cardDetails = "The details of the card are not right.";

/** Anything else is a plain decline that may be tried again. */
const cards: Readonly<Record<string, Verdict>> = {
  insufficient_funds: ["insufficient_funds", "There was not enough money on the account.", 7],
  expired_card: ["needs_new_details", "The card has expired.", 0],
  incorrect_number: ["needs_new_details", "The card number is not right.", 0],
  incorrect_cvc: ["needs_new_details", cardDetails, 0],
  processing_error: ["soft", "The bank could not be reached.", 7],
  authentication_required: ["needs_authentication", "The bank asks for the payment to be confirmed.", 0],
  transaction_not_allowed: ["hard", "The card cannot be used for this kind of payment.", 0],
  revocation_of_authorization: ["hard", "The payment was stopped at the bank.", 0],
  revocation_of_all_authorizations: ["hard", "The payment was stopped at the bank.", 0],
  lost_card: ["hard", declined, 0],
  stolen_card: ["hard", declined, 0],
  pickup_card: ["hard", declined, 0],
  fraudulent: ["hard", declined, 0],
  highest_risk_level: ["hard", declined, 0],
};

const noMandate: Verdict = ["mandate_revoked", "The bank knows of no permission for the direct debit.", 0];
const wrongAccount: Verdict = ["wrong_details", "The bank account could not be found.", 0];
const takenBack: Verdict = ["disputed", "The direct debit was taken back.", 0];
const notProcessed: Verdict = ["technical", "The direct debit could not be processed.", 1];
const noMoney: Verdict = ["insufficient_funds", "There was not enough money on the account.", 2];

const debits: Readonly<Record<string, Verdict>> = {
  insufficient_funds: noMoney,
  account_closed: ["account_closed", "The bank account is closed.", 0],
  invalid_account_number: wrongAccount,
  branch_does_not_exist: wrongAccount,
  incorrect_account_holder_name: ["wrong_details", "Name or address do not match the bank account.", 0],
  debit_not_authorized: noMandate,
  debit_authorization_not_match: noMandate,
  debit_disputed: takenBack,
  recipient_deceased: ["stopped", "The direct debit could not be carried out.", 0],
  generic_could_not_process: notProcessed,
  refer_to_customer: ["unexplained", "The bank did not carry out the direct debit.", 1],
};

/** What a bank says after "paid" comes as a dispute; every other reason is the payer's. */
const late: Readonly<Record<string, Verdict>> = {
  insufficient_funds: noMoney,
  incorrect_account_details: wrongAccount,
  bank_cannot_process: notProcessed,
  debit_not_authorized: noMandate,
};

/** Every right answer: several when the latest news of two attempts came in one second. */
export function troubleAnswers(
  { charges, disputes }: StripeState,
  customer: Stripe.Customer,
): readonly Readonly<Record<string, Value>>[] {
  const attempts = charges
    .filter((charge) => referenceOf(charge.customer) === customer.id)
    .filter((charge) => charge.status !== "succeeded" || charge.captured)
    .map((charge) => attemptOf(charge, disputes));
  const latest = newest(attempts);
  const latestDebits = newest(attempts.filter(isDebit));
  return combine(
    latest.map((attempt) => failureAttributes(attempt, attempts)),
    latestDebits.map(debitAttributes),
  );
}

const noFailure = { payment_failure: null, payment_failure_reason: null, payment_retry_makes_sense: null };
const noDebit = { debit_state: null, debit_expected_at: null };

type Answer = Readonly<Record<string, Value>>;

function combine(failures: readonly Answer[], states: readonly Answer[]): readonly Answer[] {
  const some = failures.length > 0 ? failures : [noFailure];
  return some.flatMap((failure) => (states.length > 0 ? states : [noDebit]).map((state) => ({ ...failure, ...state })));
}

function attemptOf(charge: Stripe.Charge, disputes: readonly Stripe.Dispute[]): Attempt {
  const taken = disputes.find(
    (dispute) =>
      charge.payment_method_details?.type === "sepa_debit" &&
      referenceOf(dispute.charge) === charge.id &&
      ["needs_response", "under_review", "lost"].includes(dispute.status),
  );
  return { charge, taken, newsS: Math.max(charge.created, taken?.created ?? 0) };
}

function newest(attempts: readonly Attempt[]): readonly Attempt[] {
  const latest = Math.max(...attempts.map(({ newsS }) => newsS));
  return attempts.filter(({ newsS }) => newsS === latest);
}

function isDebit({ charge }: Attempt): boolean {
  return charge.payment_method_details?.type === "sepa_debit";
}

function failureAttributes(attempt: Attempt, attempts: readonly Attempt[]): Answer {
  const verdict = verdictOf(attempt);
  if (verdict === undefined) return noFailure;
  const [kind, sentence, retryMax] = verdict;
  const before = attempts.filter(
    (one) =>
      one.charge.id !== attempt.charge.id &&
      one.charge.payment_intent !== null &&
      referenceOf(one.charge.payment_intent) === referenceOf(attempt.charge.payment_intent) &&
      one.charge.payment_method === attempt.charge.payment_method &&
      verdictOf(one) !== undefined,
  );
  return {
    payment_failure: kind,
    payment_failure_reason: sentence,
    payment_retry_makes_sense: before.length < retryMax,
  };
}

function verdictOf(attempt: Attempt): Verdict | undefined {
  const { charge, taken } = attempt;
  if (charge.status === "failed") {
    if (isDebit(attempt)) return debits[charge.failure_code ?? ""];
    return cards[charge.outcome?.reason ?? ""] ?? ["soft", declined, 7];
  }
  return taken === undefined ? undefined : (late[taken.reason] ?? takenBack);
}

function debitAttributes({ charge, taken }: Attempt): Answer {
  if (charge.status === "pending") return { debit_state: "pending", debit_expected_at: sepaSuccessAt(charge.created) };
  return { debit_state: settledState(charge, taken), debit_expected_at: null };
}

function settledState(charge: Stripe.Charge, taken: Stripe.Dispute | undefined): string {
  if (charge.status === "failed") return "returned";
  if (taken === undefined) return "settled";
  const isOfBank = ["insufficient_funds", "incorrect_account_details", "bank_cannot_process"].includes(taken.reason);
  return isOfBank ? "returned" : "disputed";
}

/** Good Friday and Easter Monday, from the calendar on the wall. */
const easterDays = new Set([
  "2025-04-18",
  "2025-04-21",
  "2026-04-03",
  "2026-04-06",
  "2027-03-26",
  "2027-03-29",
  "2028-04-14",
  "2028-04-17",
  "2029-03-30",
  "2029-04-02",
]);
const fixedDays = new Set(["01-01", "05-01", "12-25", "12-26"]);

/** T+6, 00:00 UTC; T is the business day itself until 10:30 in Frankfurt. */
function sepaSuccessAt(created: number): number {
  const [date = "", time = ""] = new Date(created * 1000)
    .toLocaleString("sv-SE", { timeZone: "Europe/Berlin" })
    .split(" ");
  const day = new Date(`${date}T00:00:00Z`);
  if (time >= "10:30:00") day.setUTCDate(day.getUTCDate() + 1);
  while (!isTargetDay(day)) day.setUTCDate(day.getUTCDate() + 1);
  for (let left = 6; left > 0;) {
    day.setUTCDate(day.getUTCDate() + 1);
    if (isTargetDay(day)) left -= 1;
  }
  return day.getTime() / 1000;
}

function isTargetDay(day: Date): boolean {
  const date = day.toISOString().slice(0, 10);
  return day.getUTCDay() % 6 !== 0 && !easterDays.has(date) && !fixedDays.has(date.slice(5));
}

function referenceOf(reference: string | { readonly id: string } | null): string | null {
  return typeof reference === "string" ? reference : (reference?.id ?? null);
}
