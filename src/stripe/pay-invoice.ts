/** Has Stripe collect an open invoice now, as the customer has asked for (docs.stripe.com/api/invoices/pay). */
import Stripe from "stripe";
import { codeOf, kindOf } from "../model/error.ts";
import type { StripeClient } from "./client.ts";

/**
 * - paid, processing: a debit is on its way · needs_confirmation: the bank waits for the customer · declined: the bank said no
 * - refused: Stripe did not try; `code` says why · unknown: no answer, so that it may have happened
 * - over: Stripe has kept a failure of its own as the answer, so that repeating it tells nothing; the invoice shows what it did
 */
export type PayAnswer =
  | { readonly kind: "paid" | "processing" | "needs_confirmation" | "declined" }
  | { readonly kind: "refused" | "unknown" | "over"; readonly code: string };

export type PayWish = {
  readonly invoiceId: string;
  /** Null for the one that Stripe takes anyway. */
  readonly paymentMethodId: string | null;
  /** The same for every repetition of this attempt, and no other. */
  readonly key: string;
};

/** Pays. Never throws for what Stripe answers: what became of money is an answer, also when it is not known. */
export async function payInvoice(
  stripe: StripeClient,
  { invoiceId, paymentMethodId, key }: PayWish,
): Promise<PayAnswer> {
  const body = paymentMethodId === null ? {} : { payment_method: paymentMethodId };
  try {
    const answer = await stripe.post(`/v1/invoices/${encodeURIComponent(invoiceId)}/pay`, body, key);
    return { kind: answer.body["status"] === "paid" ? "paid" : "processing" };
  } catch (error) {
    return toAnswer(error);
  }
}

/** Codes in which a refusal says how the invoice already stands (docs.stripe.com/error-codes). */
const known: Readonly<Record<string, "paid" | "processing" | "needs_confirmation">> = {
  invoice_already_paid: "paid",
  invoice_payment_intent_processing: "processing",
  invoice_payment_intent_requires_action: "needs_confirmation",
  authentication_required: "needs_confirmation",
  subscription_payment_intent_requires_action: "needs_confirmation",
};

function toAnswer(error: unknown): PayAnswer {
  const kind = kindOf(error);
  if (kind === "bug") throw error;
  const cause = error instanceof Error ? error.cause : undefined;
  if (kind === "transient") return { kind: isKept(cause) ? "over" : "unknown", code: codeOf(error) };
  return cause instanceof Stripe.errors.StripeError ? refusal(cause) : { kind: "refused", code: codeOf(error) };
}

/** The answer to a key is kept for a day, also a failure (docs.stripe.com/api/idempotent_requests). */
function isKept(cause: unknown): boolean {
  return cause instanceof Stripe.errors.StripeError && cause.headers?.["idempotent-replayed"] === "true";
}

function refusal({ code = "", decline_code: declineCode = "", statusCode }: Stripe.errors.StripeError): PayAnswer {
  const said = known[code] ?? known[declineCode];
  if (said) return { kind: said };
  return statusCode === 402 ? { kind: "declined" } : { kind: "refused", code };
}
