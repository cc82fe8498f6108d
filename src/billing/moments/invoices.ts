/** Station billing: the moments of an invoice: open, to be confirmed, paid. */
import type { InvoiceFacts } from "../../model/stripe-object.ts";
import { becameTrueAtS, isNews, turnOf, type ChangeOf } from "./change.ts";
import { aMoment, amountFacts, linkTo, type MaybeFacts, type Moment } from "./moment.ts";

/** What a change of an invoice tells. */
export function invoiceMoments(change: ChangeOf<"invoice">): readonly Moment[] {
  const { customerId } = change.shown;
  if (customerId === null) return [];
  return [...opened(change, customerId), ...toBeConfirmed(change, customerId), ...paid(change, customerId)];
}

function isOpen({ status, amountRemainingMinor }: InvoiceFacts): boolean {
  return status === "open" && amountRemainingMinor > 0;
}

/** Only what is sent to be paid has a date; what is collected automatically is open for a moment (docs.stripe.com/api/invoices/object). */
function isAwaited(facts: InvoiceFacts): boolean {
  return isOpen(facts) && facts.dueDateS !== null;
}

function opened(change: ChangeOf<"invoice">, customerId: string): readonly Moment[] {
  const turn = turnOf(change);
  if (!turn || !isAwaited(turn.after.facts) || (turn.before && isAwaited(turn.before))) return [];
  const { id, facts } = turn.after;
  const signs = { isTrue: isAwaited, announcedBy: ["invoice.finalized"], ownS: facts.createdS };
  const occurredAtS = becameTrueAtS(change, signs);
  const told = { ...remainderFacts(id, facts), due_date: facts.dueDateS };
  return [aMoment({ name: "invoice_opened", objectId: id, customerId, occurredAtS, facts: told })];
}

/** The event says it, and the invoice must still be open. */
function toBeConfirmed({ event, current }: ChangeOf<"invoice">, customerId: string): readonly Moment[] {
  if (event.type !== "invoice.payment_action_required" || !current || !isOpen(current.facts)) return [];
  const { id, facts } = current;
  const occurredAtS = event.createdS;
  return [
    aMoment({
      name: "payment_action_required",
      objectId: id,
      customerId,
      occurredAtS,
      facts: remainderFacts(id, facts),
    }),
  ];
}

function remainderFacts(id: string, { amountRemainingMinor: amountMinor, currency }: InvoiceFacts): MaybeFacts {
  return { ...amountFacts({ amountMinor, currency }), ...linkTo("invoices", id) };
}

function isPaid({ status, amountPaidMinor }: InvoiceFacts): boolean {
  return status === "paid" && amountPaidMinor > 0;
}

function paid(change: ChangeOf<"invoice">, customerId: string): readonly Moment[] {
  if (!isNews(change, isPaid)) return [];
  const { id, facts } = change.shown;
  const signs = { isTrue: isPaid, announcedBy: ["invoice.paid"], ownS: facts.createdS };
  const { amountPaidMinor: amountMinor, currency } = facts;
  const told = { ...amountFacts({ amountMinor, currency }), ...linkTo("invoices", id) };
  return [
    aMoment({
      name: "invoice_paid",
      objectId: id,
      customerId,
      occurredAtS: becameTrueAtS(change, signs),
      facts: told,
    }),
  ];
}
