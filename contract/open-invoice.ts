/** What a customer should pay first, with the link at which they can; as `GET /api/open-invoice` answers it. */
import { z } from "zod";

/** `GET /api/open-invoice`. */
export const openInvoiceQuery = z.strictObject({
  /** A Stripe customer id, a contact id, an e-mail or the business's own user id. */
  customer: z.string().trim().min(1).max(255),
  /** Of which Stripe account, where one id or e-mail means several customers. */
  account: z.string().trim().min(1).max(64).optional(),
});

export const openInvoiceAnswer = z.object({
  /** Null when nothing is open. */
  invoice: z
    .object({
      id: z.string(),
      account: z.string(),
      customerId: z.string(),
      /** What is left to pay, in the currency's smallest unit. */
      amountMinor: z.number(),
      currency: z.string(),
      createdAt: z.iso.datetime(),
      dueAt: z.iso.datetime().nullable(),
      /** When Stripe tries by itself again. */
      nextAttemptAt: z.iso.datetime().nullable(),
      /** As Stripe has it at this moment; `paid` when it was paid since our copy was made. */
      status: z.string().nullable(),
      /** Whoever has it is taken for the customer. It expires: ask again each time. */
      url: z.string().nullable(),
    })
    .nullable(),
});

export type OpenInvoiceQuery = z.infer<typeof openInvoiceQuery>;
export type OpenInvoiceAnswer = z.infer<typeof openInvoiceAnswer>;
