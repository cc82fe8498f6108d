/**
 * The page on which a customer sees and pays an invoice. Whoever has the link is taken for the customer, and it expires
 * (docs.stripe.com/invoicing/hosted-invoice-page): it is fetched when somebody asks for it, shown once, and never kept or
 * logged.
 */
import type { StripeClient } from "./client.ts";
import { StripeNotFound } from "./failure.ts";

/** What is to be paid, and where. */
export type InvoiceLink = {
  /** Null for an invoice that has no page: a draft, or one that was never finalised. */
  readonly url: string | null;
  /** draft, open, paid, uncollectible or void: a paid invoice has a page too. */
  readonly status: string | null;
};

/** Asks Stripe for the link; null when Stripe has no such invoice. Throws one of stripe/failure.ts. */
export async function fetchInvoiceLink(stripe: StripeClient, invoiceId: string): Promise<InvoiceLink | null> {
  try {
    const { body } = await stripe.get(`/v1/invoices/${encodeURIComponent(invoiceId)}`);
    const { hosted_invoice_url: url, status } = body;
    return { url: typeof url === "string" ? url : null, status: typeof status === "string" ? status : null };
  } catch (error) {
    if (error instanceof StripeNotFound) return null;
    throw error;
  }
}
