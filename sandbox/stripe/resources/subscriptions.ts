/** Subscriptions. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { draftInvoice, finalise } from "../billing/invoicing.ts";
import { endSubscription } from "../billing/ending.ts";
import { openSubscription, scheduleNext } from "../billing/opening.ts";
import { prorate } from "../billing/proration.ts";
import { pause, resume } from "../billing/renewing.ts";
import type { Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";
import { requirePrice } from "./prices.ts";
import { pageOfSubscriptions, subscriptionListParams } from "./subscription-lists.ts";
import {
  cancellation,
  cancellationPatch,
  collectLatest,
  methodOf,
  prorationBehavior,
  reasons,
  requireSubscription,
  subscriptionFields,
  updateParams,
  updateSubscription,
} from "./subscription-updates.ts";

const DAY_S = 86_400;

const newItem = z.strictObject({
  discounts: subscriptionFields.discounts,
  metadata: p.metadata.optional(),
  price: p.text,
  quantity: p.integer.optional(),
});

const createParams = z.strictObject({
  ...subscriptionFields,
  billing_mode: z.strictObject({ type: z.enum(["flexible"]) }).optional(),
  currency: p.text.optional(),
  customer: p.text,
  items: z.array(newItem).min(1),
  trial_period_days: p.integer.optional(),
});

const cancelParams = z.strictObject({
  cancellation_details: cancellation.optional(),
  invoice_now: p.flag.optional(),
  prorate: p.flag.optional(),
});

export const subscriptionRoutes = [
  route({
    method: "POST",
    path: "/v1/subscriptions",
    permission: "subscription",
    params: createParams,
    run: ({ world, params }) => create(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/subscriptions",
    permission: "subscription",
    params: subscriptionListParams,
    run: ({ world, params, url }) => pageOfSubscriptions(world, params, url),
  }),
  route({
    method: "GET",
    path: "/v1/subscriptions/:id",
    permission: "subscription",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireSubscription(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/subscriptions/:id",
    permission: "subscription",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => updateSubscription(world, requireSubscription(world, id), params),
  }),
  route({
    method: "DELETE",
    path: "/v1/subscriptions/:id",
    permission: "subscription",
    params: cancelParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const subscription = requireSubscription(world, id);
      if (subscription.status === "canceled") throw StripeError.missing("subscription", id);
      return cancel(world, subscription, params);
    },
  }),
  route({
    method: "POST",
    path: "/v1/subscriptions/:id/resume",
    permission: "subscription",
    params: z.strictObject({
      billing_cycle_anchor: z.enum(["now", "unchanged"]).optional(),
      proration_behavior: prorationBehavior.optional(),
    }),
    run: ({ world, ids: [id = ""] }) => {
      const subscription = requireSubscription(world, id);
      if (subscription.status !== "paused") throw StripeError.invalid("Only paused subscriptions can be resumed.");
      const resumed = resume(world, subscription);
      collectLatest(world, resumed);
      return requireSubscription(world, id);
    },
  }),
  route({
    method: "POST",
    path: "/v1/subscriptions/:id/pause",
    permission: "subscription",
    params: z.strictObject({ type: z.enum(["subscription"]).optional() }),
    run: ({ world, ids: [id = ""] }) => pause(world, requireSubscription(world, id), "pause_requested"),
  }),
];

function create(world: World, input: z.output<typeof createParams>): Subscription {
  const customer = requireCustomer(world, input.customer);
  const items = input.items.map((item, index) => ({
    price: requirePrice(world, item.price, `items[${index}][price]`),
    quantity: item.quantity,
    metadata: p.mergeMetadata({}, item.metadata),
    coupons: item.discounts?.flatMap((discount) => discount.coupon ?? []),
  }));
  const subscription = openSubscription(world, {
    customer,
    items,
    currency: input.currency?.toLowerCase(),
    trialEnd: trialEndOf(world, input),
    missingPaymentMethod: input.trial_settings?.end_behavior.missing_payment_method,
    paymentBehavior: input.payment_behavior,
    coupons: input.discounts?.flatMap((discount) => discount.coupon ?? []),
    extra: {
      collection_method: input.collection_method ?? "charge_automatically",
      days_until_due: input.days_until_due ?? null,
      default_payment_method: methodOf(world, input.default_payment_method) ?? null,
      description: input.description ?? null,
      metadata: p.mergeMetadata({}, input.metadata),
    },
  });
  const ending = cancellationPatch(world, subscription, input);
  const planned = world.update(world.tables.subscriptions, subscription, ending, "customer.subscription.updated");
  scheduleNext(world, planned);
  return planned;
}

function trialEndOf(world: World, input: z.output<typeof createParams>): number | undefined {
  if (typeof input.trial_end === "number") return input.trial_end;
  const days = input.trial_period_days ?? 0;
  return days > 0 && input.trial_end !== "now" ? world.now() + days * DAY_S : undefined;
}

/** Ends it now; what was paid for and is not used becomes credit only if that is asked for. */
function cancel(world: World, subscription: Subscription, input: z.output<typeof cancelParams>): Subscription {
  const changes = subscription.items.data.map((before) => ({ before, after: undefined }));
  const credits = input.prorate === true ? prorate(world, subscription, { changes, moment: world.now() }) : [];
  for (const credit of credits) world.create(world.tables.invoiceItems, credit, "invoiceitem.created");
  if (input.invoice_now === true) invoiceRest(world, subscription);
  const why = { reason: "cancellation_requested" as const, ...reasons(input.cancellation_details) };
  return endSubscription(world, requireSubscription(world, subscription.id), why);
}

function invoiceRest(world: World, subscription: Subscription): void {
  const customer = requireCustomer(world, subscription.customer);
  const period = { start: world.now(), end: world.now() };
  const draft = draftInvoice(world, { customer, subscription, reason: "subscription_update", lines: [], period });
  world.update(world.tables.subscriptions, subscription, { latest_invoice: draft.id });
  finalise(world, draft);
}
