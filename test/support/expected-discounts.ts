/** What items cost and what discounts leave of it, worked out from Stripe's objects in plain numbers. It shares nothing with the server. */
import type Stripe from "stripe";
import { idOf } from "./expected-value.ts";
import type { StripeState } from "./stripe-state.ts";

/** What an item costs on so many invoices. */
export type Share = { readonly item: Stripe.SubscriptionItem; readonly amount: number; readonly invoices: number };

/** Minor units each time it is billed; NaN for a price that does not say. */
export function costOfItem({ prices }: StripeState, { price, quantity = 1 }: Stripe.SubscriptionItem): number {
  if (price.billing_scheme === "tiered") return tieredCost(price.tiers ? price : prices.get(price.id), quantity);
  const { divide_by: size = 1, round } = price.transform_quantity ?? {};
  const units = round === "down" ? Math.floor(quantity / size) : Math.ceil(quantity / size);
  return price.unit_amount === null ? Number.NaN : price.unit_amount * units;
}

function tieredCost(price: Stripe.Price | undefined, quantity: number): number {
  const tiers = price?.tiers ?? [];
  const end = (index: number): number => tiers[index]?.up_to ?? Number.POSITIVE_INFINITY;
  const begin = (index: number): number => (index === 0 ? 0 : end(index - 1));
  if (price?.tiers_mode === "volume") {
    const tier = tiers.find((_, index) => quantity <= end(index));
    return quantity * (tier?.unit_amount ?? 0) + (tier?.flat_amount ?? 0);
  }
  const entered = tiers.filter((_, index) => index === 0 || quantity > begin(index));
  return entered.reduce((sum, tier, index) => {
    const units = Math.min(quantity, end(index)) - begin(index);
    return sum + units * (tier.unit_amount ?? 0) + (tier.flat_amount ?? 0);
  }, 0);
}

export type Discounting = {
  readonly state: StripeState;
  readonly customer: Stripe.Customer;
  readonly subscription: Stripe.Subscription;
  /** Whether a discount counts; undefined when that cannot be known. */
  readonly counts: (coupon: Stripe.Coupon, end: number | null) => boolean | undefined;
};

/** The sum of what is left: items' discounts first, then the subscription's, else the customer's. NaN when unknown. */
export function leftOf(about: Discounting, shares: readonly Share[]): number {
  const { customer, subscription } = about;
  const afterItems = shares.map((share) =>
    share.item.discounts.reduce<Share>(
      (left, discount) => ({ ...left, amount: takeOff(about, discount, [left])[0] ?? Number.NaN }),
      share,
    ),
  );
  const hasOwn = subscription.discounts.some((discount) => mayCount(about, discount));
  const own = hasOwn ? subscription.discounts : customer.discount ? [customer.discount] : [];
  const left = own.reduce<readonly Share[]>((before, discount) => {
    const amounts = takeOff(about, discount, before);
    return before.map((share, index) => ({ ...share, amount: amounts[index] ?? Number.NaN }));
  }, afterItems);
  return left.reduce((sum, { amount }) => sum + amount, 0);
}

function mayCount({ state, counts }: Discounting, discount: string | Stripe.Discount): boolean {
  if (typeof discount === "string") return true;
  const coupon = state.coupons.get(idOf(discount.source.coupon) ?? "");
  return coupon === undefined || counts(coupon, discount.end) !== false;
}

/** What a discount leaves of each share. */
function takeOff(
  { state, counts }: Discounting,
  discount: string | Stripe.Discount,
  shares: readonly Share[],
): readonly number[] {
  const unknown = shares.map(() => Number.NaN);
  if (typeof discount === "string") return unknown;
  const coupon = state.coupons.get(idOf(discount.source.coupon) ?? "");
  const applies = coupon && counts(coupon, discount.end);
  if (coupon === undefined || applies === undefined) return unknown;
  if (!applies) return shares.map(({ amount }) => amount);
  const products = coupon.applies_to?.products ?? [];
  const isMeant = ({ item }: Share): boolean =>
    products.length === 0 || products.includes(idOf(item.price.product) ?? "");
  if (coupon.percent_off !== null) {
    const part = 1 - coupon.percent_off / 100;
    return shares.map((share) => (isMeant(share) ? share.amount * part : share.amount));
  }
  const meant = shares.filter(isMeant);
  const total = meant.reduce((sum, { amount }) => sum + amount, 0);
  const [first] = meant;
  if (!first || total === 0) return shares.map(({ amount }) => amount);
  if (coupon.currency !== first.item.price.currency || meant.some(({ invoices }) => invoices !== first.invoices))
    return unknown;
  const rest = Math.max(0, total - (coupon.amount_off ?? 0) * first.invoices);
  return shares.map((share) => (isMeant(share) ? (share.amount * rest) / total : share.amount));
}
