/** Discounts: which ones lower an invoice, and by how much. */
import type { Coupon, Discount } from "../objects/coupon.ts";
import type { Customer } from "../objects/customer.ts";
import type { InvoiceLine } from "../objects/invoice.ts";
import type { Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { StripeError } from "../api/errors.ts";
import { periodFrom } from "./periods.ts";

type Owner = { readonly customer: string; readonly subscription: string | null; readonly item?: string };

export type DiscountAmount = { readonly amount: number; readonly discount: string };

/** Redeems a coupon for a customer, one of their subscriptions or one of its items. */
export function redeem(world: World, coupon: Coupon, owner: Owner): Discount {
  const start = world.now();
  const months = coupon.duration === "repeating" ? (coupon.duration_in_months ?? 1) : null;
  world.update(world.tables.coupons, coupon, { times_redeemed: coupon.times_redeemed + 1 }, "coupon.updated");
  return world.create(world.tables.discounts, {
    id: world.id("di"),
    object: "discount" as const,
    checkout_session: null,
    customer: owner.customer,
    customer_account: null,
    end: months === null ? null : periodFrom(start, { interval: "month", interval_count: months }).end,
    invoice: null,
    invoice_item: null,
    promotion_code: null,
    source: { coupon: coupon.id, type: "coupon" as const },
    start,
    subscription: owner.subscription,
    subscription_item: owner.item ?? null,
  });
}

/** Redeems a coupon by its id, or answers as Stripe does when there is none. */
export function redeemById(world: World, id: string, owner: Owner & { readonly param: string }): Discount {
  const coupon = world.tables.coupons.get(id);
  if (coupon === undefined) throw StripeError.missing("coupon", id, owner.param);
  return redeem(world, coupon, owner);
}

/** A coupon, even if it was deleted: discounts that were made from it go on. */
export function couponOf(world: World, id: string): Coupon | undefined {
  return world.tables.coupons.get(id) ?? world.tables.formerCoupons.get(id);
}

/**
 * The amounts that the discounts in force take off: first those of items, each from its own lines, then those of the
 * subscription, which replace the customer's.
 */
export function discountAmounts(
  world: World,
  lines: readonly InvoiceLine[],
  owner: { readonly customer: Customer; readonly subscription: Subscription | undefined },
): readonly DiscountAmount[] {
  if (lines.reduce((sum, { amount }) => sum + amount, 0) <= 0) return [];
  const left = lines.map(({ amount }) => amount);
  const items = owner.subscription?.items.data ?? [];
  const ofItems = items.flatMap((item) =>
    inForce(world, item.discounts).map((discount) => {
      const isOwn = (line: InvoiceLine): boolean =>
        line.parent.subscription_item_details?.subscription_item === item.id;
      return takeOff(world, discount, { lines, left, isMeant: isOwn });
    }),
  );
  const ofAll = discountsInForce(world, owner).map((discount) => {
    const products = world.tables.couponExtras.get(discount.source.coupon)?.products ?? [];
    const isMeant = (line: InvoiceLine): boolean =>
      products.length === 0 || products.includes(line.pricing?.price_details.product ?? "");
    return takeOff(world, discount, { lines, left, isMeant });
  });
  return [...ofItems, ...ofAll].filter(({ amount }) => amount > 0);
}

type Bill = {
  readonly lines: readonly InvoiceLine[];
  /** What is left of each line; lowered here. */
  readonly left: number[];
  readonly isMeant: (line: InvoiceLine) => boolean;
};

/** One rounding for all the lines that are meant; what each of them gives is by its share, the last one gives the rest. */
function takeOff(world: World, discount: Discount, { lines, left, isMeant }: Bill): DiscountAmount {
  const meant = lines.flatMap((line, index) => (isMeant(line) ? [index] : []));
  const total = meant.reduce((sum, index) => sum + (left[index] ?? 0), 0);
  const amount = Math.max(0, Math.min(total, amountOff(world, discount, total)));
  let rest = amount;
  meant.forEach((index, place) => {
    const share = place === meant.length - 1 ? rest : Math.round((amount * (left[index] ?? 0)) / (total || 1));
    left[index] = (left[index] ?? 0) - share;
    rest -= share;
  });
  return { amount, discount: discount.id };
}

function discountsInForce(
  world: World,
  { customer, subscription }: { readonly customer: Customer; readonly subscription: Subscription | undefined },
): readonly Discount[] {
  const own = subscription?.discounts ?? [];
  if (own.length > 0 || customer.discount === null) return inForce(world, own);
  return [customer.discount].filter((discount) => isInForce(world, discount));
}

function inForce(world: World, ids: readonly string[]): readonly Discount[] {
  return ids.flatMap((id) => world.tables.discounts.get(id) ?? []).filter((discount) => isInForce(world, discount));
}

function isInForce(world: World, discount: Discount): boolean {
  const coupon = couponOf(world, discount.source.coupon);
  if (coupon?.duration === "once" && wasUsed(world, discount)) return false;
  return discount.end === null || discount.end > world.now();
}

function wasUsed(world: World, discount: Discount): boolean {
  const invoices = world.tables.invoices.find("customer", discount.customer ?? "");
  return invoices.some(({ total_discount_amounts: used }) => used.some((amount) => amount.discount === discount.id));
}

function amountOff(world: World, discount: Discount, subtotal: number): number {
  const coupon = couponOf(world, discount.source.coupon);
  if (coupon === undefined) return 0;
  return coupon.amount_off ?? Math.round((subtotal * (coupon.percent_off ?? 0)) / 100);
}
