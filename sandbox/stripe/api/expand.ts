/** `expand`: puts objects in the place of their ids, and shows what is only shown on request. */
import type { World } from "../world.ts";
import type { CurrencyOption } from "../objects/catalogue.ts";
import { listOf } from "../objects/shared.ts";
import { StripeError } from "./errors.ts";
import { couponOf } from "../billing/discounts.ts";
import type { FormValue } from "./form.ts";
import { lineItemsOf } from "../resources/checkout-lines.ts";

const MAX_DEPTH = 4;

/** Fields that hold an id and may be expanded, by kind of object. */
const EXPANDABLE: Readonly<Record<string, readonly string[]>> = {
  charge: ["customer", "payment_intent"],
  "checkout.session": ["customer", "invoice", "payment_intent", "subscription"],
  credit_note: ["customer", "invoice", "refund"],
  customer: ["default_payment_method"],
  discount: ["customer", "coupon"],
  dispute: ["charge", "payment_intent"],
  invoice: ["customer", "default_payment_method", "subscription", "discounts", "discount"],
  invoice_payment: ["invoice", "payment_intent", "charge"],
  invoiceitem: ["customer", "invoice", "price"],
  line_item: ["price", "subscription", "discounts"],
  payment_intent: ["customer", "latest_charge", "payment_method"],
  payment_method: ["customer"],
  price: ["product"],
  plan: ["product"],
  product: ["default_price"],
  refund: ["charge", "customer", "payment_intent", "payment_method"],
  subscription: ["customer", "default_payment_method", "latest_invoice", "discounts"],
  subscription_item: ["discounts"],
};

type Fields = Readonly<Record<string, unknown>>;

/** The answer with everything expanded that `expand[]` names. Throws for paths that lead nowhere. */
export function expandAll(world: World, answer: object, paths: FormValue | undefined): object {
  if (paths === undefined) return answer;
  if (!Array.isArray(paths)) throw StripeError.invalid("Invalid array", "expand");
  return paths.reduce<object>((expanded, path) => {
    if (typeof path !== "string") throw StripeError.invalid("Invalid string", "expand");
    return expandPath(world, expanded, path);
  }, answer);
}

function expandPath(world: World, answer: object, path: string): object {
  const segments = path.split(".");
  if (segments.length > MAX_DEPTH) {
    throw StripeError.invalid(
      `You cannot expand more than ${MAX_DEPTH} levels of a property. Property: ${path}`,
      "expand",
    );
  }
  return descend(world, fields(answer), { segments, path, kind: "" });
}

type Walk = { readonly segments: readonly string[]; readonly path: string; readonly kind: string };

function descend(world: World, object: Fields, walk: Walk): Fields {
  const [segment = "", ...rest] = walk.segments;
  const kind = typeof object["object"] === "string" ? object["object"] : walk.kind;
  const shown = reveal(world, object, { kind, segment });
  if (shown === undefined) throw cannotExpand(walk.path);
  if (`${kind}.${segment}` === "price.currency_options" && rest.length > 0) {
    return { ...object, [segment]: withTiers(world, object, { shown, rest, path: walk.path }) };
  }
  const value = resolve(world, shown, { kind, segment, last: rest.length === 0, path: walk.path });
  if (rest.length === 0 || value === null) return { ...object, [segment]: value };
  return { ...object, [segment]: deeper(world, value, { ...walk, segments: rest, kind }) };
}

/** Tiers of a currency are shown for each by its name; asking for those of all is taken and has no effect. */
function withTiers(world: World, price: Fields, { shown, rest, path }: AskedOptions): Fields {
  const options = fields(Object(shown));
  const [currency = "", last] = rest;
  if (currency === "tiers" && last === undefined) return options;
  const extras = world.tables.priceExtras.get(String(price["id"]));
  const option = extras?.currency_options[currency];
  if (last !== "tiers" || option === undefined) throw cannotExpand(path);
  const tiers = currency === price["currency"] ? extras?.tiers : option.tiers;
  return { ...options, [currency]: { ...option, tiers: tiers ?? null } };
}

type AskedOptions = { readonly shown: unknown; readonly rest: readonly string[]; readonly path: string };

function deeper(world: World, value: unknown, walk: Walk): unknown {
  if (Array.isArray(value)) return value.map((item) => deeper(world, item, walk));
  if (typeof value !== "object" || value === null) throw cannotExpand(walk.path);
  return descend(world, fields(value), walk);
}

/** The value of the field, made visible if it is one of those shown only on request; undefined when there is none. */
function reveal(world: World, object: Fields, { kind, segment }: { kind: string; segment: string }): unknown {
  const known = object[segment];
  if (known !== undefined) return known;
  const id = String(object["id"]);
  const { tables } = world;
  switch (`${kind}.${segment}`) {
    case "price.tiers":
      return tables.priceExtras.get(id)?.tiers ?? null;
    case "coupon.applies_to": {
      const products = tables.couponExtras.get(id)?.products ?? [];
      return products.length === 0 ? null : { products };
    }
    case "price.currency_options":
      return withoutTiers(tables.priceExtras.get(id)?.currency_options ?? {});
    case "invoice.payments":
      return listOf(tables.invoicePayments.find("invoice", id), `/v1/invoice_payments?invoice=${id}`);
    case "customer.subscriptions":
      return listOf(
        tables.subscriptions
          .find("customer", id)
          .filter((subscription) => subscription.status !== "canceled")
          .reverse(),
        `/v1/customers/${id}/subscriptions`,
      );
    case "customer.sources":
      return listOf([], `/v1/customers/${id}/sources`);
    case "customer.tax_ids":
      return listOf([], `/v1/customers/${id}/tax_ids`);
    case "customer.invoice_credit_balance":
      return {};
    case "customer.cash_balance":
      return null;
    case "customer.tax":
      return { automatic_tax: "unrecognized_location", ip_address: null, location: null, provider: "stripe" };
    case "charge.refunds":
      return listOf([...tables.refunds.find("charge", id)].reverse(), `/v1/charges/${id}/refunds`);
    case "checkout.session.line_items":
      return lineItemsOf(world, id);
    default:
      return undefined;
  }
}

/** An id becomes its object where the field allows it; lists and sub-objects stay as they are on the way down. */
function resolve(
  world: World,
  value: unknown,
  { kind, segment, last, path }: { kind: string; segment: string; last: boolean; path: string },
): unknown {
  const allowed = EXPANDABLE[kind]?.includes(segment) === true;
  if (Array.isArray(value)) return allowed ? value.map((item) => objectFor(world, item)) : value;
  if (typeof value === "string") {
    if (!allowed) throw cannotExpand(path);
    return objectFor(world, value);
  }
  const scalar = typeof value === "number" || typeof value === "boolean";
  if (scalar || (value === null && last && !allowed && !ONLY_ON_REQUEST.has(segment))) throw cannotExpand(path);
  return value;
}

/** Fields that may be null and are still right to ask for. */
const ONLY_ON_REQUEST = new Set([
  "applies_to",
  "tiers",
  "cash_balance",
  "default_source",
  "schedule",
  "test_clock",
  "discount",
  "review",
]);

function objectFor(world: World, id: unknown): unknown {
  if (typeof id !== "string") return id;
  return findObject(world, id) ?? world.tables.deleted.get(id) ?? id;
}

/** Any object by its id's prefix. */
function findObject(world: World, id: string): object | undefined {
  const { tables } = world;
  switch (id.slice(0, id.indexOf("_"))) {
    case "cus":
      return tables.customers.get(id);
    case "sub":
      return tables.subscriptions.get(id);
    case "in":
      return tables.invoices.get(id);
    case "pi":
      return tables.paymentIntents.get(id);
    case "ch":
    case "py":
      return tables.charges.get(id);
    case "pm":
      return tables.paymentMethods.get(id);
    case "prod":
      return tables.products.get(id);
    case "price":
      return tables.prices.get(id);
    case "di":
      return tables.discounts.get(id);
    case "re":
    case "pyr":
      return tables.refunds.get(id);
    default:
      return couponOf(world, id) ?? tables.products.get(id) ?? tables.prices.get(id);
  }
}

function withoutTiers(options: Readonly<Record<string, CurrencyOption>>): Fields {
  return Object.fromEntries(
    Object.entries(options).map(([currency, { tiers: _hidden, ...option }]) => [currency, option]),
  );
}

function fields(object: object): Fields {
  return Object.fromEntries(Object.entries(object));
}

function cannotExpand(path: string): StripeError {
  return StripeError.invalid(
    `This property cannot be expanded (${path}). You may want to try expanding something else, or check the API version.`,
    "expand",
  );
}
