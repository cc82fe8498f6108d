/** Subscription items, addressed by themselves. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { changeItems } from "../billing/changing.ts";
import type { ItemInput } from "../billing/changing.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { requirePrice } from "./prices.ts";
import { requireSubscription } from "./subscription-updates.ts";

const shared = {
  metadata: p.metadata.optional(),
  proration_behavior: z.enum(["create_prorations", "always_invoice", "none"]).optional(),
  proration_date: p.timestamp.optional(),
  quantity: p.integer.optional(),
};

const createParams = z.strictObject({ ...shared, price: p.text, subscription: p.text });
const updateParams = z.strictObject({ ...shared, price: p.text.optional() });
const deleteParams = z.strictObject({
  clear_usage: p.flag.optional(),
  proration_behavior: shared.proration_behavior,
  proration_date: shared.proration_date,
});

export const subscriptionItemRoutes = [
  route({
    method: "GET",
    path: "/v1/subscription_items",
    permission: "subscription",
    params: z.strictObject({ ...p.paging, subscription: p.text }),
    run: ({ world, params, url }) => {
      const { items } = requireSubscription(world, params.subscription, "subscription");
      return pageOfRows([...items.data].reverse(), { url, paging: params });
    },
  }),
  route({
    method: "GET",
    path: "/v1/subscription_items/:id",
    permission: "subscription",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireItem(world, id).item,
  }),
  route({
    method: "POST",
    path: "/v1/subscription_items",
    permission: "subscription",
    params: createParams,
    run: ({ world, params }) => {
      const subscription = requireSubscription(world, params.subscription, "subscription");
      const before = new Set(subscription.items.data.map((item) => item.id));
      const changed = change(world, subscription, { params, input: { price: requirePrice(world, params.price) } });
      const added = changed.items.data.find((item) => !before.has(item.id));
      if (added === undefined) throw new Error("The item was not added.");
      return added;
    },
  }),
  route({
    method: "POST",
    path: "/v1/subscription_items/:id",
    permission: "subscription",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const { subscription } = requireItem(world, id);
      const price = params.price === undefined ? undefined : requirePrice(world, params.price);
      change(world, subscription, { params, input: { id, price } });
      return requireItem(world, id).item;
    },
  }),
  route({
    method: "DELETE",
    path: "/v1/subscription_items/:id",
    permission: "subscription",
    params: deleteParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const { subscription } = requireItem(world, id);
      if (subscription.items.data.length === 1) {
        throw StripeError.invalid(
          "A subscription must have at least one active item. To cancel it, use the cancel endpoint.",
        );
      }
      change(world, subscription, { params, input: { id, deleted: true } });
      return { id, object: "subscription_item", deleted: true };
    },
  }),
];

type Given = z.output<typeof deleteParams> & Pick<z.output<typeof updateParams>, "metadata" | "quantity">;

function change(
  world: World,
  subscription: Subscription,
  { params, input }: { readonly params: Given; readonly input: ItemInput },
): Subscription {
  const metadata = params.metadata === undefined ? undefined : p.mergeMetadata({}, params.metadata);
  return changeItems(world, subscription, {
    inputs: [{ ...input, quantity: params.quantity, metadata }],
    behavior: params.proration_behavior ?? "create_prorations",
    moment: params.proration_date ?? world.now(),
  });
}

/** Items live on their subscriptions; there are few of these look-ups. */
function requireItem(
  world: World,
  id: string,
): { readonly subscription: Subscription; readonly item: SubscriptionItem } {
  for (const subscription of world.tables.subscriptions.all()) {
    const item = subscription.items.data.find((candidate) => candidate.id === id);
    if (item !== undefined) return { subscription, item };
  }
  throw StripeError.missing("subscription_item", id);
}
