/** The event types that Dunlin uses, and what each one tells. Source: docs.stripe.com/api/events/types. */
import type { EventUse } from "../model/stripe-event.ts";
import type { StripeKind } from "../model/stripe-object.ts";

const kinds: readonly StripeKind[] = [
  "customer",
  "subscription",
  "invoice",
  "payment_intent",
  "charge",
  "refund",
  "dispute",
  "payment_method",
  "product",
  "price",
  "coupon",
  "mandate",
  "credit_balance",
  "entitlements",
];

const copies: Readonly<Record<string, readonly string[]>> = {
  customer: ["customer.created", "customer.updated"],
  subscription: [
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted", // the last snapshot: status canceled
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
  ],
  // Never invoice.created: an endpoint that listens to it and is down holds back finalisation for up to 72 hours
  // (docs.stripe.com/billing/subscriptions/webhooks).
  invoice: [
    "invoice.finalized",
    "invoice.finalization_failed",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.sent",
  ],
  payment_intent: [
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.canceled",
  ],
  charge: [
    "charge.succeeded",
    "charge.failed",
    "charge.pending",
    "charge.updated",
    "charge.captured",
    "charge.expired",
    "charge.refunded",
  ],
  refund: ["refund.created", "refund.updated", "refund.failed"],
  dispute: [
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
  ],
  payment_method: [
    "payment_method.attached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "payment_method.detached",
  ],
  product: ["product.created", "product.updated"],
  price: ["price.created", "price.updated"],
  coupon: ["coupon.created"], // its terms never change
  mandate: ["mandate.updated"],
  entitlements: ["entitlements.active_entitlement_summary.updated"], // shows at most ten
};

/** They name an object that has changed, and do not show it. */
const looks: Readonly<Record<string, readonly string[]>> = {
  // A discount of the customer shows in no other event.
  customer: ["customer.discount.created", "customer.discount.updated", "customer.discount.deleted"],
  credit_balance: [
    "billing.credit_grant.created",
    "billing.credit_grant.updated",
    "billing.credit_balance_transaction.created",
  ],
};

const deletions: Readonly<Record<string, StripeKind>> = {
  "customer.deleted": "customer",
  "invoice.deleted": "invoice",
  "product.deleted": "product",
  "price.deleted": "price",
};

const notes: readonly string[] = [
  "checkout.session.completed",
  "checkout.session.expired",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "radar.early_fraud_warning.created",
];

const uses: ReadonlyMap<string, EventUse> = new Map<string, EventUse>([
  ...Object.entries(copies).flatMap(([kind, types]) =>
    types.map((type): [string, EventUse] => [type, { how: "copy", kind: kindNamed(kind), deletes: false }]),
  ),
  ...Object.entries(deletions).map(([type, kind]): [string, EventUse] => [type, { how: "copy", kind, deletes: true }]),
  ...Object.entries(looks).flatMap(([kind, types]) =>
    types.map((type): [string, EventUse] => [type, { how: "look", kind: kindNamed(kind) }]),
  ),
  ...notes.map((type): [string, EventUse] => [type, { how: "note" }]),
]);

/** How this type is used; `undefined` for a type that is stored and skipped. */
export function useOf(type: string): EventUse | undefined {
  return uses.get(type);
}

/** Every type that the webhook endpoint subscribes to by itself, in a stable order. */
export const subscribedTypes: readonly string[] = [...uses.keys()].sort();

/** What an endpoint subscribes to when somebody wants further types, in a stable order. */
export function typesWith(further: Iterable<string>): readonly string[] {
  return [...new Set([...subscribedTypes, ...further])].toSorted();
}

function kindNamed(name: string): StripeKind {
  const kind = kinds.find((candidate) => candidate === name);
  if (!kind) throw new Error(`The event catalogue names an unknown kind: ${name}`);
  return kind;
}
