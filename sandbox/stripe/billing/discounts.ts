/** Discounts: which ones lower an invoice, and by how much. */
import type { Coupon, Discount } from "../objects/coupon.ts";
import type { Customer } from "../objects/customer.ts";
import type { Subscription } from "../objects/subscription.ts";
import type { World } from "../world.ts";
import { periodFrom } from "./periods.ts";

type Owner = { readonly customer: string; readonly subscription: string | null };

export type DiscountAmount = { readonly amount: number; readonly discount: string };

/** Redeems a coupon for a customer or one of their subscriptions. */
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
    subscription_item: null,
  });
}

/** The amounts that the discounts in force take off; a subscription's own ones replace the customer's. */
export function discountAmounts(
  world: World,
  subtotal: number,
  owner: { readonly customer: Customer; readonly subscription: Subscription | undefined },
): readonly DiscountAmount[] {
  if (subtotal <= 0) return [];
  let left = subtotal;
  return discountsInForce(world, owner).map((discount) => {
    const amount = Math.min(left, amountOff(world, discount, left));
    left -= amount;
    return { amount, discount: discount.id };
  });
}

function discountsInForce(
  world: World,
  { customer, subscription }: { readonly customer: Customer; readonly subscription: Subscription | undefined },
): readonly Discount[] {
  const own = (subscription?.discounts ?? []).flatMap((id) => world.tables.discounts.get(id) ?? []);
  const all = own.length > 0 || customer.discount === null ? own : [customer.discount];
  return all.filter((discount) => isInForce(world, discount));
}

function isInForce(world: World, discount: Discount): boolean {
  const coupon = world.tables.coupons.get(discount.source.coupon);
  if (coupon?.duration === "once" && wasUsed(world, discount)) return false;
  return discount.end === null || discount.end > world.now();
}

function wasUsed(world: World, discount: Discount): boolean {
  const invoices = world.tables.invoices.find("customer", discount.customer ?? "");
  return invoices.some(({ total_discount_amounts: used }) => used.some((amount) => amount.discount === discount.id));
}

function amountOff(world: World, discount: Discount, subtotal: number): number {
  const coupon = world.tables.coupons.get(discount.source.coupon);
  if (coupon === undefined) return 0;
  return coupon.amount_off ?? Math.round((subtotal * (coupon.percent_off ?? 0)) / 100);
}
