/** Updates of subscriptions: other items, a planned end, a new trial end, pauses and discounts. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import * as p from "../api/params.ts";
import { changeItems } from "../billing/changing.ts";
import type { ItemInput } from "../billing/changing.ts";
import { collect } from "../billing/collecting.ts";
import { redeemById } from "../billing/discounts.ts";
import { finalise } from "../billing/invoicing.ts";
import { scheduleNext, scheduleTrialNotice } from "../billing/opening.ts";
import { endTrial, renewEarly } from "../billing/renewing.ts";
import type { CancellationDetails, Subscription } from "../objects/subscription.ts";
import { NO_CANCELLATION } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { requireMethod } from "./payment-methods.ts";
import { requirePrice } from "./prices.ts";

/** Why somebody leaves. */
export const cancellation = z.strictObject({
  comment: p.clearableText.optional(),
  feedback: p.clearableText.optional(),
});
const trialSettings = z.strictObject({
  end_behavior: z.strictObject({ missing_payment_method: z.enum(["create_invoice", "cancel", "pause"]) }),
});
const discounts = z.union([
  z.literal("").transform(() => []),
  z.array(z.strictObject({ coupon: p.text.optional(), discount: p.text.optional() })),
]);
export const prorationBehavior = z.enum(["create_prorations", "always_invoice", "none"]);
const paymentBehavior = z.enum([
  "allow_incomplete",
  "default_incomplete",
  "error_if_incomplete",
  "pending_if_incomplete",
]);

/** What creation and update have in common. */
export const subscriptionFields = {
  cancel_at: z
    .union([z.literal("").transform(() => null), z.enum(["min_period_end", "max_period_end"]), p.timestamp])
    .optional(),
  cancel_at_period_end: p.flag.optional(),
  collection_method: z.enum(["charge_automatically", "send_invoice"]).optional(),
  days_until_due: p.integer.optional(),
  default_payment_method: p.clearableText.optional(),
  description: p.clearableText.optional(),
  discounts: discounts.optional(),
  metadata: p.metadata.optional(),
  off_session: p.flag.optional(),
  payment_behavior: paymentBehavior.optional(),
  proration_behavior: prorationBehavior.optional(),
  trial_end: z.union([z.literal("now"), p.timestamp]).optional(),
  trial_settings: trialSettings.optional(),
};

const changedItem = z.strictObject({
  clear_usage: p.flag.optional(),
  deleted: p.flag.optional(),
  id: p.text.optional(),
  metadata: p.metadata.optional(),
  price: p.text.optional(),
  quantity: p.integer.optional(),
});

export const updateParams = z.strictObject({
  ...subscriptionFields,
  billing_cycle_anchor: z.enum(["now", "unchanged"]).optional(),
  cancellation_details: cancellation.optional(),
  items: z.array(changedItem).optional(),
  pause_collection: z
    .union([
      z.literal("").transform(() => null),
      z.strictObject({
        behavior: z.enum(["keep_as_draft", "mark_uncollectible", "void"]),
        resumes_at: p.timestamp.optional(),
      }),
    ])
    .optional(),
  proration_date: p.timestamp.optional(),
});

type UpdateInput = z.output<typeof updateParams>;

/** A subscription, or Stripe's 404. */
export function requireSubscription(world: World, id: string, param = "id"): Subscription {
  const subscription = world.tables.subscriptions.get(id);
  if (subscription === undefined) throw StripeError.missing("subscription", id, param);
  return subscription;
}

/** Changes a subscription as the API's update does. */
export function updateSubscription(world: World, subscription: Subscription, input: UpdateInput): Subscription {
  if (subscription.status === "canceled" || subscription.status === "incomplete_expired") {
    throw StripeError.invalid(
      "A canceled subscription can only update its cancellation_details and metadata.",
      undefined,
      "invalid_canceled_subscription_fields",
    );
  }
  const extra = { ...plainPatch(world, subscription, input), ...cancellationPatch(world, subscription, input) };
  const changed = applyItems(world, subscription, { input, extra });
  if (input.trial_end !== undefined) applyTrialEnd(world, changed, input.trial_end);
  if (input.billing_cycle_anchor === "now") invoiceNow(world, changed);
  const now = requireSubscription(world, subscription.id);
  scheduleNext(world, now);
  return now;
}

/** Item changes as the engine takes them. */
export function itemInputs(world: World, items: UpdateInput["items"]): readonly ItemInput[] {
  return (items ?? []).map((item, index) => ({
    id: item.id,
    price: item.price === undefined ? undefined : requirePrice(world, item.price, `items[${index}][price]`),
    quantity: item.quantity,
    deleted: item.deleted,
    metadata: item.metadata === undefined ? undefined : p.mergeMetadata({}, item.metadata),
  }));
}

function plainPatch(world: World, subscription: Subscription, input: UpdateInput): Partial<Subscription> {
  const { collection_method, days_until_due, description, pause_collection: paused } = input;
  const method = methodOf(world, input.default_payment_method);
  const missing = input.trial_settings?.end_behavior.missing_payment_method;
  return {
    ...(collection_method === undefined ? {} : { collection_method }),
    ...(days_until_due === undefined ? {} : { days_until_due }),
    ...(description === undefined ? {} : { description }),
    ...(method === undefined ? {} : { default_payment_method: method }),
    ...(paused === undefined
      ? {}
      : {
          pause_collection:
            paused === null ? null : { behavior: paused.behavior, resumes_at: paused.resumes_at ?? null },
        }),
    ...(missing === undefined
      ? {}
      : { trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } } }),
    ...(input.discounts === undefined ? {} : { discounts: discountsOf(world, subscription, input.discounts) }),
    metadata: p.mergeMetadata(subscription.metadata, input.metadata),
  };
}

type CancellationInput = Pick<UpdateInput, "cancel_at" | "cancel_at_period_end" | "cancellation_details">;

/** A planned end: the flag sets the date too; taking it back clears both. */
export function cancellationPatch(
  world: World,
  subscription: Subscription,
  input: CancellationInput,
): Partial<Subscription> {
  const at = cancelMoment(subscription, input);
  if (at === undefined) return {};
  if (at === null) {
    return { cancel_at: null, cancel_at_period_end: false, canceled_at: null, cancellation_details: NO_CANCELLATION };
  }
  return {
    cancel_at: at,
    cancel_at_period_end: input.cancel_at_period_end === true,
    canceled_at: world.now(),
    cancellation_details: {
      ...NO_CANCELLATION,
      reason: "cancellation_requested",
      ...reasons(input.cancellation_details),
    },
  };
}

function cancelMoment(subscription: Subscription, input: CancellationInput): number | null | undefined {
  const ends = subscription.items.data.map((item) => item.current_period_end);
  if (input.cancel_at_period_end === true || input.cancel_at === "min_period_end") return Math.min(...ends);
  if (input.cancel_at === "max_period_end") return Math.max(...ends);
  if (input.cancel_at !== undefined) return input.cancel_at;
  return input.cancel_at_period_end === false ? null : undefined;
}

/** The reasons as they stand on the subscription. */
export function reasons(given: z.output<typeof cancellation> | undefined): Partial<CancellationDetails> {
  return {
    ...(given?.comment === undefined ? {} : { comment: given.comment }),
    ...(given?.feedback === undefined ? {} : { feedback: given.feedback }),
  };
}

function applyItems(
  world: World,
  subscription: Subscription,
  { input, extra }: { readonly input: UpdateInput; readonly extra: Partial<Subscription> },
): Subscription {
  if (input.items === undefined || input.items.length === 0) {
    return world.update(world.tables.subscriptions, subscription, extra, "customer.subscription.updated");
  }
  return changeItems(world, subscription, {
    inputs: itemInputs(world, input.items),
    behavior: input.proration_behavior ?? "create_prorations",
    moment: input.proration_date ?? world.now(),
    extra,
  });
}

function applyTrialEnd(world: World, subscription: Subscription, end: "now" | number): void {
  if (end === "now") {
    if (subscription.status === "trialing") endTrial(world, subscription);
    collectLatest(world, requireSubscription(world, subscription.id));
    return;
  }
  const items = {
    ...subscription.items,
    data: subscription.items.data.map((item) => ({ ...item, current_period_end: end })),
  };
  const patch = {
    trial_end: end,
    billing_cycle_anchor: end,
    items,
    status: "trialing" as const,
    trial_start: subscription.trial_start ?? world.now(),
  };
  scheduleTrialNotice(
    world,
    world.update(world.tables.subscriptions, subscription, patch, "customer.subscription.updated"),
  );
}

function invoiceNow(world: World, subscription: Subscription): void {
  renewEarly(world, subscription);
  collectLatest(world, requireSubscription(world, subscription.id));
}

/** Where a person asked for the change, the invoice does not wait an hour. */
export function collectLatest(world: World, subscription: Subscription): void {
  const latest = world.tables.invoices.get(subscription.latest_invoice ?? "");
  if (latest === undefined) return;
  const open = latest.status === "draft" && latest.auto_advance ? finalise(world, latest) : latest;
  if (open.status === "open" && !open.attempted && open.collection_method === "charge_automatically")
    collect(world, open);
}

/** A payment method that exists, null to clear it, undefined to leave it. */
export function methodOf(world: World, id: string | null | undefined): string | null | undefined {
  return id === null || id === undefined ? id : requireMethod(world, id, "default_payment_method").id;
}

function discountsOf(
  world: World,
  subscription: Subscription,
  given: NonNullable<UpdateInput["discounts"]>,
): readonly string[] {
  return given.flatMap(({ coupon: couponId, discount }) => {
    if (couponId === undefined) return discount ?? [];
    const owner = { customer: subscription.customer, subscription: subscription.id, param: "discounts[0][coupon]" };
    const made = redeemById(world, couponId, owner);
    world.events.emit("customer.discount.created", made);
    return made.id;
  });
}
