/** The invoice that a customer should pay first, with its link: asked for at the moment that somebody wants it, and never kept. */
import type { OpenInvoiceAnswer, OpenInvoiceQuery } from "../../contract/open-invoice.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { StripeClient } from "../stripe/client.ts";
import { fetchInvoiceLink } from "../stripe/invoice-link.ts";
import { StripeAccountGone } from "./context.ts";
import { findSubject, type SubjectGround } from "./explain-subject.ts";

export type OpenInvoiceSource = Omit<SubjectGround, "mapping"> & {
  readonly mapping: () => Promise<Mapping>;
  /** Undefined for an account that is not connected. */
  readonly stripe: (account: string) => StripeClient | undefined;
};

const none: OpenInvoiceAnswer = { invoice: null };

/** Finds it, of all customers of a person the oldest. Throws CustomerUnknown, CustomerAmbiguous, and what Stripe refuses. */
export async function findOpenInvoice(
  source: OpenInvoiceSource,
  { customer, account }: OpenInvoiceQuery,
): Promise<OpenInvoiceAnswer> {
  const ground = { ...source, mapping: await source.mapping() };
  const { present } = await findSubject(ground, { name: customer, account });
  const oldest = present?.profile.openInvoices.oldest;
  if (!present || !oldest) return none;
  const owner = present.customers.find(({ copies }) => copies.invoices.some(({ id }) => id === oldest.id));
  const of = owner?.account ?? "";
  const stripe = source.stripe(of);
  if (!stripe) throw new StripeAccountGone(of);
  const link = await fetchInvoiceLink(stripe, oldest.id);
  if (!link) return none;
  const { id, customerId, amount, createdS, dueDateS, nextAttemptS } = oldest;
  return {
    invoice: {
      id,
      account: of,
      customerId,
      ...amount,
      createdAt: isoOf(createdS),
      dueAt: dueDateS === null ? null : isoOf(dueDateS),
      nextAttemptAt: nextAttemptS === null ? null : isoOf(nextAttemptS),
      ...link,
    },
  };
}

function isoOf(atS: number): string {
  return new Date(atS * 1000).toISOString();
}
