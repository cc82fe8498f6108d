/** The rows of findings: what a run would do with each customer, kept until the plan is made of them. */
import { query, sql } from "../../db/query.ts";
import type { Queryable } from "../../db/pool.ts";
import type { Finding, FindingReason, Outcome } from "./judge.ts";

export type CustomerFinding = { readonly customerId: string; readonly finding: Finding };

/** Saves findings; a customer who was judged before is judged anew. */
export async function saveFindings(db: Queryable, run: number, findings: readonly CustomerFinding[]): Promise<void> {
  if (findings.length === 0) return;
  const sorted = findings.toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1));
  const text = `insert into backfill_findings (run, customer_id, outcome, reason, target, writes)
    select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
    on conflict (run, customer_id) do update set outcome = excluded.outcome, reason = excluded.reason,
      target = excluded.target, writes = excluded.writes`;
  const column = <T>(take: (finding: Finding) => T): T[] => sorted.map(({ finding }) => take(finding));
  const values = [
    run,
    sorted.map(({ customerId }) => customerId),
    column(({ outcome }) => outcome),
    column(({ reason }) => reason),
    column(({ target }) => target),
    column(({ writes }) => writes),
  ];
  await query(db, sql.prepared("save_backfill_findings", text, values));
}

/** A page of the targets that several customers share, in order. */
export async function listSharedTargets(
  db: Queryable,
  run: number,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const text = `select target from backfill_findings where run = $1 and target > $2
    group by target having count(*) > 1 order by target limit $3`;
  const rows = await query<{ target: string }>(db, sql.plain(text, [run, after, limit]));
  return rows.map(({ target }) => target);
}

type FindingRow = Finding & { readonly customer_id: string };

/** Who shares a target, in the order of their ids. */
export async function listSharing(db: Queryable, run: number, target: string): Promise<readonly CustomerFinding[]> {
  const text = `select customer_id, outcome, reason, target, writes from backfill_findings
    where run = $1 and target = $2 order by customer_id`;
  const rows = await query<FindingRow>(db, sql.plain(text, [run, target]));
  return rows.map(({ customer_id: customerId, outcome, reason, writes }) => ({
    customerId,
    finding: { outcome, reason, target, writes },
  }));
}

export type FindingGroup = {
  readonly outcome: Outcome;
  readonly reason: FindingReason;
  readonly count: number;
  readonly writes: number;
  readonly examples: readonly { readonly customerId: string; readonly target: string | null }[];
};

/** Findings counted by outcome and reason, each with its first few customers. */
export async function groupFindings(db: Queryable, run: number, examples: number): Promise<readonly FindingGroup[]> {
  const text = `with groups as (
      select outcome, reason, count(*) as count, count(*) filter (where writes) as writes
      from backfill_findings where run = $1 group by outcome, reason
    )
    select g.*, e.examples from groups g cross join lateral (
      select coalesce(json_agg(json_build_object('customerId', f.customer_id, 'target', f.target)), '[]') as examples
      from (select customer_id, target from backfill_findings
            where run = $1 and outcome = g.outcome and reason = g.reason order by customer_id limit $2) f
    ) e order by g.count desc, g.reason`;
  return query<FindingGroup>(db, sql.plain(text, [run, examples]));
}

/** The plan is made; who is who is no longer kept. */
export async function forgetFindings(db: Queryable, run: number): Promise<void> {
  await query(db, sql.plain("delete from backfill_findings where run = $1", [run]));
}

/** How many customers of an account have no contact yet. */
export async function countUnlinked(db: Queryable, account: string): Promise<number> {
  const text = `select count(*) as count from stripe_objects o
    where o.account = $1 and o.kind = 'customer' and not o.deleted and not exists (
      select 1 from identities i where i.account = o.account and i.customer_id = o.id and i.state = 'linked')`;
  const [row] = await query<{ count: number }>(db, sql.plain(text, [account]));
  return row?.count ?? 0;
}
