/** Jobs of the outbox as people see them: how they stand, and those that are tried no more until somebody says so. */
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { keyColumns, type CustomerKey } from "../model/customer-key.ts";
import { laneOfRank, type Lane } from "../model/lane.ts";

/** A job as it stands. */
export type KeptJob = {
  readonly customer: CustomerKey;
  readonly state: "pending" | "dead";
  readonly lane: Lane;
  readonly attempt: number;
  readonly queuedAt: Date;
  readonly dueAt: Date;
  readonly isLeased: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
};

type KeptRow = {
  readonly account: string;
  readonly customer_id: string;
  readonly lane: number;
  readonly attempt: number;
  readonly queued_at: Date;
  readonly state: "pending" | "dead";
  readonly due_at: Date;
  readonly is_leased: boolean;
  readonly error_code: string | null;
  readonly error_message: string | null;
};

const keptColumns = `j.account, j.customer_id, j.state, j.lane, j.attempt, j.queued_at, j.due_at,
  coalesce(j.leased_until > now(), false) as is_leased, j.error_code, j.error_message`;

function toKept(row: KeptRow): KeptJob {
  return {
    customer: { account: row.account, customerId: row.customer_id },
    state: row.state,
    lane: laneOfRank(row.lane),
    attempt: row.attempt,
    queuedAt: row.queued_at,
    dueAt: row.due_at,
    isLeased: row.is_leased,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
  };
}

/** The jobs of these customers. */
export async function findSyncJobs(db: Queryable, customers: readonly CustomerKey[]): Promise<readonly KeptJob[]> {
  const text = `select ${keptColumns} from unnest($1::text[], $2::text[]) as k (account, customer_id)
    join sync_jobs j on j.account = k.account and j.customer_id = k.customer_id`;
  return (await query<KeptRow>(db, sql.plain(text, keyColumns(customers)))).map(toKept);
}

/** Which dead jobs are meant: those of a customer, or all, by code if one is given. */
export type DeadChoice = { readonly customerIds: readonly string[] } | { readonly code: string | null };

function deadWhere(choice: DeadChoice): { readonly where: string; readonly value: unknown } {
  if ("customerIds" in choice)
    return { where: "j.state = 'dead' and j.customer_id = any($1)", value: choice.customerIds };
  return { where: "j.state = 'dead' and ($1::text is null or j.error_code = $1)", value: choice.code };
}

/** Dead jobs, oldest first. */
export async function listDeadSyncJobs(db: Queryable, choice: DeadChoice, limit: number): Promise<readonly KeptJob[]> {
  const { where, value } = deadWhere(choice);
  const text = `select ${keptColumns} from sync_jobs j where ${where} order by j.queued_at, j.customer_id limit $2`;
  return (await query<KeptRow>(db, sql.plain(text, [value, limit]))).map(toKept);
}

/** Lets dead jobs be tried again from the first attempt. Answers their customers. */
export async function reviveSyncJobs(db: Queryable, choice: DeadChoice): Promise<readonly CustomerKey[]> {
  const { where, value } = deadWhere(choice);
  const text = `update sync_jobs set state = 'pending', version = version + 1, claimed_version = 0, attempt = 0, due_at = now(),
      leased_by = null, leased_until = null, error_code = null, error_message = null
    where (account, customer_id) in (select j.account, j.customer_id from sync_jobs j where ${where}
      order by j.account collate "C", j.customer_id collate "C" for update)
    returning account, customer_id`;
  const rows = await query<{ account: string; customer_id: string }>(db, sql.plain(text, [value]));
  return rows.map((row) => ({ account: row.account, customerId: row.customer_id }));
}
