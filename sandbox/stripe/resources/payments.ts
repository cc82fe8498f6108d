/** Payment intents, charges and payments of invoices. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { confirmIntent } from "../billing/collecting.ts";
import { newPaymentIntent } from "../objects/charge.ts";
import type { Charge, PaymentIntent } from "../objects/charge.ts";
import type { World } from "../world.ts";
import { requireMethod } from "./payment-methods.ts";

const createParams = z.strictObject({
  amount: p.integer,
  automatic_payment_methods: z.strictObject({ allow_redirects: p.text.optional(), enabled: p.flag }).optional(),
  confirm: p.flag.optional(),
  currency: p.text,
  customer: p.text.optional(),
  description: p.text.optional(),
  mandate_data: z.unknown().optional(),
  metadata: p.metadata.optional(),
  off_session: p.flag.optional(),
  payment_method: p.text.optional(),
  payment_method_types: p.texts.optional(),
  receipt_email: p.text.optional(),
  setup_future_usage: z.enum(["off_session", "on_session"]).optional(),
});

const filters = { ...p.paging, created: p.range.optional(), customer: p.text.optional() };

export const paymentRoutes = [
  route({
    method: "POST",
    path: "/v1/payment_intents",
    permission: "payment_intent",
    params: createParams,
    run: ({ world, params }) => create(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/payment_intents",
    permission: "payment_intent",
    params: z.strictObject(filters),
    run: ({ world, params, url }) => {
      const listing = {
        url,
        paging: params,
        matches: (intent: PaymentIntent) => p.inRange(intent.created, params.created),
      };
      if (params.customer === undefined) return pageOf(world.tables.paymentIntents, listing);
      return pageOfRows(world.tables.paymentIntents.find("customer", params.customer), listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/payment_intents/:id",
    permission: "payment_intent",
    params: z.strictObject({ client_secret: p.text.optional() }),
    run: ({ world, ids: [id = ""] }) => requireIntent(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/payment_intents/:id/confirm",
    permission: "payment_intent",
    params: z.strictObject({
      mandate_data: z.unknown().optional(),
      off_session: p.flag.optional(),
      payment_method: p.text.optional(),
    }),
    run: ({ world, params, ids: [id = ""] }) => confirm(world, requireIntent(world, id), params.payment_method),
  }),
  route({
    method: "POST",
    path: "/v1/payment_intents/:id/cancel",
    permission: "payment_intent",
    params: z.strictObject({ cancellation_reason: p.text.optional() }),
    run: ({ world, params, ids: [id = ""] }) => {
      const intent = requireIntent(world, id);
      if (intent.status === "succeeded" || intent.status === "canceled") throw unexpectedState(intent, "cancel");
      const patch = {
        status: "canceled" as const,
        canceled_at: world.now(),
        cancellation_reason: params.cancellation_reason ?? null,
      };
      world.agenda.cancel("settlement", id);
      const canceled = world.update(world.tables.paymentIntents, intent, patch);
      world.events.emit("payment_intent.canceled", canceled);
      return canceled;
    },
  }),
  route({
    method: "GET",
    path: "/v1/charges",
    permission: "charge",
    params: z.strictObject({ ...filters, payment_intent: p.text.optional() }),
    run: ({ world, params, url }) => {
      const listing = { url, paging: params, matches: (charge: Charge) => p.inRange(charge.created, params.created) };
      const { charges } = world.tables;
      if (params.payment_intent !== undefined)
        return pageOfRows(charges.find("payment_intent", params.payment_intent), listing);
      if (params.customer !== undefined) return pageOfRows(charges.find("customer", params.customer), listing);
      return pageOf(charges, listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/charges/:id",
    permission: "charge",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireCharge(world, id),
  }),
  route({
    method: "GET",
    path: "/v1/invoice_payments",
    permission: "invoice",
    params: z.strictObject({
      ...p.paging,
      created: p.range.optional(),
      invoice: p.text.optional(),
      payment: z
        .strictObject({ payment_intent: p.text.optional(), type: z.enum(["payment_intent", "payment_record"]) })
        .optional(),
      status: z.enum(["canceled", "open", "paid"]).optional(),
    }),
    run: ({ world, params, url }) => {
      const { invoice, payment, status, created } = params;
      const table = world.tables.invoicePayments;
      const listing = {
        url,
        paging: params,
        matches: (row: { status: string; created: number }) =>
          (status === undefined || row.status === status) && p.inRange(row.created, created),
      };
      if (invoice !== undefined) return pageOfRows(table.find("invoice", invoice), listing);
      if (payment !== undefined) return pageOfRows(table.find("payment_intent", payment.payment_intent ?? ""), listing);
      return pageOf(table, listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/invoice_payments/:id",
    permission: "invoice",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const payment = world.tables.invoicePayments.get(id);
      if (payment === undefined) throw StripeError.missing("invoice_payment", id);
      return payment;
    },
  }),
];

/** A charge, or Stripe's 404. */
export function requireCharge(world: World, id: string, param = "id"): Charge {
  const charge = world.tables.charges.get(id);
  if (charge === undefined) throw StripeError.missing("charge", id, param);
  return charge;
}

/** A payment intent, or Stripe's 404. */
export function requireIntent(world: World, id: string, param = "id"): PaymentIntent {
  const intent = world.tables.paymentIntents.get(id);
  if (intent === undefined) throw StripeError.missing("payment_intent", id, param);
  return intent;
}

function create(world: World, input: z.output<typeof createParams>): PaymentIntent {
  const id = world.id("pi");
  const intent = newPaymentIntent({
    id,
    created: world.now(),
    amount: input.amount,
    client_secret: `${id}_secret_${world.kernel.random.token(24)}`,
    currency: input.currency.toLowerCase(),
    customer: input.customer ?? null,
    description: input.description ?? null,
    metadata: p.mergeMetadata({}, input.metadata),
    payment_method: input.payment_method ?? null,
    payment_method_types: input.payment_method_types ?? ["card", "sepa_debit"],
    receipt_email: input.receipt_email ?? null,
    setup_future_usage: input.setup_future_usage ?? null,
    status: input.payment_method === undefined ? "requires_payment_method" : "requires_confirmation",
  });
  world.create(world.tables.paymentIntents, intent, "payment_intent.created");
  return input.confirm === true ? confirm(world, intent, input.payment_method) : intent;
}

/** A refused card is an error for the caller, although the attempt has happened. */
function confirm(world: World, intent: PaymentIntent, methodId: string | undefined): PaymentIntent {
  if (intent.status === "succeeded" || intent.status === "canceled" || intent.status === "processing") {
    throw unexpectedState(intent, "confirm");
  }
  const id = methodId ?? intent.payment_method;
  if (id === null)
    throw StripeError.invalid(
      "You cannot confirm this PaymentIntent because it's missing a payment method.",
      undefined,
      "payment_intent_unexpected_state",
    );
  const confirmed = confirmIntent(world, intent, requireMethod(world, id));
  const error = confirmed.last_payment_error;
  if (confirmed.status !== "requires_payment_method" || error === null) return confirmed;
  const { type: _type, message, ...extra } = error;
  throw new StripeError(402, "card_error", message, { ...extra, payment_intent: confirmed });
}

function unexpectedState(intent: PaymentIntent, verb: string): StripeError {
  return StripeError.invalid(
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
    undefined,
    "payment_intent_unexpected_state",
  );
}
