/** Invoices, their lines, payments and previews. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { collect, intentOf, payNow } from "../billing/collecting.ts";
import { draftInvoice, finalise, markPaid, markUncollectible, voidInvoice } from "../billing/invoicing.ts";
import { subscriptionOf } from "../objects/invoice.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";
import { requireMethod } from "./payment-methods.ts";

const listParams = z.strictObject({
  ...p.paging,
  collection_method: p.text.optional(),
  created: p.range.optional(),
  customer: p.text.optional(),
  due_date: p.range.optional(),
  status: z.enum(["draft", "open", "paid", "uncollectible", "void"]).optional(),
  subscription: p.text.optional(),
});

const createParams = z.strictObject({
  auto_advance: p.flag.optional(),
  collection_method: z.enum(["charge_automatically", "send_invoice"]).optional(),
  currency: p.text.optional(),
  customer: p.text,
  days_until_due: p.integer.optional(),
  default_payment_method: p.text.optional(),
  description: p.text.optional(),
  due_date: p.timestamp.optional(),
  metadata: p.metadata.optional(),
  pending_invoice_items_behavior: z.enum(["exclude", "include"]).optional(),
});

const updateParams = z.strictObject({
  auto_advance: p.flag.optional(),
  default_payment_method: p.clearableText.optional(),
  description: p.clearableText.optional(),
  due_date: p.timestamp.optional(),
  metadata: p.metadata.optional(),
});

const payParams = z.strictObject({
  forgive: p.flag.optional(),
  mandate: p.clearableText.optional(),
  off_session: p.flag.optional(),
  paid_out_of_band: p.flag.optional(),
  payment_method: p.text.optional(),
});

/** An invoice, or Stripe's 404. */
export function requireInvoice(world: World, id: string, param = "id"): Invoice {
  const invoice = world.tables.invoices.get(id);
  if (invoice === undefined) throw StripeError.missing("invoice", id, param);
  return invoice;
}

export const invoiceRoutes = [
  route({
    method: "GET",
    path: "/v1/invoices",
    permission: "invoice",
    params: listParams,
    run: ({ world, params, url }) => {
      const listing = { url, paging: params, matches: wanted(params) };
      if (params.subscription !== undefined) {
        return pageOfRows(world.tables.invoices.find("subscription", params.subscription), listing);
      }
      if (params.customer !== undefined)
        return pageOfRows(world.tables.invoices.find("customer", params.customer), listing);
      return pageOf(world.tables.invoices, listing);
    },
  }),
  route({
    method: "POST",
    path: "/v1/invoices",
    permission: "invoice",
    params: createParams,
    run: ({ world, params }) => create(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/invoices/:id",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireInvoice(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/invoices/:id",
    permission: "invoice",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const invoice = requireInvoice(world, id);
      const { metadata, ...given } = params;
      const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const patch = { ...set, metadata: p.mergeMetadata(invoice.metadata, metadata) };
      return world.update(world.tables.invoices, invoice, patch, "invoice.updated");
    },
  }),
  route({
    method: "DELETE",
    path: "/v1/invoices/:id",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const invoice = inStatus(requireInvoice(world, id), ["draft"], "You can only delete draft invoices.");
      world.tables.invoices.delete(id);
      world.agenda.cancel("invoice", id);
      world.events.emit("invoice.deleted", invoice);
      return { id, object: "invoice", deleted: true };
    },
  }),
  route({
    method: "GET",
    path: "/v1/invoices/:id/lines",
    permission: "invoice",
    params: z.strictObject(p.paging),
    run: ({ world, params, url, ids: [id = ""] }) =>
      pageOfRows([...requireInvoice(world, id).lines.data].reverse(), { url, paging: params }),
  }),
  route({
    method: "POST",
    path: "/v1/invoices/:id/finalize",
    permission: "invoice",
    params: z.strictObject({ auto_advance: p.flag.optional() }),
    run: ({ world, ids: [id = ""] }) =>
      finalise(
        world,
        inStatus(
          requireInvoice(world, id),
          ["draft"],
          "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ),
      ),
  }),
  route({
    method: "POST",
    path: "/v1/invoices/:id/pay",
    permission: "invoice",
    params: payParams,
    run: ({ world, params, ids: [id = ""] }) => pay(world, requireInvoice(world, id), params),
  }),
  route({
    method: "POST",
    path: "/v1/invoices/:id/send",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const invoice = requireInvoice(world, id);
      const open = invoice.status === "draft" ? finalise(world, invoice) : invoice;
      world.events.emit("invoice.sent", open);
      return open;
    },
  }),
  route({
    method: "POST",
    path: "/v1/invoices/:id/void",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) =>
      voidInvoice(
        world,
        inStatus(
          requireInvoice(world, id),
          ["open", "uncollectible"],
          "You can only pass in open invoices. This invoice isn't open.",
        ),
      ),
  }),
  route({
    method: "POST",
    path: "/v1/invoices/:id/mark_uncollectible",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const open = inStatus(
        requireInvoice(world, id),
        ["open"],
        "You can only pass in open invoices. This invoice isn't open.",
      );
      return markUncollectible(world, open, "user_forgiven");
    },
  }),
];

function wanted(filters: z.output<typeof listParams>): (invoice: Invoice) => boolean {
  const { collection_method: collection, created, customer, due_date: due, status, subscription } = filters;
  return (invoice) =>
    p.inRange(invoice.created, created) &&
    (status === undefined || invoice.status === status) &&
    (customer === undefined || invoice.customer === customer) &&
    (subscription === undefined || subscriptionOf(invoice) === subscription) &&
    (collection === undefined || invoice.collection_method === collection) &&
    (due === undefined || (invoice.due_date !== null && p.inRange(invoice.due_date, due)));
}

function create(world: World, input: z.output<typeof createParams>): Invoice {
  const customer = requireCustomer(world, input.customer);
  const now = world.now();
  const due = input.due_date ?? (input.days_until_due === undefined ? null : now + input.days_until_due * 86_400);
  return draftInvoice(world, {
    customer,
    reason: "manual",
    lines: [],
    period: { start: now, end: now },
    extra: {
      auto_advance: input.auto_advance ?? false,
      collection_method: input.collection_method ?? "charge_automatically",
      currency: input.currency ?? customer.currency ?? "eur",
      default_payment_method: input.default_payment_method ?? null,
      description: input.description ?? null,
      due_date: due,
      metadata: p.mergeMetadata({}, input.metadata),
    },
  });
}

function pay(world: World, invoice: Invoice, input: z.output<typeof payParams>): Invoice {
  if (invoice.status === "paid")
    throw StripeError.invalid("Invoice is already paid", undefined, "invoice_already_paid");
  const payable = inStatus(invoice, ["draft", "open", "uncollectible"], "This invoice can not be paid: it is void.");
  const open = payable.status === "draft" ? finalise(world, payable) : payable;
  if (open.status === "paid") return open;
  if (input.paid_out_of_band === true) return markPaid(world, open, open.amount_remaining, { offStripe: true });
  if (intentOf(world, open)?.status === "processing") {
    throw StripeError.invalid(
      "This invoice has a payment that is processing. It cannot be paid again.",
      undefined,
      "invoice_payment_intent_processing",
    );
  }
  const method = input.payment_method === undefined ? undefined : requireMethod(world, input.payment_method);
  const paid = open.attempted || method !== undefined ? payNow(world, open, method) : collect(world, open);
  refuseUnpaid(world, paid);
  return paid;
}

/** A card that was refused is an error for the caller, although the attempt has happened. */
function refuseUnpaid(world: World, invoice: Invoice): void {
  const intent = intentOf(world, invoice);
  if (invoice.status === "paid" || intent?.status === "processing") return;
  const error = intent?.last_payment_error;
  if (error === null || error === undefined) {
    throw StripeError.invalid("Cannot charge customer that has no active card", undefined, "missing");
  }
  const { type: _type, message, ...extra } = error;
  throw new StripeError(402, "card_error", message, { ...extra, payment_intent: intent });
}

function inStatus(invoice: Invoice, allowed: readonly Invoice["status"][], message: string): Invoice {
  if (!allowed.includes(invoice.status)) throw StripeError.invalid(message, undefined, "invoice_not_editable");
  return invoice;
}
