/** Checkout sessions: created through the API, completed by the make-believe customer. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { amountOf } from "../billing/lines.ts";
import { newCheckoutSession } from "../objects/checkout.ts";
import type { CheckoutLine, CheckoutSession } from "../objects/checkout.ts";
import type { World } from "../world.ts";
import { lineItemsOf } from "./checkout-lines.ts";
import { requireCustomer } from "./customers.ts";
import { requirePrice } from "./prices.ts";

const OPEN_FOR_S = 86_400;

const createParams = z.strictObject({
  cancel_url: p.text.optional(),
  client_reference_id: p.text.optional(),
  customer: p.text.optional(),
  customer_creation: z.enum(["always", "if_required"]).optional(),
  customer_email: p.text.optional(),
  expires_at: p.timestamp.optional(),
  line_items: z.array(z.strictObject({ price: p.text, quantity: p.integer.optional() })).optional(),
  locale: p.text.optional(),
  metadata: p.metadata.optional(),
  mode: z.enum(["payment", "subscription"]),
  payment_method_collection: z.enum(["always", "if_required"]).optional(),
  payment_method_types: p.texts.optional(),
  return_url: p.text.optional(),
  subscription_data: z
    .strictObject({ metadata: p.metadata.optional(), trial_period_days: p.integer.optional() })
    .optional(),
  success_url: p.text.optional(),
});

const listParams = z.strictObject({
  ...p.paging,
  created: p.range.optional(),
  customer: p.text.optional(),
  payment_intent: p.text.optional(),
  status: z.enum(["complete", "expired", "open"]).optional(),
  subscription: p.text.optional(),
});

export type CheckoutInput = z.output<typeof createParams>;

/** Opens a session. */
export function createCheckoutSession(world: World, input: CheckoutInput): CheckoutSession {
  const lines = (input.line_items ?? []).map(({ price, quantity = 1 }) => ({
    price: requirePrice(world, price, "line_items[0][price]").id,
    quantity,
  }));
  if (input.customer !== undefined) requireCustomer(world, input.customer);
  const id = `cs_test_a1${world.kernel.random.token(56)}`;
  const expires_at = input.expires_at ?? world.now() + OPEN_FOR_S;
  const total = totalOf(world, lines);
  const session = newCheckoutSession({
    id,
    created: world.now(),
    expires_at,
    mode: input.mode,
    amount_subtotal: total,
    amount_total: total,
    cancel_url: input.cancel_url ?? null,
    client_reference_id: input.client_reference_id ?? null,
    currency: world.tables.prices.get(lines[0]?.price ?? "")?.currency ?? null,
    customer: input.customer ?? null,
    customer_creation: input.mode === "payment" ? (input.customer_creation ?? "if_required") : null,
    customer_email: input.customer_email ?? null,
    locale: input.locale ?? null,
    metadata: p.mergeMetadata({}, input.metadata),
    payment_method_collection: input.payment_method_collection ?? "always",
    payment_method_types: input.payment_method_types ?? ["card", "sepa_debit"],
    success_url: input.success_url ?? null,
    url: `https://checkout.stripe.com/c/pay/${id}`,
  });
  world.tables.checkoutPlans.put({
    id,
    lines,
    trialDays: input.subscription_data?.trial_period_days ?? null,
    subscriptionMetadata: p.mergeMetadata({}, input.subscription_data?.metadata),
  });
  world.agenda.set("checkout", id, expires_at);
  return world.create(world.tables.checkoutSessions, session);
}

export const checkoutRoutes = [
  route({
    method: "POST",
    path: "/v1/checkout/sessions",
    permission: "checkout_session",
    params: createParams,
    run: ({ world, params }) => createCheckoutSession(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/checkout/sessions",
    permission: "checkout_session",
    params: listParams,
    run: ({ world, params, url }) => {
      const table = world.tables.checkoutSessions;
      const listing = {
        url,
        paging: params,
        matches: (session: CheckoutSession) =>
          p.inRange(session.created, params.created) &&
          (params.status === undefined || session.status === params.status),
      };
      for (const index of ["payment_intent", "subscription", "customer"] as const) {
        const value = params[index];
        if (value !== undefined) return pageOfRows(table.find(index, value), listing);
      }
      return pageOf(table, listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/checkout/sessions/:id",
    permission: "checkout_session",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireSession(world, id),
  }),
  route({
    method: "GET",
    path: "/v1/checkout/sessions/:id/line_items",
    permission: "checkout_session",
    params: z.strictObject(p.paging),
    run: ({ world, ids: [id = ""] }) => lineItemsOf(world, requireSession(world, id).id),
  }),
  route({
    method: "POST",
    path: "/v1/checkout/sessions/:id/expire",
    permission: "checkout_session",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const session = requireSession(world, id);
      if (session.status !== "open")
        throw StripeError.invalid('Only Checkout Sessions with a status in ["open"] can be expired.');
      world.agenda.cancel("checkout", id);
      const expired = world.update(world.tables.checkoutSessions, session, { status: "expired", url: null });
      world.events.emit("checkout.session.expired", expired);
      return expired;
    },
  }),
];

/** A session, or Stripe's 404. */
export function requireSession(world: World, id: string): CheckoutSession {
  const session = world.tables.checkoutSessions.get(id);
  if (session === undefined) throw StripeError.missing("checkout.session", id);
  return session;
}

function totalOf(world: World, lines: readonly CheckoutLine[]): number {
  return lines.reduce((sum, { price, quantity }) => sum + amountOf(world, requirePrice(world, price), { quantity }), 0);
}
