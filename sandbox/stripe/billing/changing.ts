/** Changes of a subscription's items: other prices, quantities, more or fewer items. */
import { StripeError } from "../api/errors.ts";
import type { Price } from "../objects/catalogue.ts";
import type { InvoiceItem } from "../objects/invoice.ts";
import type { Metadata } from "../objects/shared.ts";
import { planOf } from "../objects/catalogue.ts";
import { itemList, newSubscriptionItem } from "../objects/subscription.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { collect } from "./collecting.ts";
import { draftInvoice, finalise } from "./invoicing.ts";
import { itemLine } from "./lines.ts";
import { scheduleNext } from "./opening.ts";
import { periodFrom } from "./periods.ts";
import { prorate } from "./proration.ts";
import type { ItemChange } from "./proration.ts";

export type ItemInput = {
  readonly id?: string | undefined;
  readonly price?: Price | undefined;
  readonly quantity?: number | undefined;
  readonly metadata?: Metadata | undefined;
  readonly deleted?: boolean | undefined;
};

export type ProrationBehavior = "create_prorations" | "always_invoice" | "none";

export type ItemsChange = {
  readonly inputs: readonly ItemInput[];
  readonly behavior: ProrationBehavior;
  readonly moment: number;
};

/** The outcome of a change, not applied yet: what a preview shows and an update does. */
export type PlannedChange = {
  readonly items: readonly SubscriptionItem[];
  readonly prorations: readonly InvoiceItem[];
  /** A different interval begins a new period now and is invoiced at once. */
  readonly newCycle: boolean;
};

/** Works out what a change of items means. */
export function planChange(world: World, subscription: Subscription, change: ItemsChange): PlannedChange {
  const applied = change.inputs.reduce((state, input) => applyInput(world, subscription, { state, input }), {
    items: subscription.items.data,
    changes: Array<ItemChange>(),
  });
  const newCycle = applied.changes.some(({ before, after }) => intervalChanged(before, after));
  const moment = change.moment;
  const items = newCycle ? applied.items.map((item) => restart(item, moment)) : applied.items;
  const billed = newCycle ? applied.changes.map(({ before }) => ({ before, after: undefined })) : applied.changes;
  const none = change.behavior === "none" || subscription.status === "trialing";
  return { items, newCycle, prorations: none ? [] : prorate(world, subscription, { changes: billed, moment }) };
}

/** Applies a change; `extra` is what else the same update changes. */
export function changeItems(
  world: World,
  subscription: Subscription,
  change: ItemsChange & { readonly extra?: Partial<Subscription> },
): Subscription {
  const plan = planChange(world, subscription, change);
  const patch = {
    ...change.extra,
    items: itemList(subscription.id, plan.items),
    ...(plan.newCycle && subscription.status !== "trialing" ? { billing_cycle_anchor: change.moment } : {}),
  };
  const changed = world.update(world.tables.subscriptions, subscription, patch, "customer.subscription.updated");
  for (const item of plan.prorations) world.create(world.tables.invoiceItems, item, "invoiceitem.created");
  const atOnce = plan.newCycle || (change.behavior === "always_invoice" && plan.prorations.length > 0);
  if (atOnce && changed.status !== "trialing") invoiceChange(world, changed, { plan, moment: change.moment });
  const now = world.tables.subscriptions.get(changed.id) ?? changed;
  scheduleNext(world, now);
  return now;
}

type InputState = { readonly items: readonly SubscriptionItem[]; readonly changes: readonly ItemChange[] };

function applyInput(
  world: World,
  subscription: Subscription,
  { state, input }: { readonly state: InputState; readonly input: ItemInput },
): { items: readonly SubscriptionItem[]; changes: ItemChange[] } {
  if (input.id === undefined) {
    const added = addedItem(world, subscription, input);
    return { items: [...state.items, added], changes: [...state.changes, { before: undefined, after: added }] };
  }
  const before = state.items.find((item) => item.id === input.id);
  if (before === undefined) throw StripeError.missing("subscription item", input.id, "items[0][id]");
  const after = input.deleted === true ? undefined : changedItem(before, input);
  const items = state.items.flatMap((item) => (item.id === input.id ? (after ?? []) : item));
  return { items, changes: [...state.changes, { before, after }] };
}

function changedItem(before: SubscriptionItem, input: ItemInput): SubscriptionItem {
  const price = input.price ?? before.price;
  const { quantity: old, ...rest } = before;
  const metered = price.recurring?.usage_type === "metered";
  return {
    ...rest,
    price,
    plan: planOf(price),
    metadata: input.metadata ?? before.metadata,
    ...(metered ? {} : { quantity: input.quantity ?? old ?? 1 }),
  };
}

function addedItem(world: World, subscription: Subscription, input: ItemInput): SubscriptionItem {
  const { price, quantity, metadata } = input;
  if (price?.recurring === null || price === undefined)
    throw StripeError.invalid("Missing required param: items[0][price].", "items[0][price]", "parameter_missing");
  const beside = subscription.items.data.find((item) => sameInterval(item.price, price));
  const now = world.now();
  const period =
    beside === undefined
      ? periodFrom(now, price.recurring)
      : { start: beside.current_period_start, end: beside.current_period_end };
  return newSubscriptionItem({
    id: world.id("si"),
    subscription: subscription.id,
    price,
    quantity,
    metadata,
    created: now,
    period,
  });
}

/** An invoice for the change itself: the prorations, plus the new period where one begins. */
function invoiceChange(
  world: World,
  subscription: Subscription,
  { plan, moment }: { readonly plan: PlannedChange; readonly moment: number },
): void {
  const customer = world.tables.customers.get(subscription.customer);
  if (customer === undefined) return;
  const lines = plan.newCycle
    ? plan.items
        .filter((item) => item.price.recurring?.usage_type !== "metered")
        .map((item) =>
          itemLine(world, subscription, item, { start: item.current_period_start, end: item.current_period_end }),
        )
    : [];
  const period = { start: moment, end: moment };
  const draft = draftInvoice(world, {
    customer,
    subscription,
    reason: "subscription_update",
    lines,
    period,
    prorationDate: moment,
  });
  world.update(world.tables.subscriptions, subscription, { latest_invoice: draft.id }, "customer.subscription.updated");
  const open = finalise(world, draft);
  if (open.status === "open" && open.collection_method === "charge_automatically") collect(world, open);
}

function restart(item: SubscriptionItem, moment: number): SubscriptionItem {
  if (item.price.recurring === null) return item;
  const { start, end } = periodFrom(moment, item.price.recurring);
  return { ...item, current_period_start: start, current_period_end: end };
}

function intervalChanged(before: SubscriptionItem | undefined, after: SubscriptionItem | undefined): boolean {
  return before !== undefined && after !== undefined && !sameInterval(before.price, after.price);
}

function sameInterval(left: Price, right: Price): boolean {
  return (
    left.recurring?.interval === right.recurring?.interval &&
    left.recurring?.interval_count === right.recurring?.interval_count
  );
}
