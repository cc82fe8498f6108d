/** Billing credits: grants, and what is left of them. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import type { CreditDebit, CreditGrant } from "../objects/credit-grant.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";

const createParams = z.strictObject({
  amount: z.strictObject({
    monetary: z.strictObject({ currency: p.text, value: p.integer }),
    type: z.literal("monetary"),
  }),
  applicability_config: z.strictObject({ scope: z.strictObject({ price_type: z.literal("metered") }) }),
  category: z.enum(["paid", "promotional"]).optional(),
  customer: p.text,
  expires_at: p.timestamp.optional(),
  metadata: p.metadata.optional(),
  name: p.text.optional(),
});

const summaryParams = z.strictObject({
  customer: p.text,
  filter: z.strictObject({
    applicability_scope: z.strictObject({ price_type: z.literal("metered") }),
    type: z.literal("applicability_scope"),
  }),
});

export const creditGrantRoutes = [
  route({
    method: "POST",
    path: "/v1/billing/credit_grants",
    permission: "billing_credit_grant",
    params: createParams,
    run: ({ world, params }) => create(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/billing/credit_grants/:id",
    permission: "billing_credit_grant",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireGrant(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/billing/credit_grants/:id/void",
    permission: "billing_credit_grant",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const patch = { voided_at: world.now(), updated: world.now() };
      return world.update(world.tables.creditGrants, requireGrant(world, id), patch, "billing.credit_grant.updated");
    },
  }),
  route({
    method: "GET",
    path: "/v1/billing/credit_balance_summary",
    permission: "billing_credit_grant",
    params: summaryParams,
    run: ({ world, params }) => summaryOf(world, requireCustomer(world, params.customer).id),
  }),
];

/** Takes an amount from a grant, as an invoice for usage does. */
export function useCredits(world: World, grantId: string, value: number): CreditDebit {
  const grant = requireGrant(world, grantId);
  const amount = { monetary: { currency: grant.amount.monetary.currency, value }, type: "monetary" as const };
  const debit: CreditDebit = {
    id: world.id("cbtxn"),
    object: "billing.credit_balance_transaction",
    created: world.now(),
    credit: null,
    credit_grant: grant.id,
    debit: { amount, credits_applied: null, type: "credits_applied" },
    effective_at: world.now(),
    livemode: false,
    test_clock: null,
    type: "debit",
  };
  return world.create(world.tables.creditDebits, debit, "billing.credit_balance_transaction.created");
}

function create(world: World, input: z.output<typeof createParams>): CreditGrant {
  const grant: CreditGrant = {
    id: world.id("credgr"),
    object: "billing.credit_grant",
    amount: input.amount,
    applicability_config: input.applicability_config,
    category: input.category ?? "paid",
    created: world.now(),
    customer: requireCustomer(world, input.customer).id,
    customer_account: null,
    effective_at: world.now(),
    expires_at: input.expires_at ?? null,
    livemode: false,
    metadata: p.mergeMetadata({}, input.metadata),
    name: input.name ?? null,
    priority: 50,
    test_clock: null,
    updated: world.now(),
    voided_at: null,
  };
  return world.create(world.tables.creditGrants, grant, "billing.credit_grant.created");
}

function requireGrant(world: World, id: string): CreditGrant {
  const grant = world.tables.creditGrants.get(id);
  if (grant === undefined) throw StripeError.missing("billing.credit_grant", id);
  return grant;
}

function summaryOf(world: World, customer: string): object {
  const left = new Map<string, number>();
  for (const grant of world.tables.creditGrants.find("customer", customer)) {
    const { currency, value } = grant.amount.monetary;
    const isOver = grant.voided_at !== null || (grant.expires_at ?? Infinity) <= world.now();
    const used = world.tables.creditDebits
      .find("credit_grant", grant.id)
      .reduce((sum, { debit }) => sum + debit.amount.monetary.value, 0);
    left.set(currency, (left.get(currency) ?? 0) + (isOver ? 0 : value - used));
  }
  const balances = [...left].map(([currency, value]) => {
    const balance = { monetary: { currency, value }, type: "monetary" };
    return { available_balance: balance, ledger_balance: balance };
  });
  return {
    object: "billing.credit_balance_summary",
    balances,
    customer,
    customer_account: null,
    livemode: false,
  };
}
