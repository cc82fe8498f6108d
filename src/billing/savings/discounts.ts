/** Station billing: which of a customer's discounts a comparison takes off on both sides. */
import type { Refusal } from "../../../contract/savings.ts";
import type { CouponFacts, DiscountFacts, ObjectCopyOf } from "../../model/stripe-object.ts";
import { prefixed } from "../copy-id.ts";
import { discountsOn, isTemporary, lastingDiscountsOn } from "../discount.ts";
import { isRefusal, refuse } from "./refusals.ts";

/** A discount whose terms are known. */
export type KnownDiscount = DiscountFacts & { readonly couponId: string; readonly coupon: ObjectCopyOf<"coupon"> };

/** inForce: on the invoice at the end of the present period · lasting: on every invoice of a year to come. */
export type Discounts = { readonly inForce: readonly KnownDiscount[]; readonly lasting: readonly KnownDiscount[] };

/** Whose discounts, and when the present period ends. */
export type Discounted = {
  readonly subscription: ObjectCopyOf<"subscription">;
  readonly customer: ObjectCopyOf<"customer">;
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
  readonly periodEndS: number;
};

/** The discounts of a subscription's invoices. Refused when a discount's terms are not known, or when it may be used up. */
export function discountsToCount({ subscription, customer, coupons, periodEndS }: Discounted): Discounts | Refusal {
  const discounts = discountsOn(subscription, customer, periodEndS);
  const ofItems = subscription.facts.items.map((item) => item.discounts);
  if (discounts === undefined || ofItems.includes(undefined)) return refuse("discounts_unknown");
  if (ofItems.some((own) => own !== undefined && own.length > 0)) return refuse("discount_on_item");
  const { currency } = subscription.facts;
  const inForce = knownOnes(
    discounts.filter(({ endS }) => endS === null || endS > periodEndS),
    { coupons, currency },
  );
  if (isRefusal(inForce)) return inForce;
  const later = lastingDiscountsOn(subscription, customer, coupons) ?? [];
  const lasting = knownOnes(
    later.filter((discount) => !isTemporary(discount, coupons)),
    { coupons, currency },
  );
  return isRefusal(lasting) ? lasting : { inForce, lasting };
}

type Terms = Pick<Discounted, "coupons"> & { readonly currency: string | null };

function knownOnes(
  discounts: readonly DiscountFacts[],
  { coupons, currency }: Terms,
): readonly KnownDiscount[] | Refusal {
  const known: KnownDiscount[] = [];
  for (const discount of discounts) {
    const { id, endS, couponId } = discount;
    const coupon = coupons.find((copy) => copy.id === prefixed("coupon", couponId ?? ""));
    if (!coupon || !couponId) return refuse("discount_unknown", { discount: id });
    const reason = flawOf({ id, endS }, coupon.facts, currency);
    if (reason) return reason;
    known.push({ ...discount, couponId, coupon });
  }
  return known;
}

function flawOf(
  { id, endS }: Pick<DiscountFacts, "id" | "endS">,
  { duration, products, percentOff, amountOffMinor, currency }: CouponFacts,
  wanted: string | null,
): Refusal | null {
  if (duration === "once") return refuse("discount_once", { discount: id });
  const isTimed = duration === "repeating" && endS !== null;
  const isKnown = (duration === "forever" || isTimed) && products !== null;
  if (!isKnown || (percentOff === null && amountOffMinor === null)) return refuse("discount_unknown", { discount: id });
  if (percentOff === null && currency !== wanted) return refuse("discount_currency", { discount: id });
  return null;
}
