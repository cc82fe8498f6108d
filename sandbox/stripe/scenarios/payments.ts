/** Scenarios about single payments: refused, returned, given back, disputed. */
import { StripeError } from "../api/errors.ts";
import { setBehaviour } from "../billing/bank.ts";
import { closeDispute, openDispute, warnOfFraud } from "../billing/disputing.ts";
import { failRefund, refundCharge } from "../billing/refunding.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { Dispute, Refund } from "../objects/refund.ts";
import type { World } from "../world.ts";
import {
  latestPaid,
  makeDefault,
  openInvoice,
  renewNow,
  settledInvoice,
  settleOrCollect,
  usualMethod,
} from "./finding.ts";

/** What can happen to a customer's payments. */
export function paymentScenarios(world: World) {
  const { tables } = world;
  return {
    /** The customer's payment is refused: that of an open invoice, or of a renewal that happens now. */
    paymentFails(customerId: string, code = "insufficient_funds"): Invoice {
      const method = usualMethod(world, customerId);
      if (method.type === "sepa_debit") setBehaviour(world, method.id, { outcome: "decline", networkCode: "AM04" });
      else setBehaviour(world, method.id, { outcome: "decline", code });
      return settleOrCollect(world, openInvoice(world, customerId) ?? renewNow(world, customerId));
    },

    /** The bank says yes again: an open invoice is paid, a waiting debit arrives, or else a renewal happens now. */
    paymentSucceeds(customerId: string): Invoice {
      const method = usualMethod(world, customerId);
      setBehaviour(world, method.id, { outcome: "succeed", code: null, networkCode: null });
      return settleOrCollect(world, openInvoice(world, customerId) ?? renewNow(world, customerId));
    },

    /** A SEPA debit comes back with this raw bank code; without a waiting debit a renewal makes one first. */
    sepaReturn(customerId: string, code = "AM04"): Invoice {
      const method = tables.paymentMethods.find("customer", customerId).find(({ type }) => type === "sepa_debit");
      if (method === undefined) throw StripeError.invalid(`Customer ${customerId} has no SEPA debit.`);
      makeDefault(world, customerId, method);
      const waiting = openInvoice(world, customerId);
      setBehaviour(world, method.id, { outcome: "decline", networkCode: code });
      return settleOrCollect(world, waiting ?? renewNow(world, customerId));
    },

    /** A new period begins now and is invoiced and charged at once. */
    renew(customerId: string): Invoice {
      return settledInvoice(world, renewNow(world, customerId));
    },

    /** Refunds the customer's latest payment, wholly or in part. */
    refund(customerId: string, amount?: number): Refund {
      return refundCharge(world, latestPaid(world, customerId), { amount, reason: "requested_by_customer" });
    },

    /** The customer's latest refund comes back from the bank. */
    refundFails(customerId: string, reason = "declined"): Refund {
      const refunds = tables.charges
        .find("customer", customerId)
        .flatMap((charge) => tables.refunds.find("charge", charge.id));
      const latest = refunds.filter(({ status }) => status === "succeeded" || status === "pending").at(-1);
      if (latest === undefined) throw StripeError.invalid(`Customer ${customerId} has no refund that could fail.`);
      return failRefund(world, latest, reason);
    },

    /** The customer's bank disputes the latest payment. */
    dispute(customerId: string, reason = "fraudulent"): Dispute {
      return openDispute(world, latestPaid(world, customerId), reason);
    },

    /** The card network warns that the latest payment may be fraud, before there is a dispute. */
    fraudWarning(customerId: string, fraudType = "made_with_stolen_card"): object {
      return warnOfFraud(world, latestPaid(world, customerId), fraudType);
    },

    /** The customer's open dispute ends. */
    closeDispute(customerId: string, result: "won" | "lost"): Dispute {
      const charges = tables.charges.find("customer", customerId);
      const open = charges
        .flatMap((charge) => tables.disputes.find("charge", charge.id))
        .find(({ status }) => status === "needs_response" || status === "under_review");
      if (open === undefined) throw StripeError.invalid(`Customer ${customerId} has no open dispute.`);
      return closeDispute(world, open, result);
    },
  };
}
