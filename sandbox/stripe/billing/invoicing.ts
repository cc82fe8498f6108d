/** The life of an invoice: draft → open → paid, void or uncollectible. */
import type { Customer } from "../objects/customer.ts";
import { hostedInvoiceUrl, newInvoice, subscriptionOf } from "../objects/invoice.ts";
import type { BillingReason, Invoice, InvoiceItem, Period } from "../objects/invoice.ts";
import { newPaymentIntent } from "../objects/charge.ts";
import { ACCOUNT_ID, listOf } from "../objects/shared.ts";
import type { Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { changeBalance } from "./balance.ts";
import { discountAmounts } from "./discounts.ts";
import { toLine, waitingLine } from "./lines.ts";
import type { LineDraft } from "./lines.ts";
import { afterPayment } from "./standing.ts";

const DAY_S = 86_400;

export type Draft = {
  readonly customer: Customer;
  readonly subscription?: Subscription | undefined;
  readonly reason: BillingReason;
  readonly lines: readonly LineDraft[];
  readonly period: Period;
  readonly prorationDate?: number;
  readonly extra?: Partial<Invoice>;
};

/** Writes a draft: the given lines, what was waiting for the next invoice, discounts and the balance. */
export function draftInvoice(world: World, draft: Draft): Invoice {
  const waiting = takeWaitingItems(world, draft);
  const invoice = composeInvoice(world, { ...draft, lines: [...waiting.map(waitingLine), ...draft.lines] });
  for (const item of waiting) world.update(world.tables.invoiceItems, item, { invoice: invoice.id });
  return world.create(world.tables.invoices, invoice, "invoice.created");
}

/** The same without keeping it: also what a preview shows. */
export function composeInvoice(world: World, draft: Draft): Invoice {
  const { customer, subscription } = draft;
  const id = world.id(draft.reason === "upcoming" ? "upcoming_in" : "in");
  const lines = draft.lines.map((line) => toLine(world, id, line));
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const discounts = discountAmounts(world, lines, { customer, subscription });
  const total = subtotal - discounts.reduce((sum, { amount }) => sum + amount, 0);
  const amountDue = Math.max(0, total + customer.balance);
  return newInvoice({
    id,
    created: world.now(),
    currency: subscription?.currency ?? customer.currency ?? "eur",
    customer: customer.id,
    billing_reason: draft.reason,
    lines: listOf(lines, `/v1/invoices/${id}/lines`),
    amount_due: amountDue,
    amount_remaining: amountDue,
    collection_method: subscription?.collection_method ?? "charge_automatically",
    customer_address: customer.address,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: customer.phone,
    discounts: discounts.map(({ discount }) => discount),
    parent: subscription === undefined ? null : parentOf(subscription, draft.prorationDate),
    period_end: draft.period.end,
    period_start: draft.period.start,
    starting_balance: customer.balance,
    subtotal,
    subtotal_excluding_tax: subtotal,
    total,
    total_discount_amounts: discounts,
    total_excluding_tax: total,
    total_pretax_credit_amounts: discounts.map(({ amount, discount }) => ({ amount, discount, type: "discount" })),
    ...draft.extra,
  });
}

/** Puts one more item on a draft and adds it up again. */
export function addToDraft(world: World, draft: Invoice, item: InvoiceItem): Invoice {
  const lines = { ...draft.lines, data: [...draft.lines.data, toLine(world, draft.id, waitingLine(item))] };
  const subtotal = draft.subtotal + item.amount;
  const total = draft.total + item.amount;
  const due = Math.max(0, total + draft.starting_balance);
  const sums = { subtotal, subtotal_excluding_tax: subtotal, total, total_excluding_tax: total };
  const patch = { ...sums, lines, amount_due: due, amount_remaining: due, currency: item.currency };
  return world.update(world.tables.invoices, draft, patch, "invoice.updated");
}

/** Lets time finalise a draft, as happens about an hour after a renewal. */
export function finaliseLater(world: World, invoice: Invoice): Invoice {
  const at = world.now() + world.settings.draftSeconds;
  world.agenda.set("invoice", invoice.id, at);
  return world.update(world.tables.invoices, invoice, { automatically_finalizes_at: at });
}

/** Gives it a number and an amount due, uses the customer's balance and opens it for payment. */
export function finalise(world: World, draft: Invoice): Invoice {
  const { customers, invoices } = world.tables;
  const now = world.now();
  const customer = customers.get(draft.customer);
  const balance = customer?.balance ?? 0;
  const amountDue = Math.max(0, draft.total + balance);
  const sequence = customer?.next_invoice_sequence ?? 1;
  const open = world.update(invoices, draft, {
    amount_due: amountDue,
    amount_remaining: amountDue,
    automatically_finalizes_at: null,
    due_date: dueDate(world, draft),
    effective_at: now,
    ending_balance: balance + draft.total - amountDue,
    hosted_invoice_url: hostedInvoiceUrl(draft.id),
    invoice_pdf: `https://pay.stripe.com/invoice/${ACCOUNT_ID}/test_${draft.id}/pdf?s=ap`,
    number: `${customer?.invoice_prefix ?? "SANDBOX"}-${String(sequence).padStart(4, "0")}`,
    starting_balance: balance,
    status: "open",
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  });
  world.agenda.cancel("invoice", draft.id);
  if (customer !== undefined) {
    const numbered = world.update(customers, customer, { next_invoice_sequence: sequence + 1 });
    settleBalance(world, numbered, open);
  }
  world.events.emit("invoice.finalized", open);
  if (amountDue === 0) return markPaid(world, open, 0);
  openPayment(world, open);
  if (open.collection_method === "send_invoice") world.events.emit("invoice.sent", open);
  return open;
}

/** All of it is paid; `amount` came in now (0 when balance or nothing was due). */
export function markPaid(
  world: World,
  invoice: Invoice,
  amount: number,
  options: { readonly offStripe?: boolean } = {},
): Invoice {
  const now = world.now();
  const paid = world.update(
    world.tables.invoices,
    invoice,
    {
      amount_paid: invoice.amount_paid + amount,
      amount_paid_off_stripe: invoice.amount_paid_off_stripe + (options.offStripe === true ? amount : 0),
      amount_remaining: 0,
      attempted: true,
      next_payment_attempt: null,
      status: "paid",
      status_transitions: { ...invoice.status_transitions, paid_at: now },
    },
    "invoice.updated",
  );
  world.agenda.cancel("invoice", invoice.id);
  world.events.emit("invoice.paid", paid);
  if (options.offStripe !== true) world.events.emit("invoice.payment_succeeded", paid);
  afterPayment(world, paid);
  return paid;
}

/** Voids an open invoice: it never asked for money. */
export function voidInvoice(world: World, invoice: Invoice): Invoice {
  const status_transitions = { ...invoice.status_transitions, voided_at: world.now() };
  const patch = { status: "void" as const, auto_advance: false, next_payment_attempt: null, status_transitions };
  const voided = world.update(world.tables.invoices, invoice, patch, "invoice.updated");
  world.events.emit("invoice.voided", voided);
  closePayments(world, voided);
  return voided;
}

/** Gives up on an open invoice; it may still be paid. */
export function markUncollectible(world: World, invoice: Invoice, reason: string): Invoice {
  const status_transitions = { ...invoice.status_transitions, marked_uncollectible_at: world.now() };
  const status_details = { uncollectible: { reason } };
  const patch = { status: "uncollectible" as const, next_payment_attempt: null, status_details, status_transitions };
  const given = world.update(world.tables.invoices, invoice, patch, "invoice.updated");
  world.events.emit("invoice.marked_uncollectible", given);
  world.agenda.cancel("invoice", invoice.id);
  afterPayment(world, given);
  return given;
}

/** Items that wait for this customer's (and subscription's) next invoice. */
function takeWaitingItems(world: World, { customer, subscription }: Draft): readonly InvoiceItem[] {
  return world.tables.invoiceItems.find("customer", customer.id).filter((item) => {
    const owner = item.parent?.subscription_details.subscription ?? null;
    return item.invoice === null && (owner === null || owner === subscription?.id);
  });
}

/** What the invoice took from the credit, or put on it when it was negative itself. */
function settleBalance(world: World, customer: Customer, invoice: Invoice): void {
  const amount = (invoice.ending_balance ?? 0) - invoice.starting_balance;
  if (amount === 0) return;
  const type = invoice.total < 0 ? "invoice_too_small" : "applied_to_invoice";
  changeBalance(world, customer, { amount, type, currency: invoice.currency, invoice: invoice.id });
}

function openPayment(world: World, invoice: Invoice): void {
  const { paymentIntents, invoicePayments } = world.tables;
  const id = world.id("pi");
  const intent = newPaymentIntent({
    id,
    created: world.now(),
    amount: invoice.amount_due,
    client_secret: `${id}_secret_${world.kernel.random.token(24)}`,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.billing_reason === "subscription_create" ? "Subscription creation" : "Subscription update",
    setup_future_usage: "off_session",
  });
  world.create(paymentIntents, intent, "payment_intent.created");
  world.create(invoicePayments, {
    id: world.id("inpay"),
    object: "invoice_payment" as const,
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: world.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false as const,
    payment: { payment_intent: intent.id, type: "payment_intent" as const },
    status: "open" as const,
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

function closePayments(world: World, invoice: Invoice): void {
  const { invoicePayments, paymentIntents } = world.tables;
  for (const payment of invoicePayments.find("invoice", invoice.id)) {
    if (payment.status !== "open") continue;
    const status_transitions = { ...payment.status_transitions, canceled_at: world.now() };
    world.update(invoicePayments, payment, { status: "canceled", status_transitions });
    const intent = paymentIntents.get(payment.payment.payment_intent);
    if (intent === undefined || intent.status === "succeeded" || intent.status === "canceled") continue;
    const patch = { status: "canceled" as const, canceled_at: world.now(), cancellation_reason: "void_invoice" };
    const canceled = world.update(paymentIntents, intent, patch);
    world.events.emit("payment_intent.canceled", canceled);
  }
}

function dueDate(world: World, invoice: Invoice): number | null {
  if (invoice.collection_method !== "send_invoice") return null;
  const subscription = world.tables.subscriptions.get(subscriptionOf(invoice) ?? "");
  return invoice.due_date ?? world.now() + (subscription?.days_until_due ?? 30) * DAY_S;
}

function parentOf(subscription: Subscription, prorationDate: number | undefined): NonNullable<Invoice["parent"]> {
  return {
    quote_details: null,
    subscription_details: {
      metadata: subscription.metadata,
      subscription: subscription.id,
      ...(prorationDate === undefined ? {} : { subscription_proration_date: prorationDate }),
    },
    type: "subscription_details",
  };
}
