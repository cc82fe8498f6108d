/** Credit notes: less to pay on an open invoice, or something back from a paid one. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { changeBalance } from "../billing/balance.ts";
import { intentOf } from "../billing/collecting.ts";
import { markPaid } from "../billing/invoicing.ts";
import { refundCharge } from "../billing/refunding.ts";
import type { CreditNote } from "../objects/credit-note.ts";
import type { Invoice } from "../objects/invoice.ts";
import { listOf, NO_METADATA } from "../objects/shared.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";
import { requireInvoice } from "./invoices.ts";
import { requireCharge } from "./payments.ts";

const createParams = z.strictObject({
  amount: p.integer.optional(),
  credit_amount: p.integer.optional(),
  invoice: p.text,
  memo: p.text.optional(),
  metadata: p.metadata.optional(),
  out_of_band_amount: p.integer.optional(),
  reason: z.enum(["duplicate", "fraudulent", "order_change", "product_unsatisfactory"]).optional(),
  refund_amount: p.integer.optional(),
});

type Input = z.output<typeof createParams>;

export const creditNoteRoutes = [
  route({
    method: "POST",
    path: "/v1/credit_notes",
    permission: "credit_note",
    params: createParams,
    run: ({ world, params }) => create(world, requireInvoice(world, params.invoice, "invoice"), params),
  }),
  route({
    method: "GET",
    path: "/v1/credit_notes",
    permission: "credit_note",
    params: z.strictObject({
      ...p.paging,
      created: p.range.optional(),
      customer: p.text.optional(),
      invoice: p.text.optional(),
    }),
    run: ({ world, params, url }) => {
      const listing = { url, paging: params, matches: (note: CreditNote) => p.inRange(note.created, params.created) };
      const { creditNotes } = world.tables;
      if (params.invoice !== undefined) return pageOfRows(creditNotes.find("invoice", params.invoice), listing);
      if (params.customer !== undefined) return pageOfRows(creditNotes.find("customer", params.customer), listing);
      return pageOf(creditNotes, listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/credit_notes/:id",
    permission: "credit_note",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireNote(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/credit_notes/:id/void",
    permission: "credit_note",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const patch = { status: "void" as const, voided_at: world.now() };
      const voided = world.update(world.tables.creditNotes, requireNote(world, id), patch);
      world.events.emit("credit_note.voided", voided);
      return voided;
    },
  }),
];

/** Makes a note; for a paid invoice the parts (refund, credit, outside) have to add up to its amount. */
function create(world: World, invoice: Invoice, input: Input): CreditNote {
  if (invoice.status !== "open" && invoice.status !== "paid") {
    throw StripeError.invalid(
      "You can only create a credit note for a finalized invoice that is open or paid.",
      "invoice",
    );
  }
  const parts = (input.refund_amount ?? 0) + (input.credit_amount ?? 0) + (input.out_of_band_amount ?? 0);
  const amount = input.amount ?? parts;
  if (amount < 1 || amount > invoice.total)
    throw StripeError.invalid("The credit note amount is not valid for this invoice.", "amount");
  if (invoice.status === "paid" && parts !== amount) {
    throw StripeError.invalid(
      "The sum of credit amount, refund amount and out of band amount must equal the credit note amount.",
    );
  }
  const note = compose(world, invoice, { input, amount });
  const effects = invoice.status === "paid" ? giveBack(world, invoice, { input, note }) : lower(world, invoice, amount);
  return world.create(world.tables.creditNotes, { ...note, ...effects }, "credit_note.created");
}

function compose(world: World, invoice: Invoice, { input, amount }: { input: Input; amount: number }): CreditNote {
  const id = world.id("cn");
  const count = world.tables.creditNotes.find("invoice", invoice.id).length + 1;
  const paid = invoice.status === "paid";
  const line = {
    id: world.id("cnli"),
    object: "credit_note_line_item" as const,
    amount,
    description: input.memo ?? null,
    discount_amount: 0 as const,
    discount_amounts: [] as const,
    livemode: false as const,
    metadata: NO_METADATA,
    pretax_credit_amounts: [] as const,
    quantity: 1,
    tax_rates: [] as const,
    taxes: [] as const,
    type: "custom_line_item" as const,
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  };
  return {
    id,
    object: "credit_note",
    amount,
    amount_shipping: 0,
    created: world.now(),
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: world.now(),
    invoice: invoice.id,
    lines: listOf([line], `/v1/credit_notes/${id}/lines`),
    livemode: false,
    memo: input.memo ?? null,
    metadata: p.mergeMetadata({}, input.metadata),
    number: `${invoice.number ?? "SANDBOX"}-CN-${String(count).padStart(2, "0")}`,
    out_of_band_amount: input.out_of_band_amount ?? null,
    pdf: `https://pay.stripe.com/credit_notes/${id}/pdf`,
    post_payment_amount: paid ? amount : 0,
    pre_payment_amount: paid ? 0 : amount,
    pretax_credit_amounts: [],
    reason: input.reason ?? null,
    refunds: [],
    shipping_cost: null,
    status: "issued",
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: paid ? "post_payment" : "pre_payment",
    voided_at: null,
  };
}

function giveBack(
  world: World,
  invoice: Invoice,
  { input, note }: { input: Input; note: CreditNote },
): Partial<CreditNote> {
  const credited = { post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + note.amount };
  world.update(world.tables.invoices, invoice, credited, "invoice.updated");
  const refunds = input.refund_amount === undefined ? [] : [refundPart(world, invoice, input.refund_amount)];
  if (input.credit_amount === undefined) return { refunds };
  const change = { amount: -input.credit_amount, type: "credit_note", currency: invoice.currency, creditNote: note.id };
  const transaction = changeBalance(world, requireCustomer(world, invoice.customer), change);
  return { refunds, customer_balance_transaction: transaction.id };
}

function refundPart(world: World, invoice: Invoice, amount: number): CreditNote["refunds"][number] {
  const charge = requireCharge(world, intentOf(world, invoice)?.latest_charge ?? "", "refund_amount");
  const refund = refundCharge(world, charge, { amount });
  return { amount_refunded: amount, payment_record_refund: null, refund: refund.id, type: "refund" };
}

function lower(world: World, invoice: Invoice, amount: number): Partial<CreditNote> {
  const remaining = Math.max(0, invoice.amount_remaining - amount);
  const lowered = world.update(
    world.tables.invoices,
    invoice,
    {
      amount_due: Math.max(0, invoice.amount_due - amount),
      amount_remaining: remaining,
      pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + amount,
    },
    "invoice.updated",
  );
  const intent = intentOf(world, lowered);
  if (intent !== undefined && remaining > 0) world.update(world.tables.paymentIntents, intent, { amount: remaining });
  if (remaining === 0) markPaid(world, lowered, 0);
  return {};
}

function requireNote(world: World, id: string): CreditNote {
  const note = world.tables.creditNotes.get(id);
  if (note === undefined) throw StripeError.missing("credit note", id);
  return note;
}
