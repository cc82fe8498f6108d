/** Station usage's store: ids of what was pushed, customers whose meters are read, and thresholds that were crossed. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { KeptCrossing } from "../model/usage.ts";

/** An entry of a batch, as it is remembered. */
export type EntryKey = {
  readonly id: string;
  readonly fingerprint: string;
  readonly customerId: string;
  readonly meter: string;
};

/**
 * Keeps the ids that are new, and answers the fingerprints of those that were kept before. Waits for another transaction
 * that keeps one of them at the same moment.
 */
export async function keepEntries(
  tx: Queryable,
  account: string,
  entries: readonly EntryKey[],
): Promise<ReadonlyMap<string, string>> {
  const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const text = `insert into usage_entries (account, id, fingerprint, customer_id, meter)
    select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[]) on conflict do nothing returning id`;
  const values = [
    account,
    sorted.map(({ id }) => id),
    sorted.map(({ fingerprint }) => fingerprint),
    sorted.map(({ customerId }) => customerId),
    sorted.map(({ meter }) => meter),
  ];
  const kept = await query<{ id: string }>(tx, sql.prepared("keep_usage_entries", text, values));
  const fresh = new Set(kept.map(({ id }) => id));
  const known = sorted.map(({ id }) => id).filter((id) => !fresh.has(id));
  if (known.length === 0) return new Map();
  const found = "select id, fingerprint from usage_entries where account = $1 and id = any($2)";
  const rows = await query<{ id: string; fingerprint: string }>(
    tx,
    sql.prepared("find_usage_entries", found, [account, known]),
  );
  return new Map(rows.map(({ id, fingerprint }) => [id, fingerprint]));
}

/** Forgets ids of this transaction that did not count, so that they may be sent again. */
export async function forgetEntries(tx: Queryable, account: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const text = "delete from usage_entries where account = $1 and id = any($2)";
  await query(tx, sql.prepared("forget_usage_entries", text, [account, ids]));
}

/** Removes ids older than so many days. */
export async function thinEntries(db: Queryable, days: number): Promise<void> {
  await query(db, sql.plain("delete from usage_entries where kept_at < now() - $1::int * interval '1 day'", [days]));
}

/** Whoever changes the readings of these customers waits for each other until the end of the transaction. */
export async function lockUsage(tx: Queryable, account: string, customerIds: readonly string[]): Promise<void> {
  // Two keys with one hash merely wait for each other; sorted by the hash nobody waits in a circle.
  const text = `select pg_advisory_xact_lock(key) from (
    select distinct hashtextextended('usage ' || $1 || ' ' || id, 0) as key from unnest($2::text[]) as id order by key) k`;
  await query(tx, sql.prepared("lock_usage", text, [account, customerIds]));
}

/** Keeps crossings and answers those that had not been in their period before, in the order given. */
export async function keepCrossings(
  tx: Queryable,
  account: string,
  crossings: readonly KeptCrossing[],
): Promise<readonly KeptCrossing[]> {
  if (crossings.length === 0) return [];
  const byKey = new Map(crossings.map((crossing) => [keyOf(crossing), crossing]));
  // In the order in which they happened: whoever keeps them has the customers to himself (lockUsage).
  const rows = [...byKey.values()];
  const text = `insert into usage_crossings (account, customer_id, meter, period_start_s, period_end_s, threshold, direction, at_s, value, limit_amount)
    select $1, * from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::numeric[], $7::text[], $8::bigint[], $9::text[], $10::text[])
    on conflict do nothing
    returning customer_id as "customerId", meter, period_start_s as "periodStartS", threshold::float8 as threshold, direction`;
  const values = [
    account,
    rows.map(({ customerId }) => customerId),
    rows.map(({ meter }) => meter),
    rows.map(({ periodStartS }) => periodStartS),
    rows.map(({ periodEndS }) => periodEndS),
    rows.map(({ threshold }) => threshold),
    rows.map(({ direction }) => direction),
    rows.map(({ atS }) => atS),
    rows.map(({ value }) => value),
    rows.map(({ limit }) => limit),
  ];
  const kept = await query<CrossingKey>(tx, sql.prepared("keep_usage_crossings", text, values));
  const fresh = new Set(kept.map(keyOf));
  return [...byKey].filter(([key]) => fresh.has(key)).map(([, crossing]) => crossing);
}

type CrossingKey = Pick<KeptCrossing, "customerId" | "meter" | "periodStartS" | "threshold" | "direction">;

function keyOf({ customerId, meter, periodStartS, threshold, direction }: CrossingKey): string {
  return [customerId, meter, periodStartS, threshold, direction].join(" ");
}

/** The crossings of a customer in periods that began at or after this second, the latest first. */
export async function listCrossings(
  db: Queryable,
  { account, customerId, sinceS }: { readonly account: string; readonly customerId: string; readonly sinceS: number },
): Promise<readonly KeptCrossing[]> {
  const text = `select customer_id as "customerId", meter, period_start_s as "periodStartS", period_end_s as "periodEndS",
      threshold::float8 as threshold, direction, at_s as "atS", value, limit_amount as "limit"
    from usage_crossings where account = $1 and customer_id = $2 and period_start_s >= $3
    order by at_s desc, id desc limit 200`;
  return query<KeptCrossing>(db, sql.plain(text, [account, customerId, sinceS]));
}

/** Sees to it that the schedule looks at these customers, now or at the given second, if not sooner. */
export async function watchUsage(
  db: Queryable,
  account: string,
  { customerIds, dueS = null }: { readonly customerIds: readonly string[]; readonly dueS?: number | null },
): Promise<void> {
  if (customerIds.length === 0) return;
  const text = `insert into usage_watch as w (account, customer_id, due_at)
    select $1, id, coalesce(to_timestamp($3::float8), now()) from unnest($2::text[]) as id
    on conflict (account, customer_id) do update set due_at = least(w.due_at, excluded.due_at)
      where w.due_at > excluded.due_at`;
  await query(db, sql.prepared("watch_usage", text, [account, [...new Set(customerIds)].toSorted(), dueS]));
}

/** Adds customers that are not watched yet; those that are keep their time. */
export async function addWatched(db: Queryable, account: string, customerIds: readonly string[]): Promise<void> {
  const text = `insert into usage_watch (account, customer_id) select $1, * from unnest($2::text[]) on conflict do nothing`;
  await query(db, sql.plain(text, [account, [...new Set(customerIds)].toSorted()]));
}

/** Nothing of this customer is metered. */
export async function unwatchUsage(db: Queryable, account: string, customerId: string): Promise<void> {
  await query(db, sql.plain("delete from usage_watch where account = $1 and customer_id = $2", [account, customerId]));
}

/** Whether Stripe may be asked about this customer: true for one caller in each such while. The next look of the schedule moves on. */
export async function claimReading(
  db: Queryable,
  account: string,
  { customerId, everyMs, nextMs }: { readonly customerId: string; readonly everyMs: number; readonly nextMs: number },
): Promise<boolean> {
  const text = `insert into usage_watch as w (account, customer_id, asked_at, due_at)
    values ($1, $2, now(), now() + $4::int * interval '1 ms')
    on conflict (account, customer_id) do update set asked_at = now(), due_at = excluded.due_at
      where w.asked_at is null or w.asked_at <= now() - $3::int * interval '1 ms'
    returning 1`;
  const { length } = await query(db, sql.prepared("claim_reading", text, [account, customerId, everyMs, nextMs]));
  return length > 0;
}

/** The customer whose turn it is: who has been due for the longest; undefined when nobody is. */
export async function nextWatched(db: Queryable, account: string): Promise<string | undefined> {
  const text = `select customer_id from usage_watch where account = $1 and due_at <= now() order by due_at, customer_id limit 1`;
  const [row] = await query<{ customer_id: string }>(db, sql.prepared("next_watched", text, [account]));
  return row?.customer_id;
}

/** Puts a customer off whose reading failed. */
export async function postponeWatched(
  db: Queryable,
  account: string,
  { customerId, delayMs }: { readonly customerId: string; readonly delayMs: number },
): Promise<void> {
  const text = `update usage_watch set due_at = now() + $3::int * interval '1 ms' where account = $1 and customer_id = $2`;
  await query(db, sql.plain(text, [account, customerId, delayMs]));
}
