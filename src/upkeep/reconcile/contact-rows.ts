/** What the comparison of contacts asks the database: who is being worked on, what we wrote, who waits for a contact. */
import type { Identity } from "../../contacts/identity.ts";
import type { KnownContact } from "../../contacts/known.ts";
import type { Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { parseStored } from "../../lib/json.ts";
import { customerKeyText, keyColumns, type CustomerKey } from "../../model/customer-key.ts";
import type { WrittenValue, Waiting } from "./classify.ts";

type KeyRow = { readonly account: string; readonly customer_id: string };

function keyTextOf({ account, customer_id: customerId }: KeyRow): string {
  return customerKeyText({ account, customerId });
}

export type Unrest = {
  /** Their contact is due to be written, is being written, or waits for a person as a dead letter. */
  readonly busy: ReadonlySet<string>;
  /** This run found their copies wrong. */
  readonly stale: ReadonlySet<string>;
};

/** Which of these customers cannot be judged at present, as `customerKeyText`. */
export async function findUnrest(db: Queryable, runId: number, customers: readonly CustomerKey[]): Promise<Unrest> {
  const text = `select k.account, k.customer_id,
      exists (select 1 from sync_jobs j where j.account = k.account and j.customer_id = k.customer_id) as busy,
      exists (select 1 from drifts d where d.run_id = $3 and d.class in ('missed_event', 'deleted')
        and d.account = k.account and d.customer_id = k.customer_id) as stale
    from unnest($1::text[], $2::text[]) as k (account, customer_id)`;
  type Row = KeyRow & { readonly busy: boolean; readonly stale: boolean };
  const rows = await query<Row>(db, sql.prepared("find_unrest", text, [...keyColumns(customers), runId]));
  return {
    busy: new Set(rows.filter(({ busy }) => busy).map(keyTextOf)),
    stale: new Set(rows.filter(({ stale }) => stale).map(keyTextOf)),
  };
}

const writesLooked = 20;

/** The latest values that we wrote for these customers, newest first, as `customerKeyText` → values. */
export async function listWrittenValues(
  db: Queryable,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, readonly WrittenValue[]>> {
  const text = `select k.account, k.customer_id, w.changes from unnest($1::text[], $2::text[]) as k (account, customer_id)
    cross join lateral (select id, changes from contact_writes w
      where w.account = k.account and w.customer_id = k.customer_id order by id desc limit $3) w
    order by w.id desc`;
  type Row = KeyRow & { readonly changes: string };
  const rows = await query<Row>(
    db,
    sql.prepared("list_written_values", text, [...keyColumns(customers), writesLooked]),
  );
  const values = new Map<string, WrittenValue[]>();
  for (const row of rows) {
    const changes: readonly WrittenValue[] = parseStored(row.changes);
    const key = keyTextOf(row);
    values.set(key, [...(values.get(key) ?? []), ...changes]);
  }
  return values;
}

/** Notes what a contact shows, unless somebody has noted something else meanwhile; then it answers false. */
export async function saveShown(
  db: Queryable,
  {
    customer,
    identity,
    known,
  }: { readonly customer: CustomerKey; readonly identity: Identity; readonly known: KnownContact },
): Promise<boolean> {
  const text = `update identities set known = $5
    where account = $1 and customer_id = $2 and contact_id = $3 and known = $4 and state = 'linked' returning 1`;
  const { account, customerId } = customer;
  const values = [account, customerId, identity.contactId, JSON.stringify(identity.known), JSON.stringify(known)];
  return (await query(db, sql.prepared("save_shown", text, values))).length > 0;
}

export type WaitingCustomer = Waiting & { readonly customer: CustomerKey };

/** Customers without a contact who wait under one of these ids or addresses, or for one of these contacts to come back. */
export async function listWaiting(
  db: Queryable,
  keys: {
    readonly userIds: readonly string[];
    readonly emails: readonly string[];
    readonly contactIds: readonly string[];
  },
): Promise<readonly WaitingCustomer[]> {
  const columns = "account, customer_id, state, reason, contact_id, inputs";
  const waits = "state in ('left_out', 'archived', 'quarantined')";
  // Three statements in one, so that each has its own index.
  const text = `select ${columns} from identities where ${waits} and inputs::json ->> 0 = any($1)
    union select ${columns} from identities where ${waits} and inputs::json ->> 1 = any($2)
    union select ${columns} from identities where ${waits} and contact_id = any($3)`;
  type Row = KeyRow & Pick<Identity, "state" | "reason" | "inputs"> & { readonly contact_id: string | null };
  const rows = await query<Row>(db, sql.prepared("list_waiting", text, [keys.userIds, keys.emails, keys.contactIds]));
  return rows.map(({ account, customer_id: customerId, state, reason, contact_id: contactId, inputs }) => ({
    customer: { account, customerId },
    state,
    reason,
    contactId,
    inputs,
  }));
}
