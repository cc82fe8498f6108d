/** What an attempt's result means: for the payment intent, its charge, its invoice and its subscription. */
import { subscriptionOf } from "../objects/invoice.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import type { Charge, PaymentIntent } from "../objects/charge.ts";
import type { World } from "../world.ts";
import { behaviourOf, endsMandate, isHardDecline, paymentError, refusedOutcome, messageOf } from "./bank.ts";
import type { Refusal } from "./bank.ts";
import { completeDelayedCheckout } from "./delayed-checkout.ts";
import { markPaid, voidInvoice } from "./invoicing.ts";
import { afterFailure, afterLastAttempt } from "./standing.ts";

const DAY_S = 86_400;

/** The money is there. */
export function succeed(world: World, intent: PaymentIntent, charge: Charge): PaymentIntent {
  const { charges, paymentIntents } = world.tables;
  const receipt = `https://pay.stripe.com/receipts/payment/${charge.id}`;
  const succeeded = world.update(charges, charge, { status: "succeeded", paid: true, receipt_url: receipt });
  world.events.emit("charge.succeeded", succeeded);
  const done = world.update(paymentIntents, intent, {
    status: "succeeded",
    amount_received: intent.amount,
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
    payment_method: charge.payment_method,
  });
  world.events.emit("payment_intent.succeeded", done);
  world.update(charges, succeeded, { balance_transaction: world.id("txn") }, "charge.updated");
  payInvoice(world, done);
  completeDelayedCheckout(world, done, true);
  return done;
}

/** The bank said no. `automatic` attempts are counted even when they happen only on paper. */
export function refuse(
  world: World,
  attempt: {
    readonly intent: PaymentIntent;
    readonly charge: Charge;
    readonly refusal: Refusal;
    readonly method: PaymentMethod;
  },
): PaymentIntent {
  const { refusal, method } = attempt;
  const { charges, paymentIntents } = world.tables;
  const failed = world.update(charges, attempt.charge, {
    status: "failed",
    paid: false,
    captured: false,
    amount_captured: 0,
    failure_code: refusal.code,
    failure_message: messageOf(refusal),
    outcome: refusedOutcome(refusal, method),
  });
  world.events.emit("charge.failed", failed);
  const open = world.update(paymentIntents, attempt.intent, {
    status: "requires_payment_method",
    latest_charge: failed.id,
    last_payment_error: paymentError(refusal, method, failed.id),
    next_action: null,
    payment_method: null,
  });
  world.events.emit("payment_intent.payment_failed", open);
  if (method.type === "sepa_debit" && endsMandate(refusal.code)) endMandate(world, method);
  failInvoice(world, open, method);
  completeDelayedCheckout(world, open, false);
  return open;
}

/** Notes on the invoice that an attempt without any usable payment method has failed. */
export function failWithoutMethod(world: World, invoice: Invoice): void {
  countFailure(world, invoice, undefined);
}

/** The invoice that an intent pays, if any. */
export function invoiceOf(world: World, intent: PaymentIntent): Invoice | undefined {
  const [payment] = world.tables.invoicePayments.find("payment_intent", intent.id);
  return payment === undefined ? undefined : world.tables.invoices.get(payment.invoice);
}

function payInvoice(world: World, intent: PaymentIntent): void {
  const [payment] = world.tables.invoicePayments.find("payment_intent", intent.id);
  const invoice = invoiceOf(world, intent);
  if (payment === undefined || invoice === undefined) return;
  const paid = world.update(world.tables.invoicePayments, payment, {
    amount_paid: intent.amount_received,
    status: "paid",
    status_transitions: { ...payment.status_transitions, paid_at: world.now() },
  });
  world.events.emit("invoice_payment.paid", paid);
  markPaid(world, invoice, intent.amount_received);
}

function failInvoice(world: World, intent: PaymentIntent, method: PaymentMethod): void {
  const invoice = invoiceOf(world, intent);
  if (invoice === undefined || invoice.status !== "open") return;
  countFailure(world, invoice, method);
}

/**
 * A delayed first debit that fails voids its invoice and leaves the subscription active; any other failure
 * waits for the next automatic attempt or, after the last one, for what the account has decided.
 */
function countFailure(world: World, invoice: Invoice, method: PaymentMethod | undefined): void {
  const count = { attempt_count: Math.max(1, invoice.attempt_count), attempted: true };
  const next = nextAttempt(world, { ...invoice, ...count }, method);
  const failed = world.update(
    world.tables.invoices,
    invoice,
    { ...count, next_payment_attempt: next ?? null },
    "invoice.updated",
  );
  world.events.emit("invoice.payment_failed", failed);
  const subscription = world.tables.subscriptions.get(subscriptionOf(failed) ?? "");
  if (
    method?.type === "sepa_debit" &&
    failed.billing_reason === "subscription_create" &&
    subscription?.status === "active"
  ) {
    voidInvoice(world, failed);
    return;
  }
  afterFailure(world, failed);
  if (next !== undefined) world.agenda.set("invoice", failed.id, next);
  else if (method?.type !== "sepa_debit") afterLastAttempt(world, failed);
}

/** Debits are not presented again by themselves, and a subscription that never began is not dunned. */
function nextAttempt(world: World, invoice: Invoice, method: PaymentMethod | undefined): number | undefined {
  const automatic = invoice.auto_advance && invoice.collection_method === "charge_automatically";
  if (!automatic || invoice.billing_reason === "subscription_create" || method?.type === "sepa_debit") return undefined;
  const days = world.settings.cardRetryDays[invoice.attempt_count - 1];
  return days === undefined ? undefined : world.now() + days * DAY_S;
}

function endMandate(world: World, method: PaymentMethod): void {
  const { mandate } = behaviourOf(world, method.id);
  if (mandate === null) return;
  const object = {
    id: mandate,
    object: "mandate",
    customer_acceptance: {
      accepted_at: method.created,
      online: { ip_address: null, user_agent: null },
      type: "online",
    },
    livemode: false,
    multi_use: {},
    payment_method: method.id,
    payment_method_details: {
      sepa_debit: { reference: mandate.slice(-16).toUpperCase(), url: "" },
      type: "sepa_debit",
    },
    status: "inactive",
    type: "multi_use",
  };
  world.events.emit("mandate.updated", object, { status: "active" });
}

/** Whether an automatic attempt with this method would be made only on paper after this error. */
export function wouldBeOnPaper(intent: PaymentIntent, methodId: string): boolean {
  const error = intent.last_payment_error;
  return error?.payment_method?.id === methodId && isHardDecline(error.decline_code ?? null);
}
