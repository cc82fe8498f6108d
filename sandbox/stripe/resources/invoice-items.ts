/** Invoice items: single amounts that wait for the customer's next invoice. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { addToDraft } from "../billing/invoicing.ts";
import { amountOf, pricingOf, productName } from "../billing/lines.ts";
import type { InvoiceItem } from "../objects/invoice.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";
import { requireInvoice } from "./invoices.ts";
import { requirePrice } from "./prices.ts";

const createParams = z.strictObject({
  amount: p.integer.optional(),
  currency: p.text.optional(),
  customer: p.text,
  description: p.text.optional(),
  invoice: p.text.optional(),
  metadata: p.metadata.optional(),
  pricing: z.strictObject({ price: p.text }).optional(),
  quantity: p.integer.optional(),
});

const listParams = z.strictObject({
  ...p.paging,
  created: p.range.optional(),
  customer: p.text.optional(),
  invoice: p.text.optional(),
  pending: p.flag.optional(),
});

export const invoiceItemRoutes = [
  route({
    method: "POST",
    path: "/v1/invoiceitems",
    permission: "invoice",
    params: createParams,
    run: ({ world, params }) => create(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/invoiceitems",
    permission: "invoice",
    params: listParams,
    run: ({ world, params, url }) => {
      const { customer, invoice, pending, created } = params;
      const matches = (item: InvoiceItem) =>
        p.inRange(item.date, created) &&
        (invoice === undefined || item.invoice === invoice) &&
        (pending === undefined || (item.invoice === null) === pending);
      const listing = { url, paging: params, matches };
      if (customer === undefined) return pageOf(world.tables.invoiceItems, listing);
      return pageOfRows(world.tables.invoiceItems.find("customer", customer), listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/invoiceitems/:id",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireItem(world, id),
  }),
  route({
    method: "DELETE",
    path: "/v1/invoiceitems/:id",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const item = requireItem(world, id);
      if (item.invoice !== null)
        throw StripeError.invalid("This invoice item is attached to an invoice and cannot be deleted.");
      world.tables.invoiceItems.delete(id);
      world.events.emit("invoiceitem.deleted", item);
      return { id, object: "invoiceitem", deleted: true };
    },
  }),
];

function create(world: World, input: z.output<typeof createParams>): InvoiceItem {
  const customer = requireCustomer(world, input.customer);
  const price = input.pricing === undefined ? undefined : requirePrice(world, input.pricing.price, "pricing[price]");
  const quantity = input.quantity ?? 1;
  const amount = price === undefined ? (input.amount ?? 0) : amountOf(world, price, { quantity });
  const now = world.now();
  const invoice = input.invoice === undefined ? undefined : requireInvoice(world, input.invoice, "invoice");
  const item = world.create(
    world.tables.invoiceItems,
    {
      id: world.id("ii"),
      object: "invoiceitem" as const,
      amount,
      currency: (input.currency ?? price?.currency ?? customer.currency ?? "eur").toLowerCase(),
      customer: customer.id,
      customer_account: null,
      date: now,
      description: input.description ?? (price === undefined ? null : productName(world, price)),
      discountable: amount > 0,
      discounts: [],
      invoice: invoice?.id ?? null,
      livemode: false as const,
      metadata: p.mergeMetadata({}, input.metadata),
      net_amount: amount,
      parent: null,
      period: { start: now, end: now },
      pricing: price === undefined ? null : pricingOf(price),
      proration: false,
      proration_details: { credited_items: null, discount_amounts: [] as const },
      quantity,
      quantity_decimal: String(quantity),
      tax_rates: [] as const,
      test_clock: null,
    },
    "invoiceitem.created",
  );
  if (invoice !== undefined) addToDraft(world, invoice, item);
  return item;
}

function requireItem(world: World, id: string): InvoiceItem {
  const item = world.tables.invoiceItems.get(id);
  if (item === undefined) throw StripeError.missing("invoiceitem", id);
  return item;
}
