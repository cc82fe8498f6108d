/** Station billing: what customers still have to pay, and whether it is late. Follows from events alone; no clock is asked. */
import type { OpenInvoice, OpenInvoices } from "../model/profile.ts";
import type { ObjectCopyOf } from "../model/stripe-object.ts";

type Invoice = ObjectCopyOf<"invoice">;

/** What open invoices are judged by. */
export type Debtor = {
  readonly invoices: readonly Invoice[];
  readonly subscriptions: readonly ObjectCopyOf<"subscription">[];
  readonly charges: readonly ObjectCopyOf<"charge">[];
};

const lateStatuses = new Set(["past_due", "unpaid"]);

/** The open invoices of these customers together. */
export function openInvoicesOf(debtors: readonly Debtor[]): OpenInvoices {
  const open = debtors.flatMap(({ invoices, charges }) => invoices.filter((one) => isOpen(one, charges)));
  return {
    total: totalOf(open),
    oldest: oldestOf(open),
    pastDue: debtors.some((debtor) => debtor.invoices.some((one) => isLate(one, debtor))),
  };
}

/** Whether something is left to pay on this invoice. */
export function isUnpaid({ deleted, facts }: Invoice): boolean {
  return !deleted && facts.status === "open" && facts.amountRemainingMinor > 0;
}

/**
 * Whether it counts as open. One that Stripe is about to collect for the first time is left out: it is paid within seconds, an
 * attempt will have failed, or a debit will be on its way for days.
 */
function isOpen(invoice: Invoice, charges: Debtor["charges"]): boolean {
  if (!isUnpaid(invoice)) return false;
  return invoice.facts.isToBeCollected !== true || charges.some((charge) => isOnItsWay(charge, invoice));
}

function oldestOf(open: readonly Invoice[]): OpenInvoice | null {
  if (open.length === 0) return null;
  const [first] = open.toSorted((a, b) => a.facts.createdS - b.facts.createdS || (a.id < b.id ? -1 : 1));
  if (!first) return null;
  const { currency, amountRemainingMinor, createdS, dueDateS, nextPaymentAttemptS } = first.facts;
  const amount = { currency, amountMinor: amountRemainingMinor };
  return {
    id: first.id,
    customerId: first.customerId ?? "",
    amount,
    createdS,
    dueDateS,
    nextAttemptS: nextPaymentAttemptS,
  };
}

function totalOf(open: readonly Invoice[]): OpenInvoices["total"] {
  const [first] = open;
  if (!first) return null;
  const { currency } = first.facts;
  if (open.some(({ facts }) => facts.currency !== currency)) {
    return { unknown: "The open invoices are in several currencies, which are not added up." };
  }
  return { currency, amountMinor: open.reduce((sum, { facts }) => sum + facts.amountRemainingMinor, 0) };
}

/**
 * An open invoice is late when Stripe calls its subscription so, when it was seen after its due date, or when an attempt
 * to collect it was made and none is on its way: a bank debit takes days, and nobody is late meanwhile.
 */
function isLate(invoice: Invoice, { subscriptions, charges }: Debtor): boolean {
  const { facts } = invoice;
  if (!isOpen(invoice, charges)) return false;
  const subscription = subscriptions.find(({ id }) => id === facts.subscriptionId);
  if (subscription && lateStatuses.has(subscription.facts.status)) return true;
  if (facts.dueDateS !== null) return facts.dueDateS < invoice.asOfS;
  return facts.attemptCount > 0 && !charges.some((charge) => isOnItsWay(charge, invoice));
}

/** Charges do not name their invoice; one that is pending, of the same amount and not older is taken to be for it. */
function isOnItsWay({ facts }: ObjectCopyOf<"charge">, invoice: Invoice): boolean {
  return (
    facts.status === "pending" &&
    facts.currency === invoice.facts.currency &&
    facts.amountMinor === invoice.facts.amountRemainingMinor &&
    facts.createdS >= invoice.facts.createdS
  );
}
