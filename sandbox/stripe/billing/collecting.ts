/** Collecting: which payment method is asked, and what happens when it is. */
import { subscriptionOf } from "../objects/invoice.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import type { PaymentIntent } from "../objects/charge.ts";
import type { World } from "../world.ts";
import { behaviourOf, paymentError, refusalOf } from "./bank.ts";
import { previousAttributes } from "../diff.ts";
import { charge, settlementAt } from "./charging.ts";
import { failWithoutMethod, invoiceOf, refuse, succeed, wouldBeOnPaper } from "./settling.ts";
import { afterFailure, afterPayment } from "./standing.ts";

/** Asks the payment method for the intent's amount. */
export function confirmIntent(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const behaviour = behaviourOf(world, method.id);
  if (method.type === "sepa_debit") return submitDebit(world, intent, method);
  switch (behaviour.outcome) {
    case "succeed":
    case "dispute": {
      const made = charge(world, intent, { method, status: "succeeded" });
      return succeed(world, intent, world.create(world.tables.charges, made));
    }
    case "decline": {
      const refusal = refusalOf(method, behaviour);
      const made = charge(world, intent, { method, status: "failed", refusal });
      return refuse(world, { intent, charge: world.create(world.tables.charges, made), refusal, method });
    }
    case "authenticate":
      return askToAuthenticate(world, intent, method);
  }
}

/** Tries to collect an open invoice automatically. Returns it as it stands afterwards. */
export function collect(world: World, invoice: Invoice): Invoice {
  const counted = world.update(world.tables.invoices, invoice, {
    attempt_count: invoice.attempt_count + 1,
    attempted: true,
    next_payment_attempt: null,
  });
  return attempt(world, { before: invoice, invoice: counted }, methodFor(world, counted));
}

/** Tries a given (or the usual) method because somebody asked for it; only a first attempt is counted. */
export function payNow(world: World, invoice: Invoice, method: PaymentMethod | undefined): Invoice {
  const counted = world.update(world.tables.invoices, invoice, {
    attempt_count: Math.max(1, invoice.attempt_count),
    attempted: true,
  });
  return attempt(world, { before: invoice, invoice: counted }, method ?? methodFor(world, counted));
}

/** Takes the payment that a customer makes at the checkout: it is no attempt to collect, so it is not counted as one. */
export function payUncounted(world: World, invoice: Invoice): Invoice {
  const attempted = world.update(world.tables.invoices, invoice, { attempted: true });
  return attempt(world, { before: invoice, invoice: attempted }, methodFor(world, attempted));
}

/** The method an invoice is charged to: its own, the subscription's, the customer's, in this order. */
export function methodFor(world: World, invoice: Invoice): PaymentMethod | undefined {
  const { paymentMethods, subscriptions, customers } = world.tables;
  const subscription = subscriptions.get(subscriptionOf(invoice) ?? "");
  const id =
    invoice.default_payment_method ??
    subscription?.default_payment_method ??
    customers.get(invoice.customer)?.invoice_settings.default_payment_method;
  return id === null || id === undefined ? undefined : paymentMethods.get(id);
}

/** The intent that pays an invoice. */
export function intentOf(world: World, invoice: Invoice): PaymentIntent | undefined {
  const payments = world.tables.invoicePayments.find("invoice", invoice.id);
  const open = payments.find((payment) => payment.status === "open") ?? payments.at(-1);
  return open === undefined ? undefined : world.tables.paymentIntents.get(open.payment.payment_intent);
}

type Counted = { readonly before: Invoice; readonly invoice: Invoice };

function attempt(world: World, { before, invoice }: Counted, method: PaymentMethod | undefined): Invoice {
  const intent = intentOf(world, invoice);
  if (intent === undefined || method === undefined) {
    failWithoutMethod(world, invoice);
  } else if (wouldBeOnPaper(intent, method.id)) {
    failWithoutMethod(world, invoice);
  } else if (intent.status !== "processing") {
    const asked = confirmIntent(world, intent, method);
    // Nothing else tells of the attempt before the bank answers, days later.
    if (asked.status === "processing") {
      world.events.emit("invoice.updated", invoice, previousAttributes(before, invoice));
    }
  }
  return world.tables.invoices.get(invoice.id) ?? invoice;
}

/** A debit is accepted at once and known to be paid days later. */
function submitDebit(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const { charges, paymentIntents } = world.tables;
  const pending = world.create(charges, charge(world, intent, { method, status: "pending" }), "charge.pending");
  const processing = world.update(paymentIntents, intent, {
    status: "processing",
    latest_charge: pending.id,
    last_payment_error: null,
    payment_method: method.id,
  });
  world.events.emit("payment_intent.processing", processing);
  world.agenda.set("settlement", processing.id, settlementAt(world, method.id));
  const invoice = invoiceOf(world, processing);
  if (invoice !== undefined) afterPayment(world, invoice);
  return processing;
}

/** The bank wants the customer to confirm: the invoice fails for now and carries a link. */
function askToAuthenticate(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const refusal = { code: "authentication_required", declineCode: "authentication_required", networkCode: null };
  const waiting = world.update(world.tables.paymentIntents, intent, {
    status: "requires_action",
    last_payment_error: paymentError(refusal, method, intent.latest_charge ?? ""),
    next_action: { type: "use_stripe_sdk", use_stripe_sdk: {} },
    payment_method: method.id,
  });
  world.events.emit("payment_intent.requires_action", waiting);
  const invoice = invoiceOf(world, waiting);
  if (invoice === undefined) return waiting;
  world.events.emit("invoice.payment_action_required", invoice);
  world.events.emit("invoice.payment_failed", invoice);
  afterFailure(world, invoice);
  return waiting;
}
