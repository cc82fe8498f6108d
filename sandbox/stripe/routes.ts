/** Every address that the local Stripe answers. */
import { accountRoutes } from "./resources/account.ts";
import { checkoutRoutes } from "./resources/checkout.ts";
import { couponRoutes } from "./resources/coupons.ts";
import { creditGrantRoutes } from "./resources/credit-grants.ts";
import { creditNoteRoutes } from "./resources/credit-notes.ts";
import { customerRoutes } from "./resources/customers.ts";
import { eventRoutes } from "./resources/events.ts";
import { invoiceItemRoutes } from "./resources/invoice-items.ts";
import { invoicePreviewRoutes } from "./resources/invoice-previews.ts";
import { invoiceRoutes } from "./resources/invoices.ts";
import { meterRoutes } from "./resources/meters.ts";
import { paymentMethodRoutes } from "./resources/payment-methods.ts";
import { paymentRoutes } from "./resources/payments.ts";
import { portalRoutes } from "./resources/portal.ts";
import { priceRoutes } from "./resources/prices.ts";
import { productRoutes } from "./resources/products.ts";
import { refundRoutes } from "./resources/refunds.ts";
import { subscriptionItemRoutes } from "./resources/subscription-items.ts";
import { subscriptionRoutes } from "./resources/subscriptions.ts";
import { webhookEndpointRoutes } from "./resources/webhook-endpoints.ts";

export const stripeRoutes = [
  ...accountRoutes,
  ...checkoutRoutes,
  ...couponRoutes,
  ...creditGrantRoutes,
  ...creditNoteRoutes,
  ...customerRoutes,
  ...eventRoutes,
  ...invoiceItemRoutes,
  ...invoicePreviewRoutes,
  ...invoiceRoutes,
  ...meterRoutes,
  ...paymentMethodRoutes,
  ...paymentRoutes,
  ...portalRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...refundRoutes,
  ...subscriptionItemRoutes,
  ...subscriptionRoutes,
  ...webhookEndpointRoutes,
];
