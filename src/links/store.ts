/** Station links: its rows. Which links are revoked, and what customers did through links. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { CustomerAction, ActionPlan, ActionResult } from "./action.ts";

/** The generation of links that works for a customer at present. */
export async function findGeneration(db: Queryable, { account, customerId }: CustomerKey): Promise<number> {
  const text = "select generation from link_revocations where account = $1 and customer_id = $2";
  const statement = sql.prepared("find_link_generation", text, [account, customerId]);
  const [row] = await query<{ generation: number }>(db, statement);
  return row?.generation ?? 0;
}

/** Ends every link that a customer has; answers the generation that works from now on. */
export async function revokeLinks(db: Queryable, { account, customerId }: CustomerKey): Promise<number> {
  const text = `insert into link_revocations as r (account, customer_id, generation) values ($1, $2, 1)
    on conflict (account, customer_id) do update set generation = r.generation + 1, revoked_at = now()
    returning generation`;
  const [row] = await query<{ generation: number }>(db, sql.plain(text, [account, customerId]));
  return row?.generation ?? 0;
}

type Row = {
  readonly key: string;
  readonly customer_id: string;
  readonly account: string;
  readonly object_id: string;
  readonly attempt: number;
  readonly amount_minor: number;
  readonly currency: string;
  readonly payment_method: string | null;
  readonly state: CustomerAction["state"];
  readonly outcome: CustomerAction["outcome"];
  readonly planned_at: Date;
};

/** A customer's actions, newest first. */
export async function listActions(
  db: Queryable,
  { account, customerId }: CustomerKey,
  limit: number,
): Promise<readonly CustomerAction[]> {
  const text = `select * from customer_actions where account = $1 and customer_id = $2
    order by planned_at desc, attempt desc limit $3`;
  const rows = await query<Row>(db, sql.prepared("list_customer_actions", text, [account, customerId, limit]));
  return rows.map(toAction);
}

/** Writes down what is about to be done; undefined when somebody else is at it, or was faster. */
export async function beginAction(db: Queryable, plan: ActionPlan): Promise<CustomerAction | undefined> {
  const text = `insert into customer_actions (key, account, customer_id, kind, object_id, attempt, amount_minor, currency,
      payment_method, state, planned_at)
    values ($1, $2, $3, 'pay_invoice', $4, $5, $6, $7, $8, 'planned', $9) on conflict do nothing returning *`;
  const { key, account, customerId, objectId, attempt, amount, paymentMethod, plannedAt } = plan;
  const [row] = await query<Row>(
    db,
    sql.plain(text, [
      key,
      account,
      customerId,
      objectId,
      attempt,
      amount.amountMinor,
      amount.currency,
      paymentMethod,
      plannedAt,
    ]),
  );
  return row && toAction(row);
}

/** Writes down what became of it. What is done or failed stays so. */
export async function endAction(db: Queryable, key: string, { state, outcome, at }: ActionResult): Promise<void> {
  const text = `update customer_actions set state = $2, outcome = $3, ended_at = $4
    where key = $1 and state in ('planned', 'unknown')`;
  await query(db, sql.plain(text, [key, state, outcome, at]));
}

function toAction(row: Row): CustomerAction {
  return {
    key: row.key,
    account: row.account,
    customerId: row.customer_id,
    objectId: row.object_id,
    attempt: row.attempt,
    amount: { amountMinor: row.amount_minor, currency: row.currency },
    paymentMethod: row.payment_method,
    state: row.state,
    outcome: row.outcome,
    plannedAt: row.planned_at,
  };
}
