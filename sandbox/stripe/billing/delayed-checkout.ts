/** A checkout with a delayed method learns days later whether it was paid. */
import type { PaymentIntent } from "../objects/charge.ts";
import type { World } from "../world.ts";

/** Tells the checkout session behind an intent that its debit came through, or did not. */
export function completeDelayedCheckout(world: World, intent: PaymentIntent, succeeded: boolean): void {
  const { checkoutSessions, invoicePayments, invoices } = world.tables;
  const [payment] = invoicePayments.find("payment_intent", intent.id);
  const subscription = invoices.get(payment?.invoice ?? "")?.parent?.subscription_details.subscription;
  const [session] = [
    ...checkoutSessions.find("payment_intent", intent.id),
    ...checkoutSessions.find("subscription", subscription ?? ""),
  ];
  const waiting = session?.status === "complete" && session.payment_status === "unpaid";
  if (session === undefined || !waiting || (payment !== undefined && session.invoice !== payment.invoice)) return;
  if (!succeeded) {
    world.events.emit("checkout.session.async_payment_failed", session);
    return;
  }
  const paid = world.update(checkoutSessions, session, { payment_status: "paid" });
  world.events.emit("checkout.session.async_payment_succeeded", paid);
}
