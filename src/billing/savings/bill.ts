/**
 * Station billing: what a basket costs. Lines are rounded one by one, lines of one interval are one invoice, and discounts
 * come off the invoice. Tax, credits and the balance stand outside: they are the same on both sides of a comparison.
 */
import { Decimal } from "decimal.js";
import type { Bill, BillInvoice, BillLine, Refusal } from "../../../contract/savings.ts";
import { isUnknown } from "../../model/profile.ts";
import { lessDiscounts, totalOf, type Line } from "../discount.ts";
import { exactly, halfUp, lineCostOf, roundedLine } from "../price-cost.ts";
import type { Basket, BasketLine } from "./basket.ts";
import type { Discounts, KnownDiscount } from "./discounts.ts";
import { intervalOf, isSameInterval, timesPerYear, type Interval } from "./interval.ts";
import { isRefusal, refuse } from "./refusals.ts";

export type BillTerms = {
  /** By meter. */
  readonly usage: ReadonlyMap<string, Decimal>;
  readonly discounts: Discounts;
  /** The period that is compared. */
  readonly period: Interval;
  /** What people call a price. */
  readonly nameOf: (line: BasketLine) => string;
};

/** What the basket costs in the period, in a month and in a year. */
export function billOf(basket: Basket, { usage, discounts, period, nameOf }: BillTerms): Bill | Refusal {
  const lines: BillLine[] = [];
  for (const line of basket.lines) {
    const billed = billLine(line, { usage, nameOf });
    if (isRefusal(billed)) return billed;
    lines.push(billed);
  }
  const now = invoicesOf(basket, { lines, discounts: discounts.inForce });
  if (isRefusal(now)) return now;
  const ever = invoicesOf(basket, { lines, discounts: discounts.lasting });
  if (isRefusal(ever)) return ever;
  const year = yearly(ever.invoices, ({ totalMinor }) => totalMinor);
  const inPeriod = yearly(now.invoices, ({ totalMinor }) => totalMinor).div(timesPerYear(period));
  if (Decimal.max(year, inPeriod).gt(Number.MAX_SAFE_INTEGER)) return refuse("out_of_range");
  return {
    lines,
    invoices: [...now.invoices],
    periodMinor: wholeMinor(inPeriod),
    monthMinor: wholeMinor(year.div(12)),
    yearMinor: wholeMinor(year),
    yearVariesMinor: wholeMinor(yearly(ever.invoices, (invoice) => ever.varies.get(invoice) ?? 0)),
  };
}

function billLine(line: BasketLine, { usage, nameOf }: Pick<BillTerms, "usage" | "nameOf">): BillLine | Refusal {
  const { units, priceId, price, kept } = line;
  const count = unitsOf(line, usage);
  if (count === undefined) return refuse("usage_unknown", { meter: units.kind === "usage" ? units.meterId : "" });
  const cost = lineCostOf(price, count);
  if (isUnknown(cost)) return refuse("price_unusable", { price: priceId, detail: cost.unknown });
  return {
    priceId,
    name: nameOf(line),
    kind: units.kind,
    meterId: units.kind === "usage" ? units.meterId : null,
    units: count.toFixed(),
    amountMinor: cost.toNumber(),
    kept,
    ...intervalOf(price),
  };
}

/** How many units a line is charged for; undefined while the usage is not known. */
export function unitsOf({ units }: BasketLine, usage: ReadonlyMap<string, Decimal>): Decimal | undefined {
  return units.kind === "quantity" ? exactly(units.quantity) : usage.get(units.meterId);
}

type Invoices = {
  readonly invoices: readonly BillInvoice[];
  /** By how much an invoice may be off, since where Stripe rounds a discount is not documented. */
  readonly varies: ReadonlyMap<BillInvoice, number>;
};

type Priced = { readonly lines: readonly BillLine[]; readonly discounts: readonly KnownDiscount[] };

function invoicesOf(basket: Basket, { lines, discounts }: Priced): Invoices | Refusal {
  const intervals = lines.filter((line, index) => lines.findIndex((one) => isSameInterval(one, line)) === index);
  const fixed = discounts.find(({ coupon }) => coupon.facts.percentOff === null);
  if (fixed && intervals.length > 1) return refuse("discount_intervals", { discount: fixed.id });
  const invoices: BillInvoice[] = [];
  const varies = new Map<BillInvoice, number>();
  for (const { interval, intervalCount } of intervals) {
    const own = lines.flatMap((line, index) => {
      const productId = basket.lines[index]?.price.productId ?? null;
      const isOwn = isSameInterval(line, { interval, intervalCount });
      return isOwn ? [discountable(exactly(line.amountMinor), { productId, currency: basket.currency })] : [];
    });
    const taken = takeOff(own, { discounts, currency: basket.currency });
    if (isRefusal(taken)) return taken;
    const subtotalMinor = totalOf(own).toNumber();
    const totalMinor = taken.off.reduce((left, { amountMinor }) => left - amountMinor, subtotalMinor);
    const invoice = { interval, intervalCount, subtotalMinor, discounts: taken.off, totalMinor };
    invoices.push(invoice);
    varies.set(invoice, taken.fractions * own.length);
  }
  return { invoices, varies };
}

/** A line as discounts look at it; it stands for one invoice. */
export function discountable(
  amount: Decimal,
  { productId, currency }: { readonly productId: string | null; readonly currency: string },
): Line {
  return { amount, currency, productId, invoices: exactly(1) };
}

type Taken = {
  readonly off: { id: string; amountMinor: number }[];
  /** How many of the amounts had to be rounded. */
  readonly fractions: number;
};

/** One discount after the other, each rounded to a minor unit. */
function takeOff(
  lines: readonly Line[],
  { discounts, currency }: { readonly discounts: readonly KnownDiscount[]; readonly currency: string },
): Taken | Refusal {
  let left = lines;
  let fractions = 0;
  const off: Taken["off"] = [];
  for (const discount of discounts) {
    const less = lessDiscounts(left, [discount], { coupons: [discount.coupon], counts: () => true });
    if ("unknown" in less) return refuse("discount_unknown", { discount: discount.id });
    // An amount that is shared out among lines has no end of digits; of a percentage six decimals are exact.
    const exact = totalOf(left).minus(totalOf(less)).toDecimalPlaces(6);
    const rounded = roundedLine(exact, currency);
    if (isUnknown(rounded)) return refuse("rounding_unknown", { detail: rounded.unknown });
    if (!rounded.eq(exact)) fractions += 1;
    off.push({ id: discount.id, amountMinor: rounded.toNumber() });
    left = less;
  }
  return { off, fractions };
}

function yearly(invoices: readonly BillInvoice[], take: (invoice: BillInvoice) => number): Decimal {
  return invoices.reduce((sum, invoice) => sum.plus(timesPerYear(invoice).times(take(invoice))), exactly(0));
}

function wholeMinor(amount: Decimal): number {
  return halfUp(amount).toNumber();
}
