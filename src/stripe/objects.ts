/** Reads single objects and lists from Stripe, as our copies need them. */
import { isRecord } from "../lib/json.ts";
import type { StripeKind } from "../model/stripe-object.ts";
import type { StripeClient, StripeJson, StripeQuery } from "./client.ts";
import { StripeNotFound, StripeRejected } from "./failure.ts";

/** Kinds that stand under an id of their own. */
const paths: Readonly<Record<Exclude<StripeKind, "credit_balance" | "entitlements">, string>> = {
  customer: "/v1/customers",
  subscription: "/v1/subscriptions",
  invoice: "/v1/invoices",
  payment_intent: "/v1/payment_intents",
  charge: "/v1/charges",
  refund: "/v1/refunds",
  dispute: "/v1/disputes",
  payment_method: "/v1/payment_methods",
  product: "/v1/products",
  price: "/v1/prices",
  coupon: "/v1/coupons",
  mandate: "/v1/mandates",
};

/** What an object shows only to who asks for it. */
const expands: { readonly [K in StripeKind]?: readonly string[] } = {
  price: ["tiers", "currency_options"],
  coupon: ["applies_to"],
  subscription: ["discounts", "items.data.discounts"],
};

/**
 * What lists of subscriptions show on top. Coupons that were deleted are in no list, but discounts of them go on: so they
 * are taken from where they are used. Those of items are not within reach, since Stripe expands four levels at most.
 */
export const subscriptionExpands: string[] = [
  "data.default_payment_method",
  "data.discounts.source.coupon",
  "data.items.data.discounts",
];

/** An object as Stripe has it now; `object` is null when Stripe has it no more. */
export type ReadObject = { readonly object: StripeJson | null; readonly answeredS: number | null };

/**
 * Reads one object by its id in Stripe, a summary by that of its customer. A deleted or unknown one is null, not an
 * error.
 */
export async function readObject(stripe: StripeClient, kind: StripeKind, id: string): Promise<ReadObject> {
  try {
    if (kind === "credit_balance") return await readCreditBalance(stripe, id);
    if (kind === "entitlements") return await readEntitlements(stripe, id);
    const query = expands[kind] ? { expand: expands[kind] } : {};
    const { body, answeredS } = await stripe.get(`${paths[kind]}/${encodeURIComponent(id)}`, query);
    return { object: body["deleted"] === true ? null : await wholeObject(stripe, kind, body), answeredS };
  } catch (error) {
    if (error instanceof StripeNotFound) return { object: null, answeredS: null };
    throw error;
  }
}

/** Adds what an answer leaves out although it was asked for. */
async function wholeObject(stripe: StripeClient, kind: StripeKind, object: StripeJson): Promise<StripeJson> {
  if (kind === "coupon") return ofAllProducts(object);
  if (kind === "price") return withTiersOfCurrencies(stripe, object);
  return kind === "subscription" ? withAllItems(stripe, object) : object;
}

/** A coupon of all products has no `applies_to`, also when it was asked for (the type `Coupon` of the stripe package). */
function ofAllProducts(coupon: StripeJson): StripeJson {
  return { applies_to: null, ...coupon };
}

/**
 * Of a tiered price the currencies are shown without their tiers, which have to be asked for one currency by one: asking
 * for `currency_options.tiers` is answered without them. Where Stripe refuses they stay unknown.
 */
async function withTiersOfCurrencies(stripe: StripeClient, price: StripeJson): Promise<StripeJson> {
  const { id, currency, currency_options: options } = price;
  if (typeof id !== "string" || price["billing_scheme"] !== "tiered" || !isRecord(options)) return price;
  const others = Object.keys(options).filter((other) => other !== currency);
  if (others.length === 0) return price;
  const expand = ["tiers", "currency_options", ...others.map((other) => `currency_options.${other}.tiers`)];
  try {
    const { body } = await stripe.get(`${paths.price}/${encodeURIComponent(id)}`, { expand });
    return body;
  } catch (error) {
    if (error instanceof StripeRejected || error instanceof StripeNotFound) return price;
    throw error;
  }
}

/** A subscription shows ten of its items and says that there are more; these have a list of their own. */
async function withAllItems(stripe: StripeClient, subscription: StripeJson): Promise<StripeJson> {
  const { id, items } = subscription;
  if (typeof id !== "string" || !isRecord(items) || items["has_more"] !== true) return subscription;
  const data = await readList(stripe, "/v1/subscription_items", { subscription: id, expand: ["data.discounts"] });
  return data.length === 0 ? subscription : { ...subscription, items: { ...items, data, has_more: false } };
}

/** What is left of billing credits that pay for metered prices, which is all that there are (docs.stripe.com/api/billing/credit-balance-summary). */
async function readCreditBalance(stripe: StripeClient, customerId: string): Promise<ReadObject> {
  const { body, answeredS } = await stripe.get("/v1/billing/credit_balance_summary", {
    customer: customerId,
    "filter[type]": "applicability_scope",
    "filter[applicability_scope][price_type]": "metered",
  });
  return { object: body, answeredS };
}

/** All active entitlements, in the form in which an event shows the first ten of them. */
async function readEntitlements(stripe: StripeClient, customerId: string): Promise<ReadObject> {
  const pages = await readPages(stripe, "/v1/entitlements/active_entitlements", { customer: customerId });
  const object = { customer: customerId, entitlements: { data: pages.flatMap(({ items }) => items) } };
  return { object, answeredS: pages[0]?.answeredS ?? null };
}

export type StripePage = {
  readonly items: readonly StripeJson[];
  readonly hasMore: boolean;
  readonly answeredS: number | null;
};

/** The most entries that Stripe puts on a page. */
export const pageSizeMax = 100;

/** Reads one page of a list. */
export async function readPage(stripe: StripeClient, path: string, query: StripeQuery): Promise<StripePage> {
  const { body, answeredS } = await stripe.get(path, { limit: pageSizeMax, ...query });
  const data = body["data"];
  const items = Array.isArray(data) ? data.filter(isRecord) : [];
  const kind = listedKinds[path];
  const whole = kind === undefined ? items : await Promise.all(items.map((item) => wholeObject(stripe, kind, item)));
  return { items: whole, hasMore: body["has_more"] === true, answeredS };
}

/** Lists of what may have to be completed. */
const listedKinds: Readonly<Record<string, StripeKind>> = {
  "/v1/coupons": "coupon",
  "/v1/prices": "price",
  "/v1/subscriptions": "subscription",
};

/** Reads a list to its end, newest first. */
export async function readList(stripe: StripeClient, path: string, query: StripeQuery): Promise<readonly StripeJson[]> {
  const pages = await readPages(stripe, path, query);
  return pages.flatMap(({ items }) => items);
}

/** Reads all pages of a list, newest first. */
export async function readPages(
  stripe: StripeClient,
  path: string,
  query: StripeQuery,
): Promise<readonly StripePage[]> {
  const pages: StripePage[] = [];
  for (let after: string | undefined; ;) {
    const page = await readPage(stripe, path, { ...query, ...(after === undefined ? {} : { starting_after: after }) });
    pages.push(page);
    const last = page.items.at(-1)?.["id"];
    if (!page.hasMore || typeof last !== "string") return pages;
    after = last;
  }
}
