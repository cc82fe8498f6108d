/** Lets time pass: does what the agenda holds for this moment. */
import type { Appointment } from "../agenda.ts";
import type { World } from "../world.ts";
import { behaviourOf, refusalOf } from "./bank.ts";
import { collect } from "./collecting.ts";
import { closeDispute, openDispute } from "./disputing.ts";
import { finalise } from "./invoicing.ts";
import { completeRefund } from "./refunding.ts";
import { announceTrialEnd, passTime } from "./renewing.ts";
import { refuse, succeed } from "./settling.ts";

/** Keeps one appointment. What has become pointless meanwhile is passed over. */
export function keepAppointment(world: World, { kind, ref }: Appointment): void {
  switch (kind) {
    case "subscription":
      return passTime(world, ref);
    case "trial-notice":
      return announceTrialEnd(world, ref);
    case "invoice":
      return advanceInvoice(world, ref);
    case "settlement":
      return settle(world, ref);
    case "refund":
      return arriveRefund(world, ref);
    case "dispute":
      return loseDispute(world, ref);
    case "checkout":
      return expireCheckout(world, ref);
  }
}

/** The bank's answer to a debit, now. */
export function settle(world: World, intentId: string): void {
  const intent = world.tables.paymentIntents.get(intentId);
  const pending = world.tables.charges.get(intent?.latest_charge ?? "");
  const method = world.tables.paymentMethods.get(intent?.payment_method ?? "");
  if (intent?.status !== "processing" || pending === undefined || method === undefined) return;
  world.agenda.cancel("settlement", intentId);
  const behaviour = behaviourOf(world, method.id);
  if (behaviour.outcome === "decline") {
    refuse(world, { intent, charge: pending, refusal: refusalOf(method, behaviour), method });
    return;
  }
  succeed(world, intent, pending);
  const paid = world.tables.charges.get(pending.id);
  if (behaviour.outcome === "dispute" && paid !== undefined) openDispute(world, paid, "debit_not_authorized");
}

/** A draft whose hour is over is finalised and collected; an open invoice is tried again. */
function advanceInvoice(world: World, invoiceId: string): void {
  const invoice = world.tables.invoices.get(invoiceId);
  if (invoice === undefined || !invoice.auto_advance) return;
  const open = invoice.status === "draft" ? finalise(world, invoice) : invoice;
  if (open.status === "open" && open.collection_method === "charge_automatically") collect(world, open);
}

function arriveRefund(world: World, refundId: string): void {
  const refund = world.tables.refunds.get(refundId);
  if (refund?.status === "pending") completeRefund(world, refund);
}

function loseDispute(world: World, disputeId: string): void {
  const dispute = world.tables.disputes.get(disputeId);
  if (dispute?.status === "needs_response") closeDispute(world, dispute, "lost");
}

function expireCheckout(world: World, sessionId: string): void {
  const session = world.tables.checkoutSessions.get(sessionId);
  if (session?.status !== "open") return;
  const expired = world.update(world.tables.checkoutSessions, session, { status: "expired", url: null });
  world.events.emit("checkout.session.expired", expired);
}
