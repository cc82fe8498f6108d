/** Asks Stripe what the next invoice of a subscription would be, as it is or with other items. Nothing is changed or kept. */
import { isRecord } from "../lib/json.ts";
import type { StripeClient, StripeJson } from "./client.ts";

/** A change of items as `subscription_details[items]` takes it. */
export type ItemChange =
  | { readonly id: string; readonly deleted: true }
  | { readonly id?: string; readonly price: string; readonly quantity?: number };

export type PreviewQuery = {
  readonly subscriptionId: string;
  /** Without any, the subscription as it is. */
  readonly items: readonly ItemChange[];
  /** Makes a repetition of this call harmless; another call needs another one, or Stripe answers as it did before. */
  readonly key: string;
};

/** The lines of a preview without prorations, and what discounts take off. */
export type PreviewAnswer = {
  readonly lines: readonly {
    readonly priceId: string | null;
    readonly quantity: string | null;
    readonly amountMinor: number;
  }[];
  readonly discountMinor: number;
  readonly isCut: boolean;
};

/**
 * One preview (docs.stripe.com/api/invoices/create_preview), recurring items only: nothing that waits, no prorations. It
 * counts as a read against the account's limits. Throws one of stripe/failure.ts.
 */
export async function previewInvoice(
  stripe: StripeClient,
  { subscriptionId, items, key }: PreviewQuery,
): Promise<PreviewAnswer> {
  const change = items.length === 0 ? {} : { items, proration_behavior: "none" };
  const asked = { subscription: subscriptionId, preview_mode: "recurring" };
  const body = items.length === 0 ? asked : { ...asked, subscription_details: change };
  return toPreview((await stripe.post("/v1/invoices/create_preview", body, key)).body);
}

function toPreview(invoice: StripeJson): PreviewAnswer {
  const list = isRecord(invoice["lines"]) ? invoice["lines"] : {};
  const lines = recordsOf(list["data"]).filter((line) => !isProration(line));
  return {
    lines: lines.map((line) => ({
      priceId: priceOf(line),
      quantity: quantityOf(line),
      amountMinor: wholeOf(line["amount"]),
    })),
    discountMinor: recordsOf(invoice["total_discount_amounts"]).reduce((sum, { amount }) => sum + wholeOf(amount), 0),
    isCut: list["has_more"] === true,
  };
}

/** Since 2025-03-31 the price stands in `pricing.price_details`. */
function priceOf(line: StripeJson): string | null {
  const pricing = isRecord(line["pricing"]) ? line["pricing"] : {};
  const details = isRecord(pricing["price_details"]) ? pricing["price_details"] : {};
  const { price } = details;
  if (typeof price === "string") return price;
  return isRecord(price) && typeof price["id"] === "string" ? price["id"] : null;
}

/** `quantity_decimal` carries fractions; older answers have `quantity` alone. */
function quantityOf(line: StripeJson): string | null {
  for (const value of [line["quantity_decimal"], line["quantity"]]) {
    if (typeof value === "number") return String(value);
    if (typeof value === "string" && /^\d+(\.\d+)?$/.test(value)) return value;
  }
  return null;
}

function isProration(line: StripeJson): boolean {
  const parent = isRecord(line["parent"]) ? line["parent"] : {};
  return Object.values(parent).some((details) => isRecord(details) && details["proration"] === true);
}

function recordsOf(value: unknown): readonly StripeJson[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function wholeOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}
