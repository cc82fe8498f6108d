/** Reads single objects and lists from Stripe, as our copies need them. */
import { isRecord } from "../lib/json.ts";
import type { ObjectKind } from "../model/stripe-object.ts";
import type { StripeClient, StripeJson, StripeQuery } from "./client.ts";
import { StripeNotFound } from "./failure.ts";

const paths: Readonly<Record<ObjectKind, string>> = {
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
};

/** What an object shows only to who asks for it. */
const expands: { readonly [K in ObjectKind]?: readonly string[] } = { price: ["tiers"] };

/** An object as Stripe has it now; `object` is null when Stripe has it no more. */
export type ReadObject = { readonly object: StripeJson | null; readonly answeredS: number | null };

/** Reads one object. A deleted or unknown one is null, not an error. */
export async function readObject(stripe: StripeClient, kind: ObjectKind, id: string): Promise<ReadObject> {
  try {
    const query = expands[kind] ? { expand: expands[kind] } : {};
    const { body, answeredS } = await stripe.get(`${paths[kind]}/${encodeURIComponent(id)}`, query);
    return { object: body["deleted"] === true ? null : body, answeredS };
  } catch (error) {
    if (error instanceof StripeNotFound) return { object: null, answeredS: null };
    throw error;
  }
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
  return { items, hasMore: body["has_more"] === true, answeredS };
}

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
