/**
 * Stripe's own pages on which a customer changes a payment method or confirms another plan (docs.stripe.com/customer-management/
 * portal-deep-links). Whoever has the address of a session acts as the customer, for a short time: it is made when the
 * customer clicks, handed to them, and never kept or logged.
 */
import type { StripeClient } from "./client.ts";
import { StripeForbidden, StripeNotFound, StripeRejected } from "./failure.ts";

export type PortalFlow =
  | { readonly type: "payment_method_update" }
  | {
      readonly type: "subscription_update_confirm";
      readonly subscriptionId: string;
      readonly change: { readonly id: string; readonly price: string; readonly quantity?: number };
    };

export type PortalWish = {
  readonly customerId: string;
  readonly flow: PortalFlow;
  readonly locale: string;
  /** Where the customer comes back to when they leave. */
  readonly leaveUrl: string;
  /** Where they come to when they are done. */
  readonly doneUrl: string;
  /** Another one for each session: Stripe would answer with the old one, which has ended. */
  readonly key: string;
};

/** The session's address; or why Stripe makes none: the account has no portal for this, the key may not, the customer is gone. */
export type PortalAnswer =
  | { readonly url: string }
  | { readonly problem: StripeRejected | StripeForbidden | StripeNotFound };

/** Asks Stripe for a session. Throws what else is in stripe/failure.ts. */
export async function createPortalSession(stripe: StripeClient, wish: PortalWish): Promise<PortalAnswer> {
  try {
    const { body } = await stripe.post("/v1/billing_portal/sessions", bodyOf(wish), wish.key);
    const { url } = body;
    if (typeof url === "string") return { url };
    return { problem: new StripeRejected("the session has no address") };
  } catch (error) {
    const isRefusal =
      error instanceof StripeRejected || error instanceof StripeForbidden || error instanceof StripeNotFound;
    if (isRefusal) return { problem: error };
    throw error;
  }
}

function bodyOf({ customerId, flow, locale, leaveUrl, doneUrl }: PortalWish): Readonly<Record<string, unknown>> {
  return {
    customer: customerId,
    locale,
    return_url: leaveUrl,
    flow_data: {
      type: flow.type,
      after_completion: { type: "redirect", redirect: { return_url: doneUrl } },
      ...(flow.type === "subscription_update_confirm"
        ? { subscription_update_confirm: { subscription: flow.subscriptionId, items: [flow.change] } }
        : {}),
    },
  };
}

/**
 * Whether the account has a portal, without which Stripe makes no sessions (docs.stripe.com/api/customer_portal/configurations/list);
 * null when the key may not ask, which it needs for nothing else.
 */
export async function hasPortal(stripe: StripeClient): Promise<boolean | null> {
  try {
    const { body } = await stripe.get("/v1/billing_portal/configurations", {
      is_default: true,
      active: true,
      limit: 1,
    });
    const { data } = body;
    return Array.isArray(data) && data.length > 0;
  } catch (error) {
    if (error instanceof StripeForbidden) return null;
    throw error;
  }
}
