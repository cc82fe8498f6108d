/** Invoice lines: what a subscription's items cost, in advance for seats and in arrears for usage. */
import type { Price } from "../objects/catalogue.ts";
import type { InvoiceItem, InvoiceLine, LineParent, Period, Pricing } from "../objects/invoice.ts";
import { NO_METADATA } from "../objects/shared.ts";
import type { Subscription, SubscriptionItem } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { amountFor } from "./price-math.ts";
import { usageOf } from "./usage.ts";

/** What a line says; its id and invoice are given when it is put on one. */
export type LineDraft = {
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly parent: LineParent;
  readonly period: Period;
  readonly pricing: Pricing | null;
  readonly quantity: number | null;
  readonly subscription: string | null;
};

/** Puts a drafted line on an invoice. */
export function toLine(world: World, invoiceId: string, draft: LineDraft): InvoiceLine {
  return {
    id: world.id("il"),
    object: "line_item",
    discount_amounts: [],
    discountable: draft.amount > 0,
    discounts: [],
    invoice: invoiceId,
    livemode: false,
    metadata: NO_METADATA,
    pretax_credit_amounts: [],
    quantity_decimal: draft.quantity === null ? null : String(draft.quantity),
    subtotal: draft.amount,
    taxes: [],
    ...draft,
  };
}

/** The line for one period of an item. For a metered item the period is the one that has ended. */
export function itemLine(world: World, subscription: Subscription, item: SubscriptionItem, period: Period): LineDraft {
  const metered = item.price.recurring?.usage_type === "metered";
  const quantity = metered ? usageOfItem(world, subscription, item, period) : (item.quantity ?? 1);
  const price = chargedIn(world, item.price, subscription.currency);
  return {
    amount: amountOf(world, item.price, { quantity, currency: subscription.currency }),
    currency: subscription.currency,
    description: describe(world, price, quantity),
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: "subscription_item_details",
    },
    period,
    pricing: pricingOf(price),
    quantity,
    subscription: subscription.id,
  };
}

/** The line that takes a waiting invoice item onto an invoice. */
export function waitingLine(item: InvoiceItem): LineDraft {
  const subscription = item.parent?.subscription_details.subscription ?? null;
  const common = { invoice_item: item.id, proration: item.proration, proration_details: { credited_items: null } };
  const parent: LineParent =
    item.parent === null
      ? {
          invoice_item_details: { ...common, subscription },
          subscription_item_details: null,
          type: "invoice_item_details",
        }
      : {
          invoice_item_details: null,
          subscription_item_details: { ...common, ...item.parent.subscription_details },
          type: "subscription_item_details",
        };
  return {
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    parent,
    period: item.period,
    pricing: item.pricing,
    quantity: item.quantity,
    subscription,
  };
}

/** Without a currency, that of the price. */
export type Bought = { readonly quantity: number; readonly currency?: string };

/** What this quantity costs under the price, tiers included, in the price's own currency or in another one of its. */
export function amountOf(world: World, price: Price, { quantity, currency = price.currency }: Bought): number {
  const extras = world.tables.priceExtras.get(price.id);
  const tiers = currency === price.currency ? extras?.tiers : extras?.currency_options[currency]?.tiers;
  return amountFor(chargedIn(world, price, currency), tiers ?? [], quantity);
}

/** The price with its amount in this currency. */
export function chargedIn(world: World, price: Price, currency: string): Price {
  const option = world.tables.priceExtras.get(price.id)?.currency_options[currency];
  if (currency === price.currency || option === undefined) return price;
  return { ...price, currency, unit_amount: option.unit_amount, unit_amount_decimal: option.unit_amount_decimal };
}

/** The reference to the price that a line shows. */
export function pricingOf(price: Price): Pricing {
  return {
    price_details: { price: price.id, product: price.product },
    type: "price_details",
    unit_amount_decimal: price.unit_amount_decimal,
  };
}

/** The product's name, as descriptions and mails show it. */
export function productName(world: World, price: Price): string {
  return world.tables.products.get(price.product)?.name ?? price.product;
}

function usageOfItem(world: World, subscription: Subscription, item: SubscriptionItem, period: Period): number {
  const meter = world.tables.meters.get(item.price.recurring?.meter ?? "");
  if (meter === undefined) return 0;
  return Math.max(0, usageOf(world, meter, subscription.customer, period));
}

function describe(world: World, price: Price, quantity: number): string {
  const per = price.recurring === null ? "" : ` / ${price.recurring.interval}`;
  const each = price.unit_amount === null ? "" : ` (at ${price.currency.toUpperCase()} ${price.unit_amount}${per})`;
  return `${quantity} × ${productName(world, price)}${each}`;
}
