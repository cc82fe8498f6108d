/** Coupons and the discounts made from them. */
import type { Metadata } from "./shared.ts";

export type Coupon = {
  readonly id: string;
  readonly object: "coupon";
  readonly amount_off: number | null;
  readonly created: number;
  readonly currency: string | null;
  readonly duration: "forever" | "once" | "repeating";
  readonly duration_in_months: number | null;
  readonly livemode: false;
  readonly max_redemptions: number | null;
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly percent_off: number | null;
  readonly redeem_by: number | null;
  readonly times_redeemed: number;
  readonly valid: boolean;
};

/** What a coupon shows only to who asks for it. */
export type CouponExtras = { readonly id: string; readonly products: readonly string[] };

export type Discount = {
  readonly id: string;
  readonly object: "discount";
  readonly checkout_session: null;
  readonly customer: string | null;
  readonly customer_account: null;
  readonly end: number | null;
  readonly invoice: null;
  readonly invoice_item: null;
  readonly promotion_code: null;
  readonly source: { readonly coupon: string; readonly type: "coupon" };
  readonly start: number;
  readonly subscription: string | null;
  readonly subscription_item: string | null;
};
