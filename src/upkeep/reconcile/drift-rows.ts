/** The rows of what runs of reconcile found. */
import type { Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { parseStored } from "../../lib/json.ts";
import { differencesMax, type Difference, type Drift, type DriftClass, type Remedy } from "./drift.ts";

/** Records what was found. What a run finds twice about the same customer or contact is one drift with all differences. */
export async function saveDrifts(db: Queryable, runId: number, drifts: readonly Drift[]): Promise<void> {
  if (drifts.length === 0) return;
  const text = `insert into drifts as d (run_id, class, account, customer_id, contact_id, object_id, differences, done)
    select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    on conflict (run_id, class, account, customer_id, contact_id, object_id) do update set
      differences = case
        when d.differences::jsonb @> excluded.differences::jsonb or json_array_length(d.differences::json) >= $9 then d.differences
        else (d.differences::jsonb || excluded.differences::jsonb)::text end`;
  const column = <T>(take: (drift: Drift) => T): T[] => drifts.map(take);
  const values = [
    runId,
    column((drift) => drift.class),
    column(({ account }) => account),
    column(({ customerId }) => customerId),
    column(({ contactId }) => contactId),
    column(({ objectId }) => objectId),
    column(({ differences }) => JSON.stringify(differences)),
    column(({ done }) => done),
    differencesMax,
  ];
  await query(db, sql.prepared("save_drifts", text, values));
}

type DriftRow = {
  readonly id: number;
  readonly class: DriftClass;
  readonly account: string | null;
  readonly customer_id: string | null;
  readonly contact_id: string | null;
  readonly object_id: string | null;
  readonly differences: string;
  readonly done: Remedy;
  readonly at: Date;
};

export type StoredDrift = Drift & { readonly id: number; readonly at: Date };

export type DriftFilter = {
  readonly class?: DriftClass | undefined;
  /** The id of the last one of the page before. */
  readonly after: number;
  readonly limit: number;
};

/** A page of a run's drifts, in the order in which they were found. */
export async function listDrifts(
  db: Queryable,
  runId: number,
  { class: wanted, after, limit }: DriftFilter,
): Promise<readonly StoredDrift[]> {
  const text = `select id, class, account, customer_id, contact_id, object_id, differences, done, at from drifts
    where run_id = $1 and ($2::text is null or class = $2) and id > $3 order by id limit $4`;
  return (await query<DriftRow>(db, sql.plain(text, [runId, wanted ?? null, after, limit]))).map(toDrift);
}

/** The first drifts of each class, for an overview. */
export async function listExamples(db: Queryable, runId: number, perClass: number): Promise<readonly StoredDrift[]> {
  const text = `select * from (
      select id, class, account, customer_id, contact_id, object_id, differences, done, at,
        row_number() over (partition by class order by id) as place
      from drifts where run_id = $1) d where place <= $2 order by id`;
  return (await query<DriftRow>(db, sql.plain(text, [runId, perClass]))).map(toDrift);
}

function toDrift(row: DriftRow): StoredDrift {
  const differences: readonly Difference[] = parseStored(row.differences);
  const { id, account, at, done } = row;
  return {
    id,
    class: row.class,
    account,
    customerId: row.customer_id,
    contactId: row.contact_id,
    objectId: row.object_id,
    differences,
    done,
    at,
  };
}

/** Which of these customers were found deleted in Stripe by this run. */
export async function listDeletedIn(
  db: Queryable,
  runId: number,
  { account, customerIds }: { readonly account: string; readonly customerIds: readonly string[] },
): Promise<ReadonlySet<string>> {
  const text = `select customer_id from drifts
    where run_id = $1 and class = 'deleted' and account = $2 and customer_id = any($3) and object_id is null`;
  const rows = await query<{ customer_id: string }>(db, sql.plain(text, [runId, account, customerIds]));
  return new Set(rows.map(({ customer_id }) => customer_id));
}
