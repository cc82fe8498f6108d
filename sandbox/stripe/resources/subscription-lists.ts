/** Lists of subscriptions: canceled ones are left out unless asked for. */
import { z } from "zod";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import type { List } from "../objects/shared.ts";
import type { Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";

export const subscriptionFilters = {
  ...p.paging,
  collection_method: p.text.optional(),
  created: p.range.optional(),
  current_period_end: p.range.optional(),
  current_period_start: p.range.optional(),
  price: p.text.optional(),
  status: z
    .enum([
      "active",
      "all",
      "canceled",
      "ended",
      "incomplete",
      "incomplete_expired",
      "past_due",
      "paused",
      "trialing",
      "unpaid",
    ])
    .optional(),
};

const listParams = z.strictObject({ ...subscriptionFilters, customer: p.text.optional() });

export type SubscriptionFilters = z.output<typeof listParams>;

export const subscriptionListParams = listParams;

/** A page of subscriptions under these filters. */
export function pageOfSubscriptions(world: World, filters: SubscriptionFilters, url: string): List<Subscription> {
  const matches = (subscription: Subscription) => isWanted(subscription, filters);
  const listing = { url, paging: filters, matches };
  if (filters.customer === undefined) return pageOf(world.tables.subscriptions, listing);
  return pageOfRows(world.tables.subscriptions.find("customer", filters.customer), listing);
}

function isWanted(subscription: Subscription, filters: SubscriptionFilters): boolean {
  const { status, created, price, collection_method: collection } = filters;
  const items = subscription.items.data;
  return (
    hasStatus(subscription, status) &&
    p.inRange(subscription.created, created) &&
    (collection === undefined || collection === subscription.collection_method) &&
    (price === undefined || items.some((item) => item.price.id === price)) &&
    items.some((item) => p.inRange(item.current_period_end, filters.current_period_end)) &&
    items.some((item) => p.inRange(item.current_period_start, filters.current_period_start))
  );
}

function hasStatus(subscription: Subscription, wanted: SubscriptionFilters["status"]): boolean {
  const { status } = subscription;
  if (wanted === "all") return true;
  if (wanted === "ended") return status === "canceled" || status === "incomplete_expired";
  return wanted === undefined ? status !== "canceled" : status === wanted;
}
