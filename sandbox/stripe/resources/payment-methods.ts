/** Payment methods: cards and SEPA debits, made from Stripe's test numbers. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { NO_BILLING_DETAILS } from "../objects/payment.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import { NO_ADDRESS } from "../objects/shared.ts";
import type { BillingDetails } from "../objects/shared.ts";
import type { World } from "../world.ts";
import { makeCard, makeDebit, testMethod } from "./test-methods.ts";

const billingDetails = z.strictObject({
  address: p.address.optional(),
  email: p.clearableText.optional(),
  name: p.clearableText.optional(),
  phone: p.clearableText.optional(),
});

const card = z.union([
  z.strictObject({ token: p.text }),
  z.strictObject({ number: p.text, exp_month: p.integer, exp_year: p.integer, cvc: p.text.optional() }),
]);

const createParams = z.strictObject({
  type: z.enum(["card", "sepa_debit"]),
  allow_redisplay: z.enum(["unspecified", "limited", "always"]).optional(),
  billing_details: billingDetails.optional(),
  card: card.optional(),
  metadata: p.metadata.optional(),
  sepa_debit: z.strictObject({ iban: p.text }).optional(),
});

const updateParams = z.strictObject({
  billing_details: billingDetails.optional(),
  card: z.strictObject({ exp_month: p.integer.optional(), exp_year: p.integer.optional() }).optional(),
  metadata: p.metadata.optional(),
});

const listParams = z.strictObject({ ...p.paging, type: p.text.optional(), customer: p.text.optional() });

/** A payment method, or Stripe's 404. */
export function requireMethod(world: World, id: string, param = "payment_method"): PaymentMethod {
  const method = world.tables.paymentMethods.get(id);
  if (method === undefined) throw StripeError.missing("PaymentMethod", id, param);
  return method;
}

/** Gives a payment method to a customer; `pm_card_visa` and its kin make a new one each time. */
export function attach(world: World, id: string, customerId: string): PaymentMethod {
  const method = testMethod(world, id) ?? requireMethod(world, id, "id");
  if (method.customer !== null && method.customer !== customerId) {
    throw StripeError.invalid(
      "The payment method you provided has already been attached to a customer.",
      undefined,
      "payment_method_unexpected_state",
    );
  }
  const attached = world.update(world.tables.paymentMethods, method, { customer: customerId });
  if (attached !== method) world.events.emit("payment_method.attached", attached);
  return attached;
}

/** Takes it away from its customer, for good; nobody is charged with it any more. */
export function detach(world: World, method: PaymentMethod): PaymentMethod {
  if (method.customer === null) {
    throw StripeError.invalid(
      "The payment method you provided is not attached to a customer so detachment is impossible.",
    );
  }
  const { customers, subscriptions } = world.tables;
  const customer = customers.get(method.customer);
  const detached = world.update(world.tables.paymentMethods, method, { customer: null }, "payment_method.detached");
  if (customer?.invoice_settings.default_payment_method === method.id) {
    const invoice_settings = { ...customer.invoice_settings, default_payment_method: null };
    world.update(customers, customer, { invoice_settings }, "customer.updated");
  }
  for (const subscription of subscriptions.find("customer", method.customer)) {
    if (subscription.default_payment_method !== method.id) continue;
    world.update(subscriptions, subscription, { default_payment_method: null }, "customer.subscription.updated");
  }
  return detached;
}

export const paymentMethodRoutes = [
  route({
    method: "POST",
    path: "/v1/payment_methods",
    permission: "payment_method",
    params: createParams,
    run: ({ world, params }) => {
      const details = billingDetailsOf(NO_BILLING_DETAILS, params.billing_details);
      const made = make(world, params, details);
      return world.update(world.tables.paymentMethods, made, { metadata: p.mergeMetadata({}, params.metadata) });
    },
  }),
  route({
    method: "GET",
    path: "/v1/payment_methods",
    permission: "payment_method",
    params: listParams,
    run: ({ world, params, url }) => {
      const listing = { url, paging: params, matches: (method: PaymentMethod) => isType(method, params.type) };
      if (params.customer === undefined) return pageOf(world.tables.paymentMethods, listing);
      return pageOfRows(world.tables.paymentMethods.find("customer", params.customer), listing);
    },
  }),
  route({
    method: "GET",
    path: "/v1/customers/:id/payment_methods",
    permission: "payment_method",
    params: z.strictObject({ ...p.paging, type: p.text.optional() }),
    run: ({ world, params, url, ids: [id = ""] }) => {
      if (world.tables.customers.get(id) === undefined) throw StripeError.missing("customer", id);
      const matches = (method: PaymentMethod) => isType(method, params.type);
      return pageOfRows(world.tables.paymentMethods.find("customer", id), { url, paging: params, matches });
    },
  }),
  route({
    method: "GET",
    path: "/v1/payment_methods/:id",
    permission: "payment_method",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireMethod(world, id, "id"),
  }),
  route({
    method: "POST",
    path: "/v1/payment_methods/:id",
    permission: "payment_method",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const method = requireMethod(world, id, "id");
      const patch = {
        billing_details: billingDetailsOf(method.billing_details, params.billing_details),
        metadata: p.mergeMetadata(method.metadata, params.metadata),
        ...(method.card === undefined ? {} : { card: { ...method.card, ...expiryOf(params.card) } }),
      };
      return world.update(world.tables.paymentMethods, method, patch, "payment_method.updated");
    },
  }),
  route({
    method: "POST",
    path: "/v1/payment_methods/:id/attach",
    permission: "payment_method",
    params: z.strictObject({ customer: p.text }),
    run: ({ world, params, ids: [id = ""] }) => {
      if (world.tables.customers.get(params.customer) === undefined)
        throw StripeError.missing("customer", params.customer, "customer");
      return attach(world, id, params.customer);
    },
  }),
  route({
    method: "POST",
    path: "/v1/payment_methods/:id/detach",
    permission: "payment_method",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => detach(world, requireMethod(world, id, "id")),
  }),
];

function make(world: World, params: z.output<typeof createParams>, details: BillingDetails): PaymentMethod {
  if (params.type === "sepa_debit") {
    if (params.sepa_debit === undefined)
      throw StripeError.invalid("Missing required param: sepa_debit.", "sepa_debit", "parameter_missing");
    return makeDebit(world, params.sepa_debit.iban, details);
  }
  if (params.card === undefined)
    throw StripeError.invalid("Missing required param: card.", "card", "parameter_missing");
  return makeCard(world, params.card, details);
}

function isType(method: PaymentMethod, type: string | undefined): boolean {
  return type === undefined || method.type === type;
}

function billingDetailsOf(known: BillingDetails, given: z.output<typeof billingDetails> | undefined): BillingDetails {
  if (given === undefined) return known;
  const { address, ...rest } = given;
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const setAddress = Object.fromEntries(Object.entries(address ?? {}).filter(([, value]) => value !== undefined));
  return { ...known, ...set, address: { ...NO_ADDRESS, ...known.address, ...setAddress } };
}

function expiryOf(given: { exp_month?: number | undefined; exp_year?: number | undefined } | undefined): object {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
}
