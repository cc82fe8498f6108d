/**
 * Station billing: our arithmetic against a preview of Stripe's, line by line and with the quantities that Stripe names:
 * a preview shows the usage so far, which is neither the last period's nor the projected one.
 */
import { Decimal } from "decimal.js";
import type { PreviewCheck, SavingsConfirmation } from "../../../contract/savings.ts";
import { isUnknown } from "../../model/profile.ts";
import { lineCostOf } from "../price-cost.ts";
import type { Basket, BasketLine } from "./basket.ts";
import { billOf } from "./bill.ts";
import type { Discounts } from "./discounts.ts";
import { intervalOf, isSameInterval } from "./interval.ts";
import { isRefusal } from "./refusals.ts";

/** What of a preview can be compared: its lines that are no prorations, and what discounts take off all of it. */
export type InvoicePreview = {
  readonly lines: readonly {
    readonly priceId: string | null;
    readonly quantity: string | null;
    readonly amountMinor: number;
  }[];
  readonly discountMinor: number;
  /** There were more lines than one answer shows. */
  readonly isCut: boolean;
};

export type Previewed = {
  readonly planId: string | null;
  readonly basket: Basket;
  readonly discounts: Discounts;
  readonly preview: InvoicePreview;
};

/** Whether Stripe reckons as we do. */
export function checkPreview({ planId, basket, discounts, preview }: Previewed): PreviewCheck {
  const lines = basket.lines.map((line) => checkLine(line, preview));
  const discountOursMinor = ourDiscount(basket, { lines, discounts, preview });
  const differs = lines.some(({ oursMinor, stripeMinor }) => oursMinor !== null && oursMinor !== stripeMinor);
  const isOtherDiscount =
    discountOursMinor !== null && Math.abs(discountOursMinor.minor - preview.discountMinor) > discountOursMinor.varies;
  const isWhole = discountOursMinor !== null && lines.every(({ oursMinor }) => oursMinor !== null);
  return {
    planId,
    outcome: differs || isOtherDiscount ? "differs" : isWhole ? "agrees" : "partly",
    lines,
    discountOursMinor: discountOursMinor?.minor ?? null,
    discountStripeMinor: discountOursMinor === null ? null : preview.discountMinor,
  };
}

/** All previews together: the worst counts. */
export function outcomeOf(checks: readonly PreviewCheck[]): SavingsConfirmation["outcome"] {
  if (checks.some(({ outcome }) => outcome === "differs")) return "differs";
  return checks.every(({ outcome }) => outcome === "agrees") ? "agrees" : "partly";
}

/** Stripe writes a line for each tier that is used, so lines of one price are added up. */
function checkLine(line: BasketLine, { lines, isCut }: InvoicePreview): PreviewCheck["lines"][number] {
  const { priceId, price } = line;
  const theirs = lines.filter((one) => one.priceId === priceId);
  const silent = { priceId, units: null, oursMinor: null, stripeMinor: null };
  // Not billed with the next invoice, such as what is billed yearly.
  if (theirs.length === 0 || isCut) return silent;
  const units = unitsOf(line, theirs);
  if (units === null) return silent;
  const ours = lineCostOf(price, units);
  if (isUnknown(ours)) return silent;
  const stripeMinor = theirs.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { priceId, units: units.toFixed(), oursMinor: ours.toNumber(), stripeMinor };
}

/** A quantity is what we would set. Usage is what Stripe names, unless flat amounts have lines whose quantity is no usage. */
function unitsOf({ units, price }: BasketLine, theirs: InvoicePreview["lines"]): Decimal | null {
  if (units.kind === "quantity") return new Decimal(units.quantity);
  const hasFlat = (price.tiers ?? []).some(
    ({ flatAmount }) => flatAmount !== null && !new Decimal(flatAmount).isZero(),
  );
  if (hasFlat && theirs.length > 1) return null;
  return theirs.reduce<Decimal | null>(
    (sum, { quantity }) => (sum === null || quantity === null ? null : sum.plus(quantity)),
    new Decimal(0),
  );
}

type Ground = {
  readonly lines: PreviewCheck["lines"];
  readonly discounts: Discounts;
  readonly preview: InvoicePreview;
};

/** What we would take off the same invoice; null when it is not the same. */
function ourDiscount(
  basket: Basket,
  { lines, discounts, preview }: Ground,
): { readonly minor: number; readonly varies: number } | null {
  const [first] = basket.lines;
  if (!first || lines.some(({ units }) => units === null)) return null;
  const known = new Set(lines.map(({ priceId }) => priceId));
  if (preview.lines.some(({ priceId }) => priceId === null || !known.has(priceId))) return null;
  if (discounts.inForce.length === 0) return { minor: 0, varies: 0 };
  const period = intervalOf(first.price);
  if (basket.lines.some(({ price }) => !isSameInterval(intervalOf(price), period))) return null;
  const usage = new Map(
    basket.lines.flatMap(({ units }, index): [string, Decimal][] =>
      units.kind === "usage" ? [[units.meterId, new Decimal(lines[index]?.units ?? 0)]] : [],
    ),
  );
  const both = { inForce: discounts.inForce, lasting: discounts.inForce };
  const bill = billOf(basket, { usage, discounts: both, period, nameOf: ({ priceId }) => priceId });
  if (isRefusal(bill)) return null;
  const [invoice] = bill.invoices;
  return invoice
    ? {
        minor: invoice.subtotalMinor - invoice.totalMinor,
        varies: bill.yearVariesMinor === 0 ? 0 : basket.lines.length,
      }
    : null;
}
