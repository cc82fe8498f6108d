/** Prices: per unit or tiered, licensed or metered. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { itemList } from "../objects/subscription.ts";
import { newPrice, newProduct, planOf } from "../objects/catalogue.ts";
import type { CurrencyOption, Price, Recurring, Tier } from "../objects/catalogue.ts";
import type { World } from "../world.ts";

const amounts = {
  unit_amount: p.integer.optional(),
  unit_amount_decimal: p.decimal.optional(),
  tax_behavior: p.text.optional(),
};

const tier = z.strictObject({
  flat_amount: p.integer.optional(),
  flat_amount_decimal: p.decimal.optional(),
  unit_amount: p.integer.optional(),
  unit_amount_decimal: p.decimal.optional(),
  up_to: z.union([z.literal("inf"), p.integer]),
});

const currencyOption = z.strictObject({ ...amounts, tiers: z.array(tier).optional() });

const fields = {
  ...amounts,
  active: p.flag.optional(),
  billing_scheme: z.enum(["per_unit", "tiered"]).optional(),
  currency: p.text,
  currency_options: z.record(z.string(), currencyOption).optional(),
  lookup_key: p.text.optional(),
  metadata: p.metadata.optional(),
  nickname: p.clearableText.optional(),
  recurring: z
    .strictObject({
      interval: z.enum(["day", "week", "month", "year"]),
      interval_count: p.integer.optional(),
      meter: p.text.optional(),
      trial_period_days: p.integer.optional(),
      usage_type: z.enum(["licensed", "metered"]).optional(),
    })
    .optional(),
  tiers: z.array(tier).optional(),
  tiers_mode: z.enum(["graduated", "volume"]).optional(),
  transform_quantity: z.strictObject({ divide_by: p.integer, round: z.enum(["up", "down"]) }).optional(),
};

/** A price inside another request. */
export const priceData = z.strictObject(fields);

const createParams = z.strictObject({
  ...fields,
  product: p.text.optional(),
  product_data: z.strictObject({ name: p.text, metadata: p.metadata.optional() }).optional(),
  transfer_lookup_key: p.flag.optional(),
});

const updateParams = z.strictObject({
  active: p.flag.optional(),
  currency_options: z.record(z.string(), currencyOption).optional(),
  lookup_key: p.text.optional(),
  metadata: p.metadata.optional(),
  nickname: p.clearableText.optional(),
  tax_behavior: p.text.optional(),
  transfer_lookup_key: p.flag.optional(),
});

const listParams = z.strictObject({
  ...p.paging,
  active: p.flag.optional(),
  created: p.range.optional(),
  currency: p.text.optional(),
  lookup_keys: p.texts.optional(),
  product: p.text.optional(),
  type: z.enum(["one_time", "recurring"]).optional(),
  recurring: z
    .strictObject({ interval: p.text.optional(), meter: p.text.optional(), usage_type: p.text.optional() })
    .optional(),
});

export type PriceInput = Omit<z.output<typeof createParams>, "product_data" | "transfer_lookup_key">;

/** A price, or Stripe's 404. */
export function requirePrice(world: World, id: string, param = "price"): Price {
  const price = world.tables.prices.get(id);
  if (price === undefined) throw StripeError.missing("price", id, param);
  return price;
}

/** Creates a price for an existing product. */
export function createPrice(world: World, input: PriceInput): Price {
  const tiers = input.tiers?.map(tierOf);
  const price = newPrice({
    id: world.id("price"),
    created: world.now(),
    currency: input.currency.toLowerCase(),
    product: input.product ?? "",
    active: input.active ?? true,
    billing_scheme: input.billing_scheme ?? "per_unit",
    lookup_key: input.lookup_key ?? null,
    metadata: p.mergeMetadata({}, input.metadata),
    nickname: input.nickname ?? null,
    recurring: recurringOf(input.recurring),
    tax_behavior: input.tax_behavior ?? "unspecified",
    tiers_mode: input.tiers_mode ?? null,
    transform_quantity: input.transform_quantity ?? null,
    ...(tiers === undefined ? amountOf(input) : {}),
  });
  world.tables.priceExtras.put({
    id: price.id,
    ...(tiers === undefined ? {} : { tiers }),
    currency_options: { [price.currency]: ownOption(price), ...otherOptions(input.currency_options) },
  });
  world.create(world.tables.prices, price, "price.created");
  if (price.recurring !== null) world.events.emit("plan.created", planOf(price));
  return price;
}

export const priceRoutes = [
  route({
    method: "POST",
    path: "/v1/prices",
    permission: "plan",
    params: createParams,
    run: ({ world, params }) => {
      const { product_data: data, transfer_lookup_key: transfer, ...input } = params;
      if (data === undefined && world.tables.products.get(input.product ?? "") === undefined) {
        throw StripeError.missing("product", input.product ?? "", "product");
      }
      freeLookupKey(world, input.lookup_key, transfer);
      return createPrice(world, { ...input, product: data === undefined ? input.product : productFrom(world, data) });
    },
  }),
  route({
    method: "GET",
    path: "/v1/prices",
    permission: "plan",
    params: listParams,
    run: ({ world, params, url }) => pageOf(world.tables.prices, { url, paging: params, matches: wanted(params) }),
  }),
  route({
    method: "GET",
    path: "/v1/prices/:id",
    permission: "plan",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requirePrice(world, id, "id"),
  }),
  route({
    method: "POST",
    path: "/v1/prices/:id",
    permission: "plan",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const price = requirePrice(world, id, "id");
      const { metadata, transfer_lookup_key: transfer, currency_options: options, ...given } = params;
      if (given.lookup_key !== price.lookup_key) freeLookupKey(world, given.lookup_key, transfer);
      const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const patch: Partial<Price> = { ...set, metadata: p.mergeMetadata(price.metadata, metadata) };
      const updated = world.update(world.tables.prices, price, patch, "price.updated");
      showInSubscriptions(world, updated);
      setCurrencies(world, updated, options);
      return updated;
    },
  }),
];

function wanted(filters: z.output<typeof listParams>): (price: Price) => boolean {
  const { active, created, currency, lookup_keys: keys, product, recurring, type } = filters;
  return (price) =>
    p.inRange(price.created, created) &&
    (active === undefined || price.active === active) &&
    (currency === undefined || price.currency === currency) &&
    (product === undefined || price.product === product) &&
    (type === undefined || price.type === type) &&
    (keys === undefined || keys.includes(price.lookup_key ?? "")) &&
    (recurring?.interval === undefined || price.recurring?.interval === recurring.interval) &&
    (recurring?.meter === undefined || price.recurring?.meter === recurring.meter) &&
    (recurring?.usage_type === undefined || price.recurring?.usage_type === recurring.usage_type);
}

/** Subscriptions show the price as it is now; that is no change of theirs, so nothing is told. */
function showInSubscriptions(world: World, price: Price): void {
  for (const subscription of world.tables.subscriptions.all()) {
    if (!subscription.items.data.some((item) => item.price.id === price.id)) continue;
    const items = subscription.items.data.map((item) =>
      item.price.id === price.id ? { ...item, price, plan: planOf(price) } : item,
    );
    world.update(world.tables.subscriptions, subscription, { items: itemList(subscription.id, items) });
  }
}

function freeLookupKey(world: World, key: string | undefined, transfer: boolean | undefined): void {
  if (key === undefined) return;
  for (const price of world.tables.prices.find("lookup_key", key)) {
    if (transfer !== true) {
      throw StripeError.invalid(
        `A price (\`${price.id}\`) already uses that lookup key.`,
        "lookup_key",
        "resource_already_exists",
      );
    }
    world.update(world.tables.prices, price, { lookup_key: null }, "price.updated");
  }
}

function productFrom(
  world: World,
  data: { name: string; metadata?: Record<string, string> | null | undefined },
): string {
  const id = `prod_${world.kernel.random.token(14)}`;
  const metadata = p.mergeMetadata({}, data.metadata);
  world.create(
    world.tables.products,
    newProduct({ id, name: data.name, created: world.now(), metadata }),
    "product.created",
  );
  return id;
}

function recurringOf(given: PriceInput["recurring"]): Recurring | null {
  if (given === undefined) return null;
  return {
    interval: given.interval,
    interval_count: given.interval_count ?? 1,
    meter: given.meter ?? null,
    trial_period_days: given.trial_period_days ?? null,
    usage_type: given.usage_type ?? "licensed",
  };
}

type Amounts = { unit_amount?: number | undefined; unit_amount_decimal?: string | undefined };

/** `unit_amount` is only there when the amount is a whole number. */
function amountOf({ unit_amount: whole, unit_amount_decimal: fraction }: Amounts) {
  const text = fraction ?? (whole === undefined ? null : String(whole));
  const isWhole = text !== null && Number.isInteger(Number(text));
  return { unit_amount: isWhole ? Number(text) : null, unit_amount_decimal: text };
}

function tierOf(given: z.output<typeof tier>): Tier {
  const unit = amountOf(given);
  const flat = amountOf({ unit_amount: given.flat_amount, unit_amount_decimal: given.flat_amount_decimal });
  return {
    flat_amount: flat.unit_amount,
    flat_amount_decimal: flat.unit_amount_decimal,
    unit_amount: unit.unit_amount,
    unit_amount_decimal: unit.unit_amount_decimal,
    up_to: given.up_to === "inf" ? null : given.up_to,
  };
}

function ownOption({ tax_behavior, unit_amount, unit_amount_decimal }: Price): CurrencyOption {
  return { custom_unit_amount: null, tax_behavior, unit_amount, unit_amount_decimal };
}

function otherOptions(given: PriceInput["currency_options"] = {}): Readonly<Record<string, CurrencyOption>> {
  return Object.fromEntries(
    Object.entries(given).map(([currency, { tiers, tax_behavior: behavior, ...amount }]) => [
      currency,
      {
        custom_unit_amount: null,
        tax_behavior: behavior ?? "unspecified",
        ...amountOf(tiers === undefined ? amount : {}),
        ...(tiers === undefined ? {} : { tiers: tiers.map(tierOf) }),
      },
    ]),
  );
}

/** No price shows its other currencies by itself, so the event has nothing to say but that it was updated. */
function setCurrencies(world: World, price: Price, given: PriceInput["currency_options"]): void {
  if (given === undefined) return;
  const extras = world.tables.priceExtras.get(price.id);
  const options = { [price.currency]: ownOption(price), ...extras?.currency_options, ...otherOptions(given) };
  world.tables.priceExtras.put({ id: price.id, ...extras, currency_options: options });
  world.events.emit("price.updated", price, {});
}
