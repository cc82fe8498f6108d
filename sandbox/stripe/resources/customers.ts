/** Customers and their balance. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf, pageOfRows } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { changeBalance } from "../billing/balance.ts";
import { redeemById } from "../billing/discounts.ts";
import { endSubscription } from "../billing/ending.ts";
import { newCustomer } from "../objects/customer.ts";
import type { Customer } from "../objects/customer.ts";
import { NO_ADDRESS } from "../objects/shared.ts";
import type { Address } from "../objects/shared.ts";
import type { World } from "../world.ts";
import { attach } from "./payment-methods.ts";
import { pageOfSubscriptions, subscriptionFilters } from "./subscription-lists.ts";

const fields = {
  address: p.address.optional(),
  balance: p.integer.optional(),
  coupon: p.text.optional(),
  description: p.clearableText.optional(),
  email: p.clearableText.optional(),
  invoice_prefix: p.text.optional(),
  invoice_settings: z.strictObject({ default_payment_method: p.clearableText.optional() }).optional(),
  metadata: p.metadata.optional(),
  name: p.clearableText.optional(),
  phone: p.clearableText.optional(),
  preferred_locales: p.texts.optional(),
};

const createParams = z.strictObject({ ...fields, payment_method: p.text.optional() });
const updateParams = z.strictObject(fields);
const listParams = z.strictObject({ ...p.paging, created: p.range.optional(), email: p.text.optional() });
const balanceParams = z.strictObject({
  amount: p.integer,
  currency: p.text,
  description: p.clearableText.optional(),
  metadata: p.metadata.optional(),
});

export type CustomerInput = z.output<typeof createParams>;

/** A customer, or Stripe's 404; a deleted one is what is left of it. */
export function requireCustomer(world: World, id: string, param = "customer"): Customer {
  const customer = world.tables.customers.get(id);
  if (customer === undefined) throw StripeError.missing("customer", id, param);
  return customer;
}

/** Creates a customer, with a payment method if one is given. */
export function createCustomer(world: World, input: CustomerInput): Customer {
  const prefix = input.invoice_prefix ?? world.kernel.random.hex(8).toUpperCase();
  const born = newCustomer({ id: shortId(world), created: world.now(), invoice_prefix: prefix });
  const customer = world.create(world.tables.customers, { ...born, ...patchOf(born, input) }, "customer.created");
  if (input.payment_method !== undefined) attach(world, input.payment_method, customer.id);
  return useCoupon(world, customer, input.coupon);
}

/** Changes a customer. */
export function updateCustomer(world: World, customer: Customer, input: z.output<typeof updateParams>): Customer {
  const method = input.invoice_settings?.default_payment_method;
  if (method !== undefined && method !== null && world.tables.paymentMethods.get(method)?.customer !== customer.id) {
    throw StripeError.invalid(
      `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
      "invoice_settings[default_payment_method]",
      "resource_missing",
    );
  }
  const updated = world.update(world.tables.customers, customer, patchOf(customer, input), "customer.updated");
  return useCoupon(world, updated, input.coupon);
}

/** Deletes a customer for good: subscriptions end, payment methods are detached. */
export function deleteCustomer(world: World, customer: Customer): object {
  for (const subscription of world.tables.subscriptions.find("customer", customer.id)) {
    if (subscription.status !== "canceled" && subscription.status !== "incomplete_expired") {
      endSubscription(world, subscription, { reason: "cancellation_requested" });
    }
  }
  const last = world.tables.customers.get(customer.id) ?? customer;
  for (const method of world.tables.paymentMethods.find("customer", customer.id)) {
    world.update(world.tables.paymentMethods, method, { customer: null });
  }
  world.tables.customers.delete(customer.id);
  world.events.emit("customer.deleted", last);
  return world.tables.deleted.put({ id: customer.id, object: "customer", deleted: true });
}

export const customerRoutes = [
  route({
    method: "POST",
    path: "/v1/customers",
    permission: "customer",
    params: createParams,
    run: ({ world, params }) => createCustomer(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/customers",
    permission: "customer",
    params: listParams,
    run: ({ world, params, url }) => {
      const matches = (customer: Customer) => p.inRange(customer.created, params.created);
      if (params.email === undefined) return pageOf(world.tables.customers, { url, paging: params, matches });
      const rows = world.tables.customers.find("email", params.email);
      return pageOfRows(rows, { url, paging: params, matches });
    },
  }),
  route({
    method: "GET",
    path: "/v1/customers/:id",
    permission: "customer",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => world.tables.deleted.get(id) ?? requireCustomer(world, id, "id"),
  }),
  route({
    method: "POST",
    path: "/v1/customers/:id",
    permission: "customer",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => updateCustomer(world, requireCustomer(world, id, "id"), params),
  }),
  route({
    method: "DELETE",
    path: "/v1/customers/:id",
    permission: "customer",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => deleteCustomer(world, requireCustomer(world, id, "id")),
  }),
  route({
    method: "DELETE",
    path: "/v1/customers/:id/discount",
    permission: "customer",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => endDiscount(world, requireCustomer(world, id, "id")),
  }),
  route({
    method: "GET",
    path: "/v1/customers/:id/subscriptions",
    permission: "subscription",
    params: z.strictObject(subscriptionFilters),
    run: ({ world, params, url, ids: [id = ""] }) =>
      pageOfSubscriptions(world, { ...params, customer: requireCustomer(world, id, "id").id }, url),
  }),
  route({
    method: "GET",
    path: "/v1/customers/:id/balance_transactions",
    permission: "customer",
    params: z.strictObject(p.paging),
    run: ({ world, params, url, ids: [id = ""] }) =>
      pageOfRows(world.tables.balanceTransactions.find("customer", requireCustomer(world, id, "id").id), {
        url,
        paging: params,
      }),
  }),
  route({
    method: "POST",
    path: "/v1/customers/:id/balance_transactions",
    permission: "customer",
    params: balanceParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const { amount, currency, description = null } = params;
      return changeBalance(world, requireCustomer(world, id, "id"), {
        amount,
        currency,
        description,
        type: "adjustment",
      });
    },
  }),
];

function patchOf(customer: Customer, input: Omit<CustomerInput, "payment_method">): Partial<Customer> {
  const { invoice_settings: settings, address, metadata, preferred_locales: locales, balance, ...rest } = input;
  const { description, email, name, phone } = rest;
  return {
    ...(description === undefined ? {} : { description }),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(phone === undefined ? {} : { phone }),
    ...(balance === undefined ? {} : { balance }),
    ...(locales === undefined ? {} : { preferred_locales: locales }),
    ...(address === undefined ? {} : { address: addressOf(customer.address, address) }),
    ...(settings === undefined
      ? {}
      : { invoice_settings: { ...customer.invoice_settings, ...defaultMethod(settings) } }),
    metadata: p.mergeMetadata(customer.metadata, metadata),
  };
}

function defaultMethod(
  settings: NonNullable<CustomerInput["invoice_settings"]>,
): Partial<Customer["invoice_settings"]> {
  const { default_payment_method: method } = settings;
  return method === undefined ? {} : { default_payment_method: method };
}

function addressOf(known: Address | null, given: NonNullable<CustomerInput["address"]>): Address {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...NO_ADDRESS, ...known, ...Object.fromEntries(set) };
}

/** Takes the customer's own discount away; those of subscriptions stay. */
function endDiscount(world: World, customer: Customer): object {
  const { discount } = customer;
  if (discount === null) throw StripeError.missing("discount", customer.id);
  world.update(world.tables.customers, customer, { discount: null }, "customer.updated");
  world.events.emit("customer.discount.deleted", discount);
  return { ...discount, deleted: true };
}

function useCoupon(world: World, customer: Customer, couponId: string | undefined): Customer {
  if (couponId === undefined) return customer;
  const discount = redeemById(world, couponId, { customer: customer.id, subscription: null, param: "coupon" });
  world.events.emit("customer.discount.created", discount);
  return world.update(world.tables.customers, customer, { discount }, "customer.updated");
}

/** Customers have fourteen characters after the prefix. */
function shortId(world: World): string {
  return `cus_${world.kernel.random.token(14)}`;
}
