/** Station billing: what was paid, from charges, less what went back. */
import type { Profile } from "../model/profile.ts";
import type { ObjectCopyOf } from "../model/stripe-object.ts";

type Charge = ObjectCopyOf<"charge">;
type Dispute = ObjectCopyOf<"dispute">;

/** While a dispute is in one of these states its money is gone; `warning_*` and `prevented` moved none. */
const withdrawnStatuses = new Set(["needs_response", "under_review", "lost"]);

type Payments = Pick<Profile, "lastPayment" | "totalPaid" | "paymentCount" | "firstPaymentAtS">;

/**
 * Payments are charges: what was captured, less refunds, less disputes whose money is withdrawn. Authorisations that
 * were never captured are none. Currencies are never added up: the total is in the customer's own currency when they
 * ever paid in it, else in that of their latest payment.
 */
export function paymentsOf(
  charges: readonly Charge[],
  disputes: readonly Dispute[],
  customerCurrency: string | null,
): Payments {
  const attempts = charges.filter(({ facts }) => facts.status !== "succeeded" || facts.capturedMinor > 0);
  const oldestFirst = attempts.toSorted(byTime);
  const paid = oldestFirst.filter(({ facts }) => facts.status === "succeeded");
  const currency = mainCurrency(paid, customerCurrency);
  return {
    lastPayment: paymentOf(oldestFirst.at(-1)),
    totalPaid: currency === null ? null : { currency, amountMinor: netOf(paid, disputes, currency) },
    paymentCount: paid.length,
    firstPaymentAtS: paid[0]?.facts.createdS ?? null,
  };
}

function byTime(a: Charge, b: Charge): number {
  return a.facts.createdS - b.facts.createdS || a.id.localeCompare(b.id);
}

function mainCurrency(paid: readonly Charge[], customerCurrency: string | null): string | null {
  if (paid.some(({ facts }) => facts.currency === customerCurrency)) return customerCurrency;
  return paid.at(-1)?.facts.currency ?? null;
}

function netOf(paid: readonly Charge[], disputes: readonly Dispute[], currency: string): number {
  return paid
    .filter(({ facts }) => facts.currency === currency)
    .reduce((sum, charge) => sum + netOfCharge(charge, disputes), 0);
}

function netOfCharge({ id, facts }: Charge, disputes: readonly Dispute[]): number {
  const withdrawn = disputes
    .filter((dispute) => dispute.facts.chargeId === id && withdrawnStatuses.has(dispute.facts.status))
    .reduce((sum, dispute) => sum + dispute.facts.amountMinor, 0);
  return Math.max(0, facts.capturedMinor - facts.refundedMinor - withdrawn);
}

function paymentOf(charge: Charge | undefined): Payments["lastPayment"] {
  if (!charge) return null;
  const { amountMinor, currency, createdS, status } = charge.facts;
  return { amount: { amountMinor, currency }, atS: createdS, status };
}
