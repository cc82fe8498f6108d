/** Products and prices, and the plan that older fields still show for a price. */
import { NO_METADATA } from "./shared.ts";
import type { Metadata } from "./shared.ts";

const PRODUCT_FIXED = {
  object: "product",
  livemode: false,
  package_dimensions: null,
  shippable: null,
  statement_descriptor: null,
  tax_code: null,
  tax_details: null,
  type: "service",
} as const;

export type Product = typeof PRODUCT_FIXED & {
  readonly id: string;
  readonly active: boolean;
  readonly created: number;
  readonly default_price: string | null;
  readonly description: string | null;
  readonly images: readonly string[];
  readonly marketing_features: readonly { readonly name: string }[];
  readonly metadata: Metadata;
  readonly name: string;
  readonly unit_label: string | null;
  readonly updated: number;
  readonly url: string | null;
};

/** A new product. */
export function newProduct(born: Pick<Product, "id" | "name" | "created"> & Partial<Product>): Product {
  return {
    ...PRODUCT_FIXED,
    active: true,
    default_price: null,
    description: null,
    images: [],
    marketing_features: [],
    metadata: NO_METADATA,
    unit_label: null,
    updated: born.created,
    url: null,
    ...born,
  };
}

export type Interval = "day" | "week" | "month" | "year";

export type Recurring = {
  readonly interval: Interval;
  readonly interval_count: number;
  readonly meter: string | null;
  readonly trial_period_days: number | null;
  readonly usage_type: "licensed" | "metered";
};

export type Tier = {
  readonly flat_amount: number | null;
  readonly flat_amount_decimal: string | null;
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
  readonly up_to: number | null;
};

export type TransformQuantity = { readonly divide_by: number; readonly round: "up" | "down" };

const PRICE_FIXED = { object: "price", custom_unit_amount: null, livemode: false } as const;

export type Price = typeof PRICE_FIXED & {
  readonly id: string;
  readonly active: boolean;
  readonly billing_scheme: "per_unit" | "tiered";
  readonly created: number;
  readonly currency: string;
  readonly lookup_key: string | null;
  readonly metadata: Metadata;
  readonly nickname: string | null;
  readonly product: string;
  readonly recurring: Recurring | null;
  readonly tax_behavior: string;
  readonly tiers_mode: "graduated" | "volume" | null;
  readonly transform_quantity: TransformQuantity | null;
  readonly type: "one_time" | "recurring";
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
};

export type CurrencyOption = {
  readonly custom_unit_amount: null;
  readonly tax_behavior: string;
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
  /** Shown only when they are asked for by themselves. */
  readonly tiers?: readonly Tier[];
};

/** What a price shows only when asked to (`expand`). Same id as the price. */
export type PriceExtras = {
  readonly id: string;
  readonly tiers?: readonly Tier[];
  readonly currency_options: Readonly<Record<string, CurrencyOption>>;
};

/** A new price. */
export function newPrice(born: Pick<Price, "id" | "created" | "currency" | "product"> & Partial<Price>): Price {
  return {
    ...PRICE_FIXED,
    active: true,
    billing_scheme: "per_unit",
    lookup_key: null,
    metadata: NO_METADATA,
    nickname: null,
    recurring: null,
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: born.recurring ? "recurring" : "one_time",
    unit_amount: null,
    unit_amount_decimal: null,
    ...born,
  };
}

export type Plan = ReturnType<typeof planOf>;

/** The price in the words of the old plan object, which subscription items still carry. */
export function planOf(price: Price) {
  return {
    id: price.id,
    object: "plan" as const,
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false as const,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: price.recurring?.usage_type ?? ("licensed" as const),
  };
}
