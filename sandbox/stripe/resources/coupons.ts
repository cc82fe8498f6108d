/** Coupons. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import type { Coupon } from "../objects/coupon.ts";
import type { World } from "../world.ts";

const createParams = z.strictObject({
  amount_off: p.integer.optional(),
  applies_to: z.strictObject({ products: p.texts }).optional(),
  currency: p.text.optional(),
  duration: z.enum(["forever", "once", "repeating"]).optional(),
  duration_in_months: p.integer.optional(),
  id: p.text.optional(),
  max_redemptions: p.integer.optional(),
  metadata: p.metadata.optional(),
  name: p.text.optional(),
  percent_off: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .optional(),
  redeem_by: p.timestamp.optional(),
});

export const couponRoutes = [
  route({
    method: "POST",
    path: "/v1/coupons",
    permission: "coupon",
    params: createParams,
    run: ({ world, params }) => create(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/coupons",
    permission: "coupon",
    params: z.strictObject({ ...p.paging, created: p.range.optional() }),
    run: ({ world, params, url }) => {
      const matches = (coupon: Coupon) => p.inRange(coupon.created, params.created);
      return pageOf(world.tables.coupons, { url, paging: params, matches });
    },
  }),
  route({
    method: "GET",
    path: "/v1/coupons/:id",
    permission: "coupon",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireCoupon(world, id),
  }),
  route({
    method: "DELETE",
    path: "/v1/coupons/:id",
    permission: "coupon",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const coupon = requireCoupon(world, id);
      world.tables.coupons.delete(id);
      world.tables.formerCoupons.put(coupon);
      world.events.emit("coupon.deleted", { ...coupon, valid: false });
      return { id, object: "coupon", deleted: true };
    },
  }),
];

function create(world: World, input: z.output<typeof createParams>): Coupon {
  if ((input.amount_off === undefined) === (input.percent_off === undefined)) {
    throw StripeError.invalid("You must pass either percent_off or amount_off, and not both.");
  }
  const coupon: Coupon = {
    id: input.id ?? world.kernel.random.token(8),
    object: "coupon",
    amount_off: input.amount_off ?? null,
    created: world.now(),
    currency: input.currency ?? null,
    duration: input.duration ?? "once",
    duration_in_months: input.duration_in_months ?? null,
    livemode: false,
    max_redemptions: input.max_redemptions ?? null,
    metadata: p.mergeMetadata({}, input.metadata),
    name: input.name ?? null,
    percent_off: input.percent_off ?? null,
    redeem_by: input.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  };
  if (input.applies_to) world.tables.couponExtras.put({ id: coupon.id, products: input.applies_to.products });
  return world.create(world.tables.coupons, coupon, "coupon.created");
}

function requireCoupon(world: World, id: string): Coupon {
  const coupon = world.tables.coupons.get(id);
  if (coupon === undefined) throw StripeError.missing("coupon", id);
  return coupon;
}
