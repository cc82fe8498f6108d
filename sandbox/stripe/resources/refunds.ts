/** Refunds and disputes. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { closeDispute } from "../billing/disputing.ts";
import { cancelRefund, refundCharge } from "../billing/refunding.ts";
import type { Charge } from "../objects/charge.ts";
import type { Dispute, Refund } from "../objects/refund.ts";
import type { World } from "../world.ts";
import { requireCharge, requireIntent } from "./payments.ts";

const createParams = z.strictObject({
  amount: p.integer.optional(),
  charge: p.text.optional(),
  metadata: p.metadata.optional(),
  payment_intent: p.text.optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
});

const filters = z.strictObject({
  ...p.paging,
  charge: p.text.optional(),
  created: p.range.optional(),
  payment_intent: p.text.optional(),
});

export const refundRoutes = [
  route({
    method: "POST",
    path: "/v1/refunds",
    permission: "charge",
    params: createParams,
    run: ({ world, params }) => {
      const { amount, reason } = params;
      const metadata = p.mergeMetadata({}, params.metadata);
      return refundCharge(world, chargeOf(world, params), { amount, reason, metadata });
    },
  }),
  route({
    method: "GET",
    path: "/v1/refunds",
    permission: "charge",
    params: filters,
    run: ({ world, params, url }) => {
      const listing = { url, paging: params, matches: (refund: Refund) => p.inRange(refund.created, params.created) };
      const { refunds } = world.tables;
      if (params.charge !== undefined) return pageOfRows(refunds.find("charge", params.charge), listing);
      if (params.payment_intent !== undefined)
        return pageOfRows(refunds.find("payment_intent", params.payment_intent), listing);
      return pageOf(refunds, listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/refunds/:id",
    permission: "charge",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireRefund(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/refunds/:id",
    permission: "charge",
    params: z.strictObject({ metadata: p.metadata.optional() }),
    run: ({ world, params, ids: [id = ""] }) => {
      const refund = requireRefund(world, id);
      const metadata = p.mergeMetadata(refund.metadata ?? {}, params.metadata);
      return world.update(world.tables.refunds, refund, { metadata }, "refund.updated");
    },
  }),
  route({
    method: "POST",
    path: "/v1/refunds/:id/cancel",
    permission: "charge",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => cancelRefund(world, requireRefund(world, id)),
  }),
  route({
    method: "GET",
    path: "/v1/disputes",
    permission: "dispute",
    params: filters,
    run: ({ world, params, url }) => {
      const listing = {
        url,
        paging: params,
        matches: (dispute: Dispute) => p.inRange(dispute.created, params.created),
      };
      const { disputes } = world.tables;
      if (params.charge !== undefined) return pageOfRows(disputes.find("charge", params.charge), listing);
      if (params.payment_intent !== undefined)
        return pageOfRows(disputes.find("payment_intent", params.payment_intent), listing);
      return pageOf(disputes, listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/disputes/:id",
    permission: "dispute",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireDispute(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/disputes/:id/close",
    permission: "dispute",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => closeDispute(world, requireDispute(world, id), "lost"),
  }),
];

function chargeOf(world: World, input: z.output<typeof createParams>): Charge {
  if (input.charge !== undefined) return requireCharge(world, input.charge, "charge");
  if (input.payment_intent === undefined) {
    throw StripeError.invalid(
      "One of the following params should be provided for this request: payment_intent or charge.",
    );
  }
  const intent = requireIntent(world, input.payment_intent, "payment_intent");
  return requireCharge(world, intent.latest_charge ?? "", "payment_intent");
}

function requireRefund(world: World, id: string): Refund {
  const refund = world.tables.refunds.get(id);
  if (refund === undefined) throw StripeError.missing("refund", id);
  return refund;
}

function requireDispute(world: World, id: string): Dispute {
  const dispute = world.tables.disputes.get(id);
  if (dispute === undefined) throw StripeError.missing("dispute", id);
  return dispute;
}
