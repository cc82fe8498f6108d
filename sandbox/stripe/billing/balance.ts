/** The customer's balance with us: credit is negative, debt is positive. */
import type { BalanceTransaction, Customer } from "../objects/customer.ts";
import { NO_METADATA } from "../objects/shared.ts";
import type { World } from "../world.ts";

export type BalanceChange = {
  readonly amount: number;
  readonly type: string;
  readonly currency?: string;
  readonly description?: string | null;
  readonly invoice?: string;
  readonly creditNote?: string;
};

/** Adds to the balance (negative adds credit), writes the transaction down and updates the customer. */
export function changeBalance(world: World, customer: Customer, change: BalanceChange): BalanceTransaction {
  const currency = change.currency ?? customer.currency ?? "eur";
  const balance = customer.balance + change.amount;
  const transaction = world.create(world.tables.balanceTransactions, {
    id: world.id("cbtxn"),
    object: "customer_balance_transaction" as const,
    amount: change.amount,
    checkout_session: null,
    created: world.now(),
    credit_note: change.creditNote ?? null,
    currency,
    customer: customer.id,
    customer_account: null,
    description: change.description ?? null,
    ending_balance: balance,
    invoice: change.invoice ?? null,
    livemode: false as const,
    metadata: NO_METADATA,
    type: change.type,
  });
  world.update(
    world.tables.customers,
    customer,
    { balance, currency: customer.currency ?? currency },
    "customer.updated",
  );
  return transaction;
}
