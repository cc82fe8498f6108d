/** Previews: what the next invoice, or one for a planned change, would look like. Nothing is kept. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { planChange } from "../billing/changing.ts";
import type { ItemInput, PlannedChange } from "../billing/changing.ts";
import { composeInvoice } from "../billing/invoicing.ts";
import { itemLine, waitingLine } from "../billing/lines.ts";
import type { LineDraft } from "../billing/lines.ts";
import { periodFrom } from "../billing/periods.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import { itemList } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";
import { itemInputs, requireSubscription } from "./subscription-updates.ts";

const item = z.strictObject({
  clear_usage: p.flag.optional(),
  deleted: p.flag.optional(),
  id: p.text.optional(),
  metadata: p.metadata.optional(),
  price: p.text.optional(),
  quantity: p.integer.optional(),
});

const previewParams = z.strictObject({
  currency: p.text.optional(),
  customer: p.text.optional(),
  preview_mode: z.enum(["next", "recurring"]).optional(),
  subscription: p.text.optional(),
  subscription_details: z
    .strictObject({
      cancel_at_period_end: p.flag.optional(),
      cancel_now: p.flag.optional(),
      items: z.array(item).optional(),
      proration_behavior: z.enum(["create_prorations", "always_invoice", "none"]).optional(),
      proration_date: p.timestamp.optional(),
    })
    .optional(),
});

type PreviewInput = z.output<typeof previewParams>;

export const invoicePreviewRoutes = [
  route({
    method: "POST",
    path: "/v1/invoices/create_preview",
    permission: "invoice",
    params: previewParams,
    run: ({ world, params }) => preview(world, subscriptionFor(world, params), params),
  }),
];

function subscriptionFor(world: World, input: PreviewInput): Subscription {
  if (input.subscription !== undefined) return requireSubscription(world, input.subscription, "subscription");
  const customer = requireCustomer(world, input.customer ?? "", "customer");
  const running = world.tables.subscriptions
    .find("customer", customer.id)
    .find(({ status }) => status === "active" || status === "trialing" || status === "past_due");
  if (running === undefined) {
    throw new StripeError(404, "invalid_request_error", `No upcoming invoices for customer: ${customer.id}`, {
      code: "invoice_upcoming_none",
    });
  }
  return running;
}

function preview(world: World, subscription: Subscription, input: PreviewInput): Invoice {
  const customer = requireCustomer(world, subscription.customer);
  const details = input.subscription_details;
  const moment = details?.proration_date ?? world.now();
  const change = planChange(world, subscription, {
    inputs: details?.cancel_now === true ? everythingEnds(subscription) : itemInputs(world, details?.items),
    behavior: details?.proration_behavior ?? "create_prorations",
    moment,
  });
  const planned: Subscription = { ...subscription, items: itemList(subscription.id, change.items) };
  const atOnce = change.newCycle || details?.proration_behavior === "always_invoice";
  const recurring = atOnce && !change.newCycle ? [] : nextLines(world, planned, { change });
  const ending =
    details?.cancel_now === true || subscription.cancel_at !== null || details?.cancel_at_period_end === true;
  const waiting = input.preview_mode === "recurring" ? [] : waitingLines(world, subscription, change);
  const end = Math.min(...subscription.items.data.map(({ current_period_end }) => current_period_end));
  const start = Math.min(...subscription.items.data.map(({ current_period_start }) => current_period_start));
  return composeInvoice(world, {
    customer,
    subscription,
    reason: "upcoming",
    lines: [...waiting, ...(ending ? [] : recurring)],
    period: atOnce ? { start: moment, end: moment } : { start, end },
    prorationDate: moment,
    extra: {
      created: atOnce ? moment : end,
      next_payment_attempt: atOnce ? moment : end + world.settings.draftSeconds,
      auto_advance: true,
    },
  });
}

function everythingEnds(subscription: Subscription): readonly ItemInput[] {
  return subscription.items.data.map(({ id }) => ({ id, deleted: true }));
}

/** The seats of the next period (or of the new one, when the interval changes) and the usage of this one. */
function nextLines(
  world: World,
  planned: Subscription,
  { change }: { readonly change: PlannedChange },
): readonly LineDraft[] {
  return planned.items.data.map((line) => {
    const current = { start: line.current_period_start, end: line.current_period_end };
    if (change.newCycle || line.price.recurring?.usage_type === "metered")
      return itemLine(world, planned, line, current);
    return itemLine(world, planned, line, following(line, planned.billing_cycle_anchor));
  });
}

function following(line: SubscriptionItem, anchor: number) {
  return periodFrom(line.current_period_end, line.price.recurring ?? { interval: "month", interval_count: 1 }, anchor);
}

function waitingLines(world: World, subscription: Subscription, change: PlannedChange): readonly LineDraft[] {
  const kept = world.tables.invoiceItems.find("customer", subscription.customer).filter((waiting) => {
    const owner = waiting.parent?.subscription_details.subscription ?? subscription.id;
    return waiting.invoice === null && owner === subscription.id;
  });
  return [...kept, ...change.prorations].map(waitingLine);
}
