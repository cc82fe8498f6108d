/** The rows of ranges: where each list stands, so that a run goes on where it was. */
import { query, sql } from "../../db/query.ts";
import type { Queryable } from "../../db/pool.ts";
import { firstS, type Finished, type NewRange, type Range } from "./ranges.ts";

type RangeRow = {
  readonly id: number;
  readonly resource: string;
  readonly from_s: number;
  readonly to_s: number;
  readonly top_s: number;
  readonly cursor: string | null;
  readonly done: boolean;
  readonly objects: number;
  readonly pages: number;
  readonly attempt: number;
  readonly due_at: Date;
  readonly error_code: string | null;
  readonly error_message: string | null;
};

function toRange(row: RangeRow): Range {
  return {
    id: row.id,
    resource: row.resource,
    fromS: row.from_s,
    toS: row.to_s,
    topS: row.top_s,
    cursor: row.cursor,
    done: row.done,
    objects: row.objects,
    pages: row.pages,
    attempt: row.attempt,
    dueAtMs: row.due_at.getTime(),
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
  };
}

/** The first range of each of these resources, unless the run has ranges already. */
export async function beginRanges(db: Queryable, run: number, ranges: readonly NewRange[]): Promise<void> {
  const text = `insert into backfill_ranges (run, resource, from_s, to_s, top_s)
    select $1, resource, from_s, to_s, to_s from unnest($2::text[], $3::bigint[], $4::bigint[]) as r (resource, from_s, to_s)
    where not exists (select 1 from backfill_ranges where run = $1)`;
  const values = [ranges.map((r) => r.resource), ranges.map((r) => r.fromS), ranges.map((r) => r.toS)];
  await query(db, sql.plain(text, [run, ...values]));
}

/** The ranges that are not read to their end. */
export async function listOpenRanges(db: Queryable, run: number): Promise<readonly Range[]> {
  const text = "select * from backfill_ranges where run = $1 and not done order by id";
  return (await query<RangeRow>(db, sql.plain(text, [run]))).map(toRange);
}

/** What the finished ranges add up to, by resource. */
export async function sumFinished(db: Queryable, run: number): Promise<ReadonlyMap<string, Finished>> {
  const text = `select resource, count(*) as ranges, sum(objects)::bigint as objects, sum(top_s - least(top_s, greatest(from_s, $2)))::bigint as seconds
    from backfill_ranges where run = $1 and done group by resource`;
  const rows = await query<Finished & { readonly resource: string }>(db, sql.plain(text, [run, firstS]));
  return new Map(rows.map(({ resource, ranges, objects, seconds }) => [resource, { ranges, objects, seconds }]));
}

/** What failed is tried again at once. */
export async function hurryRanges(db: Queryable, run: number): Promise<void> {
  await query(db, sql.plain("update backfill_ranges set due_at = now() where run = $1 and not done", [run]));
}

const saveText = `
with saved as (
  update backfill_ranges set from_s = $2, to_s = $3, cursor = $4, done = $5, objects = $6, pages = $7, attempt = $8,
    due_at = $9, error_code = $10, error_message = $11
  where id = $1 returning run
)
insert into backfill_ranges (run, resource, from_s, to_s, top_s)
select run, $12, $13::bigint, $14::bigint, $14::bigint from saved where $12::text is not null
returning *`;

/** Saves a range and, when it was divided, its older half in the same statement; answers that half. */
export async function saveRange(db: Queryable, range: Range, older: NewRange | null): Promise<Range | null> {
  const { id, fromS, toS, cursor, done, objects, pages, attempt, dueAtMs, error } = range;
  const values = [
    id,
    fromS,
    toS,
    cursor,
    done,
    objects,
    pages,
    attempt,
    new Date(dueAtMs),
    error?.code,
    error?.message,
  ];
  const half = [older?.resource, older?.fromS, older?.toS];
  const text = sql.prepared(
    "save_backfill_range",
    saveText,
    [...values, ...half].map((value) => value ?? null),
  );
  const [row] = await query<RangeRow>(db, text);
  return row ? toRange(row) : null;
}
