/** Plan changes in the middle of a period: credit for what is unused, a charge for what replaces it. */
import type { Price } from "../objects/catalogue.ts";
import type { InvoiceItem } from "../objects/invoice.ts";
import { NO_METADATA } from "../objects/shared.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { amountOf, chargedIn, pricingOf, productName } from "./lines.ts";
import { shareLeft } from "./periods.ts";

/** One item before and after; a new item has no `before`, a deleted one no `after`. */
export type ItemChange = {
  readonly before: SubscriptionItem | undefined;
  readonly after: SubscriptionItem | undefined;
};

/** The invoice items that a change brings about at this moment; nothing for usage and for what stays the same. */
export function prorate(
  world: World,
  subscription: Subscription,
  { changes, moment }: { readonly changes: readonly ItemChange[]; readonly moment: number },
): readonly InvoiceItem[] {
  return changes.filter(isBilledChange).flatMap(({ before, after }) => {
    const credit =
      before === undefined ? [] : [part(world, subscription, { item: before, moment, sign: -1, stays: after })];
    const debit =
      after === undefined ? [] : [part(world, subscription, { item: after, moment, sign: 1, stays: before })];
    return [...credit, ...debit];
  });
}

function isBilledChange({ before, after }: ItemChange): boolean {
  return before?.price.id !== after?.price.id || before?.quantity !== after?.quantity;
}

type Part = {
  readonly item: SubscriptionItem;
  readonly moment: number;
  readonly sign: 1 | -1;
  readonly stays: SubscriptionItem | undefined;
};

function part(world: World, subscription: Subscription, { item, moment, sign, stays }: Part): InvoiceItem {
  const quantity = item.quantity ?? 0;
  const full = isMetered(item.price) ? 0 : amountOf(world, item.price, { quantity, currency: subscription.currency });
  const period = { start: item.current_period_start, end: item.current_period_end };
  const amount = sign * Math.round(full * shareLeft(period, moment));
  const name = `${quantity} × ${productName(world, item.price)}`;
  return {
    id: world.id("ii"),
    object: "invoiceitem",
    amount,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_account: null,
    date: moment,
    description: sign < 0 ? `Unused time on ${name}` : `Remaining time on ${name}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: NO_METADATA,
    net_amount: amount,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: (stays ?? item).id },
      type: "subscription_details",
    },
    period: { start: moment, end: period.end },
    pricing: pricingOf(chargedIn(world, item.price, subscription.currency)),
    proration: true,
    proration_details: { credited_items: null, discount_amounts: [] },
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: null,
  };
}

function isMetered(price: Price): boolean {
  return price.recurring?.usage_type === "metered";
}
