/** All of Stripe's collections, with the look-ups that the state machines and lists need. */
import type { Store } from "../kernel/types.ts";
import { Agenda } from "./agenda.ts";
import type { Appointment } from "./agenda.ts";
import type { StoredEvent } from "./events.ts";
import type { Price, PriceExtras, Product } from "./objects/catalogue.ts";
import type { CheckoutPlan, CheckoutSession } from "./objects/checkout.ts";
import type { Coupon, CouponExtras, Discount } from "./objects/coupon.ts";
import type { CreditDebit, CreditGrant } from "./objects/credit-grant.ts";
import type { CreditNote } from "./objects/credit-note.ts";
import type { BalanceTransaction, Customer } from "./objects/customer.ts";
import { subscriptionOf } from "./objects/invoice.ts";
import type { Invoice, InvoiceItem, InvoicePayment } from "./objects/invoice.ts";
import type { Meter, StoredMeterEvent } from "./objects/meter.ts";
import type { Behaviour, PaymentMethod } from "./objects/payment.ts";
import type { Charge, PaymentIntent } from "./objects/charge.ts";
import type { Dispute, Refund } from "./objects/refund.ts";
import type { PortalConfiguration, PortalSession } from "./objects/portal.ts";
import type { Deleted } from "./objects/shared.ts";
import type { Subscription } from "./objects/subscription.ts";
import type { WebhookEndpoint } from "./objects/webhook-endpoint.ts";
import { Table } from "./table.ts";

export type Tables = ReturnType<typeof openTables>;

/** Opens the collections of this store, all under the prefix `stripe.`. */
export function openTables(store: Store) {
  const open = <T extends { readonly id: string }>(name: string) => store.collection<T>(`stripe.${name}`);
  return {
    customers: new Table<Customer>(open("customers"), { email: (row) => row.email }),
    balanceTransactions: new Table<BalanceTransaction>(open("balance_transactions"), {
      customer: (row) => row.customer,
    }),
    deleted: new Table<Deleted>(open("deleted")),
    products: new Table<Product>(open("products")),
    prices: new Table<Price>(open("prices"), { product: (row) => row.product, lookup_key: (row) => row.lookup_key }),
    priceExtras: new Table<PriceExtras>(open("price_extras")),
    coupons: new Table<Coupon>(open("coupons")),
    couponExtras: new Table<CouponExtras>(open("coupon_extras")),
    formerCoupons: new Table<Coupon>(open("former_coupons")),
    discounts: new Table<Discount>(open("discounts"), { customer: (row) => row.customer }),
    paymentMethods: new Table<PaymentMethod>(open("payment_methods"), { customer: (row) => row.customer }),
    behaviours: new Table<Behaviour>(open("behaviours")),
    subscriptions: new Table<Subscription>(open("subscriptions"), { customer: (row) => row.customer }),
    invoices: new Table<Invoice>(open("invoices"), { customer: (row) => row.customer, subscription: subscriptionOf }),
    invoiceItems: new Table<InvoiceItem>(open("invoice_items"), { customer: (row) => row.customer }),
    invoicePayments: new Table<InvoicePayment>(open("invoice_payments"), {
      invoice: (row) => row.invoice,
      payment_intent: (row) => row.payment.payment_intent,
    }),
    paymentIntents: new Table<PaymentIntent>(open("payment_intents"), { customer: (row) => row.customer }),
    charges: new Table<Charge>(open("charges"), {
      customer: (row) => row.customer,
      payment_intent: (row) => row.payment_intent,
    }),
    refunds: new Table<Refund>(open("refunds"), {
      charge: (row) => row.charge,
      payment_intent: (row) => row.payment_intent,
    }),
    disputes: new Table<Dispute>(open("disputes"), {
      charge: (row) => row.charge,
      payment_intent: (row) => row.payment_intent,
    }),
    creditGrants: new Table<CreditGrant>(open("credit_grants"), { customer: (row) => row.customer }),
    creditDebits: new Table<CreditDebit>(open("credit_debits"), { credit_grant: (row) => row.credit_grant }),
    creditNotes: new Table<CreditNote>(open("credit_notes"), {
      customer: (row) => row.customer,
      invoice: (row) => row.invoice,
    }),
    checkoutSessions: new Table<CheckoutSession>(open("checkout_sessions"), {
      customer: (row) => row.customer,
      payment_intent: (row) => row.payment_intent,
      subscription: (row) => row.subscription,
    }),
    checkoutPlans: new Table<CheckoutPlan>(open("checkout_plans")),
    portalConfigurations: new Table<PortalConfiguration>(open("portal_configurations")),
    portalSessions: new Table<PortalSession>(open("portal_sessions")),
    meters: new Table<Meter>(open("meters"), { event_name: (row) => row.event_name }),
    meterEvents: new Table<StoredMeterEvent>(open("meter_events"), { key: (row) => row.key }),
    webhookEndpoints: new Table<WebhookEndpoint>(open("webhook_endpoints")),
    events: new Table<StoredEvent>(open("events")),
    agenda: new Agenda(open<Appointment>("agenda")),
  };
}
