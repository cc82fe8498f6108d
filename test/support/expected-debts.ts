/** What is open and late, and what a status means, worked out from Stripe's objects. It shares nothing with the server. */
import type Stripe from "stripe";
import { idOf, major, OneOf, type Expected, type Value } from "./expected-value.ts";
import type { StripeState } from "./stripe-state.ts";

/** The attributes about open invoices and the state of the primary subscription. */
export function expectedDebts(
  state: StripeState,
  customer: Stripe.Customer,
  primary: Stripe.Subscription | undefined,
): Expected {
  const charges = state.charges.filter((charge) => idOf(charge.customer) === customer.id);
  const open = state.openInvoices.filter(
    (invoice) => idOf(invoice.customer) === customer.id && invoice.amount_remaining > 0 && !isUntried(invoice),
  );
  const [currency, ...others] = new Set(open.map((invoice) => invoice.currency));
  const left = open.reduce((sum, invoice) => sum + invoice.amount_remaining, 0);
  const known = currency !== undefined && others.length === 0;
  return {
    open_invoice_amount: known ? major(left, currency) : null,
    open_invoice_currency: known ? currency.toUpperCase() : null,
    is_past_due: open.some((invoice) => isLate(state, charges, invoice)),
    status_detail: primary === undefined ? null : detailOf(primary, charges),
  };
}

/** Stripe collects it by itself and has not begun: nobody has to do anything about it yet. */
function isUntried(invoice: Stripe.Invoice): boolean {
  return invoice.collection_method === "charge_automatically" && invoice.auto_advance === true && !invoice.attempted;
}

/** Late by Stripe's word on the subscription, or after an attempt that is not still on its way. */
function isLate({ subscriptions }: StripeState, charges: readonly Stripe.Charge[], invoice: Stripe.Invoice): boolean {
  const subscriptionId = idOf(invoice.parent?.subscription_details?.subscription);
  const status = subscriptions.find(({ id }) => id === subscriptionId)?.status;
  if (status === "past_due" || status === "unpaid") return true;
  if (invoice.due_date !== null) return false;
  const isPending = charges.some(
    (charge) =>
      charge.status === "pending" &&
      charge.currency === invoice.currency &&
      charge.amount === invoice.amount_remaining &&
      charge.created >= invoice.created,
  );
  return invoice.attempt_count > 0 && !isPending;
}

function pausedOf({ status_details: details }: Stripe.Subscription): string {
  const why = details?.paused?.subscription?.type;
  if (why === "pause_requested") return "paused_by_choice";
  if (why === "trial_end_without_payment_method") return "paused_after_trial";
  return why === "final_payment_failure" || why === "first_payment_failure" ? "paused_after_failed_payment" : "paused";
}

function detailOf(primary: Stripe.Subscription, charges: readonly Stripe.Charge[]): Value | OneOf {
  if (primary.status === "paused") return pausedOf(primary);
  if (primary.status !== "active") return primary.status;
  if (primary.pause_collection !== null) return "active_collection_paused";
  const attempts = charges.filter((charge) => charge.status !== "succeeded" || charge.captured);
  const latest = Math.max(0, ...attempts.map(({ created }) => created));
  const hasPaid = attempts.some(({ status }) => status === "succeeded");
  const details = attempts
    .filter(({ created }) => created === latest)
    .map(({ status }) => {
      if (status === "succeeded") return "active_paid";
      if (status === "failed") return "active_last_payment_failed";
      return hasPaid ? "active_payment_processing" : "active_first_payment_processing";
    });
  const different = [...new Set(details)];
  return different.length > 1 ? new OneOf(different) : (different[0] ?? "active");
}
